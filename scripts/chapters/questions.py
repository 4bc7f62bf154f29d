# %% id="questions-imports"
"""Does a model answer the question, copy the books, or break? One measure for each way to tell."""

from chapters.copying import Copies
from chapters.measures import CONDITIONS, Measure, align_answers, make_measure

# %% [markdown] id="questions-ranks-text"
# #### Does it answer the question? Does it copy?
# From an answer alone, can one tell which of all the prompts it belongs to? The mean of 1 / rank is
# 1 if always, and near zero if any answer could belong to any prompt; words that merely repeat the
# question do not count. It tells whether the words fit the question, not whether what they say is
# right: read the answers for that. Prompts from templates are left out: they repeat the passage's
# own words, so that the passage is found by them. As for copies: held-out passages share phrases
# with the author's other pages, and a base model may have read the books before: the two are the
# floor.

# %% id="questions-ranks"
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

ECHO_WORDS = 4  # so many words in a row from the question are taken for its repetition


def without_echo(answer: str, question: str) -> str:
    """Return the answer's words without runs of ECHO_WORDS or more that repeat the question."""
    words, asked = (re.findall(r"\w+", text.casefold()) for text in (answer, question))
    runs = {tuple(asked[i : i + ECHO_WORDS]) for i in range(len(asked) - ECHO_WORDS + 1)}
    starts = [i for i in range(len(words)) if tuple(words[i : i + ECHO_WORDS]) in runs]
    echo = {start + n for start in starts for n in range(ECHO_WORDS)}
    return " ".join(word for i, word in enumerate(words) if i not in echo)


