"""Intervals, tests and verdicts: against scipy and published examples, on degenerate data, and their coverage."""
import functools
import math
import random
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, bootstrap, norm
from scipy.stats import t as student

from cells.compare_measure import MIN_PAIRS, compare_measure, holm
from cells.intervals import paired_interval
from cells.mean_difference import mean_difference, mean_of
from cells.paired_differences import compare_measures, differences_table
from cells.paired_tests import paired_test, rate_interval
from cells.persona_effect import persona_effects, persona_table

PARTS = {"mean_difference": mean_difference, "paired_interval": paired_interval, "rate_interval": rate_interval}
compare = functools.partial(compare_measure, **PARTS, resamples=500, seed=1)
HIGHER = {"better": "higher", "label": "x", "unit": "y", "definition": "z"}


def mean_statistic(values):
    return lambda index, axis=-1: values[index].mean(-1)


def normal(seed, size=40, mean=0.0, spread=1.0):
    return np.random.default_rng(seed).normal(mean, spread, size)


# Intervals

@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("draw", [lambda rng: rng.normal(size=40), lambda rng: rng.exponential(size=25)])
def test_interval_equals_scipy(seed, draw):
    values = draw(np.random.default_rng(seed))
    n = len(values)
    level = 1 - 2 * norm.cdf(-math.sqrt(n / (n - 1)) * student.ppf(0.975, n - 1))
    wanted = bootstrap((values,), np.mean, n_resamples=999, method="BCa", confidence_level=level, rng=np.random.default_rng(7))
    low, high, error = paired_interval(mean_statistic(values), n, 999, seed=7)
    assert (low, high) == pytest.approx(tuple(wanted.confidence_interval), abs=1e-6)
    assert error == pytest.approx(wanted.standard_error, abs=1e-6)


def test_intervals_are_the_same_each_time_and_a_little_wider_than_the_plain_ones():
    values = normal(1, 12)
    assert paired_interval(mean_statistic(values), 12, 500, 3) == paired_interval(mean_statistic(values), 12, 500, 3)
    plain = bootstrap((values,), np.mean, n_resamples=500, method="BCa", rng=np.random.default_rng(3)).confidence_interval
    low, high, _ = paired_interval(mean_statistic(values), 12, 500, 3)
    assert low < plain.low and high > plain.high


@pytest.mark.parametrize("values", [[0.0] * 40, [0.1] * 40, [1 / 3] * 7, [1e9] * 8, [0] * 6, [-2.5, -2.5]])
def test_data_without_spread_gives_its_value_without_a_warning(values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low, high, error = paired_interval(mean_statistic(np.array(values)), len(values), 200, 1)
    assert low == pytest.approx(values[0]) and high == pytest.approx(values[0]) and error == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, -1.0, 5.5, 1e-9]), min_size=2, max_size=20))
