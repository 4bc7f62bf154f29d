# %% id="differences-imports"
"""What changed between base and tuned, and how sure that is."""

from chapters.intervals import holm, paired_interval, paired_test, rate_interval
from chapters.measures import Measure
from chapters.preparation import Mistake, short_number, told_difference

# %% [markdown] id="differences-rules-text"
# #### What counts as a difference
# *Higher* and *lower* say what is better; where an author's value is known, *lower* ends there,
# since nobody needs to copy less than the author's own unseen text. Where *nearness* counts, it is
# the distances of the two means from the author's that are compared. The verdict is *better* or
# *worse* only where the 95 % interval leaves out zero. Text by other authors should only not become
# harder: there, lower is a change and no merit.

# %% id="differences-rules"
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

import numpy as np

MIN_PAIRS = 6  # with fewer, not even agreement of all pairs is significant: 2 * 0.5**5 > 0.05


class MeanDifference(NamedTuple):
    """The means of both sides, and how to take their difference over drawn pairs."""

    places: Any  # int array: the pairs without None
    base: float
    tuned: float
    author: float | None
    change: Callable[[Any], Any]  # mean of tuned - mean of base, for an int array of places
    judged: Callable[[Any], Any]  # the same of what is judged, see `mean_difference`


class Compared(TypedDict):
    """Two sides of a measure: n pairs, means, the judged difference with its interval, verdict."""

    n: int
    base: float
    tuned: float
    author: float | None
    difference: float
    low: float
    high: float
    verdict: str  # "better", "worse", "changed" or "no difference shown"
    gain: float  # times a difference: in standard deviations, above zero for better


def mean_of(values: Any, measure: Any, index: Any) -> Any:
    """Return the mean of values[index] along the last axis, by the measure's "weights"; its
    exponential where "aggregate" is "exp" (perplexity: nats a token, weighted by tokens)."""
    weights = np.array(measure.get("weights") or np.ones(len(values)))[index]
    mean = (np.array(values, float)[index] * weights).sum(-1) / weights.sum(-1)
    return np.exp(mean) if measure.get("aggregate") == "exp" else mean


def filled(*sides: Any) -> Any:
    """Return the places, as an int array, where every list has a value that is not None."""
    pairs = enumerate(zip(*sides, strict=False))  # an author's list may have another length
    return np.array([place for place, values in pairs if None not in values], int)


