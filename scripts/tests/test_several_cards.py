"""Several cards train together: which ones, what begins and ends beside a notebook, and the same
adapter as one card makes of the same rows a step (here two processes on the CPU)."""

import json
import os
import subprocess
import sys
import time

import pytest

import several_cards
from chapters.cards import Card
from several_cards import choose_cards, group

RANK_0 = """
import json, os, sys
from pathlib import Path
sys.path[:0] = [{scripts!r}, {tests!r}]
import torch
from test_training import SETTINGS, load, make_rows
from chapters.adapter import add_adapter
from chapters.ranks import count_ranks, share_training
from chapters.training import make_trainer, step_rows, train
folder = Path({folder!r})
settings = {{**SETTINGS, "model": str(folder / "model"), "max_steps": 3, "learning_rate": 1e-3}}
settings["batch_size"] = 4 // count_ranks()
assert step_rows(settings) == 4
base = load("llama", folder / "model")
rows = make_rows(base)
rows = [*rows, *({{**row, "id": row["id"] + "again"}} for row in rows)]
job = {{"settings": settings, "rows": rows, "validation_rows": [], "thinking": False}}
job |= {{"reasoning_effort": "low", "demo": True, "roomy": True}}
share_training({{**job, "checkpoints": str(folder / "checkpoints")}})
tuned = add_adapter(base, 16, 32, False, 1, True)
trainer = make_trainer(tuned, rows, [], folder / "checkpoints", settings, demo=True)
run = train(trainer, folder / "checkpoints")
weights = {{name: one.detach().clone() for name, one in tuned.model.named_parameters()
            if one.requires_grad}}
torch.save(weights, folder / "weights.pt")
losses = [entry["loss"] for entry in run["history"] if "loss" in entry]
(folder / "losses.json").write_text(json.dumps(losses))
"""


def test_cards_that_train_together_are_enough_and_alike(monkeypatch):
    large = [Card(str(n), "RTX 4090", 24, "590") for n in (1, 0)]
    small = Card("2", "RTX 2070", 8, "590")
    monkeypatch.setattr(several_cards, "find_cards", lambda: [*large, small])
    assert choose_cards(2) == "1,0"
    with pytest.raises(ValueError, match="RTX 4090 and RTX 2070 are not alike"):
        choose_cards(3)
    with pytest.raises(ValueError, match="this computer has 3 NVIDIA cards"):
        choose_cards(4)
    with pytest.raises(ValueError, match="at least one"):
        choose_cards(0)


def test_the_processes_end_with_the_notebook_and_a_failed_one_is_told(
    monkeypatch, tmp_path, capsys
):
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import os, pathlib, time\n"
        "names = ('RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'MASTER_PORT', 'CUDA_VISIBLE_DEVICES')\n"
        "told = ' '.join(os.environ[name] for name in names)\n"
        "pathlib.Path('rank' + os.environ['RANK']).write_text(told + f' {os.getpid()}')\n"
        "if os.environ['RANK'] == '2': raise SystemExit('no more memory')\n"
        "time.sleep(100)\n"
    )
    monkeypatch.setattr(several_cards, "WORKER", worker)
    before = dict(os.environ)
    failed = []
    with group("1,0,4", tmp_path, lambda: failed.append(1)):
        port = os.environ["MASTER_PORT"]
        assert os.environ["RANK"] == os.environ["LOCAL_RANK"] == "0"
        said = []
        while len(said) < 2 or not all(said):
            said = [path.read_text().split() for path in sorted(tmp_path.glob("rank?"))]
        while not failed:
            time.sleep(0.05)
    assert [words[:-1] for words in said] == [[str(n), str(n), "3", port, "1,0,4"] for n in (1, 2)]
    assert dict(os.environ) == before
    for words in said:
        with pytest.raises(ProcessLookupError):
            os.kill(int(words[-1]), 0)
    told = capsys.readouterr().out
    assert told.count("failed") == 1 and "no more memory" in told and len(failed) == 1


@pytest.mark.parametrize(("code", "failures"), [("raise SystemExit(1)", 1), ("", 0)])
def test_the_only_other_process_fails_or_ends_well(monkeypatch, tmp_path, code, failures):
    worker = tmp_path / "worker.py"
    worker.write_text(code)
    monkeypatch.setattr(several_cards, "WORKER", worker)
    failed = []
    with group("0,1", tmp_path, lambda: failed.append(1)):
        time.sleep(2)  # it has ended long before
    assert len(failed) == failures


def test_processes_that_are_ended_with_the_notebook_have_not_failed(monkeypatch, tmp_path, capsys):
    worker = tmp_path / "worker.py"
    worker.write_text("import time\ntime.sleep(100)\n")
    monkeypatch.setattr(several_cards, "WORKER", worker)
    with group("0,1,2", tmp_path, lambda: pytest.fail("none has failed")):
        time.sleep(1)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_two_processes_make_the_adapter_of_one(tmp_path):
    import torch

    made = []
    for count in (1, 2):
        folder = tmp_path / str(count)
        folder.mkdir()
        tests = os.path.dirname(__file__)
        script = RANK_0.format(scripts=os.path.dirname(tests), tests=tests, folder=str(folder))
        command = [sys.executable, "-c", script]
        if count == 1:
            subprocess.run(command, check=True)
        else:
            with group(",", folder, lambda: pytest.fail("the other process")):
                subprocess.run(command, check=True, timeout=300)
        weights = torch.load(folder / "weights.pt")
        made.append((weights, json.loads((folder / "losses.json").read_text())))
    (one, losses), (two, same) = made
    assert losses == pytest.approx(same, rel=1e-4)
    for name in one:
        assert torch.allclose(one[name], two[name], atol=2e-5), name
