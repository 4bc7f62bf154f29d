if __name__ == "__main__":
    common = set.intersection(*({row["name"] for row in one["differences"]} for one in runs.values()))
    judged = {run: [row for row in one["differences"] if row["name"] in common and row["better"] != "neither"]
              for run, one in runs.items()}
    save_figure(forest_plot(judged), "differences", "Differences against each model's base. " + "; ".join(
        f"{run}: {sum(row['verdict'] == 'better' for row in rows)} of {len(rows)} measures better, "
        f"{sum(row['verdict'] == 'worse' for row in rows)} worse" for run, rows in judged.items()))
    shared = [name for name in next(iter(runs.values()))["style"] if name in common]
    panels = {}
    for name in shared:
        sides = {f"{run} {side}": values for run, one in runs.items()
                 for side, values in spread_values(one["measures"][name]).items() if side != "author"}
        one = next(iter(runs.values()))["measures"][name]
        panels[f"{one['label']} ({one['unit']})"] = {**sides, "author": spread_values(one)["author"]}
    save_figure(spread_plot(panels, columns=2 if len(runs) > 1 else 4), "distributions",
                "Marks and boxes of the style measures, base and tuned of each model, and the author.")
    tuned = {run: author_ratios(one["differences"], shared) for run, one in runs.items()}
    ratios = {label: {f"{run} tuned": tuned[run][label]["tuned"] for run in runs} for label in tuned[run]}
    save_figure(radar_plot(ratios, f"How much of {AUTHOR} do the tuned models have?"), "radar",
                "Radar, the author is 1. " + "; ".join(f"{label}: " + ", ".join(
                    f"{line} {value:.2f}" for line, value in row.items()) for label, row in ratios.items()))
