import pandas
from IPython.display import display

def all_differences(runs):
    """Return a table of {run: comparison}: a row for each measure; base, tuned and verdict of each run."""
    rows = {}
    for run, one in runs.items():
        for row in one["differences"]:
            line = rows.setdefault(row["name"], {
                "measure": row["label"], "better": row["better"],
                "author": "" if row["author"] is None else f"{row['author']:.3g}"})
            line[run] = (f"{row['base']:.3g} → {row['tuned']:.3g} "
                         f"[{row['low']:+.3g}, {row['high']:+.3g}] {row['verdict']}")
    return pandas.DataFrame(rows.values()).fillna("not measured")

if __name__ == "__main__":
    display(text_table(all_differences(runs)))
