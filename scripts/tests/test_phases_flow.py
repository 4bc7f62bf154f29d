"""The phase steps as the notebook runs them, with a stand-in model: what is asked, what is kept, when a model is loaded."""
import contextlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CELLS = ["fingerprints", "write_files", "result_cache", "log_likelihoods", "run_phase", "phase_parts"]
FIELDS = {"thinking": "", "finish_reason": "stop", "tokens": 3, "seconds": 0.1}


class Model:
    """Answers with the side it stands for."""
    device, side = "cpu", "tuned"

    @contextlib.contextmanager
    def disable_adapter(self):
        self.side = "base"
        yield
        self.side = "tuned"


@pytest.fixture
def notebook(tmp_path, run_cells):
    """Return a function that runs the steps anew with other notebook variables, as a fresh kernel would."""
    adapter, model_folder = tmp_path / "adapter", tmp_path / "model"
    for folder in (adapter, model_folder):
        folder.mkdir()
    (adapter / "adapter_model.safetensors").write_bytes(b"weights")
    (model_folder / "config.json").write_text("{}")
    (tmp_path / "cache").mkdir()
    prompts = [{"id": f"prompt-{n:03d}", "question": f"Question {n}?", "source": "theme", "passage_id": None} for n in range(3)]
    texts = [{"id": f"book-{n}", "text": f"Text {n}."} for n in range(2)]

    def run(steps=("base_phase", "tuned_phase"), fail_at=None, **changed):
        log, model = [], Model()

        def load_model_once():
            if len(asked(log)) == fail_at:
                raise KeyboardInterrupt
            log.append("load")
            return model, "tokenizer"
        space = {
            "AUTHOR_KEY": "X", "MODEL": str(model_folder), "DEMO_RUN": True, "VERSIONS": {"torch": "1"}, "SEED": 1,
            "PLAIN_SYSTEM_PROMPT": "plain", "SYSTEM_PROMPT": "persona", "THINKING": False, "REASONING_EFFORT": "low",
            "TEMPERATURE": 0.7, "TOP_P": 0.8, "TOP_K": 20, "MAX_NEW_TOKENS": 9, "GENERATION_BATCH": 4, "MAX_SEQ_LENGTH": 64,
            "CACHE_DIR": tmp_path / "cache", "ADAPTER": adapter, "held_out": texts, "control": texts[:1], "prompts": prompts,
            "load_model_once": load_model_once, "progress": None, **changed}
        space = run_cells(CELLS, **space)

        def ask(questions, system):
            log.append((space["model"].side, system))
            return [{"question": q, "system": system, "answer": f"{model.side} {system}", "raw": "r", "bytes": 4, **FIELDS}
                    for q in questions]

        def score(model, tokenizer, rows, **settings):
            log.append((model.side, len(rows)))
            return [{"log_likelihood": -1.0, "tokens": 2, "bytes": 5, "words": 2} for _ in rows]
        # in the notebook's namespace, so that their code counts
        space.update(_ask=ask, _score=score)
        exec("def answer(questions, system): return _ask(questions, system)\n"
             "def log_likelihoods(*args, **settings): return _score(*args, **settings)\n"
             f"def chat_format(tokenizer, thinking, effort): return {changed.get('code', 1)}\n", space)
        for name in steps:
            exec(compile((ROOT / f"scripts/cells/{name}.py").read_text(), name, "exec"), space)
        return space, log
    run.adapter, run.model, run.cache = adapter, model_folder, tmp_path / "cache"
    return run


def asked(log):
    return [entry for entry in log if entry != "load"]


EVERYTHING = [(side, what) for side in ("base", "tuned") for what in ("plain", "persona", 2, 1)]


def test_two_sides_two_prompts_and_two_sets_of_texts(notebook):
    space, log = notebook()
    assert asked(log) == EVERYTHING
    for side in ("base", "tuned"):
        rows = space["results"][side]["answers"]
        assert [(row["system"], row["prompt_id"]) for row in rows] == [
            (system, f"prompt-{n:03d}") for system in ("plain", "persona") for n in range(3)]
        assert {row["answer"] for row in rows} == {f"{side} plain", f"{side} persona"}
        assert [(row["set"], row["id"]) for row in space["results"][side]["likelihoods"]] == [
            ("held_out", "book-0"), ("held_out", "book-1"), ("control", "book-0")]
    assert [row["question"] for row in space["results"]["base"]["answers"]] == [
        row["question"] for row in space["results"]["tuned"]["answers"]]
    assert space["results"]["base"]["settings"] == space["results"]["tuned"]["settings"]


def test_nothing_is_loaded_when_all_is_kept(notebook):
    first, _ = notebook()
    again, log = notebook()
    assert log == [] and again["results"] == first["results"]


def test_another_adapter_leaves_the_base_results_alone(notebook):
    notebook()
    (notebook.adapter / "adapter_model.safetensors").write_bytes(b"others!")
    _, log = notebook()
    assert asked(log) == [("tuned", what) for what in ("plain", "persona", 2, 1)]


@pytest.mark.parametrize("changed, remade", [
    ({"SYSTEM_PROMPT": "other"}, [("base", "other"), ("tuned", "other")]),
    ({"TEMPERATURE": 0.0}, [(side, system) for side in ("base", "tuned") for system in ("plain", "persona")]),
    ({"SEED": 2}, [(side, system) for side in ("base", "tuned") for system in ("plain", "persona")]),
    ({"code": 2}, [(side, system) for side in ("base", "tuned") for system in ("plain", "persona")]),
    ({"control": [{"id": "book-0", "text": "Another."}]}, [("base", 1), ("tuned", 1)]),
    ({"MAX_SEQ_LENGTH": 32}, [(side, size) for side in ("base", "tuned") for size in (2, 1)]),
    ({"VERSIONS": {"torch": "2"}}, EVERYTHING), ({"DEMO_RUN": False}, EVERYTHING),
    ({"prompts": [{"id": "prompt-001", "question": "New?"}]},
     [(side, system) for side in ("base", "tuned") for system in ("plain", "persona")])])
def test_what_depends_on_a_change_is_made_again_and_nothing_else(notebook, changed, remade):
    notebook()
    _, log = notebook(**changed)
    assert asked(log) == remade


def test_another_model_makes_all_of_it_again(notebook):
    notebook()
    (notebook.model / "config.json").write_text("{ }")
    assert asked(notebook()[1]) == EVERYTHING


@pytest.mark.parametrize("parts_done", [1, 3, 5])
def test_an_interrupted_run_goes_on(notebook, parts_done):
    with pytest.raises(KeyboardInterrupt):
        notebook(fail_at=parts_done)
    kept = [pickle.loads(path.read_bytes()) for path in sorted(notebook.cache.iterdir())]
    assert sum(len(results["parts"]) for results in kept) == parts_done
    assert [results["complete"] for results in kept] == [parts_done > 4, False][-len(kept):]
    assert asked(notebook()[1]) == EVERYTHING[parts_done:]


def test_results_are_plain(notebook):
    space, _ = notebook()
    assert json.loads(json.dumps(space["results"])) == space["results"]
    assert sorted(path.name for path in notebook.cache.iterdir()) == ["base_results.pkl", "tuned_results.pkl"]


def test_the_cells_import_no_unsloth_before_it_is_needed():
    code = ("import sys; sys.path.insert(0, 'scripts')\nimport cells.phase_parts, cells.load_adapter, cells.run_phase, "
            "cells.result_cache, cells.fingerprints, cells.log_likelihoods, cells.base_phase, cells.tuned_phase\n"
            "assert not {'unsloth', 'transformers', 'peft'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
