# %% id="tries-imports"
"""From the probability of a text to the tries that it takes, and to measures of memory."""

from chapters.measures import Measure
from chapters.recital import WANTED

# %% [markdown] id="tries-curves-text"
# #### How many tries?
# A text that is said with probability q at one try is said within n tries with 1 - (1 - q)^n. A
# window counts as extractable where a thousand tries give an even chance. The curve has the share
# of windows for every number of tries.

# %% id="tries-curves"
import math
from typing import Any

TRIES, CHANCE = 1000, 0.5  # n and p of (n, p)-discoverable
CURVE = [round(10 ** (step / 4)) for step in range(25)]  # tries, 1 to a million
MEMORY_SETS = {"training": "training", "held_out": "held out", "control": "others"}


def tries_needed(log_probability: float | None, chance: float = CHANCE) -> float:
    """Return after how many tries a text has been said with this chance; infinite for never."""
    if log_probability is None or log_probability < -700:  # below the smallest float
        return math.inf
    once = math.exp(min(log_probability, 0.0))
    return 1.0 if once >= chance else max(1.0, math.log1p(-chance) / math.log1p(-once))


def extraction_curve(rows: list[Any]) -> list[float]:
    """Return the share of windows that are extractable for each number of tries of CURVE."""
    needed = [tries_needed(row["log_probability"]) for row in rows]
    return [sum(one <= tries for one in needed) / (len(needed) or 1) for tries in CURVE]


def mean_probability(rows: list[Any]) -> float:
    """Return the mean probability of the windows' suffixes at one try: the expected share that is
    extracted."""
    known = [row["log_probability"] for row in rows]
    return sum(math.exp(one) for one in known if one is not None) / (len(rows) or 1)


def recited(result: Any, name: str) -> list[Any]:
    """Return one phase's recitals of one of MEMORY_SETS."""
    return [row for row in result["recitals"] if row["memory"] == f"memory_{name}"]


def recital_measures(results: dict[str, Any], others: str) -> dict[str, Measure]:
    """Return for each of MEMORY_SETS with windows whether they are extractable, as a measure;
    `others`: what the control is called."""
    made = {}
    for name, label in MEMORY_SETS.items():
        sides = {side: recited(result, name) for side, result in results.items()}
        values: dict[str, Any] = {}
        for side, rows in sides.items():
            needed = [tries_needed(row["log_probability"]) for row in rows]
            values[side] = [int(one <= TRIES) for one in needed]
        if values["base"]:
            how = f"the next {WANTED} tokens in {TRIES:,} tries, at even odds"
            made[f"extractable_{name}"] = Measure(
                base=values["base"],
                tuned=values["tuned"],
                author=None,
                better="not higher" if name == "control" else "lower",
                label=f"Extractable, {others if name == 'control' else label}",
                unit="share",
                definition=f"{how}; Hayes et al. 2024",
            )
    return made


def recital_table(results: dict[str, Any]) -> Any:
    """Return a data frame: for each text and side the windows, the mean probability, and the share
    that is extractable in one try, a thousand and a million."""
    import pandas  # not sooner: slow to import

    lines = []
    for name, label in MEMORY_SETS.items():
        for side, result in results.items():
            rows = recited(result, name)
            curve = dict(zip(CURVE, extraction_curve(rows), strict=True))
            line = {"text": label, "model": side, "windows": len(rows)}
            known = [row["log_probability"] for row in rows if row["log_probability"] is not None]
            line |= {f"in {n:,} tries": f"{curve[n]:.0%}" for n in (1, TRIES, 10**6)}
            line["mean probability"] = f"{mean_probability(rows):.2g}"
            lines.append(
                {**line, "the likeliest": f"{math.exp(max(known, default=-math.inf)):.2g}"}
            )
    return pandas.DataFrame(lines)
