# %% id="rows-imports"
"""Passages and everyday answers become rows in the model's own chat format, none too long."""

from chapters.chat import ChatFormat, ChatModel, format_row
from chapters.generation import Decoding, ask_once
from chapters.preparation import Mistake
from chapters.storage import write_whole

# %% [markdown] id="rows-everyday-text"
# #### Everyday questions
# A model that sees nothing but an author forgets how to answer. Some rows are everyday questions
# with the base model's own answers, under the plain system prompt, so that the persona stays tied
# to the author's rows. An answer that was cut off ends with its last whole sentence.

# %% id="rows-everyday"
import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

HOW_FRAMES = "How do I {}?|What do people get wrong when they {}?|Give me three tips to {}."
HOW_TO = (
    "boil rice|learn a language|sleep better|write a letter of thanks|grow tomatoes|save money|"
    "pack for a week away|read more books|clean a window|mend a bicycle tyre|bake bread|"
    "prepare for an interview|make new friends|remember names|keep a diary|paint a room|"
    "choose a gift|cook for guests|learn to swim|take better photographs|train a dog|"
    "find my way without a map|start running|speak in public|use less electricity"
)
WHAT_FRAMES = (
    "What is {}?|Explain {} in simple words.|Why does {} matter?|"
    "Tell me a surprising fact about {}."
)
WHAT_IS = (
    "gravity|inflation|a prime number|photosynthesis|an election|the water cycle|a vaccine|"
    "electricity|an algorithm|the heart|compound interest|recycling|a comet|the alphabet|"
    "an earthquake|a computer virus|the moon|a good breakfast|an insurance|a vitamin|"
    "the internet|a database|an orchestra|the stock market|soil"
)
LAST_SENTENCE = re.compile(r".*[.!?…][\"'”’)]*(?=\s|$)", re.S)
LIST_NUMBER = re.compile(r"\n\s*\d{1,3}[.)]\Z")  # of an item that was cut off


def everyday_questions(count: int, seed: int) -> list[str]:
    """Return up to `count` different everyday questions, in an order fixed by `seed`: 175 exist."""
    made = []
    for frames, things in ((HOW_FRAMES, HOW_TO), (WHAT_FRAMES, WHAT_IS)):
        for frame in frames.split("|"):
            made += [frame.format(thing) for thing in things.split("|")]
    random.Random(seed).shuffle(made)
    return made[:count]


def how_many_everyday(passages: Sequence[Mapping[str, Any]], share: float) -> int:
    """Return how many everyday questions make up `share` of all rows for training."""
    training = sum(passage["split"] == "train" for passage in passages)
    return round(share / (1 - share) * training)


def whole_answer(text: str, finish_reason: str) -> str:
    """Return an answer, less the sentence in which the token limit cut it off ("": none whole)."""
    if finish_reason == "stop":
        return text.strip()
    found = LAST_SENTENCE.match(text)
    return LIST_NUMBER.sub("", found[0]).strip() if found else ""


def answer_everyday(
    chat_model: ChatModel, count: int, folder: Path, model_id: str, system: str, decoding: Decoding
) -> list[dict[str, Any]]:
    """Return up to `count` everyday questions with the base model's own answers, always its
    likeliest, as rows of passages.jsonl with split "base_answer". Empty answers are left out."""
    questions = everyday_questions(count, decoding["seed"])
    greedy: Decoding = {**decoding, "temperature": 0}
    path, label = folder / "base_answers.jsonl", "Base answers"
    made = ask_once(chat_model, questions, system, greedy, path, model_id, label)
    rows = []
    for n, (question, one) in enumerate(zip(questions, made, strict=True), 1):
        if text := whole_answer(one["answer"], one["finish_reason"]):
            row = {"id": f"base-{n:04d}"} | dict.fromkeys(("book", "title", "chapter", "pages"))
            body = {"split": "base_answer", "text": text, "words": len(text.split())}
            asked = {"instruction": question, "instruction_source": "base"}
            rows.append({**row, **body, **asked, "instruction_kind": "question"})
    return rows


