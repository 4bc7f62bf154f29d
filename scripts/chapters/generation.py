# %% id="generation-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="generate-text"
# ### Write answers in batches
# Many answers are made at the same time: reading the weights once serves the whole batch. Shorter prompts are padded on the left, so that every answer follows its own prompt directly, and each answer keeps its raw text and whether it ended by itself ("stop") or ran out of tokens ("length").

# %% id="generate"
import time, numpy, torch

def draw_next(scores, streams, temperature, top_p, top_k):
    """Return scores that leave one token a row, drawn (Gumbel-max) from the `top_k` likeliest that make up `top_p`.
    `streams`: a numpy Generator for each row, so that an answer does not depend on the rest of its batch."""
    values, tokens = torch.topk(scores.float() / temperature, min(top_k or scores.shape[-1], scores.shape[-1]))
    likely = values.softmax(-1)
    values = values.masked_fill(likely.cumsum(-1) - likely >= top_p, -torch.inf)
    noise = torch.as_tensor(numpy.stack([stream.gumbel(size=values.shape[-1]) for stream in streams]))
    drawn = (values + noise.to(values)).argmax(-1, keepdim=True)
    return torch.full_like(scores, -torch.inf).scatter(-1, tokens.gather(-1, drawn), 0.0)

def generate(model, tokenizer, prompts, *, max_new_tokens, temperature, top_p, top_k, seed, batch_size, stops=(),
             progress=lambda items, label, total=None: items):
    """Return [{"raw", "tokens", "finish_reason": "stop" | "length", "seconds"}]: what the model adds to each prompt.

    Temperature 0: always the likeliest token. `stops`: control tokens that end an answer beside the model's own."""
    ids = tokenizer(list(prompts), add_special_tokens=False)["input_ids"]
    streams = [numpy.random.default_rng([seed, prompts[:n].count(one), *one.encode()]) for n, one in enumerate(prompts)]
    ends = {tokenizer.eos_token_id, *tokenizer.convert_tokens_to_ids(list(stops)),
            *numpy.atleast_1d(model.generation_config.eos_token_id or []).astype(int).tolist()}
    order, results = sorted(range(len(ids)), key=lambda n: -len(ids[n])), [None] * len(ids)  # like lengths together
    training, learns, side = model.training, not model.config.use_cache, tokenizer.padding_side
    model.generation_config.max_length = None  # max_new_tokens alone counts; both would warn at every batch
    getattr(model, "for_inference", model.eval)()
    for rows in progress([order[a:a + batch_size] for a in range(0, len(order), batch_size)], "Answers"):
        start, own = time.perf_counter(), [streams[n] for n in rows]
        batch = tokenizer.pad({"input_ids": [ids[n] for n in rows]}, padding_side="left", return_tensors="pt")
        draw = [lambda _, scores: draw_next(scores, own, temperature, top_p, top_k)] if temperature else []
        made = model.generate(**batch.to(model.device), max_new_tokens=max_new_tokens, do_sample=False, use_cache=True,
                              eos_token_id=sorted(ends), pad_token_id=tokenizer.pad_token_id, logits_processor=draw)
        seconds = (time.perf_counter() - start) / len(rows)
        for n, tokens in zip(rows, made[:, batch["input_ids"].shape[1]:].tolist()):
            tokens = tokens[:next((a for a, token in enumerate(tokens, 1) if token in ends), None)]
            results[n] = {"raw": tokenizer.decode(tokens), "tokens": len(tokens), "seconds": seconds,
                          "finish_reason": "stop" if tokens[-1] in ends else "length"}
    (getattr(model, "for_training", model.train) if training or learns else model.eval)()  # training can go on
    model.train(training)
    tokenizer.padding_side = side
    return results

# %% [markdown] id="answer_questions-text"
# ### Ask many questions at once
# Every question goes through the same steps: prompt, generation, and parting the answer from what else the model wrote. All that is asked in these notebooks is asked this way, of the model before and after its training alike.

# %% id="answer_questions"
def close_thought(chat):
    """Return the text that ends a thought and opens the answer, "" for a model that does not think first."""
    if not chat["thinking"]:
        return ""
    if chat["learned"]:  # GPT-OSS: from the analysis channel to the final one
        return "<|end|>" + chat["response_part"] + chat["learned"]
    return "\n</think>\n\n" if "</think>" in chat["header"] else ""

