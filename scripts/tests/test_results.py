"""Files of results: what is written is read; whatever else lies there is told and made again."""

import json
import os
import pickle
import random

import pytest

from cache_attacks import attack_results, changed_files, made_up_files
from chapters.preparation import Mistake
from chapters.results import read_results, write_results
from chapters.seals import pack_lines
from result_rows import results


def test_what_is_written_is_read_and_is_a_pickle(tmp_path):
    path = tmp_path / "base_results.pkl"
    write_results(path, results())
    assert read_results(path) == (results(), "")
    assert [p.name for p in tmp_path.iterdir()] == ["base_results.pkl"]
    digest, head, *rows = pickle.loads(path.read_bytes()).splitlines()
    assert len(digest) == 64 and json.loads(head)["phase"] == "base"
    one = results()
    assert list(map(json.loads, rows)) == one["answers"] + one["likelihoods"] + one["recitals"]


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
        assert found is None and "made again" in why
        assert not (tmp_path / "made").exists()


def test_an_older_notebooks_pickle_is_told(tmp_path):
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(results(), protocol=4))
    assert read_results(tmp_path / "x.pkl") == (
        None,
        "x.pkl is damaged or not ours (its digest is wrong, or it has none): it is made again.",
    )


def test_every_cut_and_every_changed_bit_is_told(tmp_path):
    path, rnd = tmp_path / "x.pkl", random.Random(1)
    write_results(path, results())
    data = path.read_bytes()
    for size in range(0, len(data), 7):
        path.write_bytes(data[:size])
        found, why = read_results(path)
        assert found is None and "made again" in why and "\n" not in why, size
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << rnd.randrange(8)
        path.write_bytes(changed)
        assert read_results(path)[0] is None, place


def changed(**more):
    one = results()
    for name, value in more.items():
        firsts = (one[kind][0] for kind in ("answers", "likelihoods", "recitals"))
        place = next((row for row in firsts if name in row), one)
        (one if name in one else place)[name] = value
    return one


@pytest.mark.parametrize(
    "value",
    [
        {"key": 3},
        {"phase": "other"},
        {"complete": 1},
        {"parts": {"plain": 1}},
        {"timings": {"plain": "1"}},
        {"settings": []},
        {"answer": None},
        {"raw": ["text"]},
        {"tokens": 2.0},
        {"tokens": True},
        {"tokens": 10**300},
        {"bytes": 4},
        {"seconds": "0.1"},
        {"finish_reason": "error"},
        {"log_likelihood": None},
        {"words": "2"},
        {"log_probability": "-1"},
        {"prefix": None},
    ],
)
def test_values_of_another_type_are_told_though_the_digest_is_right(tmp_path, value):
    one = changed(**value)
    rows = [row for kind in ("answers", "likelihoods", "recitals") for row in one.pop(kind)]
    path = tmp_path / "x.pkl"
    path.write_bytes(pack_lines([one, *rows]))
    found, why = read_results(path)
    assert found is None and why.endswith("made again.")
    assert next(iter(value)) in why or "an answer has another length" in why


def test_a_record_of_two_kinds_is_told(tmp_path):
    one = results()
    head = {key: value for key, value in one.items() if not isinstance(value, list)}
    both = {**one["recitals"][0], **one["answers"][0]}
    (tmp_path / "x.pkl").write_bytes(pack_lines([head, both]))
    assert "of two kinds" in read_results(tmp_path / "x.pkl")[1]


@pytest.mark.parametrize("rows", [[], [None], [[]], [3], ["x"], [{}], [{"key": "k"}]])
def test_rows_of_another_kind_are_told(tmp_path, rows):
    (tmp_path / "x.pkl").write_bytes(pack_lines(rows))
    assert read_results(tmp_path / "x.pkl")[0] is None
    head = {key: value for key, value in results().items() if not isinstance(value, list)}
    (tmp_path / "x.pkl").write_bytes(pack_lines([head, *rows]))
    assert (read_results(tmp_path / "x.pkl")[0] is None) == bool(rows)


def test_what_is_no_file_is_told(tmp_path):
    (tmp_path / "folder.pkl").mkdir()
    os.mkfifo(tmp_path / "pipe.pkl")
    with open(tmp_path / "large.pkl", "wb") as file:
        file.truncate(5 << 30)
    for name, why in (("folder", "no file"), ("pipe", "no file"), ("large", "more than 64 MB")):
        found, told = read_results(tmp_path / f"{name}.pkl")
        assert found is None and why in told


def test_only_plain_values_are_written(tmp_path):
    path = tmp_path / "x.pkl"
    write_results(path, results())
    before = path.read_bytes()
    for value in ({1}, b"x", object()):
        with pytest.raises(TypeError):
            write_results(path, {**results(), "settings": {"x": value}})
    with pytest.raises(ValueError, match="plain values only"):
        write_results(path, {**results(), "settings": {"x": (1, 2)}})
    with pytest.raises(Mistake, match="The base model gives no numbers: run the"):
        write_results(path, changed(log_likelihood=float("nan")))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_hand_made_files_do_no_harm(tmp_path):
    attack_results(made_up_files(), tmp_path)


def test_some_changed_files_do_no_harm(tmp_path):
    attack_results(changed_files(range(300)), tmp_path)


@pytest.mark.slow
def test_a_hundred_thousand_changed_files_do_no_harm(tmp_path):
    attack_results(changed_files(range(100_000)), tmp_path)
