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