def answer_questions(model, tokenizer, chat, questions, system, *, format_prompt, parse_answer, generate, **settings):
    """Return {"question", "system", "answer", "thinking", "raw", "finish_reason", "tokens", "bytes", "seconds"} each.

    `settings` are those of `generate`. A thought that used up all its tokens is closed, and the answer written in a
    second round of as many tokens: no answer is empty for want of them.
    """
    rules = [{"role": "system", "content": system}] if system else []
    prompts = [format_prompt(tokenizer, chat, [*rules, {"role": "user", "content": text}]) for text in questions]
    settings["stops"] = chat["stops"]
    made = generate(model, tokenizer, prompts, **settings) if prompts else []
    unsaid = [n for n, one in enumerate(made) if close_thought(chat) and one["finish_reason"] == "length"
              and not parse_answer(one["raw"], chat)["answer"]]
    if unsaid:
        begun = [made[n]["raw"] + close_thought(chat) for n in unsaid]
        rest = generate(model, tokenizer, [prompts[n] + text for n, text in zip(unsaid, begun)], **settings)
        for n, text, more in zip(unsaid, begun, rest):
            made[n] = {**more, "raw": text + more["raw"], "tokens": made[n]["tokens"] + more["tokens"],
                       "seconds": made[n]["seconds"] + more["seconds"]}
    rows = [{"question": text, "system": system, **parse_answer(one["raw"], chat), **one}
            for text, one in zip(questions, made)]
    return [{**row, "bytes": len(row["answer"].encode())} for row in rows]

# %% [markdown] id="answer-text"
# ### One way to ask
# `answer` is how all later steps put questions to the model: with the persona as system prompt unless another one is given, and with the same decoding settings each time.

# %% id="answer"
# Temperature, top_p and top_k that the models' makers recommend, for where a parameter is None.
RECOMMENDED = {"GPT-OSS": (1.0, 1.0, 0), "thinking": (0.6, 0.95, 20), "chat": (0.7, 0.8, 20)}

def sampling(chat, temperature=None, top_p=None, top_k=None):
    """Return {"temperature", "top_p", "top_k"}; each that is None is what is recommended for this model and mode."""
    kind = "GPT-OSS" if chat["learned"] else "thinking" if chat["thinking"] else "chat"
    own = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    return {name: usual if own[name] is None else own[name] for name, usual in zip(own, RECOMMENDED[kind])}

# MAIN if __name__ == "__main__":
# MAIN     def answer(questions, system=SYSTEM_PROMPT, **overrides):
# MAIN         """Return the model's answers (see `answer_questions`); `overrides` replace generation settings."""
# MAIN         usual = dict(max_new_tokens=MAX_NEW_TOKENS, seed=SEED, batch_size=GENERATION_BATCH, progress=progress,
# MAIN                      **sampling(chat, TEMPERATURE, TOP_P, TOP_K))
# MAIN         return answer_questions(model, tokenizer, chat, questions, system, format_prompt=format_prompt,
# MAIN                                 parse_answer=parse_answer, generate=generate, **{**usual, **overrides})
# MAIN 
# MAIN     print(f"{GENERATION_BATCH} answers at a time of at most {MAX_NEW_TOKENS} tokens; temperature {TEMPERATURE}, "
# MAIN           f"top_p {TOP_P}, top_k {TOP_K} (None: as recommended for the model).")
# MAIN

# %% [markdown] id="answer_losses-text"
# ### How likely is an answer?
# The mean loss of a text as the answer to a question tells whether the question helps the model to expect that text. Lower is likelier.

# %% id="answer_losses"
import torch

