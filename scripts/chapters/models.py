# %% id="models-imports"
"""All models of one author, side by side, from what their Comparison notebooks left."""

from chapters.preparation import Mistake, html_table, short_number, told_difference
from chapters.reading import misfit, read_json

# %% [markdown] id="models-read-text"
# #### Reading the comparisons
# Every Comparison notebook leaves its figures and answers in `outputs/<Model>/comparison.json`. A
# model whose notebook has not been run is named, and so is one whose file is damaged or was left by
# an older notebook: the others are shown without it. Bits per byte, unlike perplexity, can be
# compared between models, as long as all were scored on the same passages.

# %% id="models-read"
import html
from pathlib import Path
from typing import Any


# Of a training: what may be followed from run to run, and how its axis is called
SETTINGS = {
    "EPOCHS": "epochs",
    "MAX_STEPS": "steps",
    "LORA_R": "rank of the adapter",
    "LORA_ALPHA": "alpha of the adapter",
    "LEARNING_RATE": "learning rate",
    "rows a step": "rows a step",
}
_VALUES = [float | None]
MEASURE_SHAPE = {"label": str, "unit": str, "base": _VALUES, "tuned": _VALUES}
DIFFERENCE_SHAPE = {
    **dict.fromkeys(("name", "label", "unit", "twin"), str),
    **dict.fromkeys(("base", "tuned", "difference", "low", "high", "gain"), float),
    "author": float | None,
    "better": {"higher", "lower", "nearer", "not higher", "neither"},
    "verdict": {"better", "worse", "changed", "no difference shown"},
}
COMPARISON_SHAPE = {  # of what is shown here
    **dict.fromkeys(("author", "profile"), str),
    "n_prompts": int,
    "settings": dict,
    "style": [str],
    "verdict": [{"question": str, "answer": str, "figures": [str]}],
    "prompts": [{"question": str}],
    "answers": {"tuned persona": [str]},
    "differences": [DIFFERENCE_SHAPE],
    "measures": {
        "held_out_bits_per_byte": {**MEASURE_SHAPE, "weights": _VALUES},
        str: MEASURE_SHAPE,
    },
    "keyword_rates": dict.fromkeys(("base persona", "tuned persona", "author"), {str: float}),
    "word_counts": {str: {str: int}},
    "controls": {str: int},
    "training": {"steps": int, "needs": {"model": str, **dict.fromkeys(SETTINGS, float)}},
}


def read_comparison(path: Path) -> dict[str, Any]:
    """Return a comparison.json. Raises Mistake for one that has not all that is shown here."""
    again = "run that model's Comparison notebook again."
    one = read_json(path, COMPARISON_SHAPE, again)
    names, measures = [row["name"] for row in one["differences"]], one["measures"]
    authors = [measure.get("author") for measure in measures.values()]
    counts = [count for words in one["word_counts"].values() for count in words.values()]
    sound = {
        "prompts": len(one["prompts"]) == len(one["answers"]["tuned persona"]) > 0,
        "measures": not misfit([values or [] for values in authors], [_VALUES]),
        "differences": len(names) == len({*names}) and {*names} <= {*measures},
        "style": {*one["style"]} <= {*names},
        "word_counts": f"{one['author']}, held out" in one["word_counts"] and min(counts) > 0,
    }
    for name in sound:
        if not sound[name]:
            raise Mistake(f"{path} cannot be used (its {name} do not go together): {again}")
    return one


def read_comparisons(folder: Path | str) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return ({run: comparison.json} for `folder`/outputs/<run>/, the models without one, and a
    sentence for each run that is left out, since its file cannot be used).

    Models are known by their notebooks <Model>_<Author>_Comparison; a run is <Model>, <Model>-demo,
    or <Model>-<variant>.
    Raises Mistake where there is no comparison at all.
    """
    runs, left_out = {}, {}
    for path in sorted(Path(folder).glob("outputs/*/comparison.json")):
        try:
            runs[path.parent.name] = read_comparison(path)
        except Mistake as mistake:
            left_out[path.parent.name] = str(mistake)
    notebooks = sorted(Path(folder).glob("*_Comparison.ipynb"))
    models = [path.stem.rsplit("_", 2)[0] for path in notebooks]
    found = {run.partition("-")[0] for run in (*runs, *left_out)}  # without variant and demo
    missing = [model for model in models if model not in (*found, "AllModels")]
    if not runs:
        raise Mistake(
            "No model has been compared for this author yet: run a Comparison notebook first "
            f"({', '.join([*missing, *left_out.values()]) or 'none is here'})."
        )
    return runs, missing, list(left_out.values())


# %% [markdown] id="models-tables-text"
# #### Model beside model
# What all models have is set side by side; what one of them lacks is left out, or said so.

# %% id="models-tables"


def all_differences(runs: dict[str, Any]) -> Any:
    """Return a data frame, a row a measure: base, tuned and verdict of each run."""
    import pandas

    rows: dict[str, dict[str, str]] = {}
    for run, one in runs.items():
        for row in one["differences"]:
            first = {"measure": row["label"], "better": row["better"]}
            line = rows.setdefault(row["name"], {**first, "author": short_number(row["author"])})
            means = f"{row['base']:.3g} → {row['tuned']:.3g}"
            line[run] = f"{means}, {told_difference(row)} {row['verdict']}"
    return pandas.DataFrame(rows.values()).fillna("not measured")


def common_measures(runs: dict[str, Any]) -> list[str]:
    """Return the names of the measures that all runs have, in the order of the first run."""
    about = ("name", "label", "better")
    known = [
        {tuple(row[key] for key in about) for row in one["differences"]} for one in runs.values()
    ]
    shared = set.intersection(*known)
    first = next(iter(runs.values()))["differences"]
    return [row["name"] for row in first if tuple(row[key] for key in about) in shared]


def common_answers(runs: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return {question: {run: the tuned model's answer as the persona}}, if all were asked it."""
    asked = {}
    for run, one in runs.items():
        questions = [prompt["question"] for prompt in one["prompts"]]
        asked[run] = dict(zip(questions, one["answers"]["tuned persona"], strict=True))
    first = next(iter(asked.values()))
    shared = [question for question in first if all(question in rows for rows in asked.values())]
    return {question: {run: rows[question] for run, rows in asked.items()} for question in shared}


def verdicts_table(verdicts: dict[str, list[Any]]) -> str:
    """Return {model: its verdict} as HTML: a row for each question, a column for each model."""
    found = {
        model: {one["question"]: one for one in verdict} for model, verdict in verdicts.items()
    }
    rows = []
    for question in dict.fromkeys(question for verdict in found.values() for question in verdict):
        cells = [html.escape(question)]
        for verdict in found.values():
            finding = verdict.get(question, {"answer": "not asked", "figures": []})
            small = "<br>".join(map(html.escape, finding["figures"]))
            cells.append(f"<b>{html.escape(finding['answer'])}</b><br>{small}")
        rows.append(cells)
    share = 84 // len(verdicts)
    return html_table(["", *map(html.escape, verdicts)], rows, [16, *[share] * len(verdicts)])


def bits_of(runs: dict[str, Any], author: str) -> dict[str, Any]:
    """Return {"run\\ntext": difference of bits per byte} of the author's text and of others'."""
    bits = {}
    for run, one in runs.items():
        row_of = {row["name"]: row for row in one["differences"]}
        for name in ("held_out_bits_per_byte", "control_bits_per_byte"):
            if name in row_of:
                others = row_of[name]["label"].rpartition(", ")[2]
                part = author if name.startswith("held_out") else others
                bits[f"{run}\n{part}"] = row_of[name]
    return bits
