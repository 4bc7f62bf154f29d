# %% id="progress-imports"
"""What more training, or a larger adapter, brings: runs that differ in one setting alone."""

from chapters.figures import SIDE_LOOK, colours, panel_grid
from chapters.models import SETTINGS

# %% [markdown] id="progress-runs-text"
# #### Runs that differ in one setting
# Only runs of the same model, text, prompts and code, with one setting of the training changed, say
# what that setting does. Each measure is drawn as it is judged: where nearness counts, that is the
# distance from the author. The interval is that of the change from the base model, around the tuned
# model's value.

# %% id="progress-runs"
import json
from typing import Any

# What is shown: unseen text, three measures of the voice, the question, the memory
VOICE_SHOWN = ("author_classifier", "burrows_delta", "char_ngrams")
PROGRESS = ("held_out_bits_per_byte", *VOICE_SHOWN, "reciprocal_rank", "extractable_training")
ENDS_SHOWN = ("base", "tuned", "low", "high")


def find_progress(runs: dict[str, Any]) -> list[tuple[str, dict[float, str]]]:
    """Return (setting, {value: run}) for two runs or more that differ in this setting alone, the
    values rising; of runs with one value, the first. MAX_STEPS counts the steps that were made."""
    found = []
    for setting in SETTINGS:
        groups: dict[str, dict[float, str]] = {}
        for run, one in runs.items():
            needs, steps = dict(one["training"]["needs"]), one["training"]["steps"]
            value = needs.pop(setting)
            value = steps if setting == "MAX_STEPS" else value
            questions = [prompt["question"] for prompt in one["prompts"]]
            same = json.dumps([run.partition("-")[0], needs, questions], sort_keys=True)
            groups.setdefault(same, {}).setdefault(value, run)
        several = [dict(sorted(group.items())) for group in groups.values() if len(group) > 1]
        found += [(setting, group) for group in several]
    return found


def judged_values(row: Any) -> dict[str, float | None]:
    """Return what is judged of a difference: "base", "tuned", "author", "low" and "high", the ends
    of the tuned model's interval. The tuned model's is the base's and the judged difference."""
    author, base = row["author"], row["base"]
    if row["better"] == "nearer" and author is not None:
        base, author = abs(base - author), 0.0
    elif row["better"] == "lower" and author:
        base = max(base, author)
    ends = {"tuned": row["difference"], "low": row["low"], "high": row["high"]}
    return {"base": base, "author": author, **{end: base + ends[end] for end in ends}}


def progress_rows(ones: list[Any]) -> dict[str, list[Any]]:
    """Return {name: its difference in each of these comparisons}: what of PROGRESS all have."""
    found = [{row["name"]: row for row in one["differences"]} for one in ones]
    names = [name for name in PROGRESS if all(name in rows for rows in found)]
    return {name: [rows[name] for rows in found] for name in names}


def progress_plot(setting: str, values: list[float], rows: dict[str, list[Any]]) -> Any:
    """Return a figure with a panel for each of `progress_rows`: base and tuned over the setting's
    values, evenly spaced, and the author as a line."""
    palette, (fig, axes) = colours(), panel_grid(len(rows), 3, 2.8)
    for axis, group in zip(axes, rows.values(), strict=True):
        shown, places = [judged_values(row) for row in group], range(len(values))
        base, tuned, low, high = ([one[end] for one in shown] for end in ENDS_SHOWN)
        mark, colour = SIDE_LOOK["base"]
        axis.plot(places, base, f"{mark}--", color=palette[colour], lw=1.5, ms=5, label="base")
        mark, colour = SIDE_LOOK["tuned"]
        look: Any = {"color": palette[colour], "lw": 2}
        axis.plot(
            places, tuned, f"{mark}-", ms=8, label="tuned, with the change's interval", **look
        )
        axis.vlines(places, low, high, **look)
        if shown[0]["author"] is not None:
            axis.axhline(shown[0]["author"], color="black", ls=":", lw=1.5, label="author")
        about, distance = group[0], group[0]["better"] == "nearer"
        axis.set_title(f"{about['label']}{', distance from the author' * distance}", fontsize=10)
        way = "higher" if about["better"] == "higher" else "lower"
        axis.set_ylabel(f"{about['unit']}, {way} is better", fontsize=9)
        axis.set_xticks(places, [f"{value:g}" for value in values])
        axis.set(xlabel=SETTINGS[setting], xlim=(-0.4, len(values) - 0.6))
        axis.margins(y=0.15)
        if not any((*base, *tuned, *low, *high)):  # a share of zero has no ticks below it
            axis.set_ylim(0, 1)
        axis.grid(axis="y", alpha=0.3)
    pairs = [pair for axis in axes for pair in zip(*axis.get_legend_handles_labels())]
    legend = {label: handle for handle, label in pairs}
    fig.legend(legend.values(), legend, loc="outside lower center", ncols=3, frameon=False)
    return fig


def describe_progress(setting: str, values: list[float], rows: dict[str, list[Any]]) -> str:
    """Return the progression in words, for the figure's alternative text."""
    told = []
    for group in rows.values():
        shown = [judged_values(row) for row in group]
        points = [
            f"{one['tuned']:.3g} [{one['low']:.3g}, {one['high']:.3g}] at {value:g}"
            for value, one in zip(values, shown, strict=True)
        ]
        told.append(f"{group[0]['label']}: base {shown[0]['base']:.3g}, tuned {', '.join(points)}")
    return f"Lines over the {SETTINGS[setting]}. {'; '.join(told)}"
