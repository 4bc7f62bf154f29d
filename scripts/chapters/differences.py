# %% id="differences-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="mean_difference-text"
# ### What is compared
# The means of both sides over the prompts that both answered. *Higher* and *lower* say what is better; where an author's value is known, *lower* ends there, since nobody needs to be more like the author, or to copy less, than the author's own unseen text. Where *nearness* counts, it is the distances of the two means from the author's that are compared.

# %% id="mean_difference"
import numpy as np

def mean_of(values, measure, index):
    """Return the mean of values[index] along the last axis, by the measure's "weights" where it has them; its
    exponential where "aggregate" is "exp" (perplexity: nats a token, weighted by tokens)."""
    weights = np.array(measure.get("weights") or np.ones(len(values)))[index]
    mean = (np.array(values, float)[index] * weights).sum(-1) / weights.sum(-1)
    return np.exp(mean) if measure.get("aggregate") == "exp" else mean

def filled(*sides):
    """Return the places, as an int array, where every list has a value that is not None."""
    return np.array([place for place, values in enumerate(zip(*sides)) if None not in values], int)

def mean_difference(base, tuned, measure):
    """Return {"places", "base", "tuned", "author", "change", "judged"} of two lists of numbers or None.

    "places" are those of the pairs without None; "base" and "tuned" the means of these, or without any the
    side's own, 0.0 for none; "author" the author's mean or None. The last two are functions of an int array
    of places, along its last axis. change: mean of tuned - mean of base. judged: for "nearer" the same of the
    means' distances from the author's, for "lower" of the means where they are above an author's above zero,
    otherwise change.
    """
    places, own = filled(base, tuned), [filled(side) for side in (base, tuned, measure.get("author") or [])]
    before, after = (float(mean_of(side, measure, places if len(places) else kept)) if len(kept) else 0.0
                     for side, kept in zip((base, tuned), own))
    author = float(np.mean([measure["author"][place] for place in own[2]])) if len(own[2]) else None
    def difference(judge):
        return lambda index: judge(mean_of(tuned, measure, index)) - judge(mean_of(base, measure, index))
    change = judged = difference(lambda mean: mean)
    if measure["better"] == "nearer" and author is not None:
        judged = difference(lambda mean: abs(mean - author))
    elif measure["better"] == "lower" and author:
        judged = difference(lambda mean: np.maximum(mean, author))
    return {"places": places, "base": before, "tuned": after, "author": author, "change": change,
            "judged": judged}

# %% [markdown] id="intervals-text"
# ### How sure is a difference?
# Both models answered the same prompts, so each prompt gives one difference. The bootstrap draws the prompts anew, thousands of times, and looks how far the result moves (BCa, Efron 1987; widened for small samples after Hesterberg 2015).

# %% id="intervals"
import math, warnings
import numpy as np
from scipy.stats import bootstrap, norm
from scipy.stats import t as student

CONFIDENCE = 0.95

def paired_interval(statistic, pairs, resamples, seed):
    """Return (low, high, standard error) of `statistic`, drawing the `pairs` anew `resamples` times.

    statistic(index, axis=-1) gives the value for an integer array of drawn pairs, taken along the last axis.
    BCa, or plain percentiles where BCa has no solution; data that never varies gives its value as both ends.
    """
    if pairs < 2:
        raise ValueError(f"An interval needs two pairs and there is {pairs}: raise N_PROMPTS or HELD_OUT.")
    # Hesterberg 2015: quantiles of the normal distribution are too narrow by t and by sqrt(n / (n - 1)).
    wider = 1 - 2 * norm.cdf(-math.sqrt(pairs / (pairs - 1)) * student.ppf((1 + CONFIDENCE) / 2, pairs - 1))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # degenerate data is dealt with below
        drawn = bootstrap((np.arange(pairs),), statistic, n_resamples=resamples, confidence_level=wider,
                          method="BCa", vectorized=True, rng=np.random.default_rng(seed))
    values, interval = drawn.bootstrap_distribution, drawn.confidence_interval
    if np.ptp(values) <= 1e-12 * (1 + np.abs(values).max()):
        return float(values[0]), float(values[0]), 0.0
    if not np.isfinite(interval).all():
        interval = np.quantile(values, [(1 - wider) / 2, (1 + wider) / 2])
    return float(interval[0]), float(interval[1]), float(values.std(ddof=1))

# MAIN if __name__ == "__main__":
# MAIN     example = np.random.default_rng(SEED).normal(0.5, 1, 40)
# MAIN     low, high, _ = paired_interval(lambda index, axis=-1: example[index].mean(axis), 40, BOOTSTRAP, SEED)
# MAIN     print(f"Forty draws, true mean 0.5: their mean {example.mean():.2f}, interval {low:.2f} to {high:.2f}.")
# MAIN

