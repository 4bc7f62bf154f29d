# %% id="figures-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="plot_forest-text"
# ### A picture of many differences
# One row a measure with its 95 % interval, in its own standard deviations so that all can share an axis, and turned so that right is better. Where the line touches zero, no difference is shown.

# %% id="plot_forest"
import matplotlib.pyplot as plt
import seaborn

# Shape, line and colour (of seaborn's colour-blind palette) all tell the verdict, so that grey will do.
VERDICT_LOOK = {"better": ("o", "-", 0), "changed": ("D", "-.", 2), "no difference shown": ("s", ":", 7),
                "worse": ("X", "--", 3)}

def forest_plot(panels):
    """Return a figure of {title: rows of `differences` with a direction}: panels side by side, base → tuned
    beside each row. All have the measures of the first."""
    palette, first = seaborn.color_palette("colorblind"), next(iter(panels.values()))
    labels = [row["label"] for row in first]
    fig, axes = plt.subplots(1, len(panels), figsize=(3 + 6 * len(panels), 1.6 + 0.32 * len(labels)),
                             sharey=True, squeeze=False, layout="constrained")
    found = {row["verdict"] for rows in panels.values() for row in rows}
    for verdict, (marker, line, colour) in VERDICT_LOOK.items():
        if verdict in found:
            axes[0, 0].plot([], [], line, marker=marker, ms=8, lw=2, color=palette[colour], label=verdict)
    for axis, (title, rows) in zip(axes.flat, panels.items()):
        numbers, places = axis.secondary_yaxis("right"), {row["label"]: row for row in rows}
        for place, row in enumerate(places[label] for label in labels):
            marker, line, colour = VERDICT_LOOK[row["verdict"]]
            low, middle, high = (row[key] * row["gain"] for key in ("low", "difference", "high"))
            axis.plot([low, high], [place, place], line, lw=2, color=palette[colour])
            axis.plot(middle, place, marker, ms=8, color=palette[colour])
        numbers.set_yticks(range(len(labels)), [f"{places[label]['base']:.3g} → {places[label]['tuned']:.3g}"
                                                for label in labels])
        numbers.tick_params(length=0)
        axis.axvline(0, color="black", lw=1)
        axis.grid(axis="x", alpha=0.3)
        axis.set_title(title, loc="left")
        axis.set_xlabel("← worse    tuned against base, standard deviations    better →")
    axes[0, 0].set_yticks(range(len(labels)), labels)
    axes[0, 0].set_ylim(len(labels) - 0.4, -0.6)
    fig.legend(loc="outside lower center", ncols=4, frameon=False)
    return fig

# %% [markdown] id="plot_spread-text"
# ### A picture of many values
# A mean can hide two kinds of answers. Every mark is one answer or one of the author's passages, the box holds the middle half of them, and the line in it is the median.

# %% id="plot_spread"
import matplotlib.pyplot as plt
import numpy as np
import seaborn

SIDE_LOOK = {"base": ("o", 7), "tuned": ("^", 0), "author": ("D", 1)}  # mark, colour of the palette

def spread_values(measure):
    """Return {side: values to draw} of a measure's base, tuned and author; nats a token become perplexities.
    A rate gives {}: its marks would all lie on two lines."""
    sides = {side: [value for value in measure.get(side) or [] if value is not None] for side in SIDE_LOOK}
    is_rate = {*sides["base"], *sides["tuned"]} <= {0, 1}
    drawn = np.exp if measure.get("aggregate") == "exp" else np.array
    return {} if is_rate else {side: drawn(values) for side, values in sides.items() if values}

