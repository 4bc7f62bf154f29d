# %% [markdown] id="title"
# # ${AUTHOR}: all models compared
#
# Every model whose Comparison notebook has run for ${AUTHOR}, side by side.

# %% [markdown] id="opening"
# Nothing is asked or trained here. Each Comparison notebook leaves its figures and answers in
# `outputs/<Model>/comparison.json`; this one reads them. A model is judged against its own base,
# on the same prompts: so the verdicts say which model gained by tuning, and not yet which one is
# best.

# %% id="parameters" tags=["parameters"]
AUTHOR = "William Shakespeare"  # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"  # the folder in Books/, NoteBooks/ and comparison_cache/

# %% id="include-preparation"
from chapters.preparation import html_table, show_figure, side_by_side, text_table

# %% [markdown] id="summary-slot-text"
# ## The verdicts
# Each model is judged against its own base, on its own prompts: when all is read, it stands here.

# %% id="summary-slot" tags=["summary"]
from IPython.display import HTML, Markdown, display

# Outputs with an id can be replaced later, in the saved notebook too.
for slot, shown in {"verdicts": "*Not there yet: run to the end.*", "picture": ""}.items():
    display(Markdown(shown), display_id=slot)

# %% id="include-reading"
from chapters.reading import read_json

# %% [markdown] id="runs-found-text"
# ## 1. What there is
# The files of finished comparisons in this folder.

# %% id="runs-found"
from pathlib import Path

OUT_DIR = Path("outputs", "AllModels")
OUT_DIR.mkdir(parents=True, exist_ok=True)
found = [str(path) for path in sorted(Path().glob("outputs/*/comparison.json"))]
print(*(found or ["none"]), sep="\n")

# %% id="include-models"
from chapters.models import (
    all_differences,
    bits_of,
    common_answers,
    common_measures,
    read_comparisons,
    verdicts_table,
)

# %% [markdown] id="runs-text"
# ### The models
# A model whose notebook has not been run is named, and a run whose file is damaged or of an older
# notebook is left out. Runs of one base model, as demos are, show the
# same figures.

# %% id="runs"
runs, missing, left_out = read_comparisons(".")
bases = {one["settings"].get("model") for one in runs.values()}
if len(bases) == 1 < len(runs):
    print("All of these runs have the same base model: expect the same figures in every column.")
for run, one in runs.items():
    print(f"{run}: profile {one['profile']}, {one['n_prompts']} prompts")
if len({tuple(sorted(one["controls"].items())) for one in runs.values()}) > 1:
    print("They were compared with different texts by others; their floors differ:")
    print(*(f"{run}: {', '.join(one['controls'])}" for run, one in runs.items()), sep="\n")
print(f"Not compared yet: {', '.join(missing) or 'none'}.")
for sentence in left_out:
    print(f"Left out: {sentence}")

# %% [markdown] id="verdicts-text"
# ### The verdicts side by side, and all measures
# The verdicts stand at the top of the notebook as well. Of each measure, the mean under the persona
# prompt before and after tuning, and the verdict. Perplexity counts in each model's own tokens and
# cannot be compared between models; bits per byte can.

# %% id="verdicts"
from IPython.display import Image, update_display

verdicts = HTML(verdicts_table({run: one["verdict"] for run, one in runs.items()}))
update_display(verdicts, display_id="verdicts")
display(verdicts, text_table(all_differences(runs)))

# %% id="include-figures"
from chapters.figures import (
    author_ratios,
    bits_plot,
    counted,
    describe_forest,
    describe_spread,
    forest_plot,
    keyword_heatmap,
    radar_plot,
    spread_plot,
    spread_values,
    word_clouds,
)

# %% [markdown] id="bits-text"
# ## 2. The same pictures, model beside model
# First, which model knows the author best? The fewer bits it needs for a byte of the held-out
# text, the better it expects what the author wrote.

# %% id="bits"
bits = bits_of(runs, AUTHOR)
told = [f"{group}: {row['base']:.3f} to {row['tuned']:.3f}" for group, row in bits.items()]
alt = f"Bars, base to tuned. {'; '.join(told)}".replace("\n", ", ")
figure = bits_plot(bits, "Bits per byte, with the interval of the change")
show_figure(figure, OUT_DIR / "bits_per_byte.png", alt)
sizes = [one["measures"]["held_out_bits_per_byte"]["weights"] for one in runs.values()]
if all(size == sizes[0] for size in sizes):
    print("All models were scored on the same passages.")
else:
    print(
        "The models were scored on different passages (their FineTuning cut the books differently):"
    )
    print("compare each with its own base only.")

# %% [markdown] id="all-forests-text"
# ### Differences against each model's own base
# Right of the line the tuning helped, left of it it did harm.

