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
