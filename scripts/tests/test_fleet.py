"""Many notebooks at once: their chains, and runs on a Ray cluster of this host."""

import importlib.util
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

import build_notebooks
import fleet
import new_author
import reports
import run_notebooks
from chapters.locks import free_lock, hold_lock
from test_run_notebooks import RUNNER, read, run, texts, write
from tiny_models import make_tiny

needs_ray = pytest.mark.skipif(not importlib.util.find_spec("ray"), reason="Ray is not installed")


def test_notebooks_begin_in_chains_and_all_models_last():
    paths = run_notebooks.find_notebooks(["NoteBooks/*/*.ipynb"])
    chains = fleet.chains_of(paths)
    assert sorted(path for chain in chains for path in chain) == sorted(paths)
    kinds = [[*map(build_notebooks.kind_of, chain)] for chain in chains]
    assert kinds == 2 * [*2 * [["FineTuning", "Comparison", "Chat"]], ["AllModels"]]

    begun, ended, order = set(), set(), []
    while path := fleet.next_of(chains, begun, ended):  # four cards, of which none ends
        begun.add(path)
        order.append(path)
    assert order == [chain[0] for chain in chains if len(chain) == 3]
    ended.add(chains[1][0])
    assert fleet.next_of(chains, begun, ended) == chains[1][1]
    both = {*chains[0], *chains[1]}
    assert fleet.next_of(chains, begun | both, ended | both - {chains[0][2]}) is None
    assert fleet.next_of(chains, begun | both, ended | both) == chains[2][0]

    (first, *_), *_ = chains
    left = fleet.chains_of([first.with_name("AllModels_WilliamShakespeare_Comparison.ipynb")])
    assert fleet.next_of(left, set(), set()) == left[0][0]  # alone, it waits for nobody


def test_the_index_is_written_by_one_process_at_a_time(tmp_path):
    root = tmp_path / "NoteBooks"
    write(root / "A/M_A_FineTuning.ipynb", "1")
    scripts = build_notebooks.ROOT / "scripts"
    code = f"import sys; sys.path.insert(0, {str(scripts)!r}); import reports; from pathlib import "
    code += f"Path; print('begins', flush=True); reports.write_index(Path({str(root)!r}))"
    lock = hold_lock(root / ".index.lock", "the index")
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "begins\n"
    time.sleep(1)
    assert other.poll() is None and not (root / "index.html").exists()
    write(root / "A/N_A_FineTuning.ipynb", "1")  # what the other one must see
    reports.write_index(root)  # the process that holds it may, and frees it
    free_lock(lock)
    assert other.wait(timeout=60) == 0
    assert "N_A_FineTuning" in (root / "index.html").read_text()


def rows_of(done):
    """Return {notebook: (status, page)} of a run's last table."""
    table = done.stdout[done.stdout.rindex("\nnotebook  ") :].splitlines()[2:]
    found = [re.match(r"(\S+)\s+(.*?)\s+\d+:\d+:\d+\s*(\S*)", row).groups() for row in table]
    return {name: (status, page) for name, status, page in found}


@needs_ray
@pytest.mark.slow  # Ray takes two cores a minute
def test_a_dead_worker_is_replaced_and_a_failure_told_as_in_a_serial_run(tmp_path):
    dies = "import os, signal, pathlib\nif not pathlib.Path('died').exists():\n"
    dies += "    pathlib.Path('died').touch(); os.kill(os.getppid(), signal.SIGKILL)"
    paths = [
        write(tmp_path / "M_A_FineTuning.ipynb", "print('begun')", dies, "print('after')"),
        write(tmp_path / "N_A_FineTuning.ipynb", "1/0"),
        write(tmp_path / "N_A_Comparison.ipynb", "print('needs it')"),
        write(tmp_path / "AllModels_A_Comparison.ipynb", "print('last', N)"),
    ]
    done = run(*paths, "--set", "N=7", "--ray", "local")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr, done.stderr
    assert "M_A_FineTuning  its worker died (WorkerCrashedError): tried again" in done.stdout
    assert "N_A_FineTuning  failed: ZeroDivisionError: division by zero" in done.stdout
    assert "N_A_Comparison  not run: N_A_FineTuning.ipynb failed" in done.stdout
    ends, begins = map(done.stdout.index, ("M_A_FineTuning  passed", "AllModels_A_Comparison  beg"))
    assert ends < begins
    assert texts(read(paths[0])) == ["begun\n", "after\n"]
    assert texts(read(paths[3])) == ["last 7\n"]
    assert rows_of(done) == {
        "M_A_FineTuning.ipynb": ("passed", str(run_notebooks.report_paths(paths[0])[1])),
        "N_A_FineTuning.ipynb": ("failed", str(run_notebooks.report_paths(paths[1])[1])),
        "N_A_Comparison.ipynb": ("not run", ""),
        "AllModels_A_Comparison.ipynb": ("passed", str(run_notebooks.report_paths(paths[3])[1])),
    }


@needs_ray
@pytest.mark.slow
def test_two_authors_on_cpus(tmp_path):
    from test_whole_notebooks import SMALL, make_book

    for number, author in enumerate(("Ada Example", "Bob Sample")):
        key = author.replace(" ", "")
        themes = {"THEMES": ["rivers", "winter", "work", "letters"]}
        new_author.make_author(author, root=tmp_path, values=themes)
        make_book(tmp_path / f"Books/{key}/Volume 1.pdf", 2 * number)
        make_book(tmp_path / f"Books/{key}/Volume 2.pdf", 2 * number + 1)
    settings = [*SMALL, "BOOTSTRAP=200", f"MODEL={make_tiny('llama', tmp_path / '.cache/llama')}"]
    sets = [part for one in settings for part in ("--set", one)]
    command = [*RUNNER, str(tmp_path / "NoteBooks/*/*.ipynb"), "--profile", "demo", *sets]
    done = subprocess.run([*command, "--ray", "local"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = rows_of(done)
    assert len(rows) == 14 and {status for status, _ in rows.values()} == {"passed"}
    assert all(Path(page).exists() for _, page in rows.values())
    page = (tmp_path / "NoteBooks/index.html").read_text()
    assert page.count("finished") == 14 and "not run yet" not in page
    for path in (tmp_path / "NoteBooks").glob("*/AllModels*_executed.ipynb"):
        shown = str(nbformat.read(path, as_version=4))
        assert "Qwen3_14B" in shown and "GPT_OSS_20B" in shown
