"""The runner: passing, failing, slow and interrupted notebooks; arguments; reports."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

import build_notebooks
import run_notebooks

RUNNER = [sys.executable, str(build_notebooks.ROOT / "scripts/run_notebooks.py")]


def write(
    path,
    *codes,
    parameters="N = 1\nRATE = 0.5\nWORD = 'a'\nDEMO = {'N': 2}\nPROFILE = 'gpu'\nUSUAL = None",
):
    cells = [
        nbformat.v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]})
    ]
    for i, code in enumerate(codes):
        cells += [
            nbformat.v4.new_markdown_cell(f"### Step {i}"),
            nbformat.v4.new_code_cell(code, id=f"step{i}"),
        ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def run(*arguments, **kwargs):
    return subprocess.run(
        [*RUNNER, *map(str, arguments)], capture_output=True, text=True, timeout=120, **kwargs
    )


def read(path):
    return nbformat.read(run_notebooks.report_paths(path)[0], as_version=4)


def texts(notebook):
    return [
        out.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for out in cell.outputs
    ]


def test_passing_and_failing_notebooks(tmp_path):
    good = write(
        tmp_path / "M_Good_FineTuning.ipynb",
        "print(N, RATE, WORD, DEMO, USUAL)",
        "import os; print(os.getcwd())",
    )
    bad = write(tmp_path / "M_Bad_FineTuning.ipynb", "print('before')", "1/0", "print('never')")
    after = write(tmp_path / "M_Bad_Comparison.ipynb", "print('needs it')")
    done = run(
        good,
        bad,
        after,
        "--set",
        "N=7",
        "--set",
        "RATE=2",
        "--set",
        "WORD=two words",
        "--set",
        "USUAL=3",
    )
    assert done.returncode == 1, done.stderr
    assert "passed" in done.stdout and "failed" in done.stdout and "not run" in done.stdout
    assert "ZeroDivisionError: division by zero" in done.stdout
    assert "M_Bad_FineTuning.ipynb failed" in done.stdout
    said = texts(read(good))
    assert said[0] == "7 2.0 two words {'N': 7} 3\n" and said[1].strip() == str(tmp_path)
    half = read(bad)
    steps = [cell for cell in half.cells if cell.id.startswith("step")]
    assert "before" in texts(half)[0] and steps[1].outputs[0].ename == "ZeroDivisionError"
    assert not steps[2].outputs
    page = run_notebooks.report_paths(bad)[1].read_text()
    assert "ZeroDivisionError" in page and page.count('<details class="code"') == 5
    # open are what was set by hand and the cell that failed
    assert page.count('<details class="code" open="">') == 2
    assert "<summary>parameters, 6 lines</summary>" in page
    assert not run_notebooks.report_paths(after)[0].exists()
    assert (
        nbformat.read(good, as_version=4).cells[-1].outputs == []
    )  # the notebook itself is untouched


def chapter_cells(name, *codes):
    tags = {"tags": [f"shared:{name}"]}
    for number, code in enumerate(codes):
        yield nbformat.v4.new_markdown_cell(f"#### {name} {number}", metadata=tags)
        yield nbformat.v4.new_code_cell(code, id=f"{name}-{number}", metadata=tags)


def test_a_chapter_stands_behind_one_fold():
    step = nbformat.v4.new_code_cell("print(f())", id="step")
    cells = [
        *chapter_cells("one", "def f():\n    return 1", "def g(): pass"),
        *chapter_cells("two", "def h(): pass"),
        nbformat.v4.new_markdown_cell("### A step"),
        step,
    ]
    page = run_notebooks.html_page(nbformat.v4.new_notebook(cells=cells), "title")
    body = page[page.index("<main") :]
    folds = re.findall(r"<summary>helpers: (\w+), (\d+) lines of code</summary>", body)
    assert folds == [("one", "3"), ("two", "1")]
    inside, after = body.split("one, 3 lines")[1].split("</details>", 1)
    assert "one 0" in inside and "one 1" in inside and "two 0" not in inside
    assert after.index("helpers: two") < after.index("A step") < after.index("code, 1 lines")
    assert body.count("<details") == body.count("</details>") == 3
    assert '<details class="chapter" open' not in page  # but where something failed, it is open
    error = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["e"])
    cells[3].outputs = [error]
    page = run_notebooks.html_page(nbformat.v4.new_notebook(cells=cells), "title")
    assert page.count('<details class="chapter" open') == 1


def test_timeout(tmp_path):
    slow = write(
        tmp_path / "M_Slow_FineTuning.ipynb",
        "print('begun', flush=True)",
        "import time; time.sleep(60)",
    )
    done = run(slow, "--timeout", 2)
    assert done.returncode == 1 and "longer than --timeout allows" in done.stdout
    assert "begun" in texts(read(slow))[0]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(tmp_path, sign):
    slow = write(
        tmp_path / "M_Slow_FineTuning.ipynb",
        "print('begun', flush=True)",
        "import time; time.sleep(60)",
    )
    other = write(tmp_path / "M_Zother_FineTuning.ipynb", "print('never')")
    process = subprocess.Popen([*RUNNER, str(slow), str(other)], stdout=subprocess.PIPE, text=True)
    report = run_notebooks.report_paths(slow)[0]
    deadline = time.time() + 60
    while time.time() < deadline and not (report.exists() and "begun\n" in texts(read(slow))):
        time.sleep(0.2)
    for _ in range(3):  # `uv run` passes a signal on to a child that has it already
        os.kill(process.pid, sign)
        time.sleep(0.1)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in said and "not run" in said
    assert "begun" in texts(read(slow))[0] and run_notebooks.report_paths(slow)[1].exists()
    assert not run_notebooks.report_paths(other)[0].exists()


def test_a_dead_kernel_is_told(tmp_path):
    dead = write(
        tmp_path / "M_Dead_FineTuning.ipynb",
        "print('begun')",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    )
    done = run(dead)
    assert (
        done.returncode == 1
        and "the kernel died" in done.stdout
        and "begun" in texts(read(dead))[0]
    )


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--set", "NN=1"], "no notebook of this run has a parameter of that name"),
        (["--set", "N=1.5"], "so a value of type int is needed"),
        (["--set", "N=True"], "so a value of type int is needed"),
        (["--set", "WORD=3"], "so a value of type str is needed"),
        (["--set", "N"], "write NAME=VALUE"),
        (["--set", "USUAL=much"], "so a value of type float is needed"),
    ],
)
def test_wrong_settings(tmp_path, arguments, sentence, capsys):
    path = write(tmp_path / "M_Good_FineTuning.ipynb", "print(N)")
    assert run_notebooks.main([str(path), *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert not run_notebooks.report_paths(path)[0].exists()


def test_wrong_targets(tmp_path, capsys):
    done = run("NoSuchAuthor")
    assert (
        done.returncode == 2
        and "No notebook is named by 'NoSuchAuthor'" in done.stderr
        and "Traceback" not in done.stderr
    )
    assert run_notebooks.main([str(write(tmp_path / "anything.ipynb", "1"))]) == 2
    assert "rename the notebook" in capsys.readouterr().err
    (tmp_path / "M_Broken_FineTuning.ipynb").write_text("{")
    assert run_notebooks.main([str(tmp_path / "M_Broken_FineTuning.ipynb")]) == 2
    assert "M_Broken_FineTuning.ipynb" in capsys.readouterr().err


def test_targets_and_order(capsys):
    names = [p.name for p in run_notebooks.find_notebooks([])]
    assert names == [
        "Qwen3_14B_WilliamShakespeare_FineTuning.ipynb",
        "Qwen3_14B_WilliamShakespeare_Comparison.ipynb",
        "Qwen3_14B_WilliamShakespeare_Chat.ipynb",
    ]
    names = [p.name for p in run_notebooks.find_notebooks(["Jordan Peterson"])]
    kinds = [build_notebooks.kind_of(Path(name)) for name in names]
    pairs = ["FineTuning", "FineTuning", "Comparison", "Comparison", "Chat", "Chat"]
    assert kinds == [*pairs, "AllModels"]
    assert len(run_notebooks.find_notebooks(["NoteBooks/*/GPT_OSS*.ipynb"])) == 6
    assert run_notebooks.main(["--list"]) == 0
    assert len(capsys.readouterr().out.split()) == 14
