"""Locks: one run at a time, told by whom, freed by any end; half-written files of dead runs."""

import multiprocessing
import os
import re
import signal
import socket
import time

import pytest

import build_notebooks
from chapters import locks, storage
from chapters.locks import clear_parts, free_lock, hold_folders, hold_lock
from chapters.preparation import Mistake

FORK = multiprocessing.get_context("fork")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(locks, "LOCK_PATIENCE", 0)


def hold_and_sleep(path, ready, grandchild):
    hold_lock(path, "it")
    if grandchild:
        FORK.Process(target=time.sleep, args=(5,)).start()
    ready.set()
    time.sleep(30)


@pytest.fixture
def other_run():
    """Return a function that starts a process which holds the lock `path`."""
    started = []

    def start(path, grandchild=False):
        ready = FORK.Event()
        process = FORK.Process(target=hold_and_sleep, args=(path, ready, grandchild))
        process.start()
        started.append(process)
        assert ready.wait(20)
        return process

    yield start
    for process in started:
        process.kill()


def test_the_second_run_is_told_who_has_it_and_a_dead_owner_has_nothing(tmp_path, other_run):
    path = tmp_path / ".lock"
    owner = other_run(path, grandchild=True)
    minute = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    told = (
        rf"outputs/M is in use by process {owner.pid} on {re.escape(socket.gethostname())}, since "
        rf"{minute}: wait for its end, or end it \(in Jupyter, restart its kernel\), then run again"
    )
    for _ in range(2):  # to be refused changes nothing
        with pytest.raises(Mistake, match=told):
            hold_lock(path, "outputs/M")
    os.kill(owner.pid, signal.SIGKILL)
    owner.join()
    mine = hold_lock(path, "outputs/M")  # though a child of the dead owner lives on
    assert path.read_text().startswith(f"process {os.getpid()} on ")
    free_lock(mine)


def test_a_kernel_may_run_its_cells_again_and_frees_the_lock_in_its_last_step(tmp_path, other_run):
    path = tmp_path / ".lock"
    hold_lock(path, "it")
    lock = hold_lock(path, "it")  # the same cell once more: the first descriptor goes out of use
    process = FORK.Process(target=hold_lock, args=(path, "it"))
    process.start()
    process.join()
    assert process.exitcode == 1
    free_lock(lock)
    other_run(path)
    free_lock(lock)  # the last step once more
    with pytest.raises(Mistake, match="in use by process"):
        hold_lock(path, "it")


def test_a_notebook_of_jupyters_server_is_named(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/NoteBooks/A/M_A_FineTuning.ipynb")
    assert locks.owner_line().startswith("M_A_FineTuning.ipynb, process ")


def test_a_lock_waits_for_an_owner_that_is_about_to_end(tmp_path, other_run, monkeypatch):
    monkeypatch.setattr(locks, "LOCK_PATIENCE", 20)
    owner = other_run(tmp_path / ".lock")
    FORK.Process(target=lambda: (time.sleep(0.5), os.kill(owner.pid, signal.SIGKILL))).start()
    free_lock(hold_lock(tmp_path / ".lock", "it"))


def test_what_dead_runs_left_goes_but_not_under_a_live_run(tmp_path, other_run):
    out, cache = tmp_path / "outputs/M", tmp_path / "cache"
    for folder in (out / "books", out / "adapter.part", cache):
        folder.mkdir(parents=True)
    kept = [out / "books/A.txt", out / "books/B.part.txt", cache / "base_results.pkl"]
    half = [out / "books/A.txt.77.part", out / "adapter.part/model", cache / "x.pkl.8.part"]
    for path in kept + half:
        path.write_text("text")
    owner = other_run(out / ".lock")
    with pytest.raises(Mistake, match="outputs/M is in use"):
        hold_folders(out, cache)
    assert all(path.exists() for path in half)
    owner.kill()
    owner.join()
    free_lock(hold_folders(out, cache))
    there = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {*kept, out / ".lock"}
    assert not (out / "adapter.part").exists()


def test_links_are_removed_and_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "books").mkdir()
    (tmp_path / "books/A.txt").touch()
    (tmp_path / "in/x.part").symlink_to(tmp_path / "books")
    clear_parts(tmp_path / "in")
    assert not any((tmp_path / "in").iterdir()) and (tmp_path / "books/A.txt").exists()


def test_folders_that_cannot_be_written_are_told_at_once(tmp_path, monkeypatch):
    with pytest.raises(Mistake, match=r"nowhere/\.lock cannot be locked \(No such file"):
        hold_lock(tmp_path / "nowhere/.lock", "it")

    def read_only(_):
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(storage.os, "fsync", read_only)
    with pytest.raises(Mistake, match=r"cannot be written \(Read-only file system\)"):
        hold_folders(tmp_path, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("kind", ["FineTuning", "Comparison"])
def test_notebooks_hold_the_lock_from_the_profile_to_the_last_step(kind):
    cells = [cell for cell in build_notebooks.essay_cells(kind) if cell.cell_type == "code"]
    steps = [cell for cell in cells if "essay" in cell.metadata.tags]
    (profile,) = (cell for cell in steps if "make_folders(" in cell.source)
    assert "run_lock = hold_folders(OUT_DIR, CACHE_DIR)" in profile.source
    assert "free_lock(run_lock)" in steps[-1].source
    assert sum("free_lock(" in cell.source for cell in steps) == 1
