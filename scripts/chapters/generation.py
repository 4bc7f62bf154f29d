# %% id="generation-imports"
"""Ask a model many questions at a time, and measure how likely it finds a text."""

from chapters.cards import answers_that_fit, free_buffers
from chapters.chat import ChatFormat, ChatModel, close_thought, format_prompt, parse_answer
from chapters.keys import asking_needs
from chapters.preparation import Mistake, progress
from chapters.storage import cached_batches

# %% [markdown] id="generation-ask-text"
# #### One way to ask
# `ask` puts every question through the same steps: prompt, generation, and parting the answer from
# what else the model wrote. All that is asked in these notebooks is asked this way, of the model
# before and after its training alike.

# %% id="generation-ask"
import time
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import numpy

# Temperature, top_p and top_k that the models' makers recommend, for where a parameter is None.
RECOMMENDED = {"GPT-OSS": (1.0, 1.0, 0), "thinking": (0.6, 0.95, 20), "chat": (0.7, 0.8, 20)}


class Decoding(TypedDict):
    """How answers are made; temperature 0: always the likeliest token, top_k 0: of all tokens."""

    temperature: float
    top_p: float
    top_k: int
    max_new_tokens: int
    seed: int
    batch_size: int


class Answer(TypedDict):
    """What a model answered; `raw` is all that it wrote, control tokens kept."""

    question: str
    system: str
    answer: str
    thinking: str
    raw: str
    tokens: int
    seconds: float  # a share of its batch's time
    finish_reason: str  # "stop", or "length" for one cut off
    bytes: int  # of the answer


def decoding_settings(
    chat: ChatFormat,
    *,
    temperature: float | None,
    top_p: float | None,
    top_k: int | None,
    max_new_tokens: int,
    seed: int,
    batch_size: int,
) -> Decoding:
    """Return these settings; each that is None is what is recommended for this model and mode."""
    mode = "thinking" if chat["thinking"] else "chat"
    usual = RECOMMENDED["GPT-OSS" if chat["learned"] else mode]
    return Decoding(
        temperature=usual[0] if temperature is None else temperature,
        top_p=usual[1] if top_p is None else top_p,
        top_k=usual[2] if top_k is None else top_k,
        max_new_tokens=max_new_tokens,
        seed=seed,
        batch_size=batch_size,
    )


def ask(
    chat_model: ChatModel,
    questions: list[str],
    system: str,
    decoding: Decoding,
    label: str | None = "Answers",
) -> list[Answer]:
    """Return the answers to `questions` under a system prompt ("": none), in their order.

    A thought that used up all its tokens is closed, and the answer written in a second round of as
    many tokens: no answer is empty for want of them."""
    model, tokenizer, chat = chat_model
    rules = [{"role": "system", "content": system}] if system else []
    talks = [[*rules, {"role": "user", "content": question}] for question in questions]
    prompts = [format_prompt(tokenizer, chat, talk) for talk in talks]
    settings: Any = {"stops": chat["stops"], "label": label, **decoding}
    made = generate(model, tokenizer, prompts, **settings) if prompts else []
    close = close_thought(chat)
    cut = [n for n, one in enumerate(made) if close and one["finish_reason"] == "length"]
    unsaid = [n for n in cut if not parse_answer(made[n]["raw"], chat)["answer"]]
    begun = [prompts[n] + made[n]["raw"] + close for n in unsaid]
    rest = generate(model, tokenizer, begun, **settings) if begun else []
    for n, more in zip(unsaid, rest, strict=True):
        more["raw"] = made[n]["raw"] + close + more["raw"]
        more["tokens"] += made[n]["tokens"]
        more["seconds"] += made[n]["seconds"]
        made[n] = more
    answers: list[Any] = []
    for question, one in zip(questions, made, strict=True):
        row = {"question": question, "system": system, **parse_answer(one["raw"], chat), **one}
        answers.append({**row, "bytes": len(row["answer"].encode())})
    return answers


# %% [markdown] id="generation-batches-text"
# #### Write answers in batches
# Many answers are made at the same time: reading the weights once serves the whole batch. Shorter
# prompts are padded on the left, so that every answer follows its own prompt directly. Each answer
# draws its own random numbers, keeps its raw text, and tells whether it ended by itself ("stop") or
# ran out of tokens ("length"). What `ask_once` asks is kept on the disk for a second run.

