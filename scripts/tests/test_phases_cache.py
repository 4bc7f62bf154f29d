"""Result caches: when they are valid, how they are written and read, what an interruption leaves behind."""
import json
import os
import pickle
import subprocess
import sys

import pytest

from cells.fingerprints import SAMPLE, code_fingerprint, fingerprint, folder_fingerprint
from cells.result_cache import PlainUnpickler, read_results, write_results
from cells.write_files import write_whole
from cells.run_phase import run_phase


def answers(system, n=3):
    return [{"prompt_id": f"prompt-{i:03d}", "question": "Why?", "system": system, "answer": "So.", "thinking": "",
             "raw": "So.<end>", "finish_reason": "stop", "tokens": 2, "bytes": 3, "seconds": 0.1} for i in range(n)]


def likelihoods(name, n=2):
    return [{"id": f"{name}-{i}", "set": name, "log_likelihood": -5.0 - i, "tokens": 4, "bytes": 9, "words": 2}
            for i in range(n)]


def results(phase="base"):
    return {"key": "k", "phase": phase, "complete": True, "parts": {"plain": "k1", "held_out": "k2"},
            "answers": answers("plain"), "likelihoods": likelihoods("held_out"), "timings": {"plain": 1.0, "held_out": 1.0},
            "settings": {"model": "m"}}


# Fingerprints

def test_fingerprint_is_that_of_the_values():
    assert fingerprint({"b": 1, "a": [1.5, "x", None]}, True) == fingerprint({"a": [1.5, "x", None], "b": 1}, True)
    assert len({fingerprint(*values) for values in ([1], ["1"], [1, 1], [[1]], [True], [None], [])}) == 7


@pytest.mark.parametrize("size", [0, 10, 9 * SAMPLE])
def test_folder_fingerprint_sees_contents_names_and_sizes_but_not_dates(tmp_path, size):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(size) + b"x")
    (tmp_path / "config.json").write_text("{}")
    before = folder_fingerprint(tmp_path)
    os.utime(weights, (1, 1))
    assert folder_fingerprint(tmp_path) == before
    weights.write_bytes(b"y" * (size + 1))
    assert folder_fingerprint(tmp_path) != before
    weights.write_bytes(bytes(size) + b"x")
    assert folder_fingerprint(tmp_path) == before
    (tmp_path / "config.json").rename(tmp_path / "other.json")
    assert folder_fingerprint(tmp_path) != before


def code(source, name="f"):
    space = {}
    exec(source, space)
    return code_fingerprint(space[name])


def test_code_fingerprint_follows_code_constants_and_called_functions():
    source = "LIMIT = {'a', 'b', 'c'}\ndef g(x):\n    return x in LIMIT\ndef f(x):\n    return [g(y) for y in x]\n"
    assert code(source) == code("# a comment\n\n" + source.replace("g(x):\n", "g(x):  # another\n"))
    changed = [source.replace("'c'", "'d'"), source.replace("return x in", "return x not in"),
               source.replace("for y in x]", "for y in x if y]"), source.replace("LIMIT\n", "LIMIT or 'q'\n")]
    assert len({code(source), *map(code, changed)}) == 5


def test_code_fingerprint_is_the_same_in_another_process():
    source = "KNOWN = frozenset('abcdefgh')\ndef f(x): return x in KNOWN or x in {'p', 'q', 'r'}\n"
    script = ("import sys; sys.path.insert(0, 'scripts')\nfrom cells.fingerprints import code_fingerprint\n"
              f"space = {{}}; exec({source!r}, space); print(code_fingerprint(space['f']))")
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    seen = {subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in "123"}
    assert len(seen) == 1


def test_code_fingerprint_ignores_what_comes_and_goes():
    space = {}
    exec("def f():\n    return model, chat\n", space)
    before = code_fingerprint(space["f"])
    space.update(model=object(), chat={"family": "x"})
    assert code_fingerprint(space["f"]) == before


# Reading and writing

def test_what_is_written_is_read(tmp_path):
    write_results(tmp_path / "base_results.pkl", results(), write_whole)
    assert read_results(tmp_path / "base_results.pkl") == (results(), "")
    assert [p.name for p in tmp_path.iterdir()] == ["base_results.pkl"]


