"""What results depend on: fingerprints of values, folders and code, and what has changed."""

import os
import subprocess
import sys

import huggingface_hub
import pytest

from chapters.keys import (
    asking_needs,
    code_fingerprint,
    describe_changes,
    fingerprint,
    folder_fingerprint,
    identify_model,
)
from conftest import SCRIPTS


def test_fingerprint_is_that_of_the_values():
    one = fingerprint({"b": 1, "a": [1.5, "x", None]}, True)
    assert one == fingerprint({"a": [1.5, "x", None], "b": 1}, True) and len(one) == 16
    several = ([1], ["1"], [1, 1], [[1]], [True], [None], [])
    assert len({fingerprint(*values) for values in several}) == 7


def test_folder_fingerprint_sees_every_byte_and_every_name_but_no_date(tmp_path):
    weights, data = tmp_path / "model.safetensors", bytearray(1 << 22)
    weights.write_bytes(data)
    (tmp_path / "config.json").write_text("{}")
    before = folder_fingerprint(tmp_path)
    os.utime(weights, (1, 1))
    assert folder_fingerprint(tmp_path) == before
    for place in range(0, len(data), len(data) // 40):
        data[place] = 1
        weights.write_bytes(data)
        assert folder_fingerprint(tmp_path) != before
        data[place] = 0
    weights.write_bytes(data)
    assert folder_fingerprint(tmp_path) == before
    only = folder_fingerprint(tmp_path, "model*")
    (tmp_path / "config.json").rename(tmp_path / "other.json")
    assert folder_fingerprint(tmp_path) != before
    assert folder_fingerprint(tmp_path, "model*") == only


def test_a_model_is_known_by_its_weights_wherever_it_is(tmp_path, monkeypatch):
    for place in ("here", "there"):
        (tmp_path / place / "small").mkdir(parents=True)
        (tmp_path / place / "small/model.safetensors").write_bytes(b"weights")
    here = identify_model(str(tmp_path / "here/small"))
    assert here.startswith("small ") and here == identify_model(str(tmp_path / "there/small"))
    (tmp_path / "there/small/model.safetensors").write_bytes(b"Weights")
    assert here != identify_model(str(tmp_path / "there/small"))
    assert identify_model("unsloth/none") == "unsloth/none"  # not on the disk
    found = "/cache/models--a--b/snapshots/0123456789abcdef0123/config.json"
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: found)
    assert identify_model("a/b") == "a/b 0123456789abcdef"


def test_changes_are_told_by_name():
    old = {"EPOCHS": 1, "rows": fingerprint(1), "torch": "2.11", "system prompt": "You are. " * 9}
    new = {"EPOCHS": 2, "rows": fingerprint(2), "torch": "2.14", "system prompt": "You were."}
    told = "EPOCHS 1 → 2, rows, torch 2.11 → 2.14, system prompt"
    assert describe_changes(old, new) == told and describe_changes(old, dict(old)) == ""
    assert describe_changes({"a": 1}, {"b": "x"}) == "a 1 → nothing, b nothing → x"


def test_what_is_asked_for_depends_on_weights_format_prompt_and_code():
    def one():
        return 1

    def two():
        return 2

    chat = {"template": "t", "thinking": False}
    several = [
        asking_needs("m", chat, "s", one),
        asking_needs("n", chat, "s", one),
        asking_needs("m", {**chat, "thinking": True}, "s", one),
        asking_needs("m", chat, "other", one),
        asking_needs("m", chat, "s", two),
    ]
    assert len({fingerprint(needs) for needs in several}) == 5


# What the code's fingerprint follows


def code(source, name="f"):
    space = {"__name__": "__main__"}
    exec(source, space)
    return code_fingerprint(space[name])


def test_code_fingerprint_follows_code_constants_and_called_functions():
    source = "LIMIT = {'a', 'b', 'c'}\ndef g(x):\n    return x in LIMIT\n"
    source += "def f(x):\n    return [g(y) for y in x]\n"
    assert code(source) == code("# a comment\n\n" + source.replace("g(x):\n", "g(x):  # another\n"))
    changed = [
        source.replace("'c'", "'d'"),
        source.replace("return x in", "return x not in"),
        source.replace("for y in x]", "for y in x if y]"),
        source.replace("LIMIT\n", "LIMIT or 'q'\n"),
    ]
    assert len({code(source), *map(code, changed)}) == 5


def test_code_fingerprint_is_the_same_in_another_process():
    source = "KNOWN = frozenset('abcdefgh')\ndef f(x): return x in KNOWN or x in {'p', 'q', 'r'}\n"
    script = (
        "from chapters.keys import code_fingerprint\n"
        f"space = {{'__name__': '__main__'}}; exec({source!r}, space)\n"
        "print(code_fingerprint(space['f']))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=SCRIPTS,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in "123"
    }
    assert len(seen) == 1


def test_code_fingerprint_ignores_what_comes_and_goes():
    space = {"__name__": "__main__"}
    exec("def f():\n    return model, chat\n", space)
    before = code_fingerprint(space["f"])
    space.update(model=object(), chat={"family": "x"})
    assert code_fingerprint(space["f"]) == before


@pytest.mark.parametrize(
    "before, after",
    [
        ("def f(x, y=1): return x", "def f(x, y=2): return x"),
        ("def f(x, *, y='a'): return x", "def f(x, *, y='b'): return x"),
        (
            "import re\nP = re.compile('a')\ndef f(x): return P",
            "import re\nP = re.compile('b')\ndef f(x): return P",
        ),
        (
            "_TABLE = {'a': [1]}\ndef f(x): return _TABLE",
            "_TABLE = {'a': [2]}\ndef f(x): return _TABLE",
        ),
        (
            "def g(): return 1\ndef f(x): return [lambda: g()]",
            "def g(): return 2\ndef f(x): return [lambda: g()]",
        ),
        (
            "class G:\n def go(self): return 1\ndef f(x): return G()",
            "class G:\n def go(self): return 2\ndef f(x): return G()",
        ),
        (
            "import functools\n@functools.cache\ndef g(): return 1\ndef f(x): return g()",
            "import functools\n@functools.cache\ndef g(): return 2\ndef f(x): return g()",
        ),
        (
            "def f(x):\n try: a = int(x); b = 1\n except ValueError: b = 2\n return b",
            "def f(x):\n a = int(x)\n try: b = 1\n except ValueError: b = 2\n return b",
        ),
    ],
)
def test_code_fingerprint_follows_defaults_patterns_classes_and_what_is_inside(before, after):
    assert code(before) != code(after)


def test_code_fingerprint_leaves_docstrings_out():
    assert code("def f(x):\n 'one'\n return x") == code("def f(x):\n 'two'\n return x")
