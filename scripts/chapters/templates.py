# %% id="templates-imports"
"""Every passage gets an instruction: the model's, else a template that says what it is about."""

from chapters.extraction import Book
from chapters.instructions import kind_of, without_capitals
from chapters.passages import Passage
from chapters.preparation import Mistake

# %% [markdown] id="templates-phrases-text"
# #### When the model finds no instruction
# A template names the chapter and what the passage is about: the words that set it apart from the
# rest of the author's text, with the words beside them. *Christian burial* says more than *burial*.

# %% id="templates-phrases"
import hashlib
import random
import re
from typing import Any

import numpy

COMMON_SHARE = 0.03  # words in more of the author's paragraphs than this say little
LONGEST_PHRASE = 3  # words
PHRASE_WORD = r"\b[^\W\d_][^\W\d_]{2,}(?:-[^\W\d_]+)*\b"
TEMPLATES = {
    "question": "What can you say about {}{}?",
    "brief": "Tell me about {}{}.",
    "topic": "Write about {}{}.",
}
NAMED_PHRASES = 3  # in a template; more where two passages would get the same one


def weighty_runs(text: str, weights: dict[str, float]) -> list[tuple[list[str], float]]:
    """Return [(words, weight)]: runs of up to three words that carry weight, with nothing between.

    Words in capitals, such as the names before speeches, are passed over; `weights` is {lower-case
    word: weight}.
    """
    found = []
    for piece in re.split(r"[^\w\s-]|\n", text):
        run = []
        for word in [*re.findall(PHRASE_WORD + r"|\S+", piece), ""]:
            if word.lower() in weights and not word.isupper():
                run.append(word)
                continue
            if 0 < len(run) <= LONGEST_PHRASE:
                found.append((run, sum(weights[each.lower()] for each in run)))
            run = []
    return found


def distinctive_phrases(texts: list[str], corpus: list[str], most: int = 12) -> list[list[str]]:
    """Return for each text up to `most` of its phrases by falling TF-IDF weight in the author's
    `corpus`, a list of paragraphs; no two share a word. What the corpus also writes small is small.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # not sooner: half a second

    vectorizer = TfidfVectorizer(stop_words="english", token_pattern=PHRASE_WORD).fit(corpus)
    words = vectorizer.get_feature_names_out()
    idf = vectorizer.idf_  # 1 - ln(share) of a word in that share of the paragraphs
    is_rare = idf >= min(1 - numpy.log(COMMON_SHARE), numpy.median(idf))
    small = {word for text in corpus for word in re.findall(PHRASE_WORD, text) if word.islower()}
    made = []
    for row, text in zip(vectorizer.transform(texts).tocsr(), texts, strict=True):
        pairs = zip(row.indices, row.data, strict=True)
        weights = {words[i]: weight for i, weight in pairs if is_rare[i]}
        phrases, used = [], set()
        for run, _ in sorted(weighty_runs(text, weights), key=lambda found: -found[1]):
            own = {word.lower() for word in run}
            if not used & own and len(phrases) < most:
                run = [word.lower() if word.lower() in small else word for word in run]
                phrases.append(" ".join(run))
                used |= own
        made.append(phrases)
    return made


def _listed(phrases: list[str]) -> str:
    """Return "a, b and c"; "this" for no phrases."""
    if len(phrases) < 2:
        return phrases[0] if phrases else "this"
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"


def template_instructions(passages: list[Passage], phrases: list[list[str]]) -> dict[str, str]:
    """Return {id: instruction} of the passages' chapters and `phrases`; all are different."""
    made, known = {}, set()
    for passage, own in zip(passages, phrases, strict=True):
        chapter = without_capitals((passage["chapter"] or "").strip(), 2).rstrip(".")
        where = f", as in “{chapter}”" if passage["chapter"] else ""
        for count in range(min(NAMED_PHRASES, len(own)), len(own) + 1):
            text = TEMPLATES[kind_of(passage["id"])].format(_listed(own[:count]), where)
            made[passage["id"]] = text
            if text not in known:
                break
        known.add(made[passage["id"]])
    return made


# %% [markdown] id="templates-instructions-text"
# #### Which passages get which
# A template is a poor question, so only a quarter of the training passages may end up with one, and
# the others are left out. In the demo, whose model is too small to write many, all may.
# `INSTRUCTIONS = "rotating"` gives eight fixed requests in turn that say nothing about the passage.
# It is there to compare with: a model trained so has no reason to heed the question.

# %% id="templates-instructions"
MOST_TEMPLATES = {False: 0.25, True: 1}  # share of the training passages kept; True: the demo
ROTATING = (
    "Explain this concept in detail.|Share your thoughts on this.|What is your view of this?|"
    "Tell me more about this topic.|Continue.|Write in your own style.|Describe what this means.|"
    "Go deeper into this idea."
)


class InstructedPassage(Passage):
    """A line of passages.jsonl."""

    instruction: str
    instruction_source: str  # "model", "template" or "rotating"
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
    passages: list[Passage], written: dict[str, str], books: list[Book], demo: bool
) -> list[InstructedPassage]:
    """Return the passages with the model's instruction, else a template; too many are left out."""
    kept = capped_templates(passages, written, MOST_TEMPLATES[demo])
    corpus = [paragraph["text"] for book in books for paragraph in book["paragraphs"]]
    phrases = distinctive_phrases([passage["text"] for passage in kept], corpus)
    templates = template_instructions(kept, phrases)
    made = []
    for passage in kept:
        source = "model" if passage["id"] in written else "template"
        text = written.get(passage["id"], templates[passage["id"]])
        made.append(_instructed(passage, text, source))
    return made


def rotating_instructions(passages: list[Passage]) -> list[InstructedPassage]:
    """Return the passages with eight instructions in turn that say nothing, to compare with."""
    requests = ROTATING.split("|")
    made = []
    for n, passage in enumerate(passages):
        made.append(_instructed(passage, requests[n % len(requests)], "rotating"))
    return made


def instruct(
    passages: list[Passage], scheme: str, written: dict[str, str], books: list[Book], demo: bool
) -> list[InstructedPassage]:
    """Return the passages with instructions: "model", with `written`, or "rotating"."""
    if scheme == "model":
        return add_instructions(passages, written, books, demo)
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