# %% id="generation-batches"
from pathlib import Path


def ask_once(
    chat_model: ChatModel,
    questions: list[str],
    system: str,
    decoding: Decoding,
    path: Path,
    model_id: str,
    label: str = "Answers",
) -> list[dict[str, Any]]:
    """Return what `ask` does; answers that the file `path` has are taken from it, new ones are kept
    there. `model_id` stands for the weights, see `identify_model`."""

    def make(batch: list[str]) -> list[dict[str, Any]]:
        return [{**one} for one in ask(chat_model, batch, system, decoding, label=None)]

    needs = asking_needs(model_id, chat_model.chat, system, ask)
    drawn = ("top_p", "top_k", "seed") if decoding["temperature"] else ()
    needs |= {name: decoding[name] for name in ("temperature", "max_new_tokens", *drawn)}
    size, shape = decoding["batch_size"], {"answer": str, "finish_reason": str}
    return cached_batches(path, needs, questions, questions, make, size, label, shape)


LIKELIEST = 1024  # tokens that mostly make up top_p: to sort all takes a CPU 4 ms a row


def nucleus(heated: Any, top_p: float, top_k: int) -> tuple[Any, Any]:
    """Return probabilities and tokens of each row, the likeliest first: of the `top_k` likeliest
    tokens (0: of all) those that make up `top_p`. Others may be among them, with probability 0."""
    size, likely = heated.shape[-1], heated.softmax(-1)
    found, tokens = likely.topk(min(top_k or LIKELIEST, size))
    if top_k:
        found = found / found.sum(-1, keepdim=True)
    elif (found.sum(-1) < top_p).any():
        found, tokens = likely.sort(-1, descending=True)
    return found.masked_fill(found.cumsum(-1) - found >= top_p, 0.0), tokens


def draw_next(scores: Any, streams: list[Any], temperature: float, top_p: float, top_k: int) -> Any:
    """Return scores (rows × vocabulary) that leave one token a row, drawn from its `nucleus`.

    `streams`: a numpy Generator a row, so that an answer does not depend on others in its batch. It
    gives a number from 0 to 1, a stretch that tokens share, in the vocabulary's order, by their
    probabilities (inverse transform sampling): rounding moves its borders a little, no token.
    """
    import torch

    heated = scores.float() / temperature
    if top_p >= 1 and not top_k:
        likely = heated.softmax(-1)
        tokens = torch.arange(scores.shape[-1], device=scores.device).expand_as(scores)
    else:
        likely, tokens = nucleus(heated, top_p, top_k)
        tokens, order = tokens.sort(-1)
        likely = likely.gather(-1, order)
    borders = likely.double().cumsum(-1)
    numbers = borders.new_tensor([[stream.random()] for stream in streams])
    places = torch.searchsorted(borders, numbers * borders[:, -1:], right=True)
    drawn = tokens.gather(-1, places.clamp(max=tokens.shape[-1] - 1))
    return torch.full_like(scores, -torch.inf).scatter(-1, drawn, 0.0)


def write_batch(
    model: Any,
    tokenizer: Any,
    ids: list[list[int]],
    streams: list[Any],
    ends: set[int],
    how: Decoding,
) -> list[dict[str, Any]]:
    """Return what the model adds to the prompts (token ids) of one batch; see `generate`."""
    start, shape = time.perf_counter(), (how["temperature"], how["top_p"], how["top_k"])
    batch = tokenizer.pad({"input_ids": ids}, padding_side="left", return_tensors="pt")
    made = model.generate(
        **batch.to(model.device),
        max_new_tokens=how["max_new_tokens"],
        do_sample=False,  # draw_next draws
        use_cache=True,
        eos_token_id=sorted(ends),
        pad_token_id=tokenizer.pad_token_id,
        logits_processor=[lambda _, scores: draw_next(scores, streams, *shape)] if shape[0] else [],
    )
    seconds, rows = (time.perf_counter() - start) / len(ids), []
    for tokens in made[:, batch["input_ids"].shape[1] :].tolist():
        tokens = tokens[: next((n for n, token in enumerate(tokens, 1) if token in ends), None)]
        row = {"raw": tokenizer.decode(tokens), "tokens": len(tokens), "seconds": seconds}
        rows.append({**row, "finish_reason": "stop" if tokens[-1] in ends else "length"})
    return rows


