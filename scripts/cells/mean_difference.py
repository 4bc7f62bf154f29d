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
