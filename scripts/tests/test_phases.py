"""Phases: what is asked, when results are valid, how they are kept, what an interruption leaves."""

import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chapters import phases
from chapters.chat import ChatModel
from chapters.phases import LazyModel, PhaseInputs, part_needs, run_phase, run_side
from chapters.results import read_results
from result_rows import answers, likelihoods, recitals

SCRIPTS = Path(__file__).resolve().parents[1]


# The same in the one namespace of a notebook

CHAPTERS = "preparation cards reading keys words seals safety storage chat generation".split()
CHAPTERS += ["adapter", "recital", "themes", "prompts", "results", "phases"]
ROOTS = {
    "asking": ("load_with_adapter", "ask", "read_format", "decoding_settings"),
    "scoring": ("load_with_adapter", "log_likelihoods"),
    "reciting": ("load_with_adapter", "recite", "read_format", "decoding_settings"),
}


def notebook_keys(edit=None, more=""):
    """Run the chapters in one namespace, without import cells, then `more`; return its keys."""
    space: dict[str, Any] = {"__name__": "__main__"}
    for name in CHAPTERS:
        text = (SCRIPTS / "chapters" / f"{name}.py").read_text(encoding="utf-8")
        _, *cells = re.split(r"(?m)^(?=# %% )", text)[1:]  # but the import cell
        source = "".join(cells)
        exec(compile(edit(source) if edit else source, name, "exec"), space)
    exec(more, space)
    fingerprint = space["code_fingerprint"]
    keys = {kind: fingerprint(*(space[one] for one in roots)) for kind, roots in ROOTS.items()}
    return keys, space


def changed_by(more):
    before, after = notebook_keys()[0], notebook_keys(more=more)[0]
    return {kind for kind in before if before[kind] != after[kind]}


@pytest.mark.parametrize(
    "name, kinds",
    [
        ("draw_next", {"asking"}),
        ("generate", {"asking"}),
        ("format_prompt", {"asking"}),
        ("parse_answer", {"asking"}),
        ("close_thought", {"asking"}),
        ("decoding_settings", {"asking", "reciting"}),
        ("read_format", {"asking", "scoring", "reciting"}),  # where the model is loaded
        ("score_batch", {"scoring"}),
        ("drawn_log_probs", {"reciting"}),
        ("longest_first", {"asking", "scoring", "reciting"}),
        ("log_likelihoods", {"scoring"}),
        ("load_with_adapter", {"asking", "scoring", "reciting"}),
        ("make_prompts", set()),  # what it makes is in the keys
        ("progress", set()),
        ("clock", set()),
        ("write_whole", set()),
    ],
)
def test_a_key_in_a_notebook_follows_the_functions_that_matter(name, kinds):
    assert name in notebook_keys()[1]
    assert changed_by(f"def {name}(*args, **settings): return 'something else'") == kinds


@pytest.mark.parametrize(
    "constant, kinds",
    [
        ("RECOMMENDED", {"asking", "reciting"}),
        ("WANTED", {"reciting"}),
        ("POSITIONS", {"scoring"}),
        ("QUESTIONS", set()),
    ],
)
def test_a_key_in_a_notebook_follows_the_constants_that_matter(constant, kinds):
    assert constant in notebook_keys()[1]
    assert changed_by(f"{constant} = ('something else',)") == kinds


def test_a_key_in_a_notebook_leaves_comments_out_and_is_that_of_the_modules():
    def comment(source):
        return re.sub(
            r"(?m)^( +)(return .*[^(\[{,])$", r"\1# one\n\1\2  # two", f"# first\n\n{source}"
        )

    keys, _ = notebook_keys()
    source = (SCRIPTS / "chapters/generation.py").read_text(encoding="utf-8")
    assert comment(source).count("# two") > 5
    assert notebook_keys(edit=comment)[0] == keys
    modules = {kind: [getattr(phases, name) for name in roots] for kind, roots in ROOTS.items()}
    assert {kind: phases.code_fingerprint(*roots) for kind, roots in modules.items()} == keys


