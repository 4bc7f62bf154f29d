# %% id="models-imports"
"""All models of one author, side by side, from what their Comparison notebooks left."""

from chapters.preparation import Mistake, html_table, in_brackets, short_number

# %% [markdown] id="models-read-text"
# #### Reading the comparisons
# Every Comparison notebook leaves its figures and answers in `outputs/<Model>/comparison.json`. A
# model whose notebook has not been run is named. Bits per byte, unlike perplexity, can be compared
# between models, as long as all were scored on the same passages.

# %% id="models-read"
import html
import json
from pathlib import Path
from typing import Any


def read_comparisons(folder: Path | str) -> tuple[dict[str, Any], list[str]]:
    """Return ({run: comparison.json} for `folder`/outputs/<run>/, and the models without one).

    Models are known by their notebooks <Model>_<Author>_Comparison; a demo's run is <Model>-demo.
    Raises Mistake where there is no comparison at all, or a file is not what it should be.
    """
    runs = {}
    for path in sorted(Path(folder).glob("outputs/*/comparison.json")):
        again = "run that model's Comparison notebook again."
        try:
            runs[path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise Mistake(f"{path} is no JSON: {again}") from None
        if "answers" not in runs[path.parent.name]:
            raise Mistake(f"{path} was written by an older notebook: {again}")
    notebooks = sorted(Path(folder).glob("*_Comparison.ipynb"))
    models = [path.stem.rsplit("_", 2)[0] for path in notebooks]
    missing = []
    for model in models:
        if model != "AllModels" and not {model, f"{model}-demo"} & set(runs):
            missing.append(model)
    if not runs:
        raise Mistake(
            "No model has been compared for this author yet: run a Comparison notebook first "
            f"({', '.join(missing) or 'none is here'})."
        )
    return runs, missing


def all_differences(runs: dict[str, Any]) -> Any:
    """Return a data frame, a row a measure: base, tuned and verdict of each run."""
    import pandas

    rows: dict[str, dict[str, str]] = {}
    for run, one in runs.items():
        for row in one["differences"]:
            first = {"measure": row["label"], "better": row["better"]}
            line = rows.setdefault(row["name"], {**first, "author": short_number(row["author"])})
            interval = in_brackets(row).partition(" ")[2]
            line[run] = f"{row['base']:.3g} → {row['tuned']:.3g} {interval} {row['verdict']}"
    return pandas.DataFrame(rows.values()).fillna("not measured")


def common_measures(runs: dict[str, Any]) -> list[str]:
    """Return the names of the measures that all runs have, in the order of the first run."""
    names = [{row["name"] for row in one["differences"]} for one in runs.values()]
    first = next(iter(runs.values()))["differences"]
    return [row["name"] for row in first if all(row["name"] in known for known in names)]


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
    rows = []
    for same_question in zip(*verdicts.values(), strict=True):
        cells = [html.escape(same_question[0]["question"])]
        for finding in same_question:
            small = "<br>".join(map(html.escape, finding["figures"]))
            cells.append(f"<b>{html.escape(finding['answer'])}</b><br>{small}")
        rows.append(cells)
    share = 84 // len(verdicts)
    return html_table(["", *map(html.escape, verdicts)], rows, [16, *[share] * len(verdicts)])


def bits_of(runs: dict[str, Any], author: str) -> dict[str, Any]:
    """Return {"run\\ntext": difference of bits per byte} of the author's text and of others'."""
    parts = {"held_out_bits_per_byte": author, "control_bits_per_byte": "other authors"}
    bits = {}
    for run, one in runs.items():
        row_of = {row["name"]: row for row in one["differences"]}
        for name, part in parts.items():
            if name in row_of:
                bits[f"{run}\n{part}"] = row_of[name]
    return bits