def test_intervals_are_always_finite(values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low, high, error = paired_interval(mean_statistic(np.array(values)), len(values), 100, 1)
    assert math.isfinite(low) and math.isfinite(high) and low <= high and math.isfinite(error)


def test_an_interval_needs_pairs():
    with pytest.raises(ValueError, match="needs two pairs and there is 1"):
        paired_interval(mean_statistic(np.ones(1)), 1, 100, 1)


def newcombe(a, b, c, d):
    """Method 10 from the four cells of the table, as printed in the paper."""
    n, z = a + b + c + d, norm.ppf(0.975)
    def wilson(hits):
        centre, half = 2 * hits + z * z, z * math.sqrt(z * z + 4 * hits * (n - hits) / n)
        return (centre - half) / (2 * (n + z * z)), (centre + half) / (2 * (n + z * z))
    (l1, u1), (l2, u2) = wilson(a + b), wilson(a + c)
    product = (a + b) * (c + d) * (a + c) * (b + d)
    phi = 0 if product == 0 else (
        a * d - b * c - n / 2 if a * d - b * c > n / 2 else 0 if a * d >= b * c else a * d - b * c) / math.sqrt(product)
    p1, p2, theta = (a + b) / n, (a + c) / n, (b - c) / n
    delta = math.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    epsilon = math.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    return max(theta - delta, -1), min(theta + epsilon, 1)


def table(both, tuned_only, base_only, neither):
    return ([1] * both + [0] * tuned_only + [1] * base_only + [0] * neither,
            [1] * both + [1] * tuned_only + [0] * base_only + [0] * neither)


@pytest.mark.parametrize("cells, wanted", [  # method 10 in Newcombe 1998, Statistics in Medicine 17:2635
    ((36, 12, 2, 0), (0.0569, 0.3404)), ((18, 12, 2, 18), (0.0562, 0.3290))])
def test_rate_interval_as_published(cells, wanted):
    assert rate_interval(*table(*cells)) == pytest.approx(wanted, abs=5e-5)


@settings(max_examples=200, deadline=None)
@given(st.tuples(*[st.integers(0, 30)] * 4).filter(lambda cells: cells[1] + cells[2] > 0))
def test_rate_interval_follows_the_formula(cells):
    low, high = rate_interval(*table(*cells))
    assert (low, high) == pytest.approx(newcombe(*cells), abs=1e-6)
    assert low <= (cells[1] - cells[2]) / sum(cells) + 1e-12 and high >= (cells[1] - cells[2]) / sum(cells) - 1e-12


def test_equal_rates_have_no_interval():
    assert rate_interval(*table(30, 0, 0, 10)) == rate_interval([0] * 9, [0] * 9) == (0.0, 0.0)


# Tests

@pytest.mark.parametrize("up, down", [(10, 0), (7, 2), (3, 3), (1, 0), (0, 6)])
def test_mcnemar_is_the_exact_binomial_test(up, down):
    base, tuned = [0] * up + [1] * down + [1, 0] * 9, [1] * up + [0] * down + [1, 0] * 9
    wanted = min(1, 2 * binom.cdf(min(up, down), up + down, 0.5))
    got = paired_test(base, tuned)
    assert got["test"] == "McNemar" and got["p"] == pytest.approx(wanted, abs=1e-6)
    assert got["effect"] == pytest.approx((up - down) / (up + down))


def signed_ranks_by_hand(differences):
    """Exact two-sided Wilcoxon p and rank-biserial correlation by trying all signs (no ties)."""
    order = sorted(abs(value) for value in differences)
    ranks = [order.index(abs(value)) + 1 for value in differences]
    total = sum(ranks)
    plus = sum(rank for rank, value in zip(ranks, differences) if value > 0)
    sums = [0]
    for rank in ranks:
        sums += [value + rank for value in sums]
    extreme = sum(abs(value - total / 2) >= abs(plus - total / 2) - 1e-9 for value in sums)
    return extreme / len(sums), (2 * plus - total) / total


@pytest.mark.parametrize("seed", range(6))
def test_wilcoxon_by_trying_all_signs(seed):
    differences = normal(seed, 10, 0.4)
    base = normal(seed + 100, 10)
    p, effect = signed_ranks_by_hand(list(differences))
    got = paired_test(list(base), list(base + differences))
    assert got["p"] == pytest.approx(p, abs=1e-6) and got["effect"] == pytest.approx(effect, abs=1e-6)
    assert got["test"] == "Wilcoxon"


def test_no_movement_is_no_evidence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert paired_test([0.5] * 9, [0.5] * 9) == {"p": 1.0, "effect": 0.0, "test": "Wilcoxon"}
        assert paired_test([1, 0], [1, 0]) == {"p": 1.0, "effect": 0.0, "test": "McNemar"}
        assert paired_test([0.2], [0.7])["p"] == 1 and paired_test([0.1] * 4, [0.3] * 4)["effect"] == 1


def test_holm():
    # p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") in R, and the worked example of its manual's kind
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.04, 0.001, 0.6]) == pytest.approx([0.08, 0.003, 0.6]) and holm([]) == [] and holm([0.9, 0.8]) == [1, 1]


# Verdicts

@pytest.mark.parametrize("better, shift, verdict", [
    ("higher", 1, "better"), ("higher", -1, "worse"), ("lower", 1, "worse"), ("lower", -1, "better"),
    ("neither", 1, "changed"), ("not higher", -1, "changed"), ("not higher", 1, "worse"),
    ("higher", 0, "no difference shown"), ("lower", 0, "no difference shown")])