# %% [markdown] id="rows-training-text"
# #### Rows to train on
# Each passage as a chat: the persona, its instruction, and the passage as the answer, in the
# model's own format. A row longer than `MAX_SEQ_LENGTH` would be cut off in the middle of its
# answer, and the model would learn answers without an end. A few such rows are left out; if they
# are many, the notebook stops.

# %% id="rows-training"
LONG_SHARE = 0.05  # a few long rows can be missed; more mean that the settings do not fit


class Row(TypedDict):
    """A chat to train on; `text` is it in the model's own format."""

    id: str
    messages: list[dict[str, str]]
    text: str


def build_rows(
    passages: Sequence[Mapping[str, Any]],
    splits: tuple[str, ...],
    system: str,
    plain_system: str,
    tokenizer: Any,
    chat: ChatFormat,
) -> list[Row]:
    """Return the rows of the passages in `splits`: the author's under `system`, the persona, and
    everyday answers under `plain_system`."""
    rows: list[Row] = []
    for passage in passages:
        if passage["split"] in splits:
            rules = plain_system if passage["split"] == "base_answer" else system
            messages = [
                {"role": "system", "content": rules},
                {"role": "user", "content": passage["instruction"]},
                {"role": "assistant", "content": passage["text"]},
            ]
            text = format_row(tokenizer, chat, messages)
            rows.append({"id": passage["id"], "messages": messages, "text": text})
    return rows


def check_some(rows: list[Row]) -> None:
    """Raise Mistake if there is no row to train on."""
    if not rows:
        raise Mistake(
            "No row is left to train on: the model wrote no usable instruction. Set INSTRUCTIONS = "
            '"rotating", or take a model that follows instructions.'
        )


def row_lengths(tokenizer: Any, rows: list[Row]) -> dict[str, int]:
    """Return {id: tokens} of the rows."""
    if not rows:
        return {}
    ids = tokenizer([row["text"] for row in rows], add_special_tokens=False)["input_ids"]
    return {row["id"]: len(tokens) for row, tokens in zip(rows, ids, strict=True)}


def fitting_rows(rows: list[Row], lengths: dict[str, int], limit: int) -> list[Row]:
    """Return the rows of at most `limit` tokens. Raises Mistake if over LONG_SHARE are longer."""
    fitting = [row for row in rows if lengths[row["id"]] <= limit]
    if len(rows) - len(fitting) > LONG_SHARE * len(rows):
        raise Mistake(
            f"{len(rows) - len(fitting)} of {len(rows)} rows are longer than MAX_SEQ_LENGTH = "
            f"{limit} (tokens; the longest: {max(lengths.values())}): raise it, or lower "
            "PASSAGE_WORDS."
        )
    return fitting


def describe_left_out(lengths: dict[str, int], limit: int) -> str:
    """Return the sentence that names the rows of more than `limit` tokens."""
    long = [f"{key} ({count})" for key, count in lengths.items() if count > limit]
    return f"Left out, longer than {limit} tokens: {', '.join(long) or 'none'}."


def plot_lengths(lengths: dict[str, int], limit: int) -> Any:
    """Return a histogram of the rows' tokens, the limit a dashed line."""
    from matplotlib import pyplot  # not sooner: half a second

    fig, ax = pyplot.subplots(figsize=(8, 3.5))
    counts = list(lengths.values())
    ax.hist(counts, bins=40, color="#0173b2")
    ax.axvline(limit, color="0.2", linestyle="--", label=f"MAX_SEQ_LENGTH = {limit}")
    span = f"{len(counts)} rows of {min(counts)} to {max(counts)} tokens"
    over = sum(count > limit for count in counts)
    ax.set(xlabel="tokens a row", ylabel="rows", title=f"{span}; {over} over the limit")
    ax.legend(frameon=False)
    return fig


def write_passages(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write passages and everyday answers, a JSON line each: passages.jsonl."""
    write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
