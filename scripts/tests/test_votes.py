"""Votes of readers: files that are not believed, shares with intervals that hold, agreement."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.display import HTML
from scipy.special import expit
from scipy.stats import binomtest

from chapters.agreement import exact_interval, nominal_alpha, share_interval
from chapters.preparation import text_table
from chapters.votes import (
    read_votes,
    readers_finding,
    readers_table,
    vote_row,
    vote_rows,
    votes_table,
)

KEY = "0123456789abcdef"


def pairs_of(count=20):
    """Return pairs, every second one against the author; A is the tuned model's in every third."""
    return [
        {
            "id": str(n + 1),
            "question": "?",
            "texts": ["a", "b"],
            "tuned": 0 if n % 3 == 0 else 1,
            "other": ("base", "author")[n % 2],
        }
        for n in range(count)
    ]


PAIRS = pairs_of()


def file_of(reader="Ada", wins=range(20), neither=(), test=KEY, **more):
    """Return votes that choose the tuned model's text in the pairs `wins`."""
    votes = {}
    for n, pair in enumerate(PAIRS):
        side = pair["tuned"] if n in wins else 1 - pair["tuned"]
        vote = "neither" if n in neither else "ab"[side]
        votes[pair["id"]] = {"sounds": vote, "better": "neither"}
    return {"test": test, "reader": reader, "knows": "well", "votes": votes, **more}


def put(folder, name, value):
    folder.mkdir(exist_ok=True)
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    (folder / name).write_bytes(data)


# ---- Files


def test_files_are_read_and_others_are_named_with_what_is_wrong(tmp_path):
    folder = tmp_path / "votes"
    put(folder, "1.json", file_of())
    put(folder, "2.json", file_of("Zoë"))
    wrong = {
        "3 half.json": (json.dumps(file_of("B")).encode()[:200], "no JSON"),
        "4 twice.json": (file_of(" aDa "), "the votes of .* are there already"),
        "5 other.json": (file_of("C", test="f" * 16), "another blind test"),
        "6 pair.json": (file_of("D", votes={"21": {"sounds": "a", "better": "a"}}), "no votes on"),
        "7 none.json": (file_of("E", votes={}), "no votes on"),
        "8 word.json": (file_of("F", votes={"1": {"sounds": "c", "better": "a"}}), "its words"),
        "9 lacks.json": (file_of("G", votes={"1": {"sounds": "a"}}), "has no better"),
        "a name.json": (file_of(" \n"), "does not name its reader"),
        "b long.json": (file_of("x" * 101), "does not name its reader"),
        "c list.json": ([], "of another type"),
        "d deep.json": (b"[" * 100_000, "nested too deeply"),
        "e huge.json": (b" " * (17 << 20), "more than 16 MB"),
        "f knows.json": (file_of("H", knows=True), "knows"),
    }
    for name, (value, _) in wrong.items():
        put(folder, name, value)
    (folder / "g.json").mkdir()
    (folder / "note.txt").write_text("not a vote")
    readers, left_out = read_votes(folder, KEY, PAIRS)
    assert [one["reader"] for one in readers] == ["Ada", "Zoë"]
    assert len(left_out) == len(wrong) + 1
    for (name, (_, why)), sentence in zip(wrong.items(), left_out):
        assert name in sentence and re.search(why, sentence), (name, sentence)
    assert "it is no file" in left_out[-1]
    assert read_votes(tmp_path / "not there", KEY, PAIRS) == ([], [])


def test_pairs_without_a_vote_are_not_counted(tmp_path):
    put(tmp_path, "a.json", file_of(votes={"1": {"sounds": "a", "better": "b"}}))
    readers, left_out = read_votes(tmp_path, KEY, PAIRS)
    row = vote_row(readers, PAIRS, "sounds", "base")
    assert not left_out and (row["tuned"], row["against"], row["neither"]) == (1, 0, 0)
    assert vote_row(readers, PAIRS, "sounds", "author")["share"] is None
    assert readers_table(readers, PAIRS)["pairs"].tolist() == ["1 of 20"]


def test_what_a_file_says_stays_text(tmp_path):
    put(tmp_path, "a.json", file_of("<img src=x onerror=alert(1)>\x1b[2J"))
    readers, _ = read_votes(tmp_path, KEY, PAIRS)
    shown = str(text_table(readers_table(readers, PAIRS)).data)
    assert "<img" not in shown and "\x1b" not in shown


# ---- Rows


def test_votes_are_counted_by_whose_text_it_was(tmp_path):
    one = file_of("A", wins=range(0, 20, 2), neither=(0,))  # all of base but a draw, none of author
    two = file_of("B", wins=range(20))
    rows = vote_rows([one, two], PAIRS)
    found = {(row["asked"], row["other"]): row for row in rows}
    assert len(rows) == 4
    base, author = found["sounds", "base"], found["sounds", "author"]
    assert (base["tuned"], base["against"], base["neither"]) == (19, 0, 1)
    assert (author["tuned"], author["against"], author["neither"]) == (10, 10, 0)
    assert base["share"] == 1 and author["share"] == 0.5 and (author["alpha"] or 0) < 0
    assert found["better", "base"]["share"] is None and found["better", "base"]["neither"] == 20
    shown = votes_table(rows)
    assert shown["share of tuned [95 %]"].tolist()[2] == "no vote for either"
    assert shown["readers prefer"].tolist()[:2] == ["the tuned model", "no preference shown"]
    json.dumps(rows, allow_nan=False)
    (finding,) = readers_finding(rows, "Ada Example")
    assert finding["question"] == "What do 2 readers say?"
    assert finding["answer"] == "They find it more like Ada Example than the base model"
    assert vote_rows([], PAIRS) == readers_finding([], "Ada") == []