def test_verdict_follows_the_direction(better, shift, verdict):
    base = normal(1)
    row = compare(base, base + shift + normal(2) * 0.5, {"better": better})
    assert row["verdict"] == verdict and (row["low"] <= 0 <= row["high"]) == (verdict == "no difference shown")
    if verdict in ("better", "worse"):
        assert (row["gain"] * row["difference"] > 0) == (verdict == "better")


@pytest.mark.parametrize("better", ["higher", "lower", "nearer", "neither"])
@pytest.mark.parametrize("kind", [dict(), dict(aggregate="exp"), dict(weights=list(range(1, 41)))])
def test_identical_answers_show_nothing(better, kind):
    base = list(normal(1))
    row = compare(base, base, {"better": better, "author": [0.3, 0.5], **kind})
    assert (row["difference"], row["low"], row["high"], row["verdict"]) == (0, 0, 0, "no difference shown")


def test_nearer_is_judged_by_the_distance_of_the_means():
    near, far, measure = normal(1, mean=1), normal(2, mean=4), {"better": "nearer", "author": [0.9, 1.1]}
    assert compare(far, near, measure)["verdict"] == "better" and compare(near, far, measure)["verdict"] == "worse"
    row = compare(far, near, measure)
    assert row["difference"] == pytest.approx(abs(near.mean() - 1) - abs(far.mean() - 1)) and row["author"] == 1
    # as far below as above: no difference, though the values differ
    assert compare(normal(3, mean=-1), normal(4, mean=3), measure)["verdict"] == "no difference shown"


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
        assert row["verdict"] == "no difference shown" and row["low"] <= row["difference"] <= row["high"]
    assert compare([0.0] * MIN_PAIRS, [1.0] * MIN_PAIRS, {"better": "higher"})["verdict"] == "better"


def test_what_one_side_lacks_is_no_pair():
    base, tuned = list(normal(1)), list(normal(2, mean=1))
    whole = compare(base, tuned, {"better": "higher"})
    row = compare(base + [None, 9.0, None], tuned + [9.0, None, None], {"better": "higher", "author": [None, 2.0]})
    assert row == whole | {"author": 2.0} and row["n"] == 40
    assert paired_test(base + [None, 9.0], tuned + [9.0, None]) == paired_test(base, tuned)
    none = compare([None, 1.0], [2.0, None], {"better": "nearer", "author": [1.0]})
    assert (none["n"], none["base"], none["tuned"], none["difference"], none["verdict"]) == (0, 1.0, 2.0, 0, "no difference shown")
    assert compare([None], [None], {"better": "lower", "author": [None]})["base"] == 0
    assert paired_test([None], [1.0])["p"] == 1


def test_perplexity_is_that_of_the_whole_text():
    rng = np.random.default_rng(1)
    tokens = rng.integers(50, 500, 30)
    base, tuned = rng.normal(3, 0.3, 30), rng.normal(2.7, 0.3, 30)
    row = compare(list(base), list(tuned), {"better": "lower", "weights": tokens.tolist(), "aggregate": "exp"})
    assert row["base"] == pytest.approx(math.exp((base * tokens).sum() / tokens.sum()), abs=1e-9)
    assert row["difference"] == pytest.approx(row["tuned"] - row["base"]) and row["low"] < row["difference"] < row["high"] < 0
    index = rng.integers(0, 30, (5, 30))
    assert mean_of(base, {"weights": tokens.tolist()}, index) == pytest.approx(
        [np.average(base[draw], weights=tokens[draw]) for draw in index], abs=1e-9)


def test_rates_get_their_own_interval():
    base, tuned = [0] * 40, [1] * 3 + [0] * 37
    row = compare(base, tuned, {"better": "lower"})
    assert (row["low"], row["high"]) == rate_interval(base, tuned) and row["verdict"] == "no difference shown"
    assert compare(base, [1] * 10 + [0] * 30, {"better": "lower"})["verdict"] == "worse"


