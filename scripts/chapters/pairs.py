# %% id="pairs-imports"
"""Every passage gets its instruction: the model's, else a template, or one of eight fixed ones."""

from chapters.passages import Passage
from chapters.preparation import Mistake
from chapters.templates import kind_of

# %% [markdown] id="pairs-instructions-text"
# #### Which passages get which
# A template says less than a question that somebody thought of, so only a quarter of the training
# passages may end up with one, and the others are left out. In the demo, whose model is too small
# to write, all have one.

# %% id="pairs-instructions"
import hashlib

TEMPLATE_SHARE = {False: 0.25, True: 1}  # at most, of the training passages kept; True: the demo


class InstructedPassage(Passage):
    """A line of passages.jsonl."""

    instruction: str
    instruction_source: str  # "model", "choice" (demo: of a template), "template" or "rotating"
    instruction_kind: str


def _instructed(passage: Passage, text: str, source: str) -> InstructedPassage:
    """Return a copy of the passage with its instruction."""
    kind = kind_of(passage["id"])
    return {**passage, "instruction": text, "instruction_source": source, "instruction_kind": kind}


def capped_templates(
    passages: list[Passage], written: dict[str, str], most: float
) -> list[Passage]:
    """Return the passages, less training ones, so that at most the share `most` needs a template.

    A hash of the id decides which ones stay; validation and held-out passages all do.
    """
    training = [passage["id"] for passage in passages if passage["split"] == "train"]
    by_hash = sorted(training, key=lambda key: hashlib.sha256(key.encode()).digest())
    without = [key for key in by_hash if key not in written]
    room = len(without)
    if most < 1:
        room = int(most / (1 - most) * (len(training) - len(without)))
    left_out = set(without[room:])
    return [passage for passage in passages if passage["id"] not in left_out]


def add_instructions(
    passages: list[Passage], written: dict[str, str], templates: dict[str, list[str]], demo: bool
) -> list[InstructedPassage]:
    """Return the passages with the model's instruction, else a template; too many are left out."""
    made = []
    for passage in capped_templates(passages, written, TEMPLATE_SHARE[demo]):
        key = passage["id"]
        if key in written:
            made.append(_instructed(passage, written[key], "choice" if demo else "model"))
        else:
            made.append(_instructed(passage, templates[key][0], "template"))
    return made


# %% [markdown] id="pairs-schemes-text"
# #### Or fixed requests, to compare with
# `INSTRUCTIONS = "rotating"` gives eight fixed requests in turn that say nothing about the passage:
# a model trained so has no reason to heed the question.

# %% id="pairs-schemes"
import random
from typing import Any

ROTATING = (
    "Explain this concept in detail.|Share your thoughts on this.|What is your view of this?|"
    "Tell me more about this topic.|Continue.|Write in your own style.|Describe what this means.|"
    "Go deeper into this idea."
)


def rotating_instructions(passages: list[Passage]) -> list[InstructedPassage]:
    """Return the passages with eight instructions in turn that say nothing, to compare with."""
    requests = ROTATING.split("|")
    made = []
    for n, passage in enumerate(passages):
        made.append(_instructed(passage, requests[n % len(requests)], "rotating"))
    return made


def instruct(
    passages: list[Passage],
    scheme: str,
    written: dict[str, str],
    templates: dict[str, list[str]],
    demo: bool,
) -> list[InstructedPassage]:
    """Return the passages with instructions: "model", with `written`, or "rotating"."""
    if scheme == "model":
        return add_instructions(passages, written, templates, demo)
    if scheme == "rotating":
        return rotating_instructions(passages)
    raise Mistake(f"INSTRUCTIONS is {scheme!r}: set it to 'model' or 'rotating'.")


def instruction_pairs(passages: list[InstructedPassage], count: int, seed: int) -> Any:
    """Return a data frame of `count` random passages: who wrote the instruction, it, the start."""
    import pandas  # not sooner: half a second

    rows = []
    for passage in random.Random(seed).sample(passages, min(count, len(passages))):
        start = " ".join(passage["text"].split()[:40])
        row = {"passage": passage["id"], "made by": passage["instruction_source"]}
        rows.append({**row, "instruction": passage["instruction"], "starts": f"{start} …"})
    return pandas.DataFrame(rows)
