"""All models of an author: what is read, missing or old; the tables; the notebook itself."""

import json
import random

import pytest

from chapters import models, progress
from chapters.preparation import Mistake
from chapters.storage import write_json
from figure_rows import row


def trained(steps=20, **changed):
    needs: dict = {"model": "small 1", "EPOCHS": 1, "MAX_STEPS": 0, "LORA_R": 16, "LORA_ALPHA": 32}
    needs |= {"LEARNING_RATE": 1e-3, "rows a step": 4, "training rows": "abc"}
    return {"steps": steps, "needs": {**needs, **changed}}


def comparison(seed, same=True):
    rnd = random.Random(seed)

    def values(n=12):
        return [rnd.random() for _ in range(n)]

    names = ["tfidf", "burrows_delta", "held_out_bits_per_byte", "control_bits_per_byte", "broken"]
    measures = {
        name: {
            "base": values(),
            "tuned": values(),
            "author": values(),
            "label": name,
            "unit": "u",
            "better": "lower",
            "weights": [100 if same else 100 + seed] * 12,
        }
        for name in names
    }
    return {
        "author": "A",
        "model": f"M{seed}",
        "profile": "gpu",
        "n_prompts": 12,
        "settings": {"seed": seed, "model": "small"},
        "measures": measures,
        "differences": [row(name) for name in names],
        "style": names[:2],
        "verdict": [
            {"question": "Sounds like A?", "answer": f"Yes <{seed}>", "figures": ["1 → 2"]}
        ],
        "keyword_rates": {
            side: {"thou": 1.0, f"w{seed}": 2.0}
            for side in ("base persona", "tuned persona", "author")
        },
        "prompts": [{"question": f"What of {n}?"} for n in range(12)],
        "answers": {"tuned persona": ["x"] * 12},
        "controls": {"the Python manual": 12},
        "training": trained(),
        "word_counts": {
            "Base model": {"word": 3},
            "Tuned model": {"thou": 2},
            "A, held out": {"thee": 1},
        },
    }


@pytest.fixture
def author_folder(tmp_path):
    """A notebook folder with two finished runs and one model that has not run."""
    folder = tmp_path / "NoteBooks" / "A"
    for seed, run in enumerate(("GPT_OSS_20B", "Qwen3_14B-demo")):
        (folder / "outputs" / run).mkdir(parents=True)
        write_json(folder / "outputs" / run / "comparison.json", comparison(seed))
    for model in ("GPT_OSS_20B", "Qwen3_14B", "Other_7B", "AllModels"):
        (folder / f"{model}_A_Comparison.ipynb").write_text("{}")
    return folder


def test_all_models_are_read_and_missing_ones_named(author_folder):
    runs, missing, left_out = models.read_comparisons(author_folder)
    assert list(runs) == ["GPT_OSS_20B", "Qwen3_14B-demo"] and missing == ["Other_7B"]
    assert left_out == []


def test_no_model_at_all_is_said(tmp_path):
    (tmp_path / "Qwen3_14B_A_Comparison.ipynb").write_text("{}")
    with pytest.raises(Mistake, match=r"No model has been compared.*\(Qwen3_14B\)"):
        models.read_comparisons(tmp_path)
    (tmp_path / "outputs" / "Qwen3_14B").mkdir(parents=True)
    (tmp_path / "outputs" / "Qwen3_14B" / "comparison.json").write_text("{")
    with pytest.raises(Mistake, match=r"No model has been compared.*it is no JSON"):
        models.read_comparisons(tmp_path)


def without(*path):
    """Return a comparison from which what `path` leads to is gone."""
    one = inner = comparison(1)
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return one