def test_part_needs_of_a_notebook_follow_its_code(tmp_path):
    settings = {"thinking": False, "temperature": None}
    values = ("m", "m 1", tmp_path, True, {}, {"plain": "p"}, [], {"held_out": []}, settings, 64)

    def needs(more=""):
        space = notebook_keys(more=more)[1]
        sampled = {**settings, "top_p": 1, "top_k": 0, "seed": 1}
        inputs = space["PhaseInputs"](*values, {"memory_held_out": []}, 5)
        return space["part_needs"](inputs._replace(decoding=sampled), "base")

    before, after = needs(), needs("def draw_next(*args): return None")
    assert before["plain"] != after["plain"] and before["held_out"] == after["held_out"]
    assert before["memory_held_out"] == after["memory_held_out"]


# Phases


def phase(path, keys, made, stop_after=None, name="base"):
    def make_part(part):
        if stop_after is not None and len(made) >= stop_after:
            raise KeyboardInterrupt
        made.append(part)
        kinds = {"plain": answers, "persona": answers, "memory_training": recitals}
        return kinds.get(part, likelihoods)(part)

    return run_phase(path, name, keys, make_part, {"model": "m"})


KEYS = {
    "plain": {"seed": 1},
    "persona": {"seed": 1, "system prompt": "p"},
    "held_out": {"texts": "t"},
    "control": {"texts": "u"},
    "memory_training": {"texts": "v"},
}


def test_a_second_run_makes_nothing(tmp_path, capsys):
    path, made = tmp_path / "base_results.pkl", []
    first = phase(path, KEYS, made)
    assert made == list(KEYS) and first["complete"] and first["parts"] == KEYS
    assert [row["system"] for row in first["answers"]] == ["plain"] * 3 + ["persona"] * 3
    assert [row["set"] for row in first["likelihoods"]] == ["held_out"] * 2 + ["control"] * 2
    assert [row["memory"] for row in first["recitals"]] == ["memory_training"] * 2
    written = path.read_bytes()
    again = phase(path, KEYS, made)
    assert len(made) == 5 and again == first and path.read_bytes() == written
    assert "kept" in capsys.readouterr().out
    assert json.loads(json.dumps(first)) == first


def test_only_the_part_whose_key_changed_is_made_and_that_is_told(tmp_path, capsys):
    path, made = tmp_path / "base_results.pkl", []
    phase(path, KEYS, made)
    new = {**KEYS, "persona": {"seed": 2, "system prompt": "p"}}
    again = phase(path, new, made)
    assert made[5:] == ["persona"] and again["parts"] == new and again["complete"]
    assert "base, persona: made again, changed: seed 1 → 2; 0 s." in capsys.readouterr().out
    assert [row["system"] for row in again["answers"]] == ["plain"] * 3 + ["persona"] * 3


@pytest.mark.parametrize("parts_done", [0, 1, 2, 3, 4])
def test_an_interruption_loses_one_part_at_most(tmp_path, parts_done):
    path, made = tmp_path / "base_results.pkl", []
    with pytest.raises(KeyboardInterrupt):
        phase(path, KEYS, made, stop_after=parts_done)
    if parts_done:
        kept, why = read_results(path)
        assert (
            kept
            and not why
            and not kept["complete"]
            and list(kept["parts"]) == list(KEYS)[:parts_done]
        )
    whole = phase(path, KEYS, made)
    assert made == list(KEYS) and whole["complete"]


def test_the_other_phases_file_is_not_taken(tmp_path):
    path, made = tmp_path / "results.pkl", []
    phase(path, KEYS, made)
    phase(path, KEYS, made, name="tuned")
    assert made == list(KEYS) * 2


def test_a_damaged_file_is_told_and_made_again(tmp_path, capsys):
    path, made = tmp_path / "base_results.pkl", []
    path.write_bytes(b"\x80\x04 nothing")
    assert phase(path, KEYS, made)["complete"]
    assert "base_results.pkl is damaged or not ours" in capsys.readouterr().out
    assert read_results(path)[1] == ""


# Both models, with a stand-in

FIELDS = {"thinking": "", "finish_reason": "stop", "tokens": 3, "seconds": 0.1}


class Model:
    """Answers with the side it stands for."""

    side = "tuned"

    @contextlib.contextmanager
    def disable_adapter(self):
        self.side = "base"
        yield
        self.side = "tuned"


