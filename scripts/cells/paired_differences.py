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

if __name__ == "__main__":
    compare = functools.partial(
        compare_measure, mean_difference=mean_difference, paired_interval=paired_interval,
        rate_interval=rate_interval, resamples=BOOTSTRAP, seed=SEED)
    with plain_errors():
        differences = compare_measures(measures, compare, paired_test, holm)
    display(text_table(differences_table(differences)))
