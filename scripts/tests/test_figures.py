"""Figures: drawn for ordinary and for odd input, told apart without colour, the same each time."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

from chapters import figures, style
from figure_rows import NOTHING, ROWS, row


@pytest.fixture(autouse=True)
def quiet_and_closed():
    """No warning from any figure, no figure left open."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


def draw(fig, tmp_path):
    """Save a figure as the notebook does and return its pixels."""
    fig.savefig(tmp_path / "figure.png", dpi=60, bbox_inches="tight")
    return plt.imread(tmp_path / "figure.png")


def texts_overlap(fig, texts):
    """Return the pairs of visible texts whose boxes overlap by more than a hair."""
    fig.canvas.draw()
    boxes = [
        (text.get_text(), text.get_window_extent().padded(-1))
        for text in texts
        if text.get_text() and text.get_visible()
    ]
    return [
        (a, b)
        for i, (a, one) in enumerate(boxes)
        for b, other in boxes[i + 1 :]
        if one.overlaps(other)
    ]


@pytest.mark.parametrize(
    "panels",
    [
        {"One": ROWS},
        {"One": NOTHING},
        {"One": ROWS[:1]},
        {"Qwen": ROWS, "GPT": NOTHING},
        {"Many": ROWS * 8},
    ],
)
def test_forest(panels, tmp_path):
    fig = figures.forest_plot(panels)
    assert draw(fig, tmp_path).std() > 0 and len(fig.axes[0].get_yticks()) == len(
        next(iter(panels.values()))
    )
    assert not texts_overlap(fig, fig.axes[0].get_yticklabels())


def test_forest_tells_verdicts_apart_without_colour():
    looks = [look[:2] for look in figures.VERDICT_LOOK.values()]
    assert len(set(looks)) == 4
    import seaborn

    palette = seaborn.color_palette("colorblind")
    greys = [
        np.dot(palette[look[2]], (0.299, 0.587, 0.114)) for look in figures.VERDICT_LOOK.values()
    ]
    assert min(abs(a - b) for i, a in enumerate(greys) for b in greys[i + 1 :]) > 0.04


def measure(values, **changed):
    return {
        "base": values,
        "tuned": values[::-1],
        "author": values,
        "label": "L",
        "unit": "u",
        "better": "higher",
        **changed,
    }


@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 3.5], [0.3], [2.0] * 40, [0.0, None, 5.0], [0.5] * 3 + [1000.0]]
)
def test_spread(values, tmp_path):
    sides = figures.spread_values(measure(values))
    assert draw(figures.spread_plot({"One (u)": sides}), tmp_path).std() > 0
    assert all(len(drawn) == sum(value is not None for value in values) for drawn in sides.values())


def test_spread_leaves_out_rates_and_shows_perplexities():
    assert figures.spread_values(measure([0, 1, 1])) == {} == figures.spread_values(measure([None]))
    sides = figures.spread_values(measure([1.0, 2.0], aggregate="exp", author=None))
    assert sides["base"] == pytest.approx(np.exp([1, 2])) and set(sides) == {"base", "tuned"}


def test_spread_of_many_panels_has_no_overlaps(tmp_path):
    sides = {
        f"{model} {side}": np.arange(5.0)
        for model in ("Qwen3_14B-demo", "GPT_OSS_20B-demo")
        for side in ("base", "tuned")
    }
    fig = figures.spread_plot(
        {f"Panel {n} (words)": {**sides, "author": np.ones(3)} for n in range(5)}, columns=2
    )
    draw(fig, tmp_path)
    for axis in fig.axes[:5]:
        assert not texts_overlap(fig, axis.get_xticklabels())
    assert draw(figures.spread_plot({}), tmp_path).size


def effect(mean, author=1.0, label="L"):
    return {
        "name": "a",
        "label": label,
        "unit": "u",
        "better": "higher",
        "author": author,
        "means": dict.fromkeys(
            ("base plain", "base persona", "tuned plain", "tuned persona"), mean
        ),
    }


@pytest.mark.parametrize(
    "effects",
    [[], [effect(0.0)], [effect(0.0, None)], [effect(-0.2)], [effect(3.0)] * 9, [effect(1.0, 0.0)]],
)
def test_bars(effects, tmp_path):
    assert draw(figures.bar_charts(effects), tmp_path).size