PROMPTS: list[Any] = [
    {"id": f"prompt-{n:03d}", "question": f"Question {n}?", "source": "theme", "passage_id": None}
    for n in range(3)
]
TEXTS = [{"id": f"book-{n}", "text": f"Text {n}."} for n in range(2)]
DECODING = {"thinking": False, "reasoning_effort": "low", "temperature": 0.7, "top_p": 0.8}
DECODING |= {"top_k": 20, "max_new_tokens": 9, "batch": 4, "seed": 1}


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Return a function that runs both phases anew with other inputs, as a fresh kernel would."""
    adapter, model_folder, cache = (tmp_path / name for name in ("adapter", "model", "cache"))
    for folder in (adapter, model_folder, cache):
        folder.mkdir()
    (adapter / "adapter_model.safetensors").write_bytes(b"weights")
    inputs = PhaseInputs(
        model=str(model_folder),
        model_id="model 1",
        adapter=adapter,
        demo=True,
        versions={"torch": "1"},
        systems={"plain": "plain", "persona": "persona"},
        prompts=PROMPTS,
        texts={"held_out": TEXTS, "control": TEXTS[:1]},
        decoding=DECODING,
        max_seq_length=64,
        memory={"memory_held_out": TEXTS},
        windows=7,
    )

    def run(fail_at=None, code=1, decoding=None, **changed):
        log, used = [], inputs._replace(**changed, decoding={**DECODING, **(decoding or {})})

        def load(folder, model, max_seq_length, demo, thinking, reasoning_effort):
            assert (folder, model, demo) == (adapter, used.model, used.demo)
            assert (max_seq_length, thinking, reasoning_effort) == (
                used.max_seq_length,
                False,
                "low",
            )
            log.append("load")
            chat: Any = {"learned": "", "thinking": False}
            return ChatModel(Model(), "tokenizer", chat)

        def ask(chat_model, questions, system, settings):
            side = chat_model.model.side
            log.append((side, system))
            assert settings["batch_size"] == 4 and settings["max_new_tokens"] == 9
            usual = {"temperature": 0.7, "top_p": 0.8, "top_k": 20}  # as recommended
            for name in usual:
                wanted = used.decoding[name]
                assert settings[name] == (usual[name] if wanted is None else wanted)
            text = f"{side} {system}"
            row = {"system": system, "answer": text, "raw": "r", "bytes": len(text), **FIELDS}
            return [{"question": question, **row} for question in questions]

        def score(model, tokenizer, rows, *, max_seq_length):
            log.append((model.side, len(rows)))
            assert tokenizer == "tokenizer" and max_seq_length == used.max_seq_length
            row = {"log_likelihood": -1.0, "tokens": 2, "bytes": 5, "words": 2}
            return [dict(row) for _ in rows]

        def recite(model, tokenizer, rows, settings, count):
            log.append((model.side, "recites"))
            assert count == 7 and settings["seed"] == used.decoding["seed"]
            said = {"prefix": "a", "suffix": "b", "log_probability": -1.0}
            return [{"id": row["id"], **said} for row in rows]

        class Loader(LazyModel):
            def get(self):
                if len(asked(log)) == fail_at:
                    raise KeyboardInterrupt
                return super().get()

        space = {"__name__": "chapters.chat"}
        exec(f"def read_format(tokenizer): return {code}", space)
        monkeypatch.setattr(phases, "read_format", space["read_format"])
        monkeypatch.setattr(phases, "load_with_adapter", load)
        monkeypatch.setattr(phases, "ask", ask)
        monkeypatch.setattr(phases, "log_likelihoods", score)
        monkeypatch.setattr(phases, "recite", recite)
        model = Loader(used)
        return {side: run_side(used, side, cache, model) for side in ("base", "tuned")}, log

    return SimpleNamespace(run=run, adapter=adapter, model=model_folder, cache=cache, inputs=inputs)


SAMPLED = [(side, what) for side in ("base", "tuned") for what in ("plain", "persona", "recites")]


def asked(log):
    return [entry for entry in log if entry != "load"]


WHATS = ("plain", "persona", 2, 1, "recites")
EVERYTHING = [(side, what) for side in ("base", "tuned") for what in WHATS]


def test_two_sides_two_prompts_and_two_sets_of_texts(notebook):
    results, log = notebook.run()
    assert asked(log) == EVERYTHING
    for side in ("base", "tuned"):
        rows = results[side]["answers"]
        assert [(row["system"], row["prompt_id"]) for row in rows] == [
            (system, f"prompt-{n:03d}") for system in ("plain", "persona") for n in range(3)
        ]
        assert {row["answer"] for row in rows} == {f"{side} plain", f"{side} persona"}
        assert [(row["set"], row["id"]) for row in results[side]["likelihoods"]] == [
            ("held_out", "book-0"),
            ("held_out", "book-1"),
            ("control", "book-0"),
        ]
    assert [row["question"] for row in results["base"]["answers"]] == [
        row["question"] for row in results["tuned"]["answers"]
    ]
    for side in ("base", "tuned"):
        assert [row["memory"] for row in results[side]["recitals"]] == ["memory_held_out"] * 2
    assert results["base"]["settings"] == results["tuned"]["settings"]


def test_nothing_is_loaded_when_all_is_kept(notebook):
    first, _ = notebook.run()
    again, log = notebook.run()
    assert log == [] and again == first


def test_another_adapter_leaves_the_base_results_alone(notebook):
    notebook.run()
    (notebook.adapter / "adapter_model.safetensors").write_bytes(b"others!")
    _, log = notebook.run()
    assert asked(log) == [("tuned", what) for what in WHATS]


@pytest.mark.parametrize(
    "changed, remade",
    [
        (
            {"systems": {"plain": "plain", "persona": "other"}},
            [("base", "other"), ("tuned", "other")],
        ),
        ({"decoding": {"temperature": 0.0}}, SAMPLED),
        ({"decoding": {"seed": 2}}, SAMPLED),
        ({"code": 2}, SAMPLED),
        (
            {"texts": {"held_out": TEXTS, "control": [{"id": "book-0", "text": "Another."}]}},
            [("base", 1), ("tuned", 1)],
        ),
        ({"max_seq_length": 32}, [(side, size) for side in ("base", "tuned") for size in (2, 1)]),
        ({"versions": {"torch": "2"}}, EVERYTHING),
        ({"demo": False}, EVERYTHING),
        (
            {"prompts": [{"id": "prompt-001", "question": "New?"}]},
            [(side, system) for side in ("base", "tuned") for system in ("plain", "persona")],
        ),
    ],
)
def test_what_depends_on_a_change_is_made_again_and_nothing_else(notebook, changed, remade):
    notebook.run()
    _, log = notebook.run(**changed)
    assert asked(log) == remade


def test_another_model_makes_all_of_it_again(notebook):
    notebook.run()
    assert asked(notebook.run(model_id="model 2")[1]) == EVERYTHING


@pytest.mark.parametrize("parts_done", [1, 4, 6])
def test_an_interrupted_run_goes_on(notebook, parts_done):
    with pytest.raises(KeyboardInterrupt):
        notebook.run(fail_at=parts_done)
    kept = [read_results(path)[0] for path in sorted(notebook.cache.iterdir())]
    assert sum(len(one["parts"]) for one in kept) == parts_done
    assert [one["complete"] for one in kept] == [parts_done > 5, False][-len(kept) :]
    assert asked(notebook.run()[1]) == EVERYTHING[parts_done:]


def test_results_are_plain(notebook):
    results, _ = notebook.run()
    assert json.loads(json.dumps(results)) == results
    assert sorted(path.name for path in notebook.cache.iterdir()) == [
        "base_results.pkl",
        "tuned_results.pkl",
    ]


def test_the_model_is_loaded_once_and_settings_that_are_none_are_as_recommended(notebook):
    none = {"temperature": None, "top_p": None, "top_k": None}
    results, log = notebook.run(decoding=none)
    assert log.count("load") == 1 and log[0] == "load"
    settings = results["base"]["settings"]
    assert settings["decoding"] == {**DECODING, **none}
    assert set(settings) == {"model", "demo", "versions", "systems", "decoding"}
    base, tuned = (part_needs(notebook.inputs, side) for side in ("base", "tuned"))
    assert set(tuned["plain"]) - set(base["plain"]) == {"adapter"} and list(base) == list(tuned)


def test_the_chapter_imports_no_unsloth_before_it_is_needed():
    code = "import sys, chapters.phases\n"
    code += "assert not {'unsloth', 'transformers', 'peft', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, check=True)
