"""Kills at any moment: the same results afterwards, nothing twice, nothing left over."""

import contextlib
import os
import random
import shutil
import signal
import time

import pytest

from chapters import phases
from chapters.extraction import write_books
from chapters.locks import free_lock, hold_folders
from chapters.phases import run_phase
from chapters.results import unpack_results
from chapters.rows import write_passages
from chapters.storage import cached_batches, write_json

BATCH = 4
ITEMS = [f"What is {'so ' * (n % 7)}great about number {n}?" for n in range(24)]
TEXT = {"question": "Why?", "answer": "So.", "thinking": "", "raw": "So.", "finish_reason": "stop"}
COUNTS = {"tokens": 2, "bytes": 3}
KINDS = {  # part -> a record of it
    "plain": {**TEXT, **COUNTS, "system": "plain", "seconds": 0.5},
    "persona": {**TEXT, **COUNTS, "system": "persona", "seconds": 0.5},
    "held_out": {**COUNTS, "words": 1, "set": "held_out", "log_likelihood": -5.5},
    "control": {**COUNTS, "words": 1, "set": "control", "log_likelihood": -5.5},
}


def small_stages(root, made):
    """Write what FineTuning and Comparison write, without a model; `made` is told what is made."""
    out, cache = root / "outputs/M", root / "cache"
    lock = hold_folders(out, cache)
    decision = {"page": 1, "what": "note", "reason": "small type", "text": "1 See there."}
    paragraphs = [{"text": f"{n} {'Some words of a book, and more. ' * 9}"} for n in range(2000)]
    about = {"paragraphs": paragraphs, "report": {"decisions": [decision] * 300}}
    write_books([{"stem": "One", **about}, {"stem": "Two", **about}], out)

    def make(batch):
        os.write(made, "".join(f"{item}\n" for item in batch).encode())
        return [{"raw": item.upper() * 50} for item in batch]

    path, needs, shape = out / "instructions.jsonl", {"model": "m"}, {"raw": str}
    rows = cached_batches(path, needs, ITEMS, ITEMS, make, BATCH, None, shape)
    write_passages(out / "passages.jsonl", rows * 20)

    def make_records(part):
        os.write(made, f"{part}\n".encode())
        name = "id" if "set" in KINDS[part] else "prompt_id"
        return [{name: f"number-{n}", **KINDS[part]} for n in range(2000)]

    parts = {part: {"model": "m", "part": part} for part in KINDS}
    run_phase(cache / "base_results.pkl", "base", parts, make_records, {"model": "m"})
    write_json(out / "comparison.json", {"rows": rows})
    free_lock(lock)


def start_stages(root, made):
    """Run the stages in a process of its own; return its id."""
    child = os.fork()
    if not child:
        status = 1
        try:
            setattr(phases.time, "perf_counter", lambda: 0.0)  # noqa: B010  timings are kept and would differ
            with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
                small_stages(root, made)
            status = 0
        finally:
            os._exit(status)
    return child


def new_root(root):
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("outputs/M", "cache"):
        (root / folder).mkdir(parents=True)
    return root


def contents(root):
    """Return {file: its bytes}."""
    paths = [path for path in root.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def check_whole(root, wanted):
    """A killed run leaves whole files and lines, but for `.part` and the end of a line cache."""
    for name, data in contents(root).items():
        if name.endswith("instructions.jsonl"):
            assert wanted[name].startswith(data)
        elif name.endswith(".pkl"):
            results, whole = unpack_results(data), unpack_results(wanted[name])
            assert results["answers"] == whole["answers"][: len(results["answers"])]
        elif not name.endswith(".part"):
            assert data == wanted[name], name


@pytest.mark.parametrize("kills", [8, pytest.param(1000, marks=pytest.mark.slow)])
def test_killed_stages_end_as_others_with_nothing_twice_and_nothing_left(tmp_path, kills):
    draw, log, root = random.Random(13), tmp_path / "made", new_root(tmp_path / "run")
    made = os.open(log, os.O_CREAT | os.O_APPEND | os.O_RDWR)
    started = time.monotonic()
    assert os.waitpid(start_stages(root, made), 0)[1] == 0
    takes, wanted = time.monotonic() - started, contents(root)
    assert sorted(log.read_text().splitlines()) == sorted([*ITEMS, *KINDS])
    killed, halves = 0, 0
    while killed < kills:
        new_root(root)
        os.truncate(log, 0)
        before, last, status = 0, draw.randint(1, 6), None
        while status != 0:  # killed at most `last` times, then left to its end
            child = start_stages(root, made)
            if before < last:
                time.sleep(draw.uniform(0, takes))
                os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            assert status in (0, signal.SIGKILL)
            if status:
                before += 1
                halves += len(list(root.rglob("*.part")))
                check_whole(root, wanted)
        assert contents(root) == wanted
        again = len(log.read_text().splitlines()) - len(ITEMS) - len(KINDS)
        assert 0 <= again <= before * BATCH  # a kill costs one batch, or one part
        killed += before
    print(f"\n{killed} kills, {halves} half-written files; a whole run takes {takes:.2f} s")
    os.close(made)