# %% [markdown] id="generation-fitting-text"
# #### As many as fit
# How many answers the card has room for is estimated; a batch too large for it all the same, of
# answers or of texts to score, is worked through in halves. That changes no answer: each draws its
# own random numbers.

# %% id="generation-fitting"
from collections.abc import Callable


def in_halves(model: Any, make: Callable[[list[int]], list[Any]], places: list[int]) -> list[Any]:
    """Return what `make` returns of a batch, the `places` of its texts; where the card's memory
    runs out, of its halves.

    Raises Mistake where a single text is too large."""
    import torch

    try:
        return make(places)
    except torch.OutOfMemoryError:
        if len(places) == 1:
            raise Mistake(
                "The card's memory is too small for a single text: close what else uses the card, "
                "lower MAX_NEW_TOKENS, or take a smaller MODEL."
            ) from None
    free_buffers(model)  # here, since an exception that is handled keeps its tensors
    half = len(places) // 2
    parts = places[:half], places[half:]
    return [one for part in parts for one in in_halves(model, make, part)]


def longest_first(lengths: list[int], batch_size: int) -> list[list[int]]:
    """Return the places in `lengths` in batches: like lengths together need little padding."""
    order = sorted(range(len(lengths)), key=lambda n: -lengths[n])
    return [order[a : a + batch_size] for a in range(0, len(order), batch_size)]


def in_batches(
    model: Any,
    make: Callable[[list[int]], list[Any]],
    lengths: list[int],
    batch_size: int,
    label: str | None,
) -> list[Any]:
    """Return what `make` returns of texts of these `lengths`, in their order; `make` is given the
    places of a batch, of texts of like length. Raises Mistake as `in_halves` does."""
    results: list[Any] = [None] * len(lengths)
    for places in progress(longest_first(lengths, batch_size), label):
        for n, one in zip(places, in_halves(model, make, places), strict=True):
            results[n] = one
    return results


def generate(
    model: Any,
    tokenizer: Any,
    prompts: list[str],
    *,
    stops: Sequence[str] = (),
    label: str | None = "Answers",
    **decoding: Unpack[Decoding],
) -> list[dict[str, Any]]:
    """Return [{"raw", "tokens", "seconds", "finish_reason": "stop" | "length"}] for the prompts.

    `stops`: control tokens that end an answer beside the model's own."""
    ids = tokenizer(list(prompts), add_special_tokens=False)["input_ids"]
    seeds = [
        [decoding["seed"], prompts[:n].count(one), *one.encode()] for n, one in enumerate(prompts)
    ]
    own = numpy.atleast_1d(model.generation_config.eos_token_id or []).astype(int).tolist()
    ends = {tokenizer.eos_token_id, *tokenizer.convert_tokens_to_ids(list(stops)), *own}
    training, learns, side = model.training, not model.config.use_cache, tokenizer.padding_side
    model.generation_config.max_length = None  # max_new_tokens alone counts; both would warn
    getattr(model, "for_inference", model.eval)()
    lengths = [len(row) for row in ids]
    new, wanted = decoding["max_new_tokens"], decoding["batch_size"]
    at_once = answers_that_fit(model, wanted, max(lengths), new)

    def write(rows: list[int]) -> list[dict[str, Any]]:
        streams = [numpy.random.default_rng(seeds[n]) for n in rows]
        return write_batch(model, tokenizer, [ids[n] for n in rows], streams, ends, decoding)

    results = in_batches(model, write, lengths, at_once, label)
    if training or learns or len(ids) > 1:  # or it is missing where texts are scored
        free_buffers(model)
    prepare = getattr(model, "for_training", model.train) if training or learns else model.eval
    prepare()
    model.train(training)
    tokenizer.padding_side = side
    return results


# %% [markdown] id="generation-scores-text"
# #### How likely is a text?
# The model reads a text once, and its log-probabilities of the tokens that really come next are
# summed. As the answer to a question, the text's loss tells whether the question helps the model to
# expect it: lower is likelier. On its own, it tells how well the model knows texts of this kind.
# Nothing is generated, so this is the comparison's least noisy measure.

