"""Where an executed notebook's time went."""

import json
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

import benchmark


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
