# %% id="measures-imports"
"""What a measure of answers is: base and tuned, both system prompts, and the author beside them."""

from chapters.preparation import Mistake, short_number

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
from collections.abc import Callable
from typing import Any, NotRequired, TypedDict

CONDITIONS = ("base plain", "base persona", "tuned plain", "tuned persona")  # model, system prompt
MIN_CUT_WORDS = 100  # no answer is cut shorter than this: fewer words hardly show a style


class Measure(TypedDict):
    """One measure of all texts, as comparison.json keeps it; None for a text that has no value."""

    base: list[float | None]  # under the persona prompt: a value a prompt (likelihoods: a passage)
    tuned: list[float | None]
    author: list[float | None] | None  # of the held-out passages
    others: NotRequired[list[float | None]]  # of text by others, cut as the passages are
    plain: NotRequired[dict[str, list[float | None]]]  # "base" and "tuned", under the plain prompt
    better: str  # "higher", "lower", "nearer" (the author), "not higher" or "neither" (not judged)
    label: str
    unit: str
    definition: str
    family: NotRequired[str]  # "style"
    weights: NotRequired[list[int]]  # of a mean: the tokens or bytes of each passage
    aggregate: NotRequired[str]  # "exp": the exponential of the mean is meant
    twin: NotRequired[str]  # the name of a measure that says the same; this one is not counted


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
    if "others" in values:
        measure["others"] = values["others"]
    return measure


# %% [markdown] id="measures-scores-text"
# #### Scores of texts
# A measure of style scores each text; an answer without a word has no style and is counted among
# the broken ones instead.


# %% id="measures-scores"
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
        lists = [plain.get("base"), base, plain.get("tuned"), tuned]
        lists += [measure["author"], measure.get("others")]
        row = {"measure": f"{measure['label']} ({measure['unit']})"}
        for condition, values in zip([*CONDITIONS, "author", "others"], lists, strict=True):
            known = [value for value in values or [] if value is not None]
            row[condition] = short_number(statistics.fmean(known) if known else None)
        rows.append(row)
    return pandas.DataFrame(rows)


# %% [markdown] id="measures-likelihoods-text"
# #### Perplexity and bits per byte
# How much does text that the model has not seen surprise it? Perplexity counts surprise by token;
# bits per byte counts it by byte, so that models with different tokenizers compare. Lower is better
# on the author's held-out passages; on other authors' text, no change is what one hopes for.

# %% id="measures-likelihoods"
TEXT_SETS = ("held_out", "control")
_LIKELIHOODS = {  # divided by, and by, for the unit; definition
    "perplexity": ("tokens", 1, "per token", "exp(-log-likelihood / tokens)"),
    "bits_per_byte": ("bytes", math.log(2), "bits", "-log2-likelihood / bytes; Gao et al. 2020"),
}


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


def likelihood_measures(
    base: list[Any], tuned: list[Any], name: str, called: str
) -> dict[str, Measure]:
    """Return perplexity and bits per byte of one of TEXT_SETS as measures, paired by passage; the
    labels end with what the texts are `called`.

    The weighted mean of the values is the figure of the whole corpus; those of perplexity are nats
    a token. Raises Mistake if the two models scored different texts.
    """
    texts = [[(row["id"], row["tokens"], row["bytes"]) for row in rows] for rows in (base, tuned)]
    if texts[0] != texts[1]:
        problem = "Base and tuned model scored different texts"
        raise Mistake(f"{problem}: delete their files in comparison_cache.")
    made = {}
    for measure, (per, scale, unit, definition) in _LIKELIHOODS.items():
        one = Measure(
            base=[-row["log_likelihood"] / row[per] / scale for row in base],
            tuned=[-row["log_likelihood"] / row[per] / scale for row in tuned],
            author=None,
            weights=[row[per] for row in base],
            aggregate="exp" if measure == "perplexity" else "mean",
            better="lower" if name == "held_out" else "not higher",
            label=f"{measure.replace('_', ' ').capitalize()}, {called}",
            unit=unit,
            definition=definition,
        )
        if measure == "perplexity":  # the same, counted by the token
            one["twin"] = f"{name}_bits_per_byte"
        made[f"{name}_{measure}"] = one
    return made
