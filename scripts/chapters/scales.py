# %% id="scales-imports"
"""Memory over the number of tries, and all measures on one scale between floor and ceiling."""

from chapters.figures import BAR_LOOK, SIDE_LOOK, colours
from chapters.intervals import paired_interval
from chapters.preparation import short_number

# %% [markdown] id="scales-curves-text"
# #### Memory over tries
# Base and tuned model share a colour for each kind of text: dashed is the base model, solid the
# tuned one.

# %% id="scales-curves"
from typing import Any

KIND_LOOK = {"training": ("o", 0), "held out": ("D", 1), "control": ("^", 7)}  # mark, colour


def curves_plot(tries: list[int], curves: dict[str, list[float]], title: str) -> Any:
    """Return a figure of {"kind, side": share for each number of tries}."""
    from matplotlib import pyplot as plt

    palette, (fig, axis) = colours(), plt.subplots(figsize=(9, 4), layout="constrained")
    for name, shares in curves.items():
        kind, _, side = name.partition(", ")
        mark, colour = KIND_LOOK[kind]
        look: Any = {"marker": mark, "ms": 5, "markevery": 4, "color": palette[colour], "lw": 2}
        axis.plot(tries, shares, "--" if side == "base" else "-", label=name, **look)
    axis.set(xscale="log", ylim=(-0.02, 1.02), title=title)
    axis.set_xticks(tries[::4], [f"{n:,}" for n in tries[::4]])  # 10^n would need mathematics
    axis.minorticks_off()
    axis.set_xlabel("tries")
    axis.set_ylabel("share of places said exactly,\nat even odds")
    axis.grid(alpha=0.3)
    fig.legend(loc="outside lower center", ncols=3, frameon=False)
    return fig


def describe_curves(tries: list[int], curves: dict[str, list[float]]) -> str:
    """Return the curves in words, for the figure's alternative text."""
    shown = [0, len(tries) // 2, len(tries) - 1]
    told = []
    for name, shares in curves.items():
        points = [f"{shares[n]:.0%} in {tries[n]:,}" for n in shown]
        told.append(f"{name}: {', '.join(points)}")
    return f"Curves, share of places said exactly within so many tries. {'; '.join(told)}"


# %% [markdown] id="scales-rows-text"
# #### Floor and ceiling
# What text by others reaches is a measure's floor, what the author's own unseen text reaches its
# ceiling; both are means of a few passages and have intervals too. On the scale from 0, the floor,
# to 1, the ceiling, measures of any unit stand side by side (arXiv 2604.26460). A measure whose two
# intervals overlap does not tell the author from others here, and has no place on it.

# %% id="scales-rows"
import numpy as np

ENDS = ("floor", "ceiling")


def mean_with_interval(values: Any, resamples: int, seed: int) -> dict[str, float] | None:
    """Return {"mean", "low", "high"} of a list of numbers or None, None for fewer than two."""
    known = np.array([value for value in values or [] if value is not None], float)
    if len(known) < 2:
        return None
    low, high, _ = paired_interval(
        lambda index, axis=-1: known[index].mean(axis), len(known), resamples, seed
    )
    mean = float(known.mean())
    return {"mean": mean, "low": min(low, mean), "high": max(high, mean)}


def scale_rows(
    measures: dict[str, Any], names: list[str], resamples: int, seed: int
) -> list[dict[str, Any]]:
    """Return a row for each of these measures that has values of the author and of others: "name",
    "label", "told_apart" (floor and ceiling), and {"mean", "low", "high"} as "floor", "base",
    "tuned" and "ceiling"."""
    rows = []
    for name in names:
        measure = measures[name]
        lists = {"floor": measure.get("others"), "ceiling": measure["author"]}
        lists |= {side: measure[side] for side in ("base", "tuned")}
        found: Any = {key: mean_with_interval(lists[key], resamples, seed) for key in lists}
        if all(found.values()):
            lower, higher = sorted((found[end] for end in ENDS), key=lambda one: one["mean"])
            apart = lower["high"] < higher["low"]
            rows.append({"name": name, "label": measure["label"], "told_apart": apart, **found})
    return rows


def place_of(row: dict[str, Any], value: float) -> float:
    """Return where a value stands on the scale from 0, the row's floor, to 1, its ceiling."""
    floor, ceiling = (row[end]["mean"] for end in ENDS)
    return (value - floor) / (ceiling - floor)


def scale_table(rows: list[dict[str, Any]]) -> Any:
    """Return `scale_rows` as a data frame to read."""
    import pandas

    lines = []
    for row in rows:
        line = {"measure": row["label"]}
        for key in ("floor", "base", "tuned", "ceiling"):
            mean, low, high = (short_number(row[key][part]) for part in ("mean", "low", "high"))
            line[f"{key} [95 %]"] = f"{mean} [{low}, {high}]"
        base, tuned = (row[side]["mean"] for side in ("base", "tuned"))
        places = (
            f"{place_of(row, base):.2f} → {place_of(row, tuned):.2f}" if row["told_apart"] else ""
        )
        lines.append({**line, "on the scale": places or "does not tell the author from others"})
    return pandas.DataFrame(lines)


# %% [markdown] id="scales-plot-text"
# #### All measures on one scale
# The bands are the intervals of floor and ceiling. A mark beyond 1 has gone further than the author
# does: no merit, where nearness counts.

# %% id="scales-plot"
SHOWN_SCALE = (-1.0, 2.0)  # what lies outside is drawn at the edge


def scale_plot(rows: list[dict[str, Any]], title: str, others: str, author: str) -> Any:
    """Return a figure of the rows that tell the author apart, base and tuned between the ends."""
    from matplotlib import pyplot as plt

    shown = [row for row in rows if row["told_apart"]]
    palette, size = colours(), (9, 1.8 + 0.4 * max(len(shown), 1))
    fig, axis = plt.subplots(figsize=size, layout="constrained")
    for place, row in enumerate(shown):
        for end in ENDS:
            low, high = sorted(place_of(row, row[end][part]) for part in ("low", "high"))
            axis.barh(place, high - low, 0.8, low, color="0.85")
        for side in ("base", "tuned"):
            mark, colour = SIDE_LOOK[side]
            spots = [place_of(row, row[side][part]) for part in ("low", "mean", "high")]
            low, middle, high = np.clip(spots, *SHOWN_SCALE)
            look: Any = {"color": palette[colour], "lw": 2}
            at = place + BAR_LOOK[side][0] / 1.5
            axis.plot([low, high], [at, at], "-", **look)
            axis.plot(middle, at, mark, ms=8, label="" if place else side, **look)
    for end, name in enumerate((others, author)):
        axis.axvline(end, color="black", ls="--" if end else ":", lw=1.5, label=name)
    axis.set(yticks=range(len(shown)), ylim=(len(shown) - 0.4, -0.6), xlim=SHOWN_SCALE)
    axis.set_yticklabels([row["label"] for row in shown])
    axis.set_xlabel("0: text by others    →    1: the author's own unseen text")
    axis.set_title(title, loc="left")
    fig.legend(loc="outside lower center", ncols=4, frameon=False)
    return fig


def describe_scale(rows: list[dict[str, Any]]) -> str:
    """Return the places on the scale in words, for the figure's alternative text."""
    told = []
    for row in (row for row in rows if row["told_apart"]):
        base, tuned = (place_of(row, row[side]["mean"]) for side in ("base", "tuned"))
        told.append(f"{row['label']} {base:.2f} to {tuned:.2f}")
    return f"Scale, 0 is text by others and 1 the author, base to tuned: {'; '.join(told)}"
