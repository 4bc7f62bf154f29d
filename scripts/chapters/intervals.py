# %% id="intervals-imports"
"""How far a difference between paired values may be chance: intervals and tests."""

# %% [markdown] id="intervals-paired-text"
# #### How sure is a difference?
# Both models answered the same prompts, so each prompt gives one difference. The bootstrap draws
# the prompts anew, thousands of times, and looks how far the result moves (BCa, Efron 1987; widened
# for small samples after Hesterberg 2015). A rate of failures (cut off or not) is too coarse to
# resample: it gets Newcombe's interval for pairs.

# %% id="intervals-paired"
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

CONFIDENCE = 0.95


def paired_interval(
    statistic: Callable[..., Any], pairs: int, resamples: int, seed: int
) -> tuple[float, float, float]:
    """Return (low, high, standard error) of `statistic`, drawing the `pairs` anew.

    statistic(index, axis=-1) gives the value for an integer array of drawn pairs, along the last
    axis. BCa, or percentiles where BCa has no solution; data that never varies is both ends.
    """
    from scipy.stats import bootstrap, norm, t  # not sooner: slow to import

    if pairs < 2:
        raise ValueError(
            f"An interval needs two pairs and there is {pairs}: raise N_PROMPTS or HELD_OUT."
        )
    # Hesterberg 2015: normal quantiles are too narrow by t and by sqrt(n / (n - 1)).
    quantile = math.sqrt(pairs / (pairs - 1)) * t.ppf((1 + CONFIDENCE) / 2, pairs - 1)
    wider = 1 - 2 * norm.cdf(-quantile)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # degenerate data is dealt with below
        drawn = bootstrap(
            (np.arange(pairs),),
            statistic,
            n_resamples=resamples,
            confidence_level=wider,
            method="BCa",
            vectorized=True,
            rng=np.random.default_rng(seed),
        )
    values, interval = drawn.bootstrap_distribution, drawn.confidence_interval
    if np.ptp(values) <= 1e-12 * (1 + np.abs(values).max()):
        return float(values[0]), float(values[0]), 0.0
    if not np.isfinite(interval).all():
        interval = np.quantile(values, [(1 - wider) / 2, (1 + wider) / 2])
    return float(interval[0]), float(interval[1]), float(values.std(ddof=1))


def _wilson_reach(rate: float, n: int, z: float) -> tuple[float, float]:
    """Return how far Wilson's interval of a rate reaches below and above it."""
    middle = rate + z * z / (2 * n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return rate - (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n) - rate


def _newcombe(
    first: tuple[float, int], second: tuple[float, int], phi: float
) -> tuple[float, float]:
    """Return the interval of the second rate less the first, of (rate, size) and correlation."""
    from scipy.stats import norm

    z, difference = norm.ppf((1 + CONFIDENCE) / 2), second[0] - first[0]
    below0, above0 = _wilson_reach(*first, z)
    below1, above1 = _wilson_reach(*second, z)
    low = difference - math.sqrt(below1**2 - 2 * phi * below1 * above0 + above0**2)
    high = difference + math.sqrt(above1**2 - 2 * phi * above1 * below0 + below0**2)
    return float(max(low, -1)), float(min(high, 1))


def rate_interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Return (low, high) of mean(after) - mean(before) for paired lists of 0 and 1 (Newcombe 1998,
    method 10); (0.0, 0.0) where no pair differs, as for any other measure."""
    base, tuned = np.array(before), np.array(after)
    n = len(base)
    if (base == tuned).all():
        return 0.0, 0.0
    both, neither = (base * tuned).sum(), ((1 - base) * (1 - tuned)).sum()
    product = both * neither - (base * (1 - tuned)).sum() * ((1 - base) * tuned).sum()
    product = product if product < 0 else max(product - n / 2, 0)
    margins = math.sqrt(base.sum() * (n - base.sum()) * tuned.sum() * (n - tuned.sum()))
    phi = product / margins if margins else 0.0
    return _newcombe((base.mean(), n), (tuned.mean(), n), phi)


def rates_apart(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Return (low, high) of mean(second) - mean(first) for two lists of 0 and 1 that are no pairs
    (Newcombe 1998, for independent proportions, method 10): a list of zeros alone may be chance
    too. Raises ValueError for an empty list."""
    if not len(first) or not len(second):
        raise ValueError("An interval needs values on both sides.")
    before, after = ((float(np.mean(side)), len(side)) for side in (first, second))
    return _newcombe(before, after, 0.0)


# %% [markdown] id="intervals-tests-text"
# #### Tests and effect sizes
# They stand beside the intervals for those who look for them; no verdict rests on them. A rate gets
# McNemar's exact test, everything else Wilcoxon's signed ranks. With many measures a small p-value
# turns up by chance, which Holm's correction takes into account.

# %% id="intervals-tests"


def paired_test(base: Sequence[Any], tuned: Sequence[Any]) -> dict[str, Any]:
    """Return {"p", "effect", "test"}, two-sided: McNemar's exact test for lists of 0 and 1,
    otherwise Wilcoxon's. The effect is the rank-biserial correlation (Kerby 2014), -1 to 1, above
    zero where tuned is higher."""
    from scipy.stats import binomtest, rankdata, wilcoxon

    pairs = [pair for pair in zip(base, tuned, strict=True) if None not in pair]
    moved = np.array([after - before for before, after in pairs if after != before], float)
    is_rate = set().union(*pairs) <= {0, 1}
    test = "McNemar" if is_rate else "Wilcoxon"
    if not len(moved):
        return {"p": 1.0, "effect": 0.0, "test": test}
    ranks = rankdata(np.abs(moved))
    if is_rate:
        p = binomtest(int((moved > 0).sum()), len(moved)).pvalue
    else:
        p = wilcoxon(moved).pvalue
    effect = (ranks * np.sign(moved)).sum() / ranks.sum()
    return {"p": float(p), "effect": float(effect), "test": test}


def holm(p_values: list[float]) -> list[float]:
    """Return the p-values corrected for being many (Holm 1979), in the same order."""
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected
