"""The runner: passing, failing, slow and interrupted notebooks; arguments; reports."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

import build_notebooks
import run_notebooks
from chapters import locks

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
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def run(*arguments, **kwargs):
    return subprocess.run(
        [*RUNNER, *map(str, arguments)], capture_output=True, text=True, timeout=120, **kwargs
    )


@pytest.fixture
def run_here(monkeypatch, capsys):
    """Return a function like `run` in this process, whose own signals stay as they are."""
    monkeypatch.setattr(run_notebooks.Stop, "listen", lambda self: None)

    def run(*arguments):
        status = run_notebooks.main(list(map(str, arguments)))
        return subprocess.CompletedProcess(arguments, status, *capsys.readouterr())

    return run


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
    assert "did not come to its end.</b> ZeroDivisionError: division by zero" in page
    # open are what was set by hand and the code of the step that failed
    assert "<details open><summary>Parameters</summary>" in page
    assert "<details open><summary>Step 1 " in page and "<details><summary>Step 0 " in page
    assert not run_notebooks.report_paths(after)[0].exists()
    assert (
        nbformat.read(good, as_version=4).cells[-1].outputs == []
    )  # the notebook itself is untouched


def test_timeout(tmp_path, run_here):
    slow = write(
        tmp_path / "M_Slow_FineTuning.ipynb",
        "print('begun', flush=True)",
        "import time; time.sleep(60)",
    )
    done = run_here(slow, "--timeout", 2)
    assert done.returncode == 1 and "longer than --timeout allows" in done.stdout
    assert "begun" in texts(read(slow))[0]


@pytest.mark.parametrize(
    "sign, status",
    [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGQUIT, 131), (signal.SIGTERM, 143)],
)
def test_interrupted(tmp_path, sign, status):
    slow = write(
        tmp_path / "M_Slow_FineTuning.ipynb",
        "print('begun', flush=True)",
        "import time; time.sleep(60)",
    )
    other = write(tmp_path / "M_Zother_FineTuning.ipynb", "print('never')")
    process = subprocess.Popen(
        [*RUNNER, str(slow), str(other)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(sign, signal.SIG_DFL),  # these tests may run under nohup
    )
    report = run_notebooks.report_paths(slow)[0]
    deadline = time.time() + 60
    while time.time() < deadline and not (report.exists() and "begun\n" in texts(read(slow))):
        time.sleep(0.2)
    if sign == signal.SIGHUP:  # whoever read the lines has gone too
        process.stdout.close()
    for _ in range(3):  # `uv run` passes a signal on to a child that has it already
        os.kill(process.pid, sign)
        time.sleep(0.1)
    if sign == signal.SIGHUP:
        process.wait(timeout=60)
    else:
        said, _ = process.communicate(timeout=60)
        assert "interrupted" in said and "not run" in said
    assert process.returncode == status
    steps = [cell for cell in read(slow).cells if cell.id.startswith("step")]
    assert "begun" in steps[0].outputs[0].text and steps[1].outputs[0].evalue == "interrupted"
    page = run_notebooks.report_paths(slow)[1].read_text()
    assert "begun" in page and "interrupted" in page
    assert not run_notebooks.report_paths(other)[0].exists()


def test_a_cell_interrupted_before_its_first_output_says_so(tmp_path, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    async def hook(**_):
        asyncio.get_running_loop().call_soon(interrupt)
        await asyncio.sleep(0.2)  # nbclient clears the cell after this, in the loop's next run

    path = write(tmp_path / "M_Early_FineTuning.ipynb", "print('never told')")
    monkeypatch.setattr(run_notebooks.LiveExecutor, "on_cell_complete", staticmethod(hook))
    notebook = nbformat.read(path, as_version=4)
    with ThreadPoolExecutor(1) as thread:  # another test's browser may hold this one's event loop
        job = thread.submit(run_notebooks.run_notebook, path, notebook, None, run_notebooks.Stop())
    assert job.result() == "interrupted"
    assert [out.evalue for out in notebook.cells[0].outputs] == ["interrupted"]


def test_a_signal_between_two_cells_stops_the_next_one_and_no_report():
    stop = run_notebooks.Stop()
    stop.take(signal.SIGTERM, None)  # nothing is interrupted now
    with pytest.raises(KeyboardInterrupt), stop.interrupting():
        pytest.fail("the next cell ran")
    stop.take(signal.SIGINT, None)
    assert stop.sign == signal.SIGTERM  # the first one counts


def test_a_dead_kernel_is_told_with_its_signal_and_its_cell(tmp_path, run_here):
    ends = {
        "os.kill(os.getpid(), signal.SIGKILL)": "was killed (SIGKILL), most likely because memory",
        "os.kill(os.getpid(), signal.SIGSEGV)": "crashed (SIGSEGV), a fault in compiled code",
        "os._exit(3)": "ended itself with exit status 3",
    }
    paths = [
        write(tmp_path / f"M_{n}_FineTuning.ipynb", "print('begun')", f"import os, signal; {code}")
        for n, code in enumerate(ends)
    ]
    done = run_here(*paths)
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    for path, sentence in zip(paths, ends.values(), strict=True):
        assert f"the kernel {sentence}" in done.stdout
        steps = [cell for cell in read(path).cells if cell.id.startswith("step")]
        assert "begun" in steps[0].outputs[0].text
        assert f"{sentence}" in steps[1].outputs[0].evalue
        assert "in the cell “Step 1”" in steps[1].outputs[0].evalue
        assert sentence in run_notebooks.report_paths(path)[1].read_text()


# ---- What cannot be written, and what another run has


def test_a_report_that_cannot_be_written_is_told_and_the_next_notebook_tried(tmp_path, run_here):
    page = "M_Good_FineTuning_executed.html"
    good = write(tmp_path / "M_Good_FineTuning.ipynb", f"import os; os.makedirs('{page}/x')")
    after = write(tmp_path / "M_Good_Comparison.ipynb", "print('needs it')")
    (tmp_path / "M_Good_FineTuning_executed.ipynb.77.part").touch()  # a killed run's
    (tmp_path / "M_Other_FineTuning_executed.ipynb.77.part").touch()  # perhaps a live run's
    done = run_here(good, after)
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert f"{page} cannot be written (Is a directory)" in done.stdout
    rows = done.stdout[done.stdout.index("notebook  ") :].splitlines()[1:]
    assert [" ".join(row.split()[:3]) for row in rows] == [
        "M_Good_FineTuning.ipynb no report",
        "M_Good_Comparison.ipynb passed 0:00:0" + rows[1].split()[2][-1],
    ]
    (part,) = tmp_path.glob("*.part")
    assert part.name.startswith("M_Other")


def test_an_unwritable_folder_is_told_before_anything_runs(tmp_path, monkeypatch, run_here):
    first = write(tmp_path / "A/B/M_Good_FineTuning.ipynb", "1/0")
    (tmp_path / "comparison_cache/B").mkdir(parents=True)
    places, fsync = [], os.fsync

    def full(file):
        places.append(os.readlink(f"/proc/self/fd/{file}"))
        if "comparison_cache" in places[-1]:
            raise OSError(28, os.strerror(28))
        fsync(file)

    monkeypatch.setattr(os, "fsync", full)
    done = run_here(first, "--profile", "gpu")
    assert done.returncode == 1
    before, _, after = done.stdout.partition("\nM_Good_FineTuning.ipynb\n")
    assert "M_Good_FineTuning.ipynb will not run: " in before
    for part in (before, after):
        assert "comparison_cache/B cannot be written (No space left on device)" in part
    assert "not run" in after
    assert not run_notebooks.report_paths(first)[0].exists()


def test_a_notebook_that_another_runner_has_is_left_alone(tmp_path, monkeypatch, run_here):
    monkeypatch.setattr(locks, "LOCK_PATIENCE", 0)
    first = write(tmp_path / "M_Good_FineTuning.ipynb", "print(1)")
    after = write(tmp_path / "M_Good_Comparison.ipynb", "print(2)")
    report = run_notebooks.report_paths(first)[0]
    report.write_text("the other run's")
    pipe, fork = os.pipe(), os.fork()
    if not fork:
        locks.hold_lock(tmp_path / ".M_Good_FineTuning.lock", "it")
        os.write(pipe[1], b"x")
        time.sleep(60)
    try:
        os.read(pipe[0], 1)
        done = run_here(first, after, "--profile", "gpu")
    finally:
        os.kill(fork, signal.SIGKILL)
        os.waitpid(fork, 0)
    assert done.returncode == 1
    assert f"M_Good_FineTuning.ipynb is in use by process {fork} on " in done.stdout
    assert "  M_Good_FineTuning.ipynb was not run\n" in done.stdout
    assert report.read_text() == "the other run's"


# ---- Long outputs


def test_long_outputs_are_cut_before_they_cost(tmp_path, monkeypatch):
    monkeypatch.setattr(run_notebooks, "MOST", 20)
    path = write(
        tmp_path / "M_Long_FineTuning.ipynb",
        "print('a' + 'x' * 20_000_000 + 'z')",
        "for i in range(200_000): print(f'\\r{i} of many', end='')",
        "from IPython.display import display\nfor i in range(100): display(i)",
        "'y' * 20_000_000",
        "raise ValueError('w' * 1_000_000)",
    )
    notebook, _ = run_notebooks.prepare(path, {})
    why = run_notebooks.run_notebook(path, notebook, 100, run_notebooks.Stop())
    assert why.startswith("ValueError: www") and len(why) < 2100
    assert run_notebooks.write_report(path, notebook) == ""
    assert sum(one.stat().st_size for one in run_notebooks.report_paths(path)) < 2_000_000
    long, returns, many, result, error = (
        cell.outputs for cell in notebook.cells if cell.id.startswith("step")
    )
    assert long[0].text.startswith("axxx") and long[0].text.endswith("xxxz\n")
    assert "\n… 19,900,003 characters are left out of this report …\n" in long[0].text
    assert returns[0].text == "199999 of many" and len(returns) == 1
    assert len(many) == 21 and "more than 20 outputs" in many[-1].text
    assert "characters are left out" in result[0].data["text/plain"]
    assert "characters are left out" in error[0].traceback[0]


def test_a_picture_that_is_too_heavy_is_left_out_with_a_word(monkeypatch):
    monkeypatch.setattr(run_notebooks, "HEAVIEST", 10)
    content = {"data": {"image/png": "x" * 11, "text/html": "<b>short", "text/plain": "x" * 11}}
    run_notebooks.lighten(content)
    assert "11 characters are left out" in content["data"].pop("image/png")
    assert content == {"data": {"text/html": "<b>short", "text/plain": "x" * 11}}


def test_what_is_printed_is_shown_as_on_a_terminal(monkeypatch):
    printed = run_notebooks.Printed()
    for piece in ("a\r", "\nb 1%", "\rb 2", "%\r", "b 3%\r\n", "c\rd\re"):
        shown = printed.add(piece)
    assert shown == "a\nb 3%\ne"
    monkeypatch.setattr(run_notebooks, "LONGEST", 40)
    draw = random.Random(5)
    for _ in range(300):
        text = "".join(draw.choice("abc\n") for _ in range(draw.randint(0, 150)))
        printed, at = run_notebooks.Printed(), 0
        while at < len(text):
            step = draw.randint(1, 60)
            shown, at = printed.add(text[at : at + step]), at + step
            assert len(printed.head) + len(printed.tail) <= 40
        assert not text or shown == run_notebooks.shorten(text)


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
    ]
    names = [p.name for p in run_notebooks.find_notebooks(["Jordan Peterson"])]
    kinds = [build_notebooks.kind_of(Path(name)) for name in names]
    pairs = ["FineTuning", "FineTuning", "Comparison", "Comparison", "Chat", "Chat"]
    assert kinds == [*pairs, "AllModels"]
    assert len(run_notebooks.find_notebooks(["NoteBooks/*/GPT_OSS*.ipynb"])) == 6
    assert run_notebooks.main(["--list"]) == 0
    assert len(capsys.readouterr().out.split()) == 14


@pytest.mark.parametrize(
    "text", ["1e999", "-1e999", "[1, 1e999]", "{'a': 1e999}", "9" * 19, "1" * 400]
)
def test_a_number_that_a_notebook_cannot_hold_is_told(text):
    with pytest.raises(ValueError, match="^--set F=.{1,60}: this is too large a number"):
        run_notebooks.parse_settings([f"F={text}"])


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "inf",
        "__import__('os').system('x')",
        "[" * 9999,
        "-" * 99999 + "1",
        "{[]: 1}",
        "9" * 5000,
    ]
    + ["1+" * 50000 + "1", "lambda: 0", "'", "None if 1 else 2", "\udcff", "f'{1}'"],
)
def test_what_is_no_literal_is_text_and_no_number(text):
    settings = run_notebooks.parse_settings([f"F={text}"])
    assert settings == {"F": text}
    with pytest.raises(ValueError, match="so a value of type float is needed"):
        run_notebooks.checked_settings(settings, {"F": 0.5}, Path("x.ipynb"))


def test_a_progress_line_of_html_is_told_without_its_table(monkeypatch, capsys):
    executor = run_notebooks.LiveExecutor().begin(Path("x.ipynb"), run_notebooks.Stop())
    executor.label = "[1/2] Train"
    monkeypatch.setattr(run_notebooks.ExecutePreprocessor, "process_message", lambda *_: None)
    page = "<div><progress value=5></progress>[5/8 00:43 &lt; 00:20]</div><table><tr><td>Step</td>"
    picture = {"text/plain": "<IPython.core.display.Image object>", "image/png": "iVBOR"}
    timeless = "[ 2/8 : &lt; :, Epoch 0.2/1]"
    told = []
    for data in ({"text/plain": "None"}, picture, {"text/html": page}, {"text/html": timeless}):
        message = {"msg_type": "update_display_data", "content": {"data": data}}
        executor.shown = 0
        executor.process_message(message, {}, 0)
        told.append(capsys.readouterr().out.strip().partition(" … ")[2])
    assert told == ["", "", "[5/8 00:43 < 00:20]", "[ 2/8, Epoch 0.2/1]"]
