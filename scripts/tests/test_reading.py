"""Reading: bounded, plain, of the shape that is needed."""

import json
import os

import pytest

from chapters import reading
from chapters.preparation import Mistake
from chapters.reading import misfit, parse_json, read_bounded, read_json


@pytest.mark.parametrize("value", [None, True, 3, -2.5, "é\n🙂", [], [[1], {"a": {}}], {"": ""}])
def test_json_is_read(value):
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"1 2", "no JSON"),
        (b"\xff", "no JSON"),
        ("[1]".encode("utf-16"), "no JSON"),
        (b"NaN", "no JSON"),
        (b"[-Infinity]", "no JSON"),
        (b"1e999", "no JSON"),
        (b'"\\ud800"', "no JSON"),
        (b"9" * 5000, "no JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b" " * (reading.MAX_LINE + 1), "too long"),
    ],
)
def test_all_else_is_a_value_error(data, why):
    with pytest.raises(ValueError, match=why):
        parse_json(data)


@pytest.mark.parametrize(
    "value, shape",
    [
        (1, int),
        (1, float),
        (1.5, float),
        (None, float | None),
        ("a", {"a", "b"}),
        ([1, 2.5, None], [float | None]),
        ([], [int]),
        ([1, "a"], (int, str)),
        ({"a": 1, "more": object()}, {"a": int}),
        ({"a": 1, "b": 2}, {str: int}),
        ({"a": 1, "b": "x"}, {"a": int, str: str}),
    ],
)
def test_shapes_that_fit(value, shape):
    assert misfit(value, shape) == ""


@pytest.mark.parametrize(
    "value, shape, why",
    [
        (True, int, "it is of another type"),
        (True, float, "it is of another type"),
        (1.0, int, "it is of another type"),
        (2**60, int, "it is of another type"),
        (2**60, float, "it is of another type"),
        (None, str, "it is of another type"),
        (["a"], {"a"}, "it is none of its words"),
        ("c", {"a", "b"}, "it is none of its words"),
        ([1, [2]], [int], "it[1] is of another type"),
        ({}, [int], "it is of another type"),
        ([1], (int, int), "it is of another length"),
        ([], {"a": int}, "it is of another type"),
        ({}, {"a": int}, "it has no a"),
        ({"a": {"b": [0, None]}}, {"a": {"b": [int]}}, "it.a.b[1] is of another type"),
        ({"k" * 99: None}, {str: int}, f"it.{'k' * 40} is of another type"),
        ({"a" * 50 + "1": 1, "a" * 50 + "2": "x"}, {str: int}, f"it.{'a' * 40} is of another type"),
    ],
)
def test_the_first_place_that_does_not_fit_is_named(value, shape, why):
    assert misfit(value, shape) == why


def test_a_file_that_cannot_be_used_is_a_mistake(tmp_path):
    path = tmp_path / "training.json"
    with pytest.raises(Mistake, match=r"training.json cannot be used \(No such file.*\): mend it"):
        read_json(path, {"a": int}, "mend it.")
    for text, why in (("{", "no JSON"), ('{"a": "1"}', "it.a is of another type"), ("[]", "it is")):
        path.write_text(text)
        with pytest.raises(Mistake, match=f"cannot be used .*{why}"):
            read_json(path, {"a": int}, "mend it.")
    path.write_text('{"a": 1, "b": "é"}')
    assert read_json(path, {"a": int}, "mend it.") == {"a": 1, "b": "é"}


def test_no_more_is_read_than_a_file_can_have(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"12345")
    assert read_bounded(tmp_path / "file", 5) == b"12345"
    for name, why in (("file", "more than 0 MB"), ("pipe", "no file"), ("", "no file")):
        with pytest.raises(ValueError, match=why):
            read_bounded(tmp_path / name, 4)