def question_ranks(
    answers: list[str], questions: list[str], wanted: Sequence[int]
) -> tuple[list[float], list[int]]:
    """Return for each answer 1 / rank of its own question, number `wanted`, and 1 if it is first.

    Questions are ranked by TF-IDF cosine with the answer (pieces of 3 to 5 letters inside words, so
    that "ambitious" finds "ambition"). Where questions tie, 1 / rank is the mean over their places
    and none is first: an answer that says nothing gets exactly `ranks_by_chance`."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # not sooner: slow to import

    if not answers:
        return [], []
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    known = vectorizer.fit_transform(questions)
    said = [without_echo(one, questions[n]) for one, n in zip(answers, wanted, strict=True)]
    cosine = (vectorizer.transform(said) @ known.T).toarray().round(12)
    own = cosine[np.arange(len(said)), wanted][:, None]
    better, tied = (cosine > own).sum(1), (cosine == own).sum(1)
    harmonic = np.concatenate([[0], np.cumsum(1 / np.arange(1, len(questions) + 1))])
    reciprocal = (harmonic[better + tied] - harmonic[better]) / tied
    return reciprocal.tolist(), (better + tied == 1).astype(int).tolist()


def ranks_by_chance(count: int) -> tuple[float, float]:
    """Return (mean 1 / rank, share of firsts) of answers unrelated to the `count` questions."""
    return sum(1 / rank for rank in range(1, count + 1)) / count, 1 / count


def rank_measures(
    answers: dict[str, list[str]], prompts: list[Any], held_out: list[Any]
) -> dict[str, Measure]:
    """Return "reciprocal_rank" and "first_rank" among the prompts that no template made; the others
    have None. The author answers with the held-out passages that prompts were made of: no model
    need be easier to place than they are."""
    free = [n for n, prompt in enumerate(prompts) if prompt["source"] != "template"]
    asked = [prompts[n]["question"] for n in free]
    reciprocal: dict[str, Any] = {}
    first: dict[str, Any] = {}
    for one in CONDITIONS:
        found = question_ranks([answers[one][n] for n in free], asked, range(len(free)))
        for values, kept in zip(found, (reciprocal, first)):
            known = dict(zip(free, values))
            kept[one] = [known.get(n) for n in range(len(prompts))]
    place = {prompts[n]["passage_id"]: number for number, n in enumerate(free)}
    own = [row for row in held_out if row["id"] in place]
    found = question_ranks([row["text"] for row in own], asked, [place[row["id"]] for row in own])
    reciprocal["author"], first["author"] = (values or None for values in found)
    how = "1 / rank of its own question among all, by TF-IDF with the answer"
    told = f"{how}; mean: MRR, Voorhees 1999"
    made = make_measure(
        reciprocal, better="higher", label="Answers the question", unit="1 / rank", definition=told
    )
    told = "the answer's own question is first in that ranking"
    again = make_measure(
        first, better="higher", label="Question found first", unit="share", definition=told
    )
    return {"reciprocal_rank": made, "first_rank": again}


def copy_measures(copies: dict[str, list[Copies]]) -> dict[str, Measure]:
    """Return "longest_copy" (words) and "copied_share" of {condition: find_memory's copies}."""
    longest = {one: [float(copy["longest"]) for copy in found] for one, found in copies.items()}
    share = {one: [float(copy["share"]) for copy in found] for one, found in copies.items()}
    how = "most words in a row from the books that are no idiom, 0 for fewer than 5"
    told = f"{how}; exact substrings as in Lee et al. 2022"
    made = make_measure(
        longest, better="lower", label="Longest copied run", unit="words", definition=told
    )
    told = "share of words in runs of 5 or more from the books that are no idiom"
    again = make_measure(share, better="lower", label="Copied words", unit="share", definition=told)
    return {"longest_copy": made, "copied_share": again}


# %% [markdown] id="questions-broken-text"
# #### Is it broken?
# An average hides the answer that is empty, runs on until it is cut off, says the same again and
# again, or shows the chat format's own markers. A short MAX_NEW_TOKENS cuts off good answers too,
# so that is counted apart from the other three, which nobody wants to read.

# %% id="questions-broken"
import zlib

WAYS = ("empty", "cut off", "looping", "leaked marker")
REPEATED = 0.4  # share of repeated 4-word runs; the worst of 14,000 Shakespeare passages has 0.36
COMPRESSION = 2.4  # bytes / zlib bytes: Whisper takes it for a loop (Radford et al. 2022) ...
WINDOW = 600  # ... in pieces of this many bytes: zlib squeezes longer ones more, looping or not
MARKERS = re.compile(
    r"<\|[^|<>]{1,40}\|>|</?think>|</?s>|<(?:start|end)_of_turn>|<(?:eos|bos|pad)>|"
    r"\[/?INST\]|\bassistantfinal|\A\s*(?:analysis|assistant|final)(?=[A-Z\n])|"
    r"^(?:user|assistant|system)\s*$",
    re.M,
)


def repetition(text: str) -> float:
    """Return the share of 4-word runs that stood there before (seq-rep-4, Welleck et al. 2020)."""
    words = re.findall(r"\w+", text.casefold())
    runs = [tuple(words[n : n + 4]) for n in range(len(words) - 3)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def is_looping(text: str) -> bool:
    """Tell whether a stretch says the same over and over: by `repetition` in 100 words (15 at
    least, for a refrain is no loop), or by how far zlib compresses WINDOW bytes (100 at least)."""
    words, data = re.findall(r"\w+", text.casefold()), text.encode()
    for start in range(0, max(1, len(words) - 50), 50):
        stretch = words[start : start + 100]
        if len(stretch) >= 15 and repetition(" ".join(stretch)) > REPEATED:
            return True
    for start in range(0, max(1, len(data) - WINDOW // 2), WINDOW // 2):
        piece = data[start : start + WINDOW]
        if len(piece) >= 100 and len(piece) / len(zlib.compress(piece)) > COMPRESSION:
            return True
    return False


def broken_ways(text: str, finish_reason: str = "stop") -> list[str]:
    """Return which of WAYS an answer is broken in, in that order.

    Empty: not one letter or digit. Cut off: the limit of tokens came before the answer's end. A
    leaked marker is a piece of a chat format (such as <|channel|>) in the answer's text.
    """
    empty, cut_off = not re.search(r"\w", text), finish_reason == "length"
    found = (empty, cut_off, is_looping(text), bool(MARKERS.search(text)))
    return [way for way, is_so in zip(WAYS, found, strict=True) if is_so]


def find_broken(
    results: dict[str, Any], prompts: list[Any], author_texts: list[str]
) -> dict[str, list[list[str]]]:
    """Return {condition: `broken_ways` of each answer, in the order of `prompts`}, and "author"."""
    texts, reasons = (align_answers(results, prompts, key) for key in ("answer", "finish_reason"))
    ways = {one: list(map(broken_ways, texts[one], reasons[one])) for one in CONDITIONS}
    return {**ways, "author": [broken_ways(text) for text in author_texts]}


def broken_measures(
    ways: dict[str, list[list[str]]], texts: dict[str, list[str]]
) -> dict[str, Measure]:
    """Return "broken", "cut_off" and "repetition" from `find_broken` and {condition: texts}."""
    bad = {"empty", "looping", "leaked marker"}
    broken = {one: [int(bool(bad & set(found))) for found in rows] for one, rows in ways.items()}
    cut_off = {one: [int("cut off" in found) for found in ways[one]] for one in CONDITIONS}
    repeated = {one: list(map(repetition, group)) for one, group in texts.items()}
    repeats = "share of 4-word runs that stood in the text before; Welleck et al. 2020"
    made = {}
    for label, values, told in (
        ("Broken", broken, "empty, looping or with a marker"),
        ("Cut off", cut_off, "stopped by MAX_NEW_TOKENS"),
        ("Repetition", repeated, repeats),
    ):
        name = label.casefold().replace(" ", "_")
        made[name] = make_measure(
            values, better="lower", label=label, unit="share", definition=told
        )
    return made


def broken_table(ways: dict[str, list[list[str]]], texts: dict[str, list[str]]) -> Any:
    """Return a data frame: how many texts of each kind are broken in which way, and the first."""
    import pandas

    rows = []
    for condition, found in ways.items():
        counts = {way: sum(way in one for one in found) for way in WAYS}
        pairs = zip(texts[condition], found, strict=True)
        bad = [text for text, one in pairs if set(one) - {"cut off"}]
        first = repr(bad[0][:200]) if bad else "–"
        rows.append({"answers": condition, **counts, "of": len(found), "the first": first})
    return pandas.DataFrame(rows)
