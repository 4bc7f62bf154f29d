# %% id="figures-imports"
"""Pictures of differences, values and words; colour-blind safe, and legible in grey."""

# %% [markdown] id="figures-differences-text"
# #### Pictures of differences
# A forest plot has a row a measure with its 95 % interval, in its own standard deviations so that
# all can share an axis, and turned so that right is better; where the line touches zero, no
# difference is shown. Bars set tuning beside prompting. Shape, line and hatch tell as much as the
# colour.

# %% id="figures-differences"
from typing import Any

import numpy as np

# Of seaborn's colour-blind palette: marker, line, colour
VERDICT_LOOK = {
    "better": ("o", "-", 0),
    "changed": ("D", "-.", 2),
    "no difference shown": ("s", ":", 7),
    "worse": ("X", "--", 3),
}
BAR_LOOK = {"base": (-0.2, 7, None), "tuned": (0.2, 0, "//")}  # shift, colour, hatch


def colours() -> Any:
    """Return seaborn's colour-blind palette."""
    import seaborn  # not sooner: slow to import

    return seaborn.color_palette("colorblind")


def panel_grid(count: int, columns: int, height: float) -> tuple[Any, list[Any]]:
    """Return a figure, 9 inches wide, and its first `count` axes; those left over are empty."""
    from matplotlib import pyplot as plt

    rows = max(-(-count // columns), 1)
    size = (9, height * rows)
    fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for axis in axes.flat[count:]:
        axis.axis("off")
    return fig, list(axes.flat[:count])


def counted(rows: list[Any]) -> list[Any]:
    """Return the differences that are judged; of two measures that are one, only one."""
    return [row for row in rows if row["better"] != "neither" and not row["twin"]]


def forest_plot(panels: dict[str, list[Any]]) -> Any:
    """Return a figure of {title: rows of differences that are judged}: panels side by side, base →
    tuned beside each row. All have the measures of the first."""
    from matplotlib import pyplot as plt

    palette, labels = colours(), [row["label"] for row in next(iter(panels.values()))]
    size = (3 + 5.5 * len(panels), 1.6 + 0.32 * len(labels))
    fig, axes = plt.subplots(
        1, len(panels), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    found = {row["verdict"] for rows in panels.values() for row in rows}
    for verdict in [verdict for verdict in VERDICT_LOOK if verdict in found]:
        marker, line, colour = VERDICT_LOOK[verdict]
        look = {"marker": marker, "ms": 8, "lw": 2, "color": palette[colour], "label": verdict}
        axes[0, 0].plot([], [], line, **look)
    for axis, (title, rows) in zip(axes.flat, panels.items(), strict=True):
        row_of = {row["label"]: row for row in rows}
        for place, row in enumerate(row_of[label] for label in labels):
            marker, line, colour = VERDICT_LOOK[row["verdict"]]
            low, middle, high = (row[key] * row["gain"] for key in ("low", "difference", "high"))
            axis.plot([low, high], [place, place], line, lw=2, color=palette[colour])
            axis.plot(middle, place, marker, ms=8, color=palette[colour])
        pairs = [(row_of[label]["base"], row_of[label]["tuned"]) for label in labels]
        numbers = axis.secondary_yaxis("right")
        numbers.set_yticks(range(len(labels)), [f"{a:.3g} → {b:.3g}" for a, b in pairs])
        numbers.tick_params(length=0)
        axis.axvline(0, color="black", lw=1)
        axis.grid(axis="x", alpha=0.3)
        axis.set_title(title, loc="left")
        axis.set_xlabel("← worse    tuned against base, standard deviations    better →")
    axes[0, 0].set_yticks(range(len(labels)), labels)
    axes[0, 0].set_ylim(len(labels) - 0.4, -0.6)
    fig.legend(loc="outside lower center", ncols=4, frameon=False)
    return fig


def describe_forest(rows: list[Any]) -> str:
    """Return the differences in words, for a figure's alternative text."""
    return "; ".join(
        f"{row['label']} {row['base']:.3g} to {row['tuned']:.3g}, {row['verdict']}" for row in rows
    )


# %% [markdown] id="figures-values-text"
# #### Pictures of values, and a radar
# A mean can hide two kinds of answers: every mark is one answer or one of the author's passages,
# the box holds the middle half of them, and the line in it is the median. In the radar the author's
# held-out passages are the ring at 1, and every axis is a plain ratio, never stretched to the data:
# the value over the author's where higher is better, the author's over the value where lower is
# better, the smaller over the larger where nearness counts. More than 1.25 is drawn at 1.25.

# %% id="figures-values"
SIDE_LOOK = {"base": ("o", 7), "tuned": ("^", 0), "author": ("D", 1)}  # mark, colour
BASE_LINE = ("o--", 7)  # mark and line, colour
TUNED_LINES = (("s-.", 3), ("^-", 0), ("D:", 2), ("v-", 4), ("P-.", 1))
RIM = 1.25  # going far beyond the author is no merit, and would squeeze everything else


def bar_charts(effects: list[Any], columns: int = 3) -> Any:
    """Return a figure with a panel for each row of persona effects: four bars, a line for the
    author."""
    palette, (fig, axes) = colours(), panel_grid(len(effects), columns, 2.5)
    for axis, row in zip(axes, effects, strict=True):
        for side, (shift, colour, hatch) in BAR_LOOK.items():
            heights = [row["means"][f"{side} {system}"] for system in ("plain", "persona")]
            look = {"color": palette[colour], "hatch": hatch, "edgecolor": "white"}
            axis.bar([shift, 1 + shift], heights, width=0.38, label=side, **look)
        if row["author"] is not None:
            axis.axhline(row["author"], color="black", ls="--", lw=1.5, label="author")
        highest = max(*row["means"].values(), row["author"] or 0)
        axis.set_ylim(min(0, *row["means"].values()), 1.1 * highest if highest > 0 else 1)
        axis.set_xticks([0, 1], ["plain prompt", "persona prompt"])
        axis.set_title(f"{row['label']} ({row['unit']})", fontsize=10)
    pairs = [pair for axis in axes for pair in zip(*axis.get_legend_handles_labels())]
    legend = {label: handle for handle, label in pairs}
    fig.legend(legend.values(), legend, loc="outside lower center", ncols=3, frameon=False)
    return fig


def spread_values(measure: Any) -> dict[str, Any]:
    """Return {side: values to draw} of a measure's base, tuned and author; nats a token become
    perplexities. A rate gives {}: its marks would all lie on two lines."""
    lists = {"base": measure["base"], "tuned": measure["tuned"], "author": measure["author"]}
    sides = {side: [one for one in rows or [] if one is not None] for side, rows in lists.items()}
    if {*sides["base"], *sides["tuned"]} <= {0, 1}:
        return {}
    drawn = np.exp if measure.get("aggregate") == "exp" else np.array
    return {side: drawn(values) for side, values in sides.items() if values}


def spread_plot(panels: dict[str, dict[str, Any]], columns: int = 3) -> Any:
    """Return a figure of {title: {side: values}}; a side's last word is base, tuned or author."""
    palette, (fig, axes) = colours(), panel_grid(len(panels), columns, 2.5)
    for axis, (title, sides) in zip(axes, panels.items(), strict=True):
        median = {"color": "black", "lw": 2}
        axis.boxplot([*sides.values()], widths=0.7, showfliers=False, medianprops=median)
        for place, (side, values) in enumerate(sides.items(), 1):
            marker, colour = SIDE_LOOK[side.split()[-1]]
            across = place + np.linspace(-0.25, 0.25, len(values))  # in the order of the prompts
            axis.plot(across, values, marker, ms=3, alpha=0.6, color=palette[colour])
        names = [side.replace(" ", "\n").replace("-", "\n-") for side in sides]
        small = len(sides) > len(SIDE_LOOK)
        axis.set_xticks(range(1, len(sides) + 1), names, fontsize=7 if small else 10)
        axis.set_title(title, fontsize=10)
    return fig


def describe_bars(effects: list[Any]) -> str:
    """Return the means of all four conditions in words, for a figure's alternative text."""
    told = []
    for row in effects:
        means = [f"{condition} {mean:.3g}" for condition, mean in row["means"].items()]
        told.append(f"{row['label']}: {', '.join(means)}")
    return f"Bars, one panel a measure. {'; '.join(told)}"


def describe_spread(panels: dict[str, dict[str, Any]]) -> str:
    """Return the medians in words, for a figure's alternative text."""
    told = []
    for title, sides in panels.items():
        medians = [f"{side} {np.median(values):.3g}" for side, values in sides.items()]
        told.append(f"{title}: {', '.join(medians)}")
    return f"Marks and boxes, medians: {'; '.join(told)}"


def author_ratio(value: float, author: float, better: str) -> float:
    """Return how much of the author's value is reached, 0 to RIM, for a measure's `better`."""
    low, high = sorted((value, author))
    pairs = {"higher": (value, author), "lower": (author, value), "nearer": (low, high)}
    top, bottom = pairs[better]
    return float(np.clip(top / bottom, 0, RIM)) if bottom > 0 else float(top >= bottom)


# %% [markdown] id="figures-words-text"
# #### A radar of ratios, and pictures of words
# The larger a word in a cloud, the more often it stands in the texts; everyday function words are
# left out. A cloud proves nothing. The heatmap has the author's keywords, one column for each kind
# of text, darker for more.

# %% id="figures-words"


def author_ratios(differences: list[Any], names: list[str]) -> dict[str, dict[str, float]]:
    """Return {label: {"base", "tuned"}} of the ratios for the differences with these `names`, where
    the author's value is known."""
    ratios = {}
    for row in differences:
        if row["name"] in names and row["author"] is not None:
            author, better = row["author"], row["better"]
            pair = {side: author_ratio(row[side], author, better) for side in ("base", "tuned")}
            ratios[row["label"]] = pair
    return ratios


def radar_plot(ratios: dict[str, dict[str, float]], title: str) -> Any:
    """Return a radar figure of {label: {line: ratio}}, with the author as the ring at 1."""
    from matplotlib import pyplot as plt

    palette, angles = colours(), np.linspace(0, 2 * np.pi, len(ratios) + 1)
    polar = {"polar": True}
    fig, axis = plt.subplots(figsize=(9, 7), subplot_kw=polar, layout="constrained")
    ring = np.linspace(0, 2 * np.pi, 200)
    axis.plot(ring, np.ones(200), color="black", lw=2.5, label="author")
    for number, line in enumerate(next(iter(ratios.values()))):
        values = [row[line] for row in ratios.values()]
        look, colour = BASE_LINE if line.split()[-1] == "base" else TUNED_LINES[number % 5]
        colour = palette[colour]
        axis.plot(angles, [*values, values[0]], look, color=colour, lw=2, label=line)
    axis.set_xticks(angles[:-1], ratios)
    for label, angle in zip(axis.get_xticklabels(), angles):  # outside the rim on every side
        label.set_horizontalalignment(("center", "left", "right")[round(np.cos(angle))])
    axis.set(ylim=(0, RIM), yticks=(0.25, 0.5, 0.75, 1), title=title)
    fig.legend(loc="outside lower center", ncols=6, frameon=False)
    return fig


def word_clouds(counts: dict[str, dict[str, int]], seed: int, columns: int = 3) -> Any:
    """Return a figure with a cloud for each {title: {word: count}}, the same for the same seed."""
    from wordcloud import WordCloud

    fig, axes = panel_grid(len(counts), columns, 3.6)
    for axis, (title, words) in zip(axes, counts.items(), strict=True):
        axis.axis("off")
        axis.set_title(title if words else f"{title}: no words")
        if words:
            black = {"background_color": "white", "color_func": lambda *_, **__: "black"}
            cloud = WordCloud(width=800, height=640, random_state=seed, **black)
            axis.imshow(cloud.generate_from_frequencies(words), interpolation="bilinear")
    return fig


def keyword_heatmap(rates: dict[str, dict[str, float]], title: str) -> Any:
    """Return a heatmap of {column: {keyword: uses in a thousand words}}; what lacks stays white."""
    import pandas
    import seaborn
    from matplotlib import pyplot as plt

    table = pandas.DataFrame(rates)
    size = (2.5 + 1.2 * len(rates), 1.6 + 0.26 * len(table))
    fig, axis = plt.subplots(figsize=size, layout="constrained")
    if len(table):
        look = {"annot": True, "fmt": ".1f", "cmap": "Greys", "linewidths": 0.5, "vmin": 0}
        bar = {"label": "uses in 1,000 words"}
        seaborn.heatmap(table, vmax=table.max(axis=None) or 1, ax=axis, cbar_kws=bar, **look)
    axis.tick_params(rotation=0)
    axis.set_title(title if len(table) else f"{title}: there are none", loc="left")
    return fig


def bits_plot(bits: dict[str, Any], title: str) -> Any:
    """Return grouped bars of {group: difference}, base and tuned, with the change's interval."""
    from matplotlib import pyplot as plt

    palette, places = colours(), np.arange(len(bits))
    fig, axis = plt.subplots(figsize=(2.5 + 1.6 * len(bits), 4), layout="constrained")
    for side, (shift, colour, hatch) in BAR_LOOK.items():
        heights = [row[side] for row in bits.values()]
        look: Any = {"color": palette[colour], "hatch": hatch, "label": side}
        bars = axis.bar(places + shift, heights, width=0.38, edgecolor="white", **look)
        axis.bar_label(bars, fmt="%.3f", padding=6, fontsize=8)
    for place, row in zip(places, bits.values(), strict=True):
        change = row["tuned"] - row["base"]
        reach = np.maximum([[change - row["low"]], [row["high"] - change]], 0)
        axis.errorbar(place + BAR_LOOK["tuned"][0], row["tuned"], reach, color="black", capsize=4)
    axis.set_xticks(places, bits)
    axis.margins(y=0.15)
    axis.set(ylabel="bits per byte (less is better)", title=title)
    fig.legend(loc="outside lower center", ncols=2, frameon=False)
    return fig