UNUSABLE = {
    "no answers": without("answers"),
    "an answer short": without("answers", "tuned persona", 0),
    "no bits": without("measures", "held_out_bits_per_byte"),
    "no weights": without("measures", "held_out_bits_per_byte", "weights"),
    "a measure short": without("measures", "tfidf"),
    "no difference": without("differences", 0, "base"),
    "no word counts": without("word_counts", "A, held out"),
    "no training": without("training"),
    "no rank": without("training", "needs", "LORA_R"),
    "no verdict": {**comparison(1), "verdict": {}},
    "text for a number": {**comparison(1), "n_prompts": "12"},
    "a huge number": {**comparison(1), "n_prompts": 10**400},
    "another style": {**comparison(1), "style": ["tfidf", "none"]},
    "a list": [],
    "deep": "[" * 100_000,
    "NaN": '{"author": NaN}',
    "cut off": '{"author": "A"',
    "empty": "",
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_run_that_cannot_be_used_is_named_and_left_out(author_folder, case):
    value, path = UNUSABLE[case], author_folder / "outputs" / "GPT_OSS_20B" / "comparison.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    runs, missing, (sentence,) = models.read_comparisons(author_folder)
    assert list(runs) == ["Qwen3_14B-demo"] and missing == ["Other_7B"]
    assert str(path) in sentence and "run that model's Comparison notebook again" in sentence


def run_notebook(run_steps):
    described = {}

    def show_figure(fig, path, alt):
        fig.savefig(path, dpi=50)
        described[path.stem] = alt

    run_steps("AllModels", "runs-found", "all-answers", AUTHOR="A", show_figure=show_figure)
    return described


def test_all_models_notebook(author_folder, run_steps, monkeypatch, capsys):
    monkeypatch.chdir(author_folder)
    described = run_notebook(run_steps)
    names = {"bits_per_byte", "differences", "distributions", "radar", "word_clouds", "keywords"}
    assert set(described) == names
    assert all(len(alt) > 40 and "\n" not in alt for alt in described.values())
    said = capsys.readouterr().out
    assert "No two runs of one model differ in one setting" in said and "RUN=epochs3" in said
    assert "the same base model" in said and "Not compared yet: Other_7B." in said
    assert "scored on the same passages" in said and "12 questions were put to all" in said


def test_rates_and_what_only_one_model_has_stop_nothing(
    author_folder, run_steps, monkeypatch, capsys
):
    """A style measure of 0 and 1 alone is not drawn; an older run may judge other measures."""
    path = author_folder / "outputs" / "GPT_OSS_20B" / "comparison.json"
    for name, sides in (("tfidf", ["base", "tuned"]), ("burrows_delta", ["author"])):
        changed = comparison(0)
        changed["measures"][name] |= {side: [0, 1] * 6 for side in sides}
        changed["measures"]["tfidf"]["author"] = [None] * 12
        changed["differences"][0]["author"] = None
        changed["differences"][1]["label"] = "As it was called"
        changed["verdict"].append({"question": "New?", "answer": "Yes", "figures": []})
        write_json(path, changed)
        write_json(author_folder / "outputs" / "Qwen3_14B-demo" / "comparison.json", comparison(1))
        (author_folder / "outputs" / "Old").mkdir(exist_ok=True)
        (author_folder / "outputs" / "Old" / "comparison.json").write_text("{}")
        monkeypatch.chdir(author_folder)
        described = run_notebook(run_steps)
        assert "distributions" in described
        assert "Left out: outputs/Old/comparison.json cannot be used" in capsys.readouterr().out


def test_no_style_to_draw_stops_nothing(author_folder, run_steps, monkeypatch):
    for run in ("GPT_OSS_20B", "Qwen3_14B-demo"):
        changed = comparison(0)
        for name in changed["style"]:
            changed["measures"][name] |= {side: [0, 1] * 6 for side in ("base", "tuned", "author")}
        for place in range(2):
            changed["differences"][place]["author"] = None
        write_json(author_folder / "outputs" / run / "comparison.json", changed)
    monkeypatch.chdir(author_folder)
    described = run_notebook(run_steps)
    assert {"distributions", "radar"} & set(described) == set() and "keywords" in described


def test_bits_of_different_passages_are_not_compared(author_folder, run_steps, monkeypatch, capsys):
    changed = comparison(7, same=False)
    write_json(author_folder / "outputs" / "GPT_OSS_20B" / "comparison.json", changed)
    monkeypatch.chdir(author_folder)
    run_notebook(run_steps)
    assert "different passages" in capsys.readouterr().out


def test_different_controls_are_told(author_folder, run_steps, monkeypatch, capsys):
    changed = {**comparison(0), "controls": {"Her, one": 12}}
    write_json(author_folder / "outputs" / "GPT_OSS_20B" / "comparison.json", changed)
    monkeypatch.chdir(author_folder)
    run_steps("AllModels", "runs-found", "runs", AUTHOR="A")
    said = capsys.readouterr().out
    assert "different texts by others" in said
    assert "GPT_OSS_20B: Her, one\nQwen3_14B-demo: the Python manual\n" in said


def test_all_models_tables():
    runs = {"One": comparison(1), "Two": comparison(2)}
    runs["Two"]["differences"] = runs["Two"]["differences"][1:]
    table = models.all_differences(runs).to_html()
    assert "not measured" in table and table.count("better") >= 9
    page = models.verdicts_table({run: one["verdict"] for run, one in runs.items()})
    assert "Yes &lt;1&gt;" in page and "Two" in page
    assert models.common_measures(runs) == [row["name"] for row in runs["Two"]["differences"]]


def test_common_answers():
    def result(*questions):
        prompts = [{"question": question} for question in questions]
        return {"prompts": prompts, "answers": {"tuned persona": [f"to {q}" for q in questions]}}

    found = models.common_answers({"One": result("a", "b"), "Two": result("b", "c")})
    assert found == {"b": {"One": "to b", "Two": "to b"}}


# Progression


def variants():
    changes = {
        "M": trained(),
        "M-epochs2": trained(40, EPOCHS=2),
        "M-epochs4": trained(80, EPOCHS=4),
        "M-rank4": trained(LORA_R=4),
        "M-short": trained(5, MAX_STEPS=5),
        "M-again": trained(),
        "M-both": trained(40, EPOCHS=3, LORA_R=8),
        "M-text": trained(40, EPOCHS=8, **{"training rows": "def"}),
        "N-epochs2": trained(40, EPOCHS=2),
    }
    return {run: {**comparison(1), "training": one} for run, one in changes.items()}


def test_runs_that_differ_in_one_setting_alone_are_found():
    runs = variants()
    assert progress.find_progress(runs) == [
        ("EPOCHS", {1: "M", 2: "M-epochs2", 4: "M-epochs4"}),
        ("MAX_STEPS", {5: "M-short", 20: "M"}),
        ("LORA_R", {4: "M-rank4", 16: "M"}),
    ]
    runs["M-epochs2"]["prompts"][0] = {"question": "Another?"}
    assert progress.find_progress(runs)[0] == ("EPOCHS", {1: "M", 4: "M-epochs4"})
    assert progress.find_progress({"M": runs["M"], "N": runs["N-epochs2"]}) == []


@pytest.mark.parametrize(
    "about, wanted",
    [
        (row(author=0.5), {"base": 1.0, "tuned": 1.3, "author": 0.5, "low": 1.1, "high": 1.5}),
        # from 1.0 to 1.4, the author at 1.5: the distance falls from 0.5 to 0.1
        (
            {**row(better="nearer", author=1.5, difference=-0.4, low=-0.6), "tuned": 1.4},
            {"base": 0.5, "tuned": 0.1, "author": 0.0, "low": -0.1, "high": 1.0},
        ),
        # only what is above the author's counts
        (
            {**row(better="lower", author=1.2, difference=0.1), "tuned": 1.3},
            {"base": 1.2, "tuned": 1.3, "author": 1.2, "low": 1.3, "high": 1.7},
        ),
        (row(author=None), {"base": 1.0, "tuned": 1.3, "author": None, "low": 1.1, "high": 1.5}),
    ],
)
def test_what_is_judged_is_drawn(about, wanted):
    assert progress.judged_values(about) == pytest.approx(wanted)


def test_a_share_of_zero_throughout_is_drawn_from_zero_up():
    none = dict.fromkeys(("base", "tuned", "author", "difference", "low", "high"), 0.0)
    rows = {"extractable_training": 2 * [{**row("extractable_training"), **none}]}
    axis, *_ = progress.progress_plot("EPOCHS", [1, 2], rows).axes
    assert axis.get_ylim() == (0, 1)


def test_progression_is_drawn_and_told():
    names = [*progress.PROGRESS[:3], "another"]
    ones = [
        {"differences": [row(name, difference=d, low=d - 0.1, high=d + 0.1) for name in names]}
        for d in (0.1, 0.3, 0.2)
    ]
    ones[1]["differences"].append(row("char_ngrams"))
    rows = progress.progress_rows(ones)
    assert list(rows) == names[:3] and [len(group) for group in rows.values()] == [3] * 3
    figure = progress.progress_plot("LORA_R", [4, 16, 64], rows)
    axis = figure.axes[0]
    lines = {line.get_label(): list(line.get_ydata()) for line in axis.get_lines()}
    assert lines["base"] == [1, 1, 1]
    assert lines["tuned, with the change's interval"] == pytest.approx([1.1, 1.3, 1.2])
    (ends,) = axis.collections
    drawn = [end for path in ends.get_paths() for end in path.vertices[:, 1]]
    assert drawn == pytest.approx([1.0, 1.2, 1.2, 1.4, 1.1, 1.3])
    assert [one.get_text() for one in axis.get_xticklabels()] == ["4", "16", "64"]
    assert "higher is better" in axis.get_ylabel() and axis.get_xlabel() == "rank of the adapter"
    told = progress.describe_progress("LORA_R", [4, 16, 64], rows)
    assert "base 1, tuned 1.1 [1, 1.2] at 4, 1.3 [1.2, 1.4] at 16" in told


def test_progression_stands_in_the_notebook(author_folder, run_steps, monkeypatch, capsys):
    for run, one in variants().items():
        (author_folder / "outputs" / run).mkdir()
        write_json(author_folder / "outputs" / run / "comparison.json", one)
    monkeypatch.chdir(author_folder)
    described = run_notebook(run_steps)
    assert {"progress_1", "progress_2", "progress_3"} <= set(described)
    assert described["progress_1"].startswith("Lines over the epochs. Measure held_out_bits")
    said = capsys.readouterr().out
    assert "LORA_R\n  4: M-rank4\n  16: M\n" in said and "No two runs" not in said
