"""Verdicts: what counts as a difference, tuning and prompting, how often intervals are right."""

import functools
import math
import random

import numpy as np
import pytest

from chapters.differences import (
    MIN_PAIRS,
    compare_measure,
    compare_measures,
    differences_table,
    mean_of,
    persona_effects,
    persona_table,
)
from chapters.intervals import paired_test, rate_interval
from chapters.preparation import Mistake

compare = functools.partial(compare_measure, resamples=500, seed=1)
HIGHER = {"better": "higher", "label": "x", "unit": "y", "definition": "z"}


def normal(seed, size=40, mean=0.0, spread=1.0):
    return np.random.default_rng(seed).normal(mean, spread, size)


# Verdicts


@pytest.mark.parametrize(
    "better, shift, verdict",
    [
        ("higher", 1, "better"),
        ("higher", -1, "worse"),
        ("lower", 1, "worse"),
        ("lower", -1, "better"),
        ("neither", 1, "changed"),
        ("not higher", -1, "changed"),
        ("not higher", 1, "worse"),
        ("higher", 0, "no difference shown"),
        ("lower", 0, "no difference shown"),
    ],
)
def test_verdict_follows_the_direction(better, shift, verdict):
    base = normal(1)
    row = compare(base, base + shift + normal(2) * 0.5, {"better": better})
    assert row["verdict"] == verdict and (row["low"] <= 0 <= row["high"]) == (
        verdict == "no difference shown"
    )
    if verdict in ("better", "worse"):
        assert (row["gain"] * row["difference"] > 0) == (verdict == "better")


@pytest.mark.parametrize("better", ["higher", "lower", "nearer", "neither"])
@pytest.mark.parametrize("kind", [{}, {"aggregate": "exp"}, {"weights": list(range(1, 41))}])
def test_identical_answers_show_nothing(better, kind):
    base = list(normal(1))
    row = compare(base, base, {"better": better, "author": [0.3, 0.5], **kind})
    assert (row["difference"], row["low"], row["high"], row["verdict"]) == (
        0,
        0,
        0,
        "no difference shown",
    )


