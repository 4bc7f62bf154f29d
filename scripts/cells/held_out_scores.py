import pandas
from IPython.display import display

if __name__ == "__main__":
    perplexity, part_names = {}, {"held_out": "held out", "control": "other authors"}
    for part, label in part_names.items():
        scored = {side: [row for row in results[side]["likelihoods"] if row["set"] == part] for side in results}
        with plain_errors():
            measures |= likelihood_measures(scored["base"], scored["tuned"], part, label,
                                            "lower" if part == "held_out" else "not higher")
        perplexity[part] = {side: corpus_scores(rows) for side, rows in scored.items()}
    display(pandas.DataFrame({(label, side): perplexity[part][side] for part, label in part_names.items()
                              for side in results}).T.round(3))
    pairs = zip(measures["held_out_bits_per_byte"]["base"], measures["held_out_bits_per_byte"]["tuned"])
    print(f"{sum(after < before for before, after in pairs)} of {len(held_out)} held-out passages surprise the "
          "tuned model less than the base model.")
