# %% id="measures-imports"
"""Every measure of an answer, side by side: base and tuned, both system prompts, and the author."""

from chapters.copying import Copies, find_copies
from chapters.preparation import Mistake, short_number

# isort: split

# %% [markdown] id="measures-answers-text"
# #### Answers side by side, and what a measure is
# Four answers to every prompt: base and tuned model, each with the plain and with the persona
# prompt. The author's held-out passages are scored as if they were answers too; what they reach is
# the scale. Nearly every measure of style drifts with length alone, so the answers to one prompt
# are cut to the shortest of the four, and the passages to the usual length of the answers. A
# measure keeps a value for every answer, prompt by prompt.

# %% id="measures-answers"
import math
import re
import statistics
import zlib
from collections.abc import Callable, Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np

CONDITIONS = ("base plain", "base persona", "tuned plain", "tuned persona")  # model, system prompt
MIN_CUT_WORDS = 100  # no answer is cut shorter than this: fewer words hardly show a style


class Measure(TypedDict):
    """One measure of all texts, as comparison.json keeps it; None for a text that has no value."""

    base: list[float | None]  # under the persona prompt: a value a prompt (likelihoods: a passage)
    tuned: list[float | None]
    author: list[float | None] | None  # of the held-out passages
    plain: NotRequired[dict[str, list[float | None]]]  # "base" and "tuned", under the plain prompt
    better: str  # "higher", "lower", "nearer" (the author), "not higher" or "neither" (not judged)
    label: str
    unit: str
    definition: str
    family: NotRequired[str]  # "style"
    weights: NotRequired[list[int]]  # of a mean: the tokens or bytes of each passage
    aggregate: NotRequired[str]  # "exp": the exponential of the mean is meant


def align_answers(
    results: dict[str, Any], prompts: list[Any], field: str = "answer"
) -> dict[str, list[str]]:
    """Return {condition: `field` of each prompt's answer}. Raises Mistake if one is missing."""
    found = {}
    for side, result in results.items():
        for row in result["answers"]:
            found[f"{side} {row['system']}", row["prompt_id"]] = row[field]
    for condition in CONDITIONS:
        for prompt in prompts:
            if (condition, prompt["id"]) not in found:
                raise Mistake(
                    f"The {condition} answer to {prompt['id']} is missing: delete this model's "
                    "files in comparison_cache and run the notebook again."
                )
    return {one: [found[one, prompt["id"]] for prompt in prompts] for one in CONDITIONS}


def first_words(text: str, count: int) -> str:
    """Return the text's first `count` words (parted by white space), its line breaks kept."""
    kept = text.split(maxsplit=count)
    return text[: len(text) - len(kept[-1])].rstrip() if len(kept) > count else text


