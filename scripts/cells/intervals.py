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

if __name__ == "__main__":
    example = np.random.default_rng(SEED).normal(0.5, 1, 40)
    low, high, _ = paired_interval(lambda index, axis=-1: example[index].mean(axis), 40, BOOTSTRAP, SEED)
    print(f"Forty draws, true mean 0.5: their mean {example.mean():.2f}, interval {low:.2f} to {high:.2f}.")
