# %% id="generation-imports"
"""Ask a model many questions at a time, and measure how likely it finds a text."""

from chapters.chat import ChatFormat, ChatModel, format_prompt, parse_answer
from chapters.preparation import progress

# isort: split

# %% [markdown] id="generation-batches-text"
# #### Write answers in batches
# Many answers are made at the same time: reading the weights once serves the whole batch. Shorter
# prompts are padded on the left, so that every answer follows its own prompt directly. Each draws
# from its own stream of random numbers, and tells whether it ended by itself ("stop") or ran out of
# tokens ("length").

# %% id="generation-batches"
import time
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import numpy


class Decoding(TypedDict):
    """How answers are made; temperature 0 takes the likeliest token always, top_k 0 all tokens."""

    temperature: float
    top_p: float
    top_k: int
    max_new_tokens: int
    seed: int
    batch_size: int


def draw_next(scores: Any, streams: list[Any], temperature: float, top_p: float, top_k: int) -> Any:
    """Return scores (rows × vocabulary) that leave one token a row, drawn with Gumbel noise.

    It is one of the `top_k` likeliest that make up `top_p`. `streams`: a numpy Generator a row, so
    that an answer does not depend on the rest of its batch."""
    import torch

    most = min(top_k or scores.shape[-1], scores.shape[-1])
    values, tokens = torch.topk(scores.float() / temperature, most)
    likely = values.softmax(-1)
    values = values.masked_fill(likely.cumsum(-1) - likely >= top_p, -torch.inf)
    noise = torch.as_tensor(numpy.stack([stream.gumbel(size=most) for stream in streams]))
    drawn = (values + noise.to(values)).argmax(-1, keepdim=True)
    return torch.full_like(scores, -torch.inf).scatter(-1, tokens.gather(-1, drawn), 0.0)


def longest_first(lengths: list[int], batch_size: int) -> list[list[int]]:
    """Return the places in `lengths` in batches: like lengths together need little padding."""
    order = sorted(range(len(lengths)), key=lambda n: -lengths[n])
    return [order[a : a + batch_size] for a in range(0, len(order), batch_size)]


def write_batch(
    model: Any, tokenizer: Any, ids: list[list[int]], ends: set[int], limit: int, draw: list[Any]
) -> list[dict[str, Any]]:
    """Return what the model adds to each prompt in one batch; `draw`: logits processors."""
    start = time.perf_counter()
    batch = tokenizer.pad({"input_ids": ids}, padding_side="left", return_tensors="pt")
    made = model.generate(
        **batch.to(model.device),
        max_new_tokens=limit,
        do_sample=False,
        use_cache=True,
        eos_token_id=sorted(ends),
        pad_token_id=tokenizer.pad_token_id,
        logits_processor=draw,
    )
    seconds = (time.perf_counter() - start) / len(ids)
    rows = []
    for tokens in made[:, batch["input_ids"].shape[1] :].tolist():
        tokens = tokens[: next((a for a, token in enumerate(tokens, 1) if token in ends), None)]
        reason = "stop" if tokens[-1] in ends else "length"
        raw, count = tokenizer.decode(tokens), len(tokens)
        rows.append({"raw": raw, "tokens": count, "seconds": seconds, "finish_reason": reason})
    return rows


# %% [markdown] id="generation-answers-text"
# #### One way to ask
# Every question goes through the same steps: prompt, generation, and parting the answer from what
# else the model wrote. All that is asked in these notebooks is asked this way, of the model before
# and after its training alike, with the decoding settings that the model's makers recommend where a
# parameter is None. A thought that used up all its tokens is closed, and the answer written in a
# second round: no answer is empty for want of tokens.

# %% id="generation-answers"
# Temperature, top_p and top_k that the models' makers recommend.
RECOMMENDED = {"GPT-OSS": (1.0, 1.0, 0), "thinking": (0.6, 0.95, 20), "chat": (0.7, 0.8, 20)}


class Answer(TypedDict):
    """What a model answered; `raw` is all that it wrote, control tokens included."""

    question: str
    system: str
    answer: str
    thinking: str
    raw: str
    tokens: int
    seconds: float  # its share of the batch's time
    finish_reason: str  # "stop" or "length"
    bytes: int  # of the answer, in UTF-8


def sampling(
    chat: ChatFormat, temperature: float | None, top_p: float | None, top_k: int | None
) -> tuple[float, float, int]:
    """Return temperature, top_p and top_k; for each None what is recommended for model and mode."""
    kind = "thinking" if chat["thinking"] else "chat"
    usual = RECOMMENDED["GPT-OSS" if chat["learned"] else kind]
    own = (temperature, top_p, top_k)
    pass