def spread_plot(panels, columns=4):
    """Return a figure of {title: {side: values}}; a side's last word is base, tuned or author."""
    palette, rows = seaborn.color_palette("colorblind"), max(-(-len(panels) // columns), 1)
    fig, axes = plt.subplots(rows, columns, figsize=(12, 2.5 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(panels):]:
        axis.axis("off")
    for axis, (title, sides) in zip(axes.flat, panels.items()):
        axis.boxplot([*sides.values()], widths=0.7, showfliers=False, medianprops={"color": "black", "lw": 2})
        for place, (side, values) in enumerate(sides.items(), 1):
            marker, colour = SIDE_LOOK[side.split()[-1]]
            across = place + np.linspace(-0.25, 0.25, len(values))  # in the order of the prompts
            axis.plot(across, values, marker, ms=3, alpha=0.6, color=palette[colour])
        axis.set_xticks(range(1, len(sides) + 1), [side.replace(" ", "\n") for side in sides],
                        fontsize=10 if len(sides) <= len(SIDE_LOOK) else 7)
        axis.set_title(title, fontsize=10)
    return fig

# %% [markdown] id="bar_charts-text"
# ### Tuning and prompting in bars
# Plain grey is the base model, hatched blue the tuned one; left under the plain prompt, right under the persona prompt. The dashed line is the author. What grey gains from left to right is the prompt's doing; what blue has over the grey beside it is the tuning's.

# %% id="bar_charts"
import matplotlib.pyplot as plt
import seaborn

def bar_charts(effects, columns=4):
    """Return a figure with a panel for each row of `persona_effects`: four bars in two groups, a line for the
    author."""
    palette, rows = seaborn.color_palette("colorblind"), max(-(-len(effects) // columns), 1)
    fig, axes = plt.subplots(rows, columns, figsize=(12, 2.5 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(effects):]:
        axis.axis("off")
    for axis, row in zip(axes.flat, effects):
        for shift, phase, colour, hatch in ((-0.2, "base", 7, None), (0.2, "tuned", 0, "//")):
            heights = [row["means"][f"{phase} {system}"] for system in ("plain", "persona")]
            axis.bar([shift, 1 + shift], heights, width=0.38, color=palette[colour], hatch=hatch,
                     edgecolor="white", label=phase)
        if row["author"] is not None:
            axis.axhline(row["author"], color="black", ls="--", lw=1.5, label="author")
        highest = max(*row["means"].values(), row["author"] or 0)
        axis.set_ylim(min(0, *row["means"].values()), 1.1 * highest if highest > 0 else 1)
        axis.set_xticks([0, 1], ["plain prompt", "persona prompt"])
        axis.set_title(f"{row['label']} ({row['unit']})", fontsize=10)
    legend = {label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels())}
    fig.legend(legend.values(), legend, loc="outside lower center", ncols=3, frameon=False)
    return fig

# MAIN if __name__ == "__main__":
# MAIN     save_figure(bar_charts(persona_effect), "tuning_and_prompting", "Bars, one panel a measure. " + "; ".join(
# MAIN         f"{row['label']}: " + ", ".join(f"{condition} {mean:.3g}" for condition, mean in row["means"].items())
# MAIN         for row in persona_effect))
# MAIN

# %% [markdown] id="plot_clouds-text"
# ### Draw word clouds
# The larger a word, the more often it stands in the texts; everyday function words are left out.

# %% id="plot_clouds"
from collections import Counter
import matplotlib.pyplot as plt
from wordcloud import STOPWORDS, WordCloud

CLOUD_WORDS = 80  # more would be too small to read

def cloud_counts(texts, split):
    """Return {word: count} of the most frequent words that are no stop words and longer than two letters."""
    counts = Counter(word for text in texts for word in split(text))
    counts = {word: count for word, count in counts.items() if len(word) > 2 and word not in STOPWORDS}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CLOUD_WORDS])

def word_clouds(counts, seed, columns=3):
    """Return a figure with a cloud for each {title: {word: count}}, the same for the same arguments."""
    rows = -(-len(counts) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(12, 3.6 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, words) in zip(axes.flat, counts.items()):
        axis.set_title(title if words else f"{title}: no words")
        if words:
            cloud = WordCloud(width=800, height=640, background_color="white", random_state=seed,
                              color_func=lambda *_, **__: "black")
            axis.imshow(cloud.generate_from_frequencies(words), interpolation="bilinear")
    return fig

# %% [markdown] id="plot_keywords-text"
# ### Draw a heatmap of keywords
# How often each keyword stands in a thousand words, one column for each kind of text, darker for more.

# %% id="plot_keywords"
import matplotlib.pyplot as plt
import pandas
import seaborn

def keyword_rates(texts, keywords, split):
    """Return {keyword: uses in a thousand words of all `texts` together}."""
    words = [word for text in texts for word in split(text)]
    return {keyword: 1000 * words.count(keyword) / (len(words) or 1) for keyword in keywords}

def keyword_heatmap(rates, title):
    """Return a heatmap of {column: {keyword: uses in a thousand words}}; what a column lacks stays white."""
    table = pandas.DataFrame(rates)
    fig, axis = plt.subplots(figsize=(2.5 + 1.2 * len(rates), 1.6 + 0.26 * len(table)), layout="constrained")
    if len(table):
        seaborn.heatmap(table, annot=True, fmt=".1f", cmap="Greys", vmin=0, vmax=table.max(axis=None) or 1,
                        ax=axis, linewidths=0.5, cbar_kws={"label": "uses in 1,000 words"})
    axis.tick_params(rotation=0)
    axis.set_title(title if len(table) else f"{title}: there are none", loc="left")
    return fig

# %% [markdown] id="plot_radar-text"
# ### Draw a radar
# The author's own held-out passages are the ring at 1. Every axis is a plain ratio, never stretched to the data: the value over the author's where higher is better, the author's over the value where lower is better, and the smaller over the larger where nearness counts. What goes beyond the author by more than a quarter is drawn at 1.25.

# %% id="plot_radar"
import matplotlib.pyplot as plt
import numpy as np
import seaborn

RIM = 1.25  # going far beyond the author is no merit, and would squeeze everything else

def author_ratio(value, author, better):
    """Return how much of the author's value is reached, 0 to RIM, for `better` as in `measures`."""
    low, high = sorted((value, author))
    top, bottom = {"higher": (value, author), "lower": (author, value), "nearer": (low, high)}[better]
    return float(np.clip(top / bottom, 0, RIM)) if bottom > 0 else float(top >= bottom)

def author_ratios(differences, names):
    """Return {label: {"base", "tuned"}} of the ratios for the rows with these `names`."""
    return {row["label"]: {side: author_ratio(row[side], row["author"], row["better"])
                           for side in ("base", "tuned")} for row in differences if row["name"] in names}

def radar_plot(ratios, title):
    """Return a radar figure of {label: {line: ratio}}, with the author as the ring at 1."""
    palette, angles = seaborn.color_palette("colorblind"), np.linspace(0, 2 * np.pi, len(ratios) + 1)
    fig, axis = plt.subplots(figsize=(9, 7), subplot_kw={"polar": True}, layout="constrained")
    axis.plot(np.linspace(0, 2 * np.pi, 200), np.ones(200), color="black", lw=2.5, label="author")
    for number, line in enumerate(next(iter(ratios.values()))):
        values = [row[line] for row in ratios.values()]
        look, colour = "o^sDv"[number % 5] + ("--", "-", "-.", ":")[number % 4], (7, 0, 3, 2, 4)[number % 5]
        axis.plot(angles, [*values, values[0]], look, color=palette[colour], lw=2, label=line)
    axis.set_xticks(angles[:-1], ratios)
    for label, angle in zip(axis.get_xticklabels(), angles):  # outside the rim on every side
        label.set_horizontalalignment(("center", "left", "right")[round(np.cos(angle))])
    axis.set(ylim=(0, RIM), yticks=(0.25, 0.5, 0.75, 1), title=title)
    fig.legend(loc="outside lower center", ncols=6, frameon=False)
    return fig
