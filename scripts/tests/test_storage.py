"""Files written whole, batches made once."""

import errno
import json
import os

import pytest

from chapters import storage
from chapters.keys import fingerprint
from chapters.locks import check_writable
from chapters.preparation import Mistake
from chapters.reading import json_line
from chapters.seals import sealed_line
from chapters.storage import cached_batches, read_lines, write_json, write_whole

RAW = {"raw": str}


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
    with pytest.raises(Mistake, match=r"cannot be written \(No space left"):
        check_writable(tmp_path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(Mistake, match=r"other\.jsonl cannot be written \(No space left"):
        cached_batches(tmp_path / "other.jsonl", {}, ["a"], ["k"], lambda batch: [{}], 1, None, {})


def test_cache_survives_half_a_line(tmp_path):
    path, asked = tmp_path / "cache.jsonl", []

    def make(batch):
        asked.extend(batch)
        return [{"raw": item.upper()} for item in batch]

    items, needs = ["aa", "bb", "cc", "dd", "ee"], {"model": "m"}
    first = cached_batches(path, needs, items, items, make, 2, None, RAW)
    assert [one["raw"] for one in first] == ["AA", "BB", "CC", "DD", "EE"] and asked == items
    whole = path.read_bytes()
    for cut in range(len(whole)):  # killed at any byte
        path.write_bytes(whole[:cut])
        asked.clear()
        assert cached_batches(path, needs, items, items, make, 2, None, RAW) == first
        missing = items[max(0, whole[:cut].count(b"\n") - 1) :]  # the first line has the needs
        assert len(asked) - len(missing) <= 1  # of a batch of two, at most one is made again
        assert path.read_bytes() == whole


def test_a_cache_says_what_changed_and_keeps_what_it_had(tmp_path, capsys):
    path, asked = tmp_path / "cache.jsonl", []

    def make(batch):
        asked.extend(batch)
        return [{"raw": item} for item in batch]

    def fill(**needs):
        asked.clear()
        cached_batches(path, needs, ["a", "b"], ["a", "b"], make, 2, None, RAW)
        return len(asked), capsys.readouterr().out

    assert fill(model="m", tokens=9) == (2, "") and fill(model="m", tokens=9) == (0, "")
    assert fill(model="n", tokens=9) == (2, "cache.jsonl: made again, changed: model m → n.\n")
    assert fill(model="m", tokens=9) == (0, "")
    cached_batches(path, {"model": "x"}, [], [], make, 2, None, RAW)
    assert capsys.readouterr().out == "" and path.read_text().count("needs") == 2


def damaged_lines():
    """Lines that must be left out, between two sound ones."""
    sound = [sealed_line({"key": key, "raw": "Ça"}) for key in "ab"]
    wrong = {
        b"\xff\xfe": "no JSON",
        b"{" * 100_000: "no JSON",
        b"[" * 100_000: "nested",
        b'{"key": "c", "raw": "x"}': "changed",
        sound[0].replace(b'"raw"', b'"row"').strip(): "changed",
        sealed_line({"key": "c", "raw": 1}).strip(): "another kind",
        sealed_line({"key": "c"}).strip(): "another kind",
        sealed_line({"raw": "x"}).strip(): "another kind",
        b'{"key": "c", "raw": NaN, "digest": ""}': "no JSON",
        b'{"key": "c", "raw": 1e999, "digest": ""}': "no JSON",
        b"9" * 5000: "no JSON",
        b'"' + b"x" * (5 << 20) + b'"': "too long",
        sound[0].strip(): "there twice",
        b"": "no JSON",
    }
    return sound, wrong


def test_lines_that_cannot_be_used_are_left_out_told_and_made_again(tmp_path, capsys):
    path, (sound, wrong) = tmp_path / "cache.jsonl", damaged_lines()
    for line, why in wrong.items():
        path.write_bytes(sound[0] + line + b"\n" + sound[1])
        assert {key: one["raw"] for key, one in read_lines(path, RAW).items()} == dict.fromkeys(
            "ab", "Ça"
        )
        said = capsys.readouterr().out
        assert "cache.jsonl: 1 lines are left out, and made again (1 " in said and why in said
        assert path.read_bytes() == b"".join(sound)
        read_lines(path, RAW)
        assert capsys.readouterr().out == ""  # told once
    needs, key = {"model": "m"}, fingerprint(fingerprint({"model": "m"}), "C")
    path.write_bytes(b"".join(sound) + json_line({"key": key, "raw": "old"}))
    made = cached_batches(path, needs, ["C"], ["C"], lambda batch: [{"raw": "n"}], 1, None, RAW)
    assert [one["raw"] for one in made] == ["n"]
    new = [{"key": fingerprint(needs), "needs": needs}, {"key": key, "raw": "n"}]
    assert path.read_bytes() == b"".join([*sound, *map(sealed_line, new)])


def test_a_file_that_is_no_cache_is_a_mistake(tmp_path):
    many, folder, pipe = tmp_path / "many", tmp_path / "folder", tmp_path / "pipe"
    many.write_bytes(b"\n" * (storage.MAX_LINES + 1))
    folder.mkdir()
    os.mkfifo(pipe)
    large = tmp_path / "large"
    with open(large, "wb") as file:
        file.truncate(5 << 30)  # without any block on the disk
    for path, why in (
        (many, "200,000 lines"),
        (folder, "no file"),
        (pipe, "no file"),
        (large, "64 MB"),
    ):
        with pytest.raises(Mistake, match=f"{path.name} cannot be used .*{why}.*: delete it"):
            read_lines(path, RAW)


def test_batches_are_of_like_length_and_shown(tmp_path, capsys):
    batches = []

    def make(batch):
        batches.append(batch)
        return [{} for _ in batch]

    items = ["ccc", "a", "dddd", "bb"]
    cached_batches(tmp_path / "cache.jsonl", {}, items, items, make, 2, "Test", {})
    assert batches == [["a", "bb"], ["ccc", "dddd"]]
    assert "Test: 2/2" in capsys.readouterr().out
    with pytest.raises(ValueError):  # one answer too few: nothing of the batch is kept
        cached_batches(tmp_path / "other.jsonl", {}, items, items, lambda batch: [{}], 2, None, {})
    assert (tmp_path / "other.jsonl").read_text().count("\n") == 1


def test_a_variant_begins_with_the_lines_of_its_model(tmp_path):
    main, variant = tmp_path / "M-demo", tmp_path / "M-rank4-demo"
    main.mkdir()
    variant.mkdir()
    (main / "instructions.jsonl").write_text("one\n")
    (main / "base_answers.jsonl").write_text("other\n")
    (variant / "base_answers.jsonl").write_text("own\n")
    names = ["instructions.jsonl", "base_answers.jsonl", "none.jsonl"]
    storage.borrow_lines(main, "", names)
    storage.borrow_lines(variant, "rank4", names)
    assert [path.read_text() for path in sorted(variant.iterdir())] == ["own\n", "one\n"]
