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

if __name__ == "__main__":
    persona_effect = persona_effects(measures, compare)
    display(text_table(persona_table(persona_effect)))