def mean_difference(base: Any, tuned: Any, measure: Any) -> MeanDifference:
    """Return the means of two lists of numbers or None, and functions for their difference.

    The means are those of the pairs without None, or without any the side's own, 0.0 for none.
    judged: for "nearer" the difference of the means' distances from the author's, for "lower" of
    the means where they are above an author's above zero, otherwise the change.
    """
    places = filled(base, tuned)
    means = []
    for side in (base, tuned):
        kept = places if len(places) else filled(side)
        means.append(float(mean_of(side, measure, kept)) if len(kept) else 0.0)
    known = [measure["author"][n] for n in filled(measure.get("author") or [])]
    author = float(np.mean(known)) if known else None

    def difference(judge: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda index: (
            judge(mean_of(tuned, measure, index)) - judge(mean_of(base, measure, index))
        )

    change = judged = difference(lambda mean: mean)
    if measure["better"] == "nearer" and author is not None:
        judged = difference(lambda mean: abs(mean - author))
    elif measure["better"] == "lower" and author:
        judged = difference(lambda mean: np.maximum(mean, author))
    return MeanDifference(places, means[0], means[1], author, change, judged)


# %% [markdown] id="differences-compare-text"
# #### From values to a verdict
# A persona prompt alone changes how a model writes, so four answers to every prompt tell the two
# apart: what the persona prompt does to the base model, what the tuning does under the plain
# prompt, and what the tuning adds once the persona prompt is there.

# %% id="differences-compare"


def find_interval(
    found: MeanDifference, base: Any, tuned: Any, resamples: int, seed: int
) -> tuple[float, float, float]:
    """Return (low, high, standard error) of what is judged; it includes zero for too few pairs, and
    for means that have not moved: distances from the author are skewed where they are small."""
    places, pairs = found.places, len(found.places)
    ends, error = [float(found.judged(places)) if pairs else 0.0, 0.0], 0.0
    if pairs >= MIN_PAIRS:
        low, high, error = paired_interval(
            lambda index, axis=-1: found.judged(places[index]), pairs, resamples, seed
        )
        before, after = ([side[place] for place in places] for side in (base, tuned))
        if found.judged is found.change and {*before, *after} <= {0, 1}:
            low, high = rate_interval(before, after)
        moved = (low, high, error)
        if found.judged is not found.change:
            moved = paired_interval(
                lambda index, axis=-1: found.change(places[index]), pairs, resamples, seed
            )
        ends = [low, high] if moved[0] > 0 or moved[1] < 0 else [low, high, 0.0]
    return min(ends), max(ends), error


def compare_measure(base: Any, tuned: Any, measure: Any, resamples: int, seed: int) -> Compared:
    """Return what the two lists of values show of a measure, by the rule of this chapter."""
    found = mean_difference(base, tuned, measure)
    pairs = len(found.places)
    low, high, error = find_interval(found, base, tuned, resamples, seed)
    difference = float(found.judged(found.places)) if pairs else 0.0
    sign = 1 if measure["better"] in ("higher", "neither") else -1
    told = {"neither": ("changed", "changed"), "not higher": ("changed", "worse")}
    forth, back = told.get(measure["better"], ("better", "worse"))
    verdict = forth if difference * sign > 0 else back
    return Compared(
        n=pairs,
        base=found.base,
        tuned=found.tuned,
        author=found.author,
        difference=difference,
        low=low,
        high=high,
        verdict="no difference shown" if low <= 0 <= high else verdict,
        gain=sign / (error * pairs**0.5 or abs(difference) or 1),  # without spread: one
    )


class Difference(Compared):
    """One measure under the persona prompt, as comparison.json keeps it."""

    name: str
    label: str
    unit: str
    better: str
    definition: str
    twin: str  # the measure that says the same, "" for none: of the two, only that one counts
    p: float
    p_holm: float
    effect: float
    test: str


def compare_measures(
    measures: dict[str, Measure], resamples: int, seed: int
) -> list[dict[str, Any]]:
    """Return a `Difference` for each measure: base against tuned, under the persona prompt.

    Raises Mistake for a measure whose two lists are no pairs.
    """
    rows: list[dict[str, Any]] = []
    for name, measure in measures.items():
        base, tuned = measure["base"], measure["tuned"]
        if not len(base) == len(tuned) > 0:
            raise Mistake(
                f"{name} has {len(base)} values of base and {len(tuned)} of tuned: delete this "
                "model's files in comparison_cache and run the notebook again."
            )
        about = {key: measure[key] for key in ("label", "unit", "better", "definition")}
        about["twin"] = measure.get("twin", "")
        compared = compare_measure(base, tuned, measure, resamples, seed)
        rows.append({"name": name, **about, **compared, **paired_test(base, tuned)})
    corrected = holm([row["p"] for row in rows])
    return [{**row, "p_holm": p} for row, p in zip(rows, corrected, strict=True)]


# %% [markdown] id="differences-tables-text"
# #### Tuning or prompting, and tables of both
# A row a measure; the interval stands in brackets behind its difference.

# %% id="differences-tables"


def differences_table(differences: list[dict[str, Any]]) -> Any:
    """Return `compare_measures` as a data frame to read."""
    import pandas  # not sooner: slow to import

    rows = []
    for row in differences:
        rows.append(
            {
                "measure": row["label"] + (" (not counted)" if row["twin"] else ""),
                **{side: short_number(row[side]) for side in ("base", "tuned", "author")},
                "better": row["better"],
                "what is judged [95 %]": told_difference(row),
                "verdict": row["verdict"],
                "n": row["n"],
                "effect": f"{row['effect']:+.2f}",
                "p (Holm)": f"{row['p_holm']:.2g}",
                "how it is measured": f"{row['unit']}: {row['definition']}",
            }
        )
    return pandas.DataFrame(rows)


def persona_effects(
    measures: dict[str, Measure], resamples: int, seed: int
) -> list[dict[str, Any]]:
    """Return for each measure with "plain" its "name", "label", "unit", "better", "means" by
    condition, "author" (mean), and what compares as "prompting" (base: plain to persona prompt),
    "tuning" (plain prompt: base to tuned) and "tuning_on_top" (persona prompt: base to tuned)."""
    rows = []
    for name, measure in measures.items():
        if "plain" not in measure:
            continue
        base, tuned, plain = measure["base"], measure["tuned"], measure["plain"]
        prompting = compare_measure(plain["base"], base, measure, resamples, seed)
        tuning = compare_measure(plain["base"], plain["tuned"], measure, resamples, seed)
        on_top = compare_measure(base, tuned, measure, resamples, seed)
        means = {
            "base plain": tuning["base"],
            "base persona": on_top["base"],
            "tuned plain": tuning["tuned"],
            "tuned persona": on_top["tuned"],
        }
        about = {key: measure[key] for key in ("label", "unit", "better")}
        compared = {"prompting": prompting, "tuning": tuning, "tuning_on_top": on_top}
        rows.append({"name": name, **about, "means": means, "author": on_top["author"], **compared})
    return rows


def persona_table(effects: list[dict[str, Any]]) -> Any:
    """Return `persona_effects` as a data frame to read."""
    import pandas

    names = {
        "prompting": "prompting alone",
        "tuning": "tuning alone",
        "tuning_on_top": "tuning on top",
    }
    rows = []
    for row in effects:
        means = {condition: short_number(mean) for condition, mean in row["means"].items()}
        told = {}
        for key in names:
            judged = told_difference({**row[key], "better": row["better"]})
            told[names[key]] = f"{judged} {row[key]['verdict']}"
        author = short_number(row["author"])
        rows.append({"measure": row["label"], **means, "author": author, **told})
    return pandas.DataFrame(rows)
