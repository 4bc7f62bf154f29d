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