def test_nearer_is_judged_by_the_distance_of_the_means():
    near, far, measure = (
        normal(1, mean=1),
        normal(2, mean=4),
        {"better": "nearer", "author": [0.9, 1.1]},
    )
    assert (
        compare(far, near, measure)["verdict"] == "better"
        and compare(near, far, measure)["verdict"] == "worse"
    )
    row = compare(far, near, measure)
    assert (
        row["difference"] == pytest.approx(abs(near.mean() - 1) - abs(far.mean() - 1))
        and row["author"] == 1
    )
    # as far below as above: no difference, though the values differ
    assert (
        compare(normal(3, mean=-1), normal(4, mean=3), measure)["verdict"] == "no difference shown"
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_authors_own_text_never_loses(seed):
    """Against values of any mean and spread, near ones and unvarying ones too."""
    rnd = random.Random(seed)
    author = list(normal(seed, 40))
    base = normal(seed + 500, 40, rnd.choice([0, 0.01, 0.3, 2]), rnd.choice([0, 0.001, 0.5, 3]))
    assert compare(base, author, {"better": "nearer", "author": author})["verdict"] != "worse"
    assert compare(base, author, {"better": "lower", "author": author})["verdict"] != "worse"


def test_lower_counts_only_down_to_the_authors_own():
    measure = {"better": "lower", "author": [5, 7]}
    low, high = normal(1, mean=2), normal(2, mean=5)
    assert compare(low, high, measure)["verdict"] == "no difference shown"
    assert compare(low, normal(3, mean=9), measure)["verdict"] == "worse"
    assert compare(normal(3, mean=9), low, measure)["verdict"] == "better"


@pytest.mark.parametrize("pairs", range(1, MIN_PAIRS))
def test_too_few_pairs_show_nothing(pairs):
    for better in ("higher", "nearer"):
        row = compare([0.0] * pairs, [1.0] * pairs, {"better": better, "author": [1.0]})
        assert (
            row["verdict"] == "no difference shown"
            and row["low"] <= row["difference"] <= row["high"]
        )
    assert (
        compare([0.0] * MIN_PAIRS, [1.0] * MIN_PAIRS, {"better": "higher"})["verdict"] == "better"
    )


def test_what_one_side_lacks_is_no_pair():
    base, tuned = list(normal(1)), list(normal(2, mean=1))
    whole = compare(base, tuned, {"better": "higher"})
    row = compare(
        base + [None, 9.0, None],
        tuned + [9.0, None, None],
        {"better": "higher", "author": [None, 2.0]},
    )
    assert row == whole | {"author": 2.0} and row["n"] == 40
    assert paired_test(base + [None, 9.0], tuned + [9.0, None]) == paired_test(base, tuned)
    none = compare([None, 1.0], [2.0, None], {"better": "nearer", "author": [1.0]})
    assert (none["n"], none["base"], none["tuned"], none["difference"], none["verdict"]) == (
        0,
        1.0,
        2.0,
        0,
        "no difference shown",
    )
    assert compare([None], [None], {"better": "lower", "author": [None]})["base"] == 0
    assert paired_test([None], [1.0])["p"] == 1


def test_perplexity_is_that_of_the_whole_text():
    rng = np.random.default_rng(1)
    tokens = rng.integers(50, 500, 30)
    base, tuned = rng.normal(3, 0.3, 30), rng.normal(2.7, 0.3, 30)
    row = compare(
        list(base), list(tuned), {"better": "lower", "weights": tokens.tolist(), "aggregate": "exp"}
    )
    assert row["base"] == pytest.approx(math.exp((base * tokens).sum() / tokens.sum()), abs=1e-9)
    assert (
        row["difference"] == pytest.approx(row["tuned"] - row["base"])
        and row["low"] < row["difference"] < row["high"] < 0
    )
    index = rng.integers(0, 30, (5, 30))
    assert mean_of(base, {"weights": tokens.tolist()}, index) == pytest.approx(
        [np.average(base[draw], weights=tokens[draw]) for draw in index], abs=1e-9
    )


def test_rates_get_their_own_interval():
    base, tuned = [0] * 40, [1] * 3 + [0] * 37
    row = compare(base, tuned, {"better": "lower"})
    assert (row["low"], row["high"]) == rate_interval(base, tuned) and row[
        "verdict"
    ] == "no difference shown"
    assert compare(base, [1] * 10 + [0] * 30, {"better": "lower"})["verdict"] == "worse"


def test_differences_have_what_the_report_needs():
    base = list(normal(1))
    measures = {
        "a": {**HIGHER, "base": base, "tuned": list(normal(2, mean=1)), "author": None},
        "b": {**HIGHER, "base": [0, 1] * 20, "tuned": [1, 1] * 20, "author": [1.0]},
    }
    rows = compare_measures(measures, 500, 1)
    assert [row["name"] for row in rows] == ["a", "b"] and [row["test"] for row in rows] == [
        "Wilcoxon",
        "McNemar",
    ]
    assert {
        "label",
        "base",
        "tuned",
        "difference",
        "low",
        "high",
        "p",
        "p_holm",
        "effect",
        "verdict",
        "n",
    } <= set(rows[0])
    assert all(row["p_holm"] >= row["p"] for row in rows)
    assert (
        "no difference" not in differences_table(rows).to_html()
        and "better" in differences_table(rows).to_html()
    )
    with pytest.raises(Mistake, match="a has 40 values of base and 39 of tuned"):
        compare_measures({"a": {**measures["a"], "tuned": base[1:]}}, 500, 1)


def test_tuning_and_prompting_are_told_apart():
    quiet, loud = list(normal(1)), list(normal(2, mean=3))
    prompted = {
        **HIGHER,
        "base": loud,
        "tuned": loud,
        "author": None,
        "plain": {"base": quiet, "tuned": quiet},
    }
    tuned = {
        **HIGHER,
        "base": quiet,
        "tuned": loud,
        "author": None,
        "plain": {"base": quiet, "tuned": loud},
    }
    rows = persona_effects(
        {"prompted": prompted, "tuned": tuned, "without": {**HIGHER, "base": quiet, "tuned": loud}},
        500,
        1,
    )
    assert [row["name"] for row in rows] == ["prompted", "tuned"]
    assert [rows[0][key]["verdict"] for key in ("prompting", "tuning", "tuning_on_top")] == [
        "better"
    ] + ["no difference shown"] * 2
    assert [rows[1][key]["verdict"] for key in ("prompting", "tuning", "tuning_on_top")] == [
        "no difference shown"
    ] + ["better"] * 2
    assert rows[1]["means"] == pytest.approx(
        {
            "base plain": np.mean(quiet),
            "base persona": np.mean(quiet),
            "tuned plain": np.mean(loud),
            "tuned persona": np.mean(loud),
        }
    )
    assert "tuning on top" in persona_table(rows).to_html()


# Coverage


def coverage(draw, truth, measure, runs=3000, resamples=1000):
    hits = 0
    for seed in range(runs):
        base, tuned, own = draw(np.random.default_rng(seed))
        row = compare_measure(base, tuned, {**measure, **own}, resamples=resamples, seed=seed)
        hits += row["low"] <= truth <= row["high"]
    return hits / runs


def normal_pairs(rng):
    base = rng.normal(0, 1, 40)
    return base, base + rng.normal(0.3, 1, 40), {}


def skewed_pairs(rng):
    return rng.gamma(4, 1, 40), rng.gamma(5, 1, 40), {}


def shares(rng):
    return rng.beta(2, 6, 40), rng.beta(4, 4, 40), {}


def rates(rng):
    base = rng.random(40) < 0.3
    return base.astype(int), (rng.random(40) < np.where(base, 0.7, 0.4)).astype(int), {}


def perplexities(rng):
    tokens = rng.integers(100, 400, 40)
    base = rng.normal(3, 0.25, 40)
    return base, base + rng.normal(-0.3, 0.15, 40), {"weights": tokens.tolist()}


def nearer(rng):
    return rng.normal(2, 1, 40), rng.normal(1, 1, 40), {"author": [0.0]}


def below_and_above(rng):
    return rng.normal(-2, 1, 40), rng.normal(1, 1, 40), {"author": [0.0]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "draw, truth, measure",
    [
        (normal_pairs, 0.3, {"better": "higher"}),
        (skewed_pairs, 1.0, {"better": "lower"}),
        (shares, 0.25, {"better": "higher"}),
        (rates, 0.3 * 0.7 + 0.7 * 0.4 - 0.3, {"better": "lower"}),
        (perplexities, -0.3, {"better": "lower"}),
        (perplexities, None, {"better": "lower", "aggregate": "exp"}),
        (nearer, -1.0, {"better": "nearer"}),
        (below_and_above, -1.0, {"better": "nearer"}),
    ],
)
def test_intervals_cover_the_truth(draw, truth, measure):
    if truth is None:  # of endless text: the mean of nats does not depend on the tokens
        truth = math.exp(2.7) - math.exp(3)
    covered = coverage(draw, truth, measure)
    print(f"{draw.__name__}: {covered:.3f}")
    assert 0.93 <= covered <= 0.97


@pytest.mark.slow
def test_where_nothing_differs_few_verdicts_are_given():
    """Under no difference at most about one verdict in twenty is given, whatever the measure."""
    for measure, mean in (
        ({"better": "higher"}, 0),
        ({"better": "nearer", "author": [0.0]}, 2),
        ({"better": "nearer", "author": [0.0]}, 0),
        ({"better": "lower", "author": [0.0]}, 0),
    ):
        given_ = sum(
            compare_measure(
                rng.normal(mean, 1, 40), rng.normal(mean, 1, 40), measure, resamples=300, seed=1
            )["verdict"]
            != "no difference shown"
            for rng in map(np.random.default_rng, range(600))
        )
        print(measure, given_ / 600)
        assert given_ / 600 <= 0.07
