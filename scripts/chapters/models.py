# %% id="models-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="all_models-text"
# ### Read what there is
# Every Comparison notebook of this author leaves its figures in `outputs/<Model>/comparison.json` and its answers in `comparison_cache/`. A model whose notebook has not been run is named.

# %% id="all_models"
import functools, json
from pathlib import Path

def read_comparisons(folder):
    """Return ({run: comparison.json} for `folder`/outputs/<run>/, sorted, and the models without one).

    Models are known by their notebooks <Model>_<Author>_Comparison; a demo's run is <Model>-demo. Raises
    FileNotFoundError where there is no comparison at all, ValueError for a file that is no JSON.
    """
    runs = {}
    for path in sorted(Path(folder).glob("outputs/*/comparison.json")):
        try:
            runs[path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"{path} is no JSON: run that model's Comparison notebook again.") from None
    models = [path.stem.rsplit("_", 2)[0] for path in sorted(Path(folder).glob("*_Comparison.ipynb"))]
    missing = [model for model in models if model != "AllModels" and not {model, f"{model}-demo"} & set(runs)]
    if not runs:
        raise FileNotFoundError("No model has been compared for this author yet: run a Comparison notebook"
                                f" first ({', '.join(missing) or 'none is here'}).")
    return runs, missing

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         runs, missing = read_comparisons(".")
# MAIN     OUT_DIR = Path("outputs", "AllModels")
# MAIN     OUT_DIR.mkdir(parents=True, exist_ok=True)
# MAIN     save_figure = functools.partial(write_figure, OUT_DIR)
# MAIN     for run, one in runs.items():
# MAIN         print(f"{run}: profile {one['profile']}, {one['n_prompts']} prompts, {len(one['measures'])} measures")
# MAIN     bases = {one["settings"].get("model") for one in runs.values()}
# MAIN     if len(bases) == 1 < len(runs):
# MAIN         print("All of these runs have the same base model, as demos do: expect the same figures in every column.")
# MAIN     print(f"Not compared yet: {', '.join(missing) or 'none'}.")
# MAIN

# %% [markdown] id="all_models_table-text"
# ### All measures of all models
# The mean under the persona prompt before and after tuning, and the verdict. Perplexity counts in each model's own tokens and cannot be compared between models; bits per byte can.

# %% id="all_models_table"
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

# MAIN if __name__ == "__main__":
# MAIN     display(text_table(all_differences(runs)))
# MAIN

# %% [markdown] id="all_models_verdict-text"
# ### The verdicts side by side
# Each model is judged against its own base, on its own prompts; the answers say which model gained by tuning, and not yet which one is best.

# %% id="all_models_verdict"
import html
from IPython.display import HTML, display

def verdicts_table(runs):
    """Return the verdicts of {run: comparison} as HTML: a row for each question, a column for each run."""
    cell = '<td style="text-align:left;vertical-align:top;padding:6px;border-bottom:1px solid #999">'
    lines = [f"<tr>{cell}</td>" + "".join(f"{cell}<b>{html.escape(run)}</b></td>" for run in runs) + "</tr>"]
    for same_question in zip(*(one["verdict"] for one in runs.values())):
        said = [f"<b>{html.escape(row['answer'])}</b><br>{'<br>'.join(map(html.escape, row['figures']))}"
                for row in same_question]
        said = "".join(f"{cell}{text}</td>" for text in [html.escape(same_question[0]["question"]), *said])
        lines.append(f"<tr>{said}</tr>")
    return f"<table style='width:100%'>{''.join(lines)}</table>"

# MAIN if __name__ == "__main__":
# MAIN     display(HTML(verdicts_table(runs)))
# MAIN

# %% [markdown] id="all_models_bits-text"
# ### Which model knows the author best?
# How many bits a model needs for each byte of the author's held-out text: the fewer, the better it expects what the author wrote. Bytes are the same for every tokenizer, so these bars can be compared, as long as all models were scored on the same passages.

# %% id="all_models_bits"
import matplotlib.pyplot as plt
import numpy as np
import seaborn

def bits_plot(bits, title):
    """Return grouped bars of {group: {"base", "tuned", "low", "high"}}; the last two: its interval."""
    palette, places = seaborn.color_palette("colorblind"), np.arange(len(bits))
    fig, axis = plt.subplots(figsize=(2.5 + 1.6 * len(bits), 4), layout="constrained")
    for shift, side, colour, hatch in ((-0.2, "base", 7, None), (0.2, "tuned", 0, "//")):
        heights = [row[side] for row in bits.values()]
        bars = axis.bar(places + shift, heights, width=0.38, color=palette[colour], hatch=hatch,
                        edgecolor="white", label=side)
        axis.bar_label(bars, fmt="%.3f", padding=6, fontsize=8)
    for place, row in zip(places, bits.values()):
        reach = [[row["tuned"] - row["base"] - row["low"]], [row["high"] - row["tuned"] + row["base"]]]
        axis.errorbar(place + 0.2, row["tuned"], yerr=np.maximum(reach, 0), color="black", capsize=4)
    axis.set_xticks(places, bits)
    axis.margins(y=0.15)
    axis.set(ylabel="bits per byte (less is better)", title=title)
    fig.legend(loc="outside lower center", ncols=2, frameon=False)
    return fig