def test_clouds_are_the_same_each_time_and_empty_ones_say_so(tmp_path):
    letters = "abcdefghijklmnopqrstuvwxyz"
    counts = style.cloud_counts(["the king and the queen, king of kings", ""])
    assert counts == {"king": 1, "kings": 1, "queen": 1}  # a word counts once a text
    pictures = [
        draw(
            figures.word_clouds({"A": counts, "B": {}, "C": {"one": 1}, "D": counts}, seed=3),
            tmp_path,
        )
        for _ in range(2)
    ]
    assert np.array_equal(*pictures)
    titles = [axis.get_title() for axis in figures.word_clouds({"A": counts, "B": {}}, seed=3).axes]
    assert titles[:2] == ["A", "B: no words"]
    assert (
        len(style.cloud_counts([" ".join(f"word{a}{b}" for a in letters for b in letters)]))
        == style.CLOUD_WORDS
    )


def test_keyword_rates_and_map(tmp_path):
    assert style.keyword_rates(["a b", "a c d"], ["a", "z"]) == {"a": 400, "z": 0}
    assert style.keyword_rates([""], ["a"]) == {"a": 0}
    for rates in (
        {"base": {"a": 0.0}, "author": {"a": 0.0}},
        {"base": {}, "author": {}},
        {"x": {"a": 3.0}, "y": {"b": 1.0}},
        {f"column {n}": {f"keyword{k}": k * n for k in range(30)} for n in range(5)},
    ):
        assert draw(figures.keyword_heatmap(rates, "Keywords"), tmp_path).size


@pytest.mark.parametrize(
    "value, author, better, ratio",
    [
        (0.5, 1, "higher", 0.5),
        (3, 1, "higher", 1.25),
        (2, 1, "lower", 0.5),
        (0.1, 1, "lower", 1.25),
        (2, 1, "nearer", 0.5),
        (0.5, 1, "nearer", 0.5),
        (1, 1, "nearer", 1),
        (0, 1, "higher", 0),
        (0, 1, "nearer", 0),
        (0, 0, "nearer", 1),
        (0, 0, "lower", 1),
        (1, 0, "lower", 0),
        (1, 0, "higher", 1),
        (-0.2, 1, "higher", 0),
    ],
)
def test_radar_ratios_are_plain(value, author, better, ratio):
    assert figures.author_ratio(value, author, better) == pytest.approx(ratio)


def test_radar(tmp_path):
    ratios = figures.author_ratios(ROWS, ["a", "c"])
    assert list(ratios) == ["Measure a", "Measure c"] and ratios["Measure a"] == {
        "base": 1,
        "tuned": 1.25,
    }
    labels = [
        "Type-token ratio",
        "MATTR",
        "MTLD",
        "Sentence length",
        "Sentence variety",
        "TF-IDF similarity",
        "Keyword density",
        "Burrows' Delta",
        "Character runs",
        "Classifier",
        "Sentence rhythm",
    ]
    fig = figures.radar_plot(
        {label: {"base": 0.3, "tuned": 0.6, "other": 1.2} for label in labels}, "How much?"
    )
    draw(fig, tmp_path)
    axis = fig.axes[0]
    assert axis.get_ylim() == (0, figures.RIM) and not texts_overlap(fig, axis.get_xticklabels())
    for count in (1, 2):
        draw(
            figures.radar_plot({label: {"base": 0.0} for label in labels[:count]}, "Few"), tmp_path
        )


def test_what_figures_show_is_told_in_words():
    assert figures.describe_forest(ROWS[:1]) == "Measure a 1 to 1.3, better"
    assert "L: base plain 2, base persona 2" in figures.describe_bars([effect(2.0)])
    panels = {"One (u)": {"base": np.array([1.0, 3.0]), "author": np.array([5.0])}}
    assert figures.describe_spread(panels) == "Marks and boxes, medians: One (u): base 2, author 5"


def test_bits(tmp_path):
    assert draw(figures.bits_plot({"One\nA": row()}, "Bits"), tmp_path).size