# %% [markdown] id="compare_measure-text"
# ### What counts as a difference
# The same rule for every measure: *better* or *worse* only where the 95 % interval leaves out zero, otherwise no difference is shown. Text by other authors should only not become harder: there, lower is a change and no merit. With many measures a small p-value turns up by chance, which Holm's correction takes into account.

# %% id="compare_measure"
MIN_PAIRS = 6  # with fewer, not even agreement of all pairs is significant: 2 * 0.5**5 > 0.05

def compare_measure(base, tuned, measure, mean_difference, paired_interval, rate_interval, resamples, seed):
    """Return {"n": pairs, "base", "tuned", "author": means, "difference", "low", "high", "gain", "verdict"}.

    The difference is what `mean_difference` judges, 0.0 without pairs. The interval of too few pairs, and of
    means that have not moved, includes zero. "gain" times a difference is in standard deviations, above zero
    for better.
    """
    found, better = mean_difference(base, tuned, measure), measure["better"]
    places, change, judged = found["places"], found["change"], found["judged"]
    pairs, difference, error = len(places), float(judged(places)) if len(places) else 0.0, 0.0
    ends = [difference, 0.0]
    if pairs >= MIN_PAIRS:
        low, high, error = paired_interval(lambda i, axis=-1: judged(places[i]), pairs, resamples, seed)
        before, after = ([side[place] for place in places] for side in (base, tuned))
        if judged is change and {*before, *after} <= {0, 1}:
            low, high = rate_interval(before, after)
        moved = (low, high)
        if judged is not change:  # distances from the author are skewed where they are small
            moved = paired_interval(lambda i, axis=-1: change(places[i]), pairs, resamples, seed)
        ends = [low, high] if moved[0] > 0 or moved[1] < 0 else [low, high, 0.0]
    low, high, sign = min(ends), max(ends), 1 if better in ("higher", "neither") else -1
    told = {"neither": ("changed", "changed"), "not higher": ("changed", "worse")}
    forth, back = told.get(better, ("better", "worse"))
    verdict = "no difference shown" if low <= 0 <= high else forth if difference * sign > 0 else back
    return {"n": pairs, "base": found["base"], "tuned": found["tuned"], "author": found["author"],
            "difference": difference, "low": low, "high": high, "verdict": verdict,
            "gain": sign / (error * pairs**0.5 or abs(difference) or 1)}  # a change without spread is one

def holm(p_values):
    """Return the p-values corrected for being many (Holm 1979), in the same order."""
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected

# %% [markdown] id="paired_tests-text"
# ### Rates, tests and effect sizes
# A rate of failures (cut off or not) is too coarse to resample: it gets Newcombe's interval for pairs and McNemar's exact test; everything else gets Wilcoxon's signed ranks.

# %% id="paired_tests"
import math
import numpy as np
from scipy.stats import binomtest, norm, rankdata, wilcoxon

def rate_interval(base, tuned, confidence=0.95):
    """Return (low, high) of mean(tuned) - mean(base) for paired lists of 0 and 1 (Newcombe 1998, method 10).
    Where no pair differs the interval is (0.0, 0.0), as for any other measure."""
    base, tuned, n, z = np.array(base), np.array(tuned), len(base), norm.ppf((1 + confidence) / 2)
    if (base == tuned).all():
        return 0.0, 0.0
    def reach(rate):  # how far Wilson's interval reaches below and above the rate
        middle, half = rate + z * z / (2 * n), z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
        return rate - (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n) - rate
    both, neither = (base * tuned).sum(), ((1 - base) * (1 - tuned)).sum()
    product = both * neither - (base * (1 - tuned)).sum() * ((1 - base) * tuned).sum()
    product = product if product < 0 else max(product - n / 2, 0)
    margins = math.sqrt(base.sum() * (n - base.sum()) * tuned.sum() * (n - tuned.sum()))
    phi, difference = product / margins if margins else 0.0, tuned.mean() - base.mean()
    (below1, above1), (below0, above0) = reach(tuned.mean()), reach(base.mean())
    low = difference - math.sqrt(below1**2 - 2 * phi * below1 * above0 + above0**2)
    high = difference + math.sqrt(above1**2 - 2 * phi * above1 * below0 + below0**2)
    return float(max(low, -1)), float(min(high, 1))

def paired_test(base, tuned):
    """Return {"p", "effect", "test"}: McNemar's exact test for lists of 0 and 1, otherwise Wilcoxon's,
    two-sided; the effect is the rank-biserial correlation, -1 to 1, above zero where tuned is higher (Kerby
    2014)."""
    pairs = [pair for pair in zip(base, tuned) if None not in pair]
    moved = np.array([after - before for before, after in pairs if after != before], float)
    ranks, test = rankdata(np.abs(moved)), "McNemar" if set().union(*pairs) <= {0, 1} else "Wilcoxon"
    if not len(moved):
        return {"p": 1.0, "effect": 0.0, "test": test}
    p = binomtest(int((moved > 0).sum()), len(moved)).pvalue if test == "McNemar" else wilcoxon(moved).pvalue
    return {"p": float(p), "effect": float((ranks * np.sign(moved)).sum() / ranks.sum()), "test": test}

