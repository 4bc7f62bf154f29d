# %% id="blinding-imports"
"""Pairs of answers without names, cut to like length, for readers to choose between."""

from chapters.keys import fingerprint

# %% [markdown] id="blinding-pairs-text"
# #### Pairs without names
# The design follows Chakrabarty et al. 2025: a reader who knows the author sees two texts and does
# not know whose they are. The tuned model stands against the base model or against the author's own
# passage; which pairs, in which order and on which side is drawn with the seed. No question comes
# twice, since a text seen before tells whose it is. Length tells too, so both texts end at the ends
# of sentences, with nearly as many words.

# %% id="blinding-pairs"
import random
import re
from typing import Any, TypedDict

LIKE_LENGTH = 0.8  # of two texts the shorter has at least this share of the longer's words
SHORTEST_TEXT, LONGEST_TEXT = 15, 150  # of a text: less shows no style, more tires
# A stop, closing quotes or brackets, then space; not behind a title, whose name follows
SENTENCE_STOP = re.compile(
    r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\b[A-Z])[.!?…]+[\"'”’»)\]*]*(?=\s|$)"
)


class Pair(TypedDict):
    """Two answers to one question: the tuned model's and another's."""

    id: str  # its place in the test, from "1"
    question: str
    texts: list[str]  # A and B
    tuned: int  # which of them is the tuned model's
    other: str  # whose the other one is: "base" or "author"


def like_length(one: str, two: str) -> list[str]:
    """Return both texts cut at ends of sentences, as long as LIKE_LENGTH and LONGEST_TEXT allow; []
    where they have no such ends, or are the same."""
    ends = [
        [(len(text[: stop.end()].split()), stop.end()) for stop in SENTENCE_STOP.finditer(text)]
        for text in (one, two)
    ]
    cuts = [
        (words + others, end, other_end)
        for words, end in ends[0]
        for others, other_end in ends[1]
        if SHORTEST_TEXT <= min(words, others) >= LIKE_LENGTH * max(words, others)
        and max(words, others) <= LONGEST_TEXT
    ]
    if not cuts or one.split() == two.split():
        return []
    _, end, other_end = max(cuts)
    return [one[:end].strip(), two[:other_end].strip()]


def blind_pairs(
    prompts: list[Any], tuned: list[str], others: dict[str, list[str]], count: int, seed: int
) -> list[Pair]:
    """Return up to `count` pairs in random order, as many against each of `others` as there can be:
    {"author" and "base": a text for each prompt, "" for none}."""
    draw, free, pairs = random.Random(seed), list(range(len(prompts))), []
    draw.shuffle(free)
    for number, (other, texts) in enumerate(others.items(), 1):
        share = count * number // len(others)  # what one of them lacks, the next one gets
        for place in list(free):
            if len(pairs) < share and (cut := like_length(tuned[place], texts[place])):
                free.remove(place)
                side = draw.randrange(2)
                shown = cut[::-1] if side else cut
                question = prompts[place]["question"]
                pairs.append(Pair(id="", question=question, texts=shown, tuned=side, other=other))
    draw.shuffle(pairs)
    return [{**pair, "id": str(number)} for number, pair in enumerate(pairs, 1)]


def key_of_test(author: str, pairs: list[Pair]) -> str:
    """Return what tells a blind test from every other: votes of another one say nothing here."""
    return fingerprint(author, pairs)