# %% id="all-forests"
shared = common_measures(runs)
judged = {}
for run, one in runs.items():
    judged[run] = counted([row for row in one["differences"] if row["name"] in shared])
alt = "; ".join(f"{run}: {describe_forest(rows)}" for run, rows in judged.items())
show_figure(forest_plot(judged), OUT_DIR / "differences.png", alt)
picture = Image(filename=str(OUT_DIR / "differences.png"), alt=alt, retina=True)
update_display(picture, display_id="picture")

# %% id="include-progress"
from chapters.progress import describe_progress, find_progress, progress_plot, progress_rows

# %% [markdown] id="progress-text"
# ### What does more training bring?
# Variants of one model that differ in one setting of the training, such as epochs, steps or rank.
# The voice should come nearer to the author's; where the bits of unseen text rise again, or what is
# known by heart does, it was too much.

# %% id="progress"
found_progress = find_progress(runs)
for number, (setting, values) in enumerate(found_progress, 1):
    print(setting, *(f"{value:g}: {run}" for value, run in values.items()), sep="\n  ")
    rows = progress_rows([runs[run] for run in values.values()])
    figure = progress_plot(setting, [*values], rows)
    alt = describe_progress(setting, [*values], rows)
    show_figure(figure, OUT_DIR / f"progress_{number}.png", alt)
if not found_progress:
    print("No two runs of one model differ in one setting of the training alone.")
    print("Train a variant: run_notebooks.py with --set RUN=epochs3 --set EPOCHS=3")

# %% [markdown] id="all-spreads-text"
# ### How the values spread
# Base and tuned of each model, and the author's held-out passages. Values that are all 0 or 1 are
# not drawn.

# %% id="all-spreads"
first = next(iter(runs.values()))
style = [name for name in first["style"] if name in shared]
panels = {}
for name in style:
    sides, own, about = {}, {}, first["measures"][name]
    for run, one in runs.items():
        drawn = spread_values(one["measures"][name])
        own |= {side: drawn[side] for side in drawn if side == "author"}
        sides |= {f"{run} {side}": drawn[side] for side in drawn if side != "author"}
    if sides:
        panels[f"{about['label']} ({about['unit']})"] = {**sides, **own}
if panels:
    figure = spread_plot(panels, columns=2 if len(runs) > 1 else 3)
    show_figure(figure, OUT_DIR / "distributions.png", describe_spread(panels))

# %% [markdown] id="all-radars-text"
# ### How much of the author?
# The tuned models, with the author as the ring at 1.

# %% id="all-radars"
tuned = {run: author_ratios(one["differences"], style) for run, one in runs.items()}
ratios = {}
for label in next(iter(tuned.values())):
    if all(label in one for one in tuned.values()):
        ratios[label] = {f"{run} tuned": tuned[run][label]["tuned"] for run in runs}
lists = [", ".join(f"{value:.2f}" for value in row.values()) for row in ratios.values()]
told = [f"{label}: {values}" for label, values in zip(ratios, lists)]
if ratios:
    figure = radar_plot(ratios, f"How much of {AUTHOR} do the tuned models have?")
    show_figure(figure, OUT_DIR / "radar.png", f"Radar, the author is 1. {'; '.join(told)}")

# %% [markdown] id="all-words-text"
# ### Words
# The same clouds and the same keywords, base and tuned of each model, and the author.

# %% id="all-words"
author = f"{first['author']}, held out"
clouds, rates = {}, {}
for run, one in runs.items():
    for side, counts in one["word_counts"].items():
        clouds |= {f"{run}, {side.lower()}": counts} if side != author else {}
    for side in ("base", "tuned"):
        rates[f"{run}\n{side}"] = one["keyword_rates"][f"{side} persona"]
clouds[author], rates["author"] = first["word_counts"][author], first["keyword_rates"]["author"]
alt = f"Word clouds of {', '.join(clouds)}"
show_figure(word_clouds(clouds, 1, columns=2), OUT_DIR / "word_clouds.png", alt)
alt = f"Heatmap of the uses of {len(rates['author'])} keywords in 1,000 words: {', '.join(rates)}"
figure = keyword_heatmap(rates, f"Keywords of {AUTHOR}")
show_figure(figure, OUT_DIR / "keywords.png", alt.replace("\n", " "))

# %% [markdown] id="all-answers-text"
# ## 3. One question, all models
# The tuned models' answers under the persona prompt to the questions that all of them were asked.

# %% id="all-answers" tags=["answers"]
questions = common_answers(runs)
columns = {run: [said[run] or "(empty)" for said in questions.values()] for run in runs}
display(HTML(side_by_side(list(questions), columns)))
print(f"{len(questions)} questions were put to all models.")