# %% id="generation-scores"
POSITIONS = 256  # softmax over this many at a time: 256 of 200,000 words are 0.2 GB in float32
TokenPair = tuple[list[int], list[int]]  # what is given, what is scored


def score_batch(model: Any, pairs: list[TokenPair], pad: int) -> list[float]:
    """Return what `sum_log_probs` does, of one batch."""
    import torch

    rows = [given + scored for given, scored in pairs]
    gaps = [max(map(len, rows)) - len(row) for row in rows]  # on the right, where no token looks
    padded = [row + [pad] * gap for row, gap in zip(rows, gaps, strict=True)]
    shown = [[1] * len(row) + [0] * gap for row, gap in zip(rows, gaps, strict=True)]
    ids = torch.tensor(padded, device=model.device)
    mask = torch.tensor(shown, device=model.device)
    sums = []
    with torch.no_grad():  # and no labels: Unsloth's fused loss returns no logits
        logits = model(input_ids=ids, attention_mask=mask).logits
        for n, (given, scored) in enumerate(pairs):
            first, last = len(given), len(given) + len(scored)
            parts = logits[n, first - 1 : last - 1].split(POSITIONS)
            wanted = ids[n, first:last, None].split(POSITIONS)
            total = 0.0
            for part, tokens in zip(parts, wanted, strict=True):
                found = part.float().log_softmax(-1).gather(-1, tokens)
                total += found.double().sum().item()
            sums.append(total)
    return sums


def sum_log_probs(
    model: Any, pairs: list[TokenPair], pad: int, batch_size: int, label: str | None
) -> list[float]:
    """Return for each (given, scored) pair of token ids the log-probability of `scored` after
    `given`, in nats, summed over its tokens. `given` holds one token at least."""
    lengths = [len(given) + len(scored) for given, scored in pairs]

    def score(batch: list[int]) -> list[float]:
        return score_batch(model, [pairs[n] for n in batch], pad)

    return in_batches(model, score, lengths, batch_size, label)


def nats_per_token(
    chat_model: ChatModel, questions: list[str], system: str, texts: list[str], batch_size: int
) -> list[float]:
    """Return the loss of each text as the answer to its question: mean nats a token."""
    model, tokenizer, chat = chat_model
    rules = {"role": "system", "content": system}
    pairs = []
    for question, text in zip(questions, texts, strict=True):
        prompt = format_prompt(tokenizer, chat, [rules, {"role": "user", "content": question}])
        given = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        scored = tokenizer(text, add_special_tokens=False)["input_ids"]
        pairs.append((given, scored))
    sums = sum_log_probs(model, pairs, tokenizer.pad_token_id or 0, batch_size, None)
    return [-total / len(scored) for total, (_, scored) in zip(sums, pairs, strict=True)]


def log_likelihoods(
    model: Any,
    tokenizer: Any,
    texts: list[str],
    *,
    max_seq_length: int,
    batch_size: int = 4,
    label: str | None = "Scores",
) -> list[dict[str, Any]]:
    """Return [{"log_likelihood" (nats, summed), "tokens", "bytes", "words"}] of plain texts.

    Every token counts; the first is given the tokenizer's BOS token, or its EOS token where there
    is no BOS. Of a text of more than `max_seq_length` - 1 tokens only those are scored, and only
    their bytes and words counted. Raises ValueError for an empty text."""
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    start = eos if bos is None else bos
    cut: Any = {"truncation": True, "max_length": max_seq_length - 1}
    coded = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, **cut)
    ids = coded["input_ids"]
    if [] in ids:
        raise ValueError(f"Text number {ids.index([]) + 1} is empty: nothing can be scored.")
    sums = sum_log_probs(model, [([start], row) for row in ids], start, batch_size, label)
    rows = []
    for text, row, offsets, total in zip(texts, ids, coded["offset_mapping"], sums, strict=True):
        read = text[: offsets[-1][1]]
        counts = {"tokens": len(row), "bytes": len(read.encode()), "words": len(read.split())}
        rows.append({"log_likelihood": total, **counts})
    return rows