def test_a_missing_file_is_told(tmp_path):
    found, why = read_results(tmp_path / "base_results.pkl")
    assert found is None and "not there" in why


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_foreign_pickle_runs_nothing(tmp_path):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(Evil(str(tmp_path / "made")), protocol))
        found, why = read_results(tmp_path / "x.pkl")
        assert found is None and "mkdir" in why and "made again" in why
        assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["eval", "exec", "getattr", "__import__", "dict"])
def test_not_even_builtins_are_admitted_by_name(name):
    with pytest.raises(pickle.UnpicklingError, match=name):
        PlainUnpickler(__import__("io").BytesIO(f"cbuiltins\n{name}\n.".encode())).load()


def test_every_truncation_is_told(tmp_path):
    path = tmp_path / "x.pkl"
    write_results(path, results(), write_whole)
    data = path.read_bytes()
    for size in range(0, len(data), 7):
        path.write_bytes(data[:size])
        found, why = read_results(path)
        assert found is None and "made again" in why and "\n" not in why, size


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, {"key": "k"}, {**results(), "answers": [{"answer": "only"}]},
                                   {**results(), "answers": ["text"]}, {**results(), "likelihoods": {}},
                                   {**results(), "parts": None}])
def test_plain_values_of_another_shape_are_told(tmp_path, value):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(value))
    found, why = read_results(path)
    assert found is None and why.endswith("made again.")


def test_random_bytes_are_told(tmp_path):
    import random
    path, rnd = tmp_path / "x.pkl", random.Random(1)
    whole = pickle.dumps(results(), 4)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rnd.randint(1, 6)):
            data[rnd.randrange(len(data))] = rnd.randrange(256)
        path.write_bytes(bytes(data))
        found, why = read_results(path)  # never an exception
        assert (found is None) == bool(why)


def test_only_plain_values_are_written(tmp_path):
    numpy = pytest.importorskip("numpy")
    path = tmp_path / "x.pkl"
    write_results(path, results(), write_whole)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="plain values"):
        write_results(path, {**results(), "settings": {"x": numpy.float64(1)}}, write_whole)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


# Phases

def phase(path, keys, made, stop_after=None, name="base"):
    def make_part(part):
        if stop_after is not None and len(made) >= stop_after:
            raise KeyboardInterrupt
        made.append(part)
        return answers(part) if part in ("plain", "persona") else likelihoods(part)
    return run_phase(path, name, keys, make_part, {"model": "m"}, read_results,
                     lambda path, results: write_results(path, results, write_whole))


KEYS = {"plain": "a", "persona": "b", "held_out": "c", "control": "d"}


def test_a_second_run_makes_nothing(tmp_path, capsys):
    path, made = tmp_path / "base_results.pkl", []
    first = phase(path, KEYS, made)
    assert made == list(KEYS) and first["complete"] and first["key"] == "a-b-c-d"
    assert [row["system"] for row in first["answers"]] == ["plain"] * 3 + ["persona"] * 3
    assert [row["set"] for row in first["likelihoods"]] == ["held_out"] * 2 + ["control"] * 2
    written = path.read_bytes()
    again = phase(path, KEYS, made)
    assert len(made) == 4 and again == first and path.read_bytes() == written
    assert "kept" in capsys.readouterr().out
    assert json.loads(json.dumps(first)) == first


def test_only_the_part_whose_key_changed_is_made(tmp_path):
    path, made = tmp_path / "base_results.pkl", []
    phase(path, KEYS, made)
    again = phase(path, {**KEYS, "persona": "new"}, made)
    assert made[4:] == ["persona"] and again["parts"]["persona"] == "new" and again["complete"]
    assert [row["system"] for row in again["answers"]] == ["plain"] * 3 + ["persona"] * 3


@pytest.mark.parametrize("parts_done", [0, 1, 2, 3])
def test_an_interruption_loses_one_part_at_most(tmp_path, parts_done):
    path, made = tmp_path / "base_results.pkl", []
    with pytest.raises(KeyboardInterrupt):
        phase(path, KEYS, made, stop_after=parts_done)
    if parts_done:
        kept, why = read_results(path)
        assert not why and not kept["complete"] and list(kept["parts"]) == list(KEYS)[:parts_done]
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