# MAIN if __name__ == "__main__":
# MAIN     bits = {f"{run}\n{part}": row for run, one in runs.items() for part, name in (
# MAIN         (AUTHOR, "held_out_bits_per_byte"), ("other authors", "control_bits_per_byte"))
# MAIN         for row in one["differences"] if row["name"] == name}
# MAIN     same = len({tuple(one["measures"]["held_out_bits_per_byte"]["weights"]) for one in runs.values()}) == 1
# MAIN     in_words = [f"{group}: {row['base']:.3f} to {row['tuned']:.3f}" for group, row in bits.items()]
# MAIN     save_figure(bits_plot(bits, "Bits per byte, with the interval of the change"), "bits_per_byte",
# MAIN                 f"Bars, base to tuned. {'; '.join(in_words)}".replace("\n", ", "))
# MAIN     print("All models were scored on the same passages." if same else "The models were scored on different "
# MAIN           "passages (their FineTuning cut the books differently): compare each with its own base only.")
# MAIN

# %% [markdown] id="all_models_figures-text"
# ### The same pictures, model beside model
# Differences against each model's own base; the values themselves; and how much of the author the tuned models have.

# %% id="all_models_figures"


# MAIN if __name__ == "__main__":
# MAIN     common = set.intersection(*({row["name"] for row in one["differences"]} for one in runs.values()))
# MAIN     judged = {run: [row for row in one["differences"] if row["name"] in common and row["better"] != "neither"]
# MAIN               for run, one in runs.items()}
# MAIN     save_figure(forest_plot(judged), "differences", "Differences against each model's base. " + "; ".join(
# MAIN         f"{run}: {sum(row['verdict'] == 'better' for row in rows)} of {len(rows)} measures better, "
# MAIN         f"{sum(row['verdict'] == 'worse' for row in rows)} worse" for run, rows in judged.items()))
# MAIN     shared = [name for name in next(iter(runs.values()))["style"] if name in common]
# MAIN     panels = {}
# MAIN     for name in shared:
# MAIN         sides = {f"{run} {side}": values for run, one in runs.items()
# MAIN                  for side, values in spread_values(one["measures"][name]).items() if side != "author"}
# MAIN         one = next(iter(runs.values()))["measures"][name]
# MAIN         panels[f"{one['label']} ({one['unit']})"] = {**sides, "author": spread_values(one)["author"]}
# MAIN     save_figure(spread_plot(panels, columns=2 if len(runs) > 1 else 4), "distributions",
# MAIN                 "Marks and boxes of the style measures, base and tuned of each model, and the author.")
# MAIN     tuned = {run: author_ratios(one["differences"], shared) for run, one in runs.items()}
# MAIN     ratios = {label: {f"{run} tuned": tuned[run][label]["tuned"] for run in runs} for label in tuned[run]}
# MAIN     save_figure(radar_plot(ratios, f"How much of {AUTHOR} do the tuned models have?"), "radar",
# MAIN                 "Radar, the author is 1. " + "; ".join(f"{label}: " + ", ".join(
# MAIN                     f"{line} {value:.2f}" for line, value in row.items()) for label, row in ratios.items()))
# MAIN

# %% [markdown] id="all_models_words-text"
# ### Words of all models
# The same clouds and the same keywords, base and tuned of each model, and the author.

# %% id="all_models_words"


# MAIN if __name__ == "__main__":
# MAIN     first = next(iter(runs.values()))
# MAIN     author = f"{AUTHOR}, held out"
# MAIN     clouds = {f"{run}, {side.lower()}": counts for run, one in runs.items()
# MAIN               for side, counts in one["word_counts"].items() if side != author}
# MAIN     clouds[author] = first["word_counts"][author]
# MAIN     in_words = [f"{title}: {', '.join(list(words)[:10]) or 'no words'}" for title, words in clouds.items()]
# MAIN     save_figure(word_clouds(clouds, 1, columns=2), "word_clouds", f"Largest words. {'; '.join(in_words)}")
# MAIN     rates = {f"{run}\n{side}": one["keyword_rates"][f"{side} persona"] for run, one in runs.items()
# MAIN              for side in ("base", "tuned")} | {"author": first["keyword_rates"]["author"]}
# MAIN     totals = [f"{column} {sum(row.values()):.0f}".replace("\n", " ") for column, row in rates.items()]
# MAIN     save_figure(keyword_heatmap(rates, f"Keywords of {AUTHOR}"), "keywords",
# MAIN                 f"Heatmap of keyword uses in 1,000 words; all keywords together: {', '.join(totals)}")
# MAIN

# %% [markdown] id="all_models_answers-text"
# ### One question, all models
# The tuned models' answers under the persona prompt to the questions that all of them were asked.

# %% id="all_models_answers"
import html
from pathlib import Path
from IPython.display import HTML, display

def common_answers(results):
    """Return {question: {run: answer under the persona prompt}} for questions that all runs were asked."""
    asked = {run: {row["question"]: row["answer"] for row in result["answers"] if row["system"] == "persona"}
             for run, result in results.items()}
    first = next(iter(asked.values()), {})
    return {question: {run: rows[question] for run, rows in asked.items()} for question in first
            if all(question in rows for rows in asked.values())}

# MAIN if __name__ == "__main__":
# MAIN     folder = Path("../../comparison_cache", AUTHOR_KEY)
# MAIN     caches = {run: read_results(folder / run / "tuned_results.pkl") for run in runs}
# MAIN     for run, (result, why) in caches.items():
# MAIN         if result is None:
# MAIN             print(f"{run}: {why}")
# MAIN     common_questions = common_answers({run: result for run, (result, _) in caches.items() if result})
# MAIN     rows = [[html.escape(question), *(html.escape(answer) or "(empty)" for answer in said.values())]
# MAIN             for question, said in common_questions.items()]
# MAIN     if rows:
# MAIN         columns = ["Prompt", *next(iter(common_questions.values()))]
# MAIN         display(HTML(html_table(columns, rows, [100 // len(columns)] * len(columns))))
# MAIN     else:
# MAIN         print("No question was put to all models.")
# MAIN
