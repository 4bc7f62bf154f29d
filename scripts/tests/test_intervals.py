"""Intervals and tests: against scipy and published examples, and on degenerate data."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, bootstrap, norm
from scipy.stats import t as student

from chapters.intervals import holm, paired_interval, paired_test, rate_interval


def mean_statistic(values):
    return lambda index, axis=-1: values[index].mean(-1)


def normal(seed, size=40, mean=0.0, spread=1.0):
    return np.random.default_rng(seed).normal(mean, spread, size)


# Intervals


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "draw", [lambda rng: rng.normal(size=40), lambda rng: rng.exponential(size=25)]
)
def test_interval_equals_scipy(seed, draw):
    values = draw(np.random.default_rng(seed))
    n = len(values)
    level = 1 - 2 * norm.cdf(-math.sqrt(n / (n - 1)) * student.ppf(0.975, n - 1))
    wanted = bootstrap(
        (values,),
        np.mean,
        n_resamples=999,
        method="BCa",
        confidence_level=level,
        rng=np.random.default_rng(7),
    )
    low, high, error = paired_interval(mean_statistic(values), n, 999, seed=7)
    assert (low, high) == pytest.approx(tuple(wanted.confidence_interval), abs=1e-6)
    assert error == pytest.approx(wanted.standard_error, abs=1e-6)


def test_intervals_are_the_same_each_time_and_a_little_wider_than_the_plain_ones():
    values = normal(1, 12)
    assert paired_interval(mean_statistic(values), 12, 500, 3) == paired_interval(
        mean_statistic(values), 12, 500, 3
    )
    plain = bootstrap(
        (values,), np.mean, n_resamples=500, method="BCa", rng=np.random.default_rng(3)
    ).confidence_interval
    low, high, _ = paired_interval(mean_statistic(values), 12, 500, 3)
    assert low < plain.low and high > plain.high


@pytest.mark.parametrize(
    "values", [[0.0] * 40, [0.1] * 40, [1 / 3] * 7, [1e9] * 8, [0] * 6, [-2.5, -2.5]]
)
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
    phi = (
        0
        if product == 0
        else (
            a * d - b * c - n / 2
            if a * d - b * c > n / 2
            else 0
            if a * d >= b * c
            else a * d - b * c
        )
        / math.sqrt(product)
    )
    p1, p2, theta = (a + b) / n, (a + c) / n, (b - c) / n
    delta = math.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    epsilon = math.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    return max(theta - delta, -1), min(theta + epsilon, 1)


def table(both, tuned_only, base_only, neither):
    return (
        [1] * both + [0] * tuned_only + [1] * base_only + [0] * neither,
        [1] * both + [1] * tuned_only + [0] * base_only + [0] * neither,
    )


@pytest.mark.parametrize(
    "cells, wanted",
    [  # method 10 in Newcombe 1998, Statistics in Medicine 17:2635
        ((36, 12, 2, 0), (0.0569, 0.3404)),
        ((18, 12, 2, 18), (0.0562, 0.3290)),
    ],
)
def test_rate_interval_as_published(cells, wanted):
    assert rate_interval(*table(*cells)) == pytest.approx(wanted, abs=5e-5)


@settings(max_examples=200, deadline=None)
@given(st.tuples(*[st.integers(0, 30)] * 4).filter(lambda cells: cells[1] + cells[2] > 0))
def test_rate_interval_follows_the_formula(cells):
    low, high = rate_interval(*table(*cells))
    assert (low, high) == pytest.approx(newcombe(*cells), abs=1e-6)
    assert (
        low <= (cells[1] - cells[2]) / sum(cells) + 1e-12
        and high >= (cells[1] - cells[2]) / sum(cells) - 1e-12
    )


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
    assert got["p"] == pytest.approx(p, abs=1e-6) and got["effect"] == pytest.approx(
        effect, abs=1e-6
    )
    assert got["test"] == "Wilcoxon"


def test_no_movement_is_no_evidence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert paired_test([0.5] * 9, [0.5] * 9) == {"p": 1.0, "effect": 0.0, "test": "Wilcoxon"}
        assert paired_test([1, 0], [1, 0]) == {"p": 1.0, "effect": 0.0, "test": "McNemar"}
        assert (
            paired_test([0.2], [0.7])["p"] == 1 and paired_test([0.1] * 4, [0.3] * 4)["effect"] == 1
        )


def test_holm():
    # p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") in R, and a worked example
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert (
        holm([0.04, 0.001, 0.6]) == pytest.approx([0.08, 0.003, 0.6])
        and holm([]) == []
        and holm([0.9, 0.8]) == [1, 1]
    )
