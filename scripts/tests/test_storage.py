"""Files written whole, fingerprints of what a result depends on, batches made once."""

import errno
import json
import os

import pytest

from chapters import storage
from chapters.locks import check_writable
from chapters.preparation import Mistake
from chapters.storage import (
    cached_batches,
    fingerprint,
    folder_fingerprint,
    write_json,
    write_whole,
)


def test_fingerprint_is_that_of_the_values():
    one = fingerprint({"b": 1, "a": [1.5, "x", None]}, True)
    assert one == fingerprint({"a": [1.5, "x", None], "b": 1}, True) and len(one) == 16
    several = ([1], ["1"], [1, 1], [[1]], [True], [None], [])
    assert len({fingerprint(*values) for values in several}) == 7


@pytest.mark.parametrize("size", [0, 10, 9 * storage.SAMPLE_BYTES])
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


def test_json_is_whole_or_old(tmp_path):
    path = tmp_path / "comparison.json"
    write_json(path, {"a": "é"})
    for wrong in ({"a": float("nan")}, {"a": object()}):
        with pytest.raises((ValueError, TypeError)):
            write_json(path, wrong)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "é"}
    assert [p.name for p in tmp_path.iterdir()] == ["comparison.json"]


def test_bytes_and_text_are_replaced_whole(tmp_path):
    path = tmp_path / "results.pkl"
    write_whole(path, b"\x80")
    assert path.read_bytes() == b"\x80"
    write_whole(path, "ünder")
    assert path.read_bytes() == "ünder".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["results.pkl"]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path):
    check_writable(tmp_path)
    assert not any(tmp_path.iterdir())


def test_what_the_system_refuses_is_told_in_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(Mistake, match=r"missing/r\.json cannot be written \(No such file or dir"):
        write_json(tmp_path / "missing/r.json", {})
    path = tmp_path / "cache.jsonl"
    write_whole(path, "old")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Mistake, match=r"cache\.jsonl cannot be written \(No space left on device"):
        write_whole(path, "new")
    with pytest.raises(Mistake, match=r"probe\.part cannot be written \(No space left"):
        check_writable(tmp_path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(Mistake, match=r"other\.jsonl cannot be written \(No space left"):
        cached_batches(tmp_path / "other.jsonl", ["a"], ["k"], lambda batch: [{}], 1, None)


def test_cache_survives_half_a_line_and_names_a_damaged_file(tmp_path):
    path, asked = tmp_path / "cache.jsonl", []

    def make(batch):
        asked.extend(batch)
        return [{"raw": item.upper()} for item in batch]

    items, keys = ["aa", "bb", "cc", "dd", "ee"], [fingerprint("m", n) for n in range(5)]
    first = cached_batches(path, items, keys, make, 2, None)
    assert [one["raw"] for one in first] == ["AA", "BB", "CC", "DD", "EE"] and asked == items
    whole = path.read_bytes()
    for cut in range(len(whole)):  # killed at any byte
        path.write_bytes(whole[:cut])
        asked.clear()
        assert cached_batches(path, items, keys, make, 2, None) == first
        missing = items[whole[:cut].count(b"\n") :]
        assert len(asked) - len(missing) <= 1  # of a batch of two, at most one is made again
        assert path.read_bytes() == whole
    path.write_bytes(whole.replace(b'"raw"', b'"raw', 1))
    with pytest.raises(Mistake, match=r"cache.jsonl is damaged: delete it"):
        cached_batches(path, items, keys, make, 2, None)


def test_batches_are_of_like_length_and_shown(tmp_path, capsys):
    batches = []

    def make(batch):
        batches.append(batch)
        return [{} for _ in batch]

    items, keys = ["ccc", "a", "dddd", "bb"], list("wxyz")
    cached_batches(tmp_path / "cache.jsonl", items, keys, make, 2, "Test")
    assert batches == [["a", "bb"], ["ccc", "dddd"]]
    assert "Test: 2/2" in capsys.readouterr().out
    with pytest.raises(ValueError):  # one answer too few: nothing of the batch is kept
        cached_batches(tmp_path / "other.jsonl", items, keys, lambda batch: [{}], 2, None)
    assert not (tmp_path / "other.jsonl").exists()