def test_a_vote_against_the_tuned_model_is_told():
    rows = vote_rows([file_of(wins=())], PAIRS)
    (finding,) = readers_finding(rows, "Ada")
    assert finding["question"] == "What does a reader say?" and "less like Ada" in finding["answer"]
    assert votes_table(rows)["readers prefer"][0] == "the base model"


def test_the_steps_write_the_test_and_count_the_votes_on_it(
    tmp_path, monkeypatch, run_steps, capsys
):
    monkeypatch.chdir(tmp_path)
    out, cache = tmp_path / "outputs/Tiny-demo", tmp_path / "cache/Tiny-demo"
    out.mkdir(parents=True)
    cache.mkdir(parents=True)
    prompts = [{"question": f"Why {n}?", "passage_id": f"p{n}"} for n in range(8)]
    told = {
        side: [f"{' '.join([side[:1]] * 20)} {n}." for n in range(8)]
        for side in ("base persona", "tuned persona", "author")
    }
    own = {f"p{n}": told["author"][n] for n in range(3)}
    names: dict = {"AUTHOR": "Ada <i>", "AUTHOR_KEY": "Ada", "SEED": 1, "BLIND_PAIRS": 6}
    names |= {"OUT_DIR": Path("outputs/Tiny-demo"), "CACHE_DIR": cache, "prompts": prompts}
    names |= {"own_of": own, "asked": told, "display": lambda *shown: displayed.extend(shown)}
    displayed = []
    space = run_steps("Comparison", "blind", "votes", HTML=HTML, text_table=text_table, **names)
    assert "6 pairs, 3 of them with the author's own text." in capsys.readouterr().out
    assert (out / "blind_test.html").exists() and space["read_rows"] == []
    assert 'href="outputs/Tiny-demo/blind_test.html"' in displayed[-1].data
    assert "comparison_cache/Ada/Tiny-demo/votes/" in displayed[-1].data
    found = file_of(test=space["blind_key"])
    found["votes"] = {
        pair["id"]: dict.fromkeys(("sounds", "better"), "ab"[pair["tuned"]])
        for pair in space["blind"]
    }
    put(cache / "votes", "a.json", found)
    put(cache / "votes", "b.json", b"{")
    space = run_steps("Comparison", "blind", "votes", HTML=HTML, text_table=text_table, **names)
    assert [row["tuned"] for row in space["read_rows"]] == [3, 3, 3, 3]
    assert (
        "b.json cannot be used" in capsys.readouterr().out
        and "100 % [29, 100]" in displayed[-1].data
    )


# ---- Intervals


@pytest.mark.parametrize("wins, votes", [(0, 10), (1, 10), (7, 10), (10, 10), (28, 40)])
def test_one_readers_interval_is_the_exact_one(wins, votes):
    exact = binomtest(wins, votes).proportion_ci(method="exact")
    assert exact_interval(wins, votes) == pytest.approx((exact.low, exact.high))
    chosen = np.array([[1.0] * wins + [0.0] * (votes - wins) + [math.nan] * 3])
    assert share_interval(chosen) == pytest.approx((wins / votes, exact.low, exact.high))


def test_readers_who_agree_in_everything_count_as_one():
    one = [1.0] * 7 + [0.0] * 3
    alone, many = share_interval(np.array([one])), share_interval(np.array([one] * 5))
    assert many[0] == 0.7 and many[2] - many[1] > 0.9 * (alone[2] - alone[1])
    assert share_interval(np.ones((5, 10))) == share_interval(np.ones((1, 10)))


def test_independent_readers_narrow_it():
    draw = np.random.default_rng(1)
    few, many = (share_interval((draw.random((n, 20)) < 0.7).astype(float)) for n in (2, 10))
    assert many[2] - many[1] < 0.7 * (few[2] - few[1])


def test_no_vote_is_refused():
    with pytest.raises(ValueError, match="no vote"):
        share_interval(np.full((2, 3), math.nan))


@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0, math.nan]), min_size=6, max_size=6), min_size=1)
)
def test_an_interval_holds_its_share(rows):
    chosen = np.array(rows)
    if not np.isnan(chosen).all():
        share, low, high = share_interval(chosen)
        assert 0 <= low <= share <= high <= 1 and (low > 0 or share < 1)


@pytest.mark.parametrize("readers", [3, 8])
def test_the_interval_holds_the_truth_as_often_as_it_says(readers):
    draw, held, runs = np.random.default_rng(readers), 0, 300
    truth = expit(0.5 + draw.normal(0, math.hypot(0.7, 0.7), 100_000)).mean()
    for _ in range(runs):
        by_reader, by_pair = draw.normal(0, 0.7, (readers, 1)), draw.normal(0, 0.7, (1, 10))
        chosen = draw.random((readers, 10)) < expit(0.5 + by_reader + by_pair)
        _, low, high = share_interval(chosen.astype(float))
        held += low <= truth <= high
    assert held / runs > 0.91


# ---- Agreement


def test_alpha_is_krippendorffs():
    """His own example (2011, "Computing Krippendorff's Alpha-Reliability", C): four observers."""
    rows = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    units = [
        [value for value in unit if value != "."] for unit in zip(*(row.split() for row in rows))
    ]
    assert nominal_alpha(units) == pytest.approx(0.743, abs=5e-4)


def test_alpha_at_its_ends():
    assert nominal_alpha([["a", "a"], ["b", "b"]]) == 1
    assert nominal_alpha([["a", "b"], ["b", "a"]]) == pytest.approx(-0.5)
    assert nominal_alpha([["a"], ["b"]]) is None and nominal_alpha([["a", "a"]]) is None
    assert nominal_alpha([]) is None
