import math

def corpus_scores(rows):
    """Return {"perplexity", "bits_per_byte"} of `likelihoods` records as one text: each token and byte weighs alike.

    Perplexity is exp(-log-likelihood / tokens). Bits per byte, -log2-likelihood / UTF-8 bytes, does not depend on
    how a tokenizer cuts the text (Gao et al. 2020, The Pile). Raises ValueError for no rows.
    """
    if not rows:
        raise ValueError("There is no scored text.")
    nats, tokens, size = (sum(row[key] for row in rows) for key in ("log_likelihood", "tokens", "bytes"))
    return {"perplexity": math.exp(-nats / tokens), "bits_per_byte": -nats / math.log(2) / size}

def likelihood_measures(base, tuned, name, label, better="lower"):
    """Return {name_perplexity: measure, name_bits_per_byte: measure} of two lists of records, paired by passage.

    With "weights" the mean of the values is the figure of the whole corpus. The values of perplexity are nats a
    token: "aggregate" says that the exponential of their mean is meant. Raises ValueError for different texts.
    """
    texts = [[(row["id"], row["tokens"], row["bytes"]) for row in rows] for rows in (base, tuned)]
    if texts[0] != texts[1]:
        raise ValueError("Base and tuned model scored different texts: delete their files in comparison_cache.")
    made = {}
    for measure, per, unit, scale, aggregate, definition in (
            ("perplexity", "tokens", "per token", 1, "exp", "exp(-log-likelihood / tokens)"),
            ("bits_per_byte", "bytes", "bits", math.log(2), "mean", "-log2-likelihood / bytes; Gao et al. 2020")):
        made[f"{name}_{measure}"] = {
            **{side: [-row["log_likelihood"] / row[per] / scale for row in rows]
               for side, rows in (("base", base), ("tuned", tuned))},
            "author": None, "weights": [row[per] for row in base], "aggregate": aggregate, "better": better,
            "label": f"{measure.replace('_', ' ').capitalize()}, {label}", "unit": unit, "definition": definition}
    return made