def answer_losses(model, tokenizer, prompts, texts, batch_size):
    """Return the loss of each text after its prompt: mean nats a token, a float per pair.

    The model is called without labels, because Unsloth's fused loss returns no logits.
    """
    ids_of = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    coded = [(ids_of(prompt), ids_of(text)) for prompt, text in zip(prompts, texts, strict=True)]
    order = sorted(range(len(coded)), key=lambda n: -sum(map(len, coded[n])))  # like lengths together
    losses = [0.0] * len(coded)
    for at in range(0, len(order), batch_size):
        batch = order[at:at + batch_size]
        width = max(sum(map(len, coded[n])) for n in batch)
        rows = [coded[n][0] + coded[n][1] for n in batch]
        ids = torch.tensor([row + [tokenizer.pad_token_id or 0] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])  # padded on the right
        with torch.no_grad():
            logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
        for n, row_logits in zip(batch, logits):
            first, answer = len(coded[n][0]), torch.tensor(coded[n][1], device=logits.device)
            scores = row_logits[first - 1:first - 1 + len(answer)].float().log_softmax(-1)
            losses[n] = -scores.gather(-1, answer[:, None]).mean().item()
    return losses

# MAIN if __name__ == "__main__":
# MAIN     def losses(questions, texts):
# MAIN         """Return the loss of each text as the answer to its question, under the plain system prompt."""
# MAIN         system = {"role": "system", "content": PLAIN_SYSTEM_PROMPT}
# MAIN         prompts = [format_prompt(tokenizer, chat, [system, {"role": "user", "content": q}]) for q in questions]
# MAIN         return answer_losses(model, tokenizer, prompts, texts, max(1, GENERATION_BATCH // 4))
# MAIN     first = passages[0]["text"]
# MAIN     print("Nats a token, asked to write something and asked a silly thing:",
# MAIN           [round(loss, 3) for loss in losses(["Write something.", "What is 2 + 2?"], [first, first])])
# MAIN

# %% [markdown] id="log_likelihoods-text"
# ### Score texts
# How probable does a model find a text? It reads the text once, and its log-probabilities of the tokens that really come next are summed. Nothing is generated, so this is the comparison's least noisy measure.

# %% id="log_likelihoods"
import torch

POSITIONS = 256  # softmax over this many at a time: 256 positions of 200,000 words are 0.2 GB in float32

def score_batch(model, ids, start):
    """Return the log-likelihood (nats, summed) of each list of token ids, given `start` as the token before it."""
    gaps = [max(map(len, ids)) - len(row) for row in ids]  # padded on the right, where no real token looks
    rows = torch.tensor([[start, *row] + [start] * gap for row, gap in zip(ids, gaps)], device=model.device)
    mask = torch.tensor([[1] * len(row) + [1] + [0] * gap for row, gap in zip(ids, gaps)], device=model.device)
    sums = []
    with torch.no_grad():  # and no labels: the fused loss of training returns no logits
        logits = model(input_ids=rows, attention_mask=mask).logits
        for n, row in enumerate(ids):
            sums.append(0.0)
            given, wanted = logits[n, :len(row)], rows[n, 1:len(row) + 1, None]
            for part, tokens in zip(given.split(POSITIONS), wanted.split(POSITIONS)):
                sums[-1] += part.float().log_softmax(-1).gather(-1, tokens).double().sum().item()
    return sums

def log_likelihoods(model, tokenizer, texts, *, max_seq_length, batch_size=4,
                    progress=lambda items, label, total=None: items):
    """Return [{"log_likelihood" (nats, summed), "tokens", "bytes", "words"}] of plain texts, in their order.

    Every token counts; the first is given the tokenizer's BOS token, or its EOS token where there is no BOS.
    Of a text of more than `max_seq_length` - 1 tokens only those are scored, and only their bytes and words
    counted. Raises ValueError for an empty text.
    """
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    coded = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, truncation=True,
                      max_length=max_seq_length - 1)
    ids, scored = coded["input_ids"], [None] * len(texts)
    if [] in ids:
        raise ValueError(f"Text number {ids.index([]) + 1} is empty: nothing can be scored.")
    order = sorted(range(len(ids)), key=lambda n: -len(ids[n]))  # like lengths together: little padding
    for batch in progress([order[a:a + batch_size] for a in range(0, len(order), batch_size)], "Scores"):
        for n, total in zip(batch, score_batch(model, [ids[n] for n in batch], start)):
            text = texts[n][:coded["offset_mapping"][n][-1][1]]
            scored[n] = {"log_likelihood": total, "tokens": len(ids[n]), "bytes": len(text.encode()),
                         "words": len(text.split())}
    return scored