def test_differences_have_what_the_report_needs():
    base = list(normal(1))
    measures = {"a": {**HIGHER, "base": base, "tuned": list(normal(2, mean=1)), "author": None},
                "b": {**HIGHER, "base": [0, 1] * 20, "tuned": [1, 1] * 20, "author": [1.0]}}
    rows = compare_measures(measures, compare, paired_test, holm)
    assert [row["name"] for row in rows] == ["a", "b"] and [row["test"] for row in rows] == ["Wilcoxon", "McNemar"]
    assert {"label", "base", "tuned", "difference", "low", "high", "p", "p_holm", "effect", "verdict", "n"} <= set(rows[0])
    assert all(row["p_holm"] >= row["p"] for row in rows)
    assert "no difference" not in differences_table(rows).to_html() and "better" in differences_table(rows).to_html()
    with pytest.raises(ValueError, match="a has 40 values of base and 39 of tuned"):
        compare_measures({"a": {**measures["a"], "tuned": base[1:]}}, compare, paired_test, holm)


def test_tuning_and_prompting_are_told_apart():
    quiet, loud = list(normal(1)), list(normal(2, mean=3))
    prompted = {**HIGHER, "base": loud, "tuned": loud, "author": None, "plain": {"base": quiet, "tuned": quiet}}
    tuned = {**HIGHER, "base": quiet, "tuned": loud, "author": None, "plain": {"base": quiet, "tuned": loud}}
    rows = persona_effects({"prompted": prompted, "tuned": tuned, "without": {**HIGHER, "base": quiet, "tuned": loud}}, compare)
    assert [row["name"] for row in rows] == ["prompted", "tuned"]
    assert [rows[0][key]["verdict"] for key in ("prompting", "tuning", "tuning_on_top")] == ["better"] + ["no difference shown"] * 2
    assert [rows[1][key]["verdict"] for key in ("prompting", "tuning", "tuning_on_top")] == ["no difference shown"] + ["better"] * 2
    assert rows[1]["means"] == pytest.approx({"base plain": np.mean(quiet), "base persona": np.mean(quiet),
                                              "tuned plain": np.mean(loud), "tuned persona": np.mean(loud)})
    assert "tuning on top" in persona_table(rows).to_html()


# Coverage

def coverage(draw, truth, measure, runs=3000, resamples=1000):
    hits = 0
    for seed in range(runs):
        base, tuned, own = draw(np.random.default_rng(seed))
        row = compare_measure(base, tuned, {**measure, **own}, **PARTS, resamples=resamples, seed=seed)
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
@pytest.mark.parametrize("draw, truth, measure", [
    (normal_pairs, 0.3, {"better": "higher"}), (skewed_pairs, 1.0, {"better": "lower"}), (shares, 0.25, {"better": "higher"}),
    (rates, 0.3 * 0.7 + 0.7 * 0.4 - 0.3, {"better": "lower"}), (perplexities, -0.3, {"better": "lower"}),
    (perplexities, None, {"better": "lower", "aggregate": "exp"}),
    (nearer, -1.0, {"better": "nearer"}), (below_and_above, -1.0, {"better": "nearer"})])
def test_intervals_cover_the_truth(draw, truth, measure):
    if truth is None:  # the perplexity of endless text: the mean of nats, weighted by tokens that do not depend on them
        truth = math.exp(2.7) - math.exp(3)
    covered = coverage(draw, truth, measure)
    print(f"{draw.__name__}: {covered:.3f}")
    assert 0.93 <= covered <= 0.97


@pytest.mark.slow
def test_where_nothing_differs_few_verdicts_are_given():
    """Under no difference at most about one verdict in twenty is given, whatever the measure."""
    for measure, mean in (({"better": "higher"}, 0), ({"better": "nearer", "author": [0.0]}, 2), ({"better": "nearer", "author": [0.0]}, 0),
                          ({"better": "lower", "author": [0.0]}, 0)):
        given_ = sum(compare_measure(rng.normal(mean, 1, 40), rng.normal(mean, 1, 40), measure, **PARTS, resamples=300, seed=1)
                     ["verdict"] != "no difference shown" for rng in map(np.random.default_rng, range(600)))
        print(measure, given_ / 600)
        assert given_ / 600 <= 0.07