# %% [markdown] id="paired_differences-text"
# ### Compare base and tuned
# All measures, under the persona prompt, so that the difference is the tuning's and not the prompt's. Effect sizes and p-values are for those who look for them; the verdict comes from the interval alone.

# %% id="paired_differences"
import functools
import pandas
from IPython.display import display

def compare_measures(measures, compare, test, correct):
    """Return `differences`: what compare(base, tuned, measure) and test(base, tuned) say of each measure, and
    correct(p-values of all) as "p_holm". Raises ValueError for a measure whose two lists are no pairs."""
    rows = []
    for name, measure in measures.items():
        base, tuned = measure["base"], measure["tuned"]
        if not len(base) == len(tuned) > 0:
            raise ValueError(f"{name} has {len(base)} values of base and {len(tuned)} of tuned: delete this "
                             "model's files in comparison_cache and run the notebook again.")
        about = {key: measure[key] for key in ("label", "unit", "better", "definition")}
        rows.append({"name": name} | about | compare(base, tuned, measure) | test(base, tuned))
    return [row | {"p_holm": p} for row, p in zip(rows, correct([row["p"] for row in rows]))]

def differences_table(differences):
    """Return `differences` as a table to read."""
    return pandas.DataFrame([{
        "measure": row["label"], "base": f"{row['base']:.3g}", "tuned": f"{row['tuned']:.3g}",
        "author": "" if row["author"] is None else f"{row['author']:.3g}", "better": row["better"],
        "difference [95 %]": f"{row['difference']:+.3g} [{row['low']:+.3g}, {row['high']:+.3g}]",
        "verdict": row["verdict"], "n": row["n"], "effect": f"{row['effect']:+.2f}",
        "p (Holm)": f"{row['p_holm']:.2g}",
        "how it is measured": f"{row['unit']}: {row['definition']}"} for row in differences])

# MAIN if __name__ == "__main__":
# MAIN     compare = functools.partial(
# MAIN         compare_measure, mean_difference=mean_difference, paired_interval=paired_interval,
# MAIN         rate_interval=rate_interval, resamples=BOOTSTRAP, seed=SEED)
# MAIN     with plain_errors():
# MAIN         differences = compare_measures(measures, compare, paired_test, holm)
# MAIN     display(text_table(differences_table(differences)))
# MAIN

# %% [markdown] id="persona_effect-text"
# ### Tuning or prompting?
# A persona prompt alone changes how a model writes. Four answers to every prompt tell the two apart: what the persona prompt does to the base model, what the tuning does under the plain prompt, and what the tuning adds once the persona prompt is there.

# %% id="persona_effect"
import pandas
from IPython.display import display

def persona_effects(measures, compare):
    """Return for each measure with "plain" its "name", "label", "unit", "better", "means" by condition,
    "author" (mean), and compare(before, after, measure) as "prompting" (base: plain to persona prompt),
    "tuning" (plain prompt: base to tuned) and "tuning_on_top" (persona prompt: base to tuned)."""
    rows = []
    for name, measure in measures.items():
        if "plain" in measure:
            base, tuned, plain = measure["base"], measure["tuned"], measure["plain"]
            prompting, on_top = compare(plain["base"], base, measure), compare(base, tuned, measure)
            tuning = compare(plain["base"], plain["tuned"], measure)
            means = {"base plain": tuning["base"], "base persona": on_top["base"],
                     "tuned plain": tuning["tuned"], "tuned persona": on_top["tuned"]}
            rows.append({"name": name, **{key: measure[key] for key in ("label", "unit", "better")},
                         "means": means, "author": on_top["author"], "prompting": prompting, "tuning": tuning,
                         "tuning_on_top": on_top})
    return rows

def persona_table(effects):
    """Return `effects` as a table to read."""
    def in_words(row):
        return f"{row['difference']:+.3g} [{row['low']:+.3g}, {row['high']:+.3g}] {row['verdict']}"
    return pandas.DataFrame([{
        "measure": row["label"], **{condition: f"{mean:.3g}" for condition, mean in row["means"].items()},
        "author": "" if row["author"] is None else f"{row['author']:.3g}",
        "prompting alone": in_words(row["prompting"]), "tuning alone": in_words(row["tuning"]),
        "tuning on top": in_words(row["tuning_on_top"])} for row in effects])

# MAIN if __name__ == "__main__":
# MAIN     persona_effect = persona_effects(measures, compare)
# MAIN     display(text_table(persona_table(persona_effect)))
# MAIN
