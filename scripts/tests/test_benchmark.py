"""Where an executed notebook's time went."""

import json

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