def cut_answers(answers: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the answers, those to one prompt cut to the words of the shortest or MIN_CUT_WORDS."""
    groups = zip(*answers.values(), strict=True)
    sizes = [max(MIN_CUT_WORDS, min(len(text.split()) for text in group)) for group in groups]
    return {condition: list(map(first_words, texts, sizes)) for condition, texts in answers.items()}


def usual_length(cut: dict[str, list[str]]) -> int:
    """Return the texts' median of words, but a quarter of MIN_CUT_WORDS where most are empty."""
    lengths = [len(text.split()) for texts in cut.values() for text in texts]
    return max(round(statistics.median(lengths)), MIN_CUT_WORDS // 4)


def scored_texts(result: Any, name: str) -> list[Any]:
    """Return one phase's likelihoods of one of TEXT_SETS."""
    return [row for row in result["likelihoods"] if row["set"] == name]


def make_measure(
    values: dict[str, Any], *, better: str, label: str, unit: str, definition: str, family: str = ""
) -> Measure:
    """Return {condition: values} as a measure, None for the author if he has none."""
    measure = Measure(
        base=values["base persona"],
        tuned=values["tuned persona"],
        author=values.get("author"),
        plain={"base": values["base plain"], "tuned": values["tuned plain"]},
        better=better,
        label=label,
        unit=unit,
        definition=definition,
    )
    if family:
        measure["family"] = family
    return measure


# %% [markdown] id="measures-scores-text"
# #### Scores of texts, perplexity and bits per byte
# A measure of style scores each text; an answer without a word has no style and is counted among
# the broken ones instead. How much does text that the model has not seen surprise it? Perplexity
# counts surprise by token; bits per byte counts it by byte, so that models with different
# tokenizers compare. Lower is better on the author's held-out passages; on other authors' text, no
# change is what one hopes for.

# %% id="measures-scores"
TEXT_SETS = {"held_out": "held out", "control": "other authors"}
_LIKELIHOODS = {  # divided by, and by, for the unit; definition
    "perplexity": ("tokens", 1, "per token", "exp(-log-likelihood / tokens)"),
    "bits_per_byte": ("bytes", math.log(2), "bits", "-log2-likelihood / bytes; Gao et al. 2020"),
}


def score_measure(
    score: Callable[[list[str]], Any], texts: dict[str, list[str]], **about: str
) -> Measure:
    """Return what `score` (texts -> numbers) gives for {condition: texts} as a measure of style.

    A text without a single letter has None. `about`: better, label, unit and definition.
    """
    values = {}
    for condition, group in texts.items():
        places = [n for n, text in enumerate(group) if re.search(r"[^\W\d_]", text)]
        scores = score([group[place] for place in places]) if places else []
        found = dict(zip(places, map(float, scores), strict=True))
        values[condition] = [found.get(place) for place in range(len(group))]
    return make_measure(values, family="style", **about)


def length_measure(answers: dict[str, list[str]]) -> Measure:
    """Return the words of the answers, uncut, as a measure that is never judged."""
    how = "words in an answer that is not empty"
    told = f"{how}; no style has a length, so it is told without a verdict"

    def count(texts: list[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    return score_measure(
        count, answers, better="neither", label="Length", unit="words", definition=told
    )


def means_table(measures: dict[str, Measure], names: list[str]) -> Any:
    """Return a data frame of the means, a row a measure and a column a kind of text."""
    import pandas  # not sooner: slow to import

    rows = []
    for measure in (measures[name] for name in names):
        base, tuned, plain = measure["base"], measure["tuned"], measure.get("plain", {})
        lists = [plain.get("base"), base, plain.get("tuned"), tuned, measure["author"]]
        row = {"measure": f"{measure['label']} ({measure['unit']})"}
        for condition, values in zip([*CONDITIONS, "author"], lists, strict=True):
            known = [value for value in values or [] if value is not None]
            row[condition] = short_number(statistics.fmean(known) if known else None)
        rows.append(row)
    return pandas.DataFrame(rows)


def corpus_scores(rows: list[Any]) -> dict[str, float]:
    """Return perplexity and bits per byte of scored texts as one: tokens and bytes weigh alike.

    Perplexity is exp(-log-likelihood / tokens). Bits per byte, -log2-likelihood / UTF-8 bytes, does
    not depend on how a tokenizer cuts text (Gao et al. 2020). Raises ValueError for no rows.
    """
    if not rows:
        raise ValueError("There is no scored text.")
    nats = sum(row["log_likelihood"] for row in rows)
    tokens, size = (sum(row[key] for row in rows) for key in ("tokens", "bytes"))
    return {"perplexity": math.exp(-nats / tokens), "bits_per_byte": -nats / math.log(2) / size}


def likelihood_measures(base: list[Any], tuned: list[Any], name: str) -> dict[str, Measure]:
    """Return perplexity and bits per byte of one of TEXT_SETS as measures, paired by passage.

    The weighted mean of the values is the figure of the whole corpus; those of perplexity are nats
    a token. Raises Mistake if the two models scored different texts.
    """
    texts = [[(row["id"], row["tokens"], row["bytes"]) for row in rows] for rows in (base, tuned)]
    if texts[0] != texts[1]:
        problem = "Base and tuned model scored different texts"
        raise Mistake(f"{problem}: delete their files in comparison_cache.")
    made = {}
    for measure, (per, scale, unit, definition) in _LIKELIHOODS.items():
        made[f"{name}_{measure}"] = Measure(
            base=[-row["log_likelihood"] / row[per] / scale for row in base],
            tuned=[-row["log_likelihood"] / row[per] / scale for row in tuned],
            author=None,
            weights=[row[per] for row in base],
            aggregate="exp" if measure == "perplexity" else "mean",
            better="lower" if name == "held_out" else "not higher",
            label=f"{measure.replace('_', ' ').capitalize()}, {TEXT_SETS[name]}",
            unit=unit,
            definition=definition,
        )
    return made


# %% [markdown] id="measures-questions-text"
# #### Does it answer the question? Does it copy?
# From an answer alone, can one tell which of all the prompts it belongs to? The mean of 1 / rank is
# 1 if always, and near zero if any answer could belong to any prompt; words that merely repeat the
# question do not count. It tells whether the words fit the question, not whether what they say is
# right: read the answers for that. As for copies: held-out passages share phrases with the training
# text, and so does a base model that has read the books before. These two are the floor.

# %% id="measures-questions"
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
    and none is first: an answer that says nothing gets exactly `ranks_by_chance`.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # not sooner: slow to import

    if not answers:
        return [], []
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    known = vectorizer.fit_transform(questions)
    pairs = zip(answers, wanted, strict=True)
    said = [without_echo(answer, questions[place]) for answer, place in pairs]
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
    """Return "reciprocal_rank" and "first_rank"; the author answers with the held-out passages that
    prompts were made of: no model need be easier to place than they are."""
    questions = [prompt["question"] for prompt in prompts]
    place = {prompt["passage_id"]: number for number, prompt in enumerate(prompts)}
    own = [row for row in held_out if row["id"] in place]
    order = range(len(prompts))
    ranks = {one: question_ranks(answers[one], questions, order) for one in CONDITIONS}
    wanted = [place[row["id"]] for row in own]
    ranks["author"] = question_ranks([row["text"] for row in own], questions, wanted)
    reciprocal, first = ({one: pair[n] or None for one, pair in ranks.items()} for n in (0, 1))
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


def find_all_copies(
    texts: dict[str, list[str]], sources: list[list[str]]
) -> dict[str, list[Copies]]:
    """Return {condition: find_copies of its texts}, with one search for all of them."""
    found = iter(find_copies([text for group in texts.values() for text in group], sources))
    return {condition: [next(found) for _ in group] for condition, group in texts.items()}


def copy_measures(copies: dict[str, list[Copies]]) -> dict[str, Measure]:
    """Return "longest_copy" (words) and "copied_share" from {condition: find_copies}."""
    longest, share = (
        {one: [float(copy[key]) for copy in found] for one, found in copies.items()}
        for key in ("longest", "share")
    )
    how = "most words in a row that stand in the training text"
    told = f"{how}; exact substrings as in Lee et al. 2022"
    made = make_measure(
        longest, better="lower", label="Longest copied run", unit="words", definition=told
    )
    told = "share of words in runs of 5 or more from the training text"
    again = make_measure(share, better="lower", label="Copied words", unit="share", definition=told)
    return {"longest_copy": made, "copied_share": again}


# %% [markdown] id="measures-broken-text"
# #### Is it broken?
# An average hides the answer that is empty, runs on until it is cut off, says the same again and
# again, or shows the chat format's own markers. A short MAX_NEW_TOKENS cuts off good answers too,
# so that is counted apart from the other three, which nobody wants to read.

# %% id="measures-broken"
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
