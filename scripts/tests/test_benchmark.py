"""Where an executed notebook's time went."""

import json
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

import benchmark
import gpu_benchmark
from chapters.cards import Card
from tiny_models import make_tiny


def executed_cell(name, first, last):
    times = {"iopub.execute_input": f"2026-11-01T10:00:{first:02}.000000Z"}
    times["shell.execute_reply"] = f"2026-11-01T10:00:{last:02}.500000Z"
    return nbformat.v4.new_code_cell("1", id=name, metadata={"execution": times})


def test_stages_are_told_by_part_and_step(tmp_path, capsys):
    cells = [
        nbformat.v4.new_markdown_cell("## 1. First\nprose"),
        executed_cell("short", 0, 0),
        executed_cell("long", 1, 10),
        nbformat.v4.new_markdown_cell("## 2. Second"),
        executed_cell("longer", 11, 40),
        nbformat.v4.new_code_cell("1", id="never"),
    ]
    path = tmp_path / "report.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    out = tmp_path / "stages.json"
    found = benchmark.main(["stages", str(path), "--json", str(out)])
    assert json.loads(out.read_text()) == found
    rows = found["report.ipynb"]
    assert [(row["part"], row["step"], row["seconds"]) for row in rows] == [
        ("1. First", "short", 0.5),
        ("1. First", "long", 9.5),
        ("2. Second", "longer", 29.5),
    ]
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    told = capsys.readouterr().out
    assert "10.0 s  1. First" in told and "longer" in told and "short" not in told


def test_a_notebook_that_was_not_executed_is_told(tmp_path):
    path = tmp_path / "plain.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    with pytest.raises(SystemExit, match="plain.ipynb was not executed by run_notebooks.py"):
        benchmark.main(["stages", str(path)])


@pytest.mark.slow
def test_growth_is_measured_for_every_step(tmp_path, capsys):
    out = tmp_path / "growth.json"
    found = benchmark.main(["growth", "--words", "12000", "24000", "--json", str(out)])
    assert json.loads(out.read_text()) == found
    steps = [row["step"] for row in found["rows"]]
    assert steps[:7] == steps[7:] == [*found["slopes"]] and len(set(steps)) == 7
    assert all(row["seconds"] > 0 and row["mib"] >= 0 for row in found["rows"])
    told = capsys.readouterr().out
    assert "12,000" in told and all(step in told for step in steps)


def test_a_slope_is_the_power_of_the_growth(monkeypatch, capsys):
    def grow(words):
        return [{"words": words, "step": "square", "seconds": words**2 / 1e9, "mib": words / 1e3}]

    def threads(count, _):  # in the place of processes
        return ThreadPoolExecutor(count)

    monkeypatch.setattr(benchmark, "grow", grow)
    monkeypatch.setattr(benchmark, "ProcessPoolExecutor", threads)
    slopes = benchmark.growth([1000, 10_000, 100_000])["slopes"]["square"]
    assert slopes == {"seconds": pytest.approx(2), "mib": pytest.approx(1)}
    assert "2.00, 1.00  worse than n log n" in capsys.readouterr().out
    assert benchmark.slope([{"words": 10, "mib": 1.0}], "mib") is None


def training(way, mean, kept=False):
    row = {"way": way, "kind": "qwen3", "mean": mean, "median": mean + 1, "peak": 11.64}
    return {**row, "warm_up": 20.4, "kept": kept, "losses": [3.0, 2.5, 2.5, 2.5, 2.5, 2.0]}


def test_the_card_is_told_with_tables_a_picture_and_json(tmp_path, capsys, monkeypatch):
    stages = [
        {"notebook": kind, "part": part, "step": "one", "seconds": seconds, "share": 0.5}
        for kind in ("FineTuning", "Comparison")
        for part, seconds in (("1. First", 10.0), ("2. Second", 30.0))
    ]
    answers = [
        {"what": "tuned, 40 at once", "tokens_per_second": 500.0, "peak": 15.9, "equal": None},
        {"what": "tuned, one at a time", "tokens_per_second": 20.0, "peak": 12.0, "equal": 0.9},
    ]
    made = {"measure_matmul": 800e12, "measure_answers": answers}
    means = {"original": 2000, "small card": 5000, "roomy card": 6000}

    def alone(work, *arguments):
        name = work.__name__
        return made[name] if name in made else training(arguments[1], means[arguments[1]])

    monkeypatch.setattr(gpu_benchmark, "alone", alone)
    monkeypatch.setattr(gpu_benchmark, "whole_run", lambda *_: stages)
    monkeypatch.setattr("chapters.cards.find_cards", lambda: [Card("0", "RTX 4090", 24, "590.1")])
    out, chart = tmp_path / "gpu.json", tmp_path / "stages.png"
    asked = ["gpu", "--steps", "6", "--words", "12000", "--json", str(out), "--chart", str(chart)]
    found = benchmark.main(asked)
    assert json.loads(out.read_text()) == found and chart.stat().st_size > 5000
    told = capsys.readouterr().out
    assert "RTX 4090, driver 590.1, torch " in told and "800 TFLOP/s" in told
    assert "| small card | 5,000 | 5,001 | 2.5 × | 56% | 11.6 | 20 s |" in told  # 6 × 14.8e9 × 5000
    assert "Losses, original: 3.000 2.000" in told
    assert "| tuned, 40 at once | 500 | 25.0 × | 15.9 |  |" in told and "| 90% |" in told


def test_without_a_card_that_is_said(monkeypatch):
    monkeypatch.setattr("chapters.cards.find_cards", list)
    with pytest.raises(SystemExit, match="needs an NVIDIA card"):
        benchmark.main(["gpu"])


@pytest.mark.gpu
def test_a_tiny_model_is_measured_on_the_card(tmp_path):
    folder = make_tiny("qwen3", tmp_path / "model")
    found = benchmark.main(["gpu", "--model", str(folder), "--steps", "3"])
    ways = [row["way"] for row in found["training"]]
    assert ways == list(gpu_benchmark.WAYS) and len(found["answers"]) == 3
    assert all(row["mean"] > 0 and len(row["seconds"]) == 5 for row in found["training"])
