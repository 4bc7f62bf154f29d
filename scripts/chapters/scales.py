# %% id="scales-imports"
"""Memory over the number of tries, and all measures on one scale between floor and ceiling."""

from chapters.figures import colours

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
