"""Figures and reports: drawn for ordinary and for odd input, described in words, the same each time; the notebook across models."""
import json
import random
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from cells import (all_models, all_models_answers, all_models_bits, all_models_table, all_models_verdict, bar_charts, plot_clouds,
                   plot_forest, plot_keywords, plot_radar, plot_spread, verdict, verdict_rules)
from cells.setup import plain_errors
from cells.write_files import write_json


@pytest.fixture(autouse=True)
def quiet_and_closed():
    """No warning from any figure, no figure left open."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


def row(name="a", better="higher", gain=0.5, low=0.1, high=0.5, difference=0.3, author=1.0, said="better", n=40):
    return {"name": name, "label": f"Measure {name}", "unit": "words", "better": better, "definition": "counted", "n": n, "base": 1.0,
            "tuned": 1.0 + difference, "author": author, "difference": difference, "low": low, "high": high, "gain": gain,
            "verdict": said, "p": 0.01, "p_holm": 0.02, "effect": 0.5, "test": "Wilcoxon"}


ROWS = [row("a"), row("b", said="worse", low=-0.5, high=-0.1, difference=-0.3), row("c", "nearer", -2, -0.1, 0.1, 0.0, said="no difference shown")]
NOTHING = [row(name, low=0.0, high=0.0, difference=0.0, gain=1, said="no difference shown") for name in "abc"]


def draw(fig, tmp_path):
    """Save a figure as the notebook does and return its pixels."""
    fig.savefig(tmp_path / "figure.png", dpi=60, bbox_inches="tight")
    return plt.imread(tmp_path / "figure.png")


def texts_overlap(fig, texts):
    """Return the pairs of visible texts whose boxes overlap by more than a hair."""
    fig.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent().padded(-1)) for text in texts if text.get_text() and text.get_visible()]
    return [(a, b) for i, (a, one) in enumerate(boxes) for b, other in boxes[i + 1:] if one.overlaps(other)]


@pytest.mark.parametrize("panels", [{"One": ROWS}, {"One": NOTHING}, {"One": ROWS[:1]}, {"Qwen": ROWS, "GPT": NOTHING}, {"Many": ROWS * 8}])
def test_forest(panels, tmp_path):
    fig = plot_forest.forest_plot(panels)
    assert draw(fig, tmp_path).std() > 0 and len(fig.axes[0].get_yticks()) == len(next(iter(panels.values())))
    assert not texts_overlap(fig, fig.axes[0].get_yticklabels())


def test_forest_tells_verdicts_apart_without_colour():
    looks = [look[:2] for look in plot_forest.VERDICT_LOOK.values()]
    assert len(set(looks)) == 4
    import seaborn
    palette = seaborn.color_palette("colorblind")
    greys = [np.dot(palette[look[2]], (0.299, 0.587, 0.114)) for look in plot_forest.VERDICT_LOOK.values()]
    assert min(abs(a - b) for i, a in enumerate(greys) for b in greys[i + 1:]) > 0.04


def measure(values, **changed):
    return {"base": values, "tuned": values[::-1], "author": values, "label": "L", "unit": "u", "better": "higher", **changed}


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.5], [0.3], [2.0] * 40, [0.0, None, 5.0], [0.5] * 3 + [1000.0]])
def test_spread(values, tmp_path):
    sides = plot_spread.spread_values(measure(values))
    assert draw(plot_spread.spread_plot({"One (u)": sides}), tmp_path).std() > 0
    assert all(len(drawn) == sum(value is not None for value in values) for drawn in sides.values())


def test_spread_leaves_out_rates_and_shows_perplexities():
    assert plot_spread.spread_values(measure([0, 1, 1])) == {} == plot_spread.spread_values(measure([None]))
    sides = plot_spread.spread_values(measure([1.0, 2.0], aggregate="exp", author=None))
    assert sides["base"] == pytest.approx(np.exp([1, 2])) and set(sides) == {"base", "tuned"}


def test_spread_of_many_panels_has_no_overlaps(tmp_path):
    sides = {f"{model} {side}": np.arange(5.0) for model in ("Qwen3_14B-demo", "GPT_OSS_20B-demo") for side in ("base", "tuned")}
    fig = plot_spread.spread_plot({f"Panel {n} (words)": {**sides, "author": np.ones(3)} for n in range(5)}, columns=2)
    draw(fig, tmp_path)
    for axis in fig.axes[:5]:
        assert not texts_overlap(fig, axis.get_xticklabels())
    assert draw(plot_spread.spread_plot({}), tmp_path).size


def effect(mean, author=1.0, label="L"):
    return {"name": "a", "label": label, "unit": "u", "better": "higher", "author": author, "means": dict.fromkeys(
        ("base plain", "base persona", "tuned plain", "tuned persona"), mean)}


@pytest.mark.parametrize("effects", [[], [effect(0.0)], [effect(0.0, None)], [effect(-0.2)], [effect(3.0)] * 9, [effect(1.0, 0.0)]])
def test_bars(effects, tmp_path):
    assert draw(bar_charts.bar_charts(effects), tmp_path).size


def test_clouds_are_the_same_each_time_and_empty_ones_say_so(tmp_path):
    counts = plot_clouds.cloud_counts(["the king and the queen, king of kings", ""], str.split)
    assert counts == {"king": 2, "kings": 1, "queen,": 1}
    pictures = [draw(plot_clouds.word_clouds({"A": counts, "B": {}, "C": {"one": 1}, "D": counts}, seed=3), tmp_path) for _ in range(2)]
    assert np.array_equal(*pictures)
    titles = [axis.get_title() for axis in plot_clouds.word_clouds({"A": counts, "B": {}}, seed=3).axes]
    assert titles[:2] == ["A", "B: no words"]
    assert len(plot_clouds.cloud_counts([" ".join(f"word{n}" for n in range(500))], str.split)) == plot_clouds.CLOUD_WORDS


def test_keyword_rates_and_map(tmp_path):
    assert plot_keywords.keyword_rates(["a b", "a c d"], ["a", "z"], str.split) == {"a": 400, "z": 0}
    assert plot_keywords.keyword_rates([""], ["a"], str.split) == {"a": 0}
    for rates in ({"base": {"a": 0.0}, "author": {"a": 0.0}}, {"base": {}, "author": {}}, {"x": {"a": 3.0}, "y": {"b": 1.0}},
                  {f"column {n}": {f"keyword{k}": k * n for k in range(30)} for n in range(5)}):
        assert draw(plot_keywords.keyword_heatmap(rates, "Keywords"), tmp_path).size


@pytest.mark.parametrize("value, author, better, ratio", [
    (0.5, 1, "higher", 0.5), (3, 1, "higher", 1.25), (2, 1, "lower", 0.5), (0.1, 1, "lower", 1.25), (2, 1, "nearer", 0.5),
    (0.5, 1, "nearer", 0.5), (1, 1, "nearer", 1), (0, 1, "higher", 0), (0, 1, "nearer", 0), (0, 0, "nearer", 1), (0, 0, "lower", 1),
    (1, 0, "lower", 0), (1, 0, "higher", 1), (-0.2, 1, "higher", 0)])
def test_radar_ratios_are_plain(value, author, better, ratio):
    assert plot_radar.author_ratio(value, author, better) == pytest.approx(ratio)


def test_radar(tmp_path):
    ratios = plot_radar.author_ratios(ROWS, ["a", "c"])
    assert list(ratios) == ["Measure a", "Measure c"] and ratios["Measure a"] == {"base": 1, "tuned": 1.25}
    labels = ["Type-token ratio", "MATTR", "MTLD", "Sentence length", "Sentence variety", "TF-IDF similarity", "Keyword density",
              "Burrows' Delta", "Character runs", "Classifier", "Sentence rhythm"]
    fig = plot_radar.radar_plot({label: {"base": 0.3, "tuned": 0.6, "other": 1.2} for label in labels}, "How much?")
    draw(fig, tmp_path)
    axis = fig.axes[0]
    assert axis.get_ylim() == (0, plot_radar.RIM) and not texts_overlap(fig, axis.get_xticklabels())
    for count in (1, 2):
        draw(plot_radar.radar_plot({label: {"base": 0.0} for label in labels[:count]}, "Few"), tmp_path)


# The verdict

@pytest.mark.parametrize("found, said", [
    (["better", "better"], "Yes, more"), (["better", "no difference shown"], "Yes, more"), (["worse"], "No, less"),
    (["better", "worse"], "In part"), (["no difference shown"], "No difference")])
def test_sounds_like(found, said):
    assert verdict_rules.sounds_like([row(said=one) for one in found]).startswith(said)


def test_rules():
    assert verdict_rules.answers_it(row(said="worse"), 0.1).startswith("Its words fit the question, but less well")
    assert verdict_rules.answers_it(row(said="better"), 0.1).startswith("Its words fit the question, better")
    assert verdict_rules.answers_it(row(said="better"), 0.0).startswith("Not shown")
    assert verdict_rules.copies_it([3, 4, 40], [5, 7], 0.1).startswith("Yes: 1 of 3 answers have over 14 words")
    assert verdict_rules.copies_it([3, 4, 40], [5, 7], -0.1).startswith("In places: 1 of 3")
    assert verdict_rules.copies_it([3, 4, 14], [5, 7], 0.0).startswith("No: 0 of 3")
    assert [verdict_rules.broken_it([1] * n + [0] * (40 - n), [1, 0]) for n in (0, 1, 2, 10)] == [
        f"{said} of 40 answers, and 1 of the base model's" for said in ("No: 0", "Seldom: 1", "Yes: 2", "Yes: 10")]
    assert verdict_rules.in_figures(row()) == "Measure a 1 → 1.3 (author 1), difference +0.3 [+0.1, +0.5]"


def test_the_verdict_is_escaped():
    shown = verdict.verdict_table([{"question": "A <b>?", "answer": "x & y", "figures": ["1 < 2"]}], "<i>")
    assert "A &lt;b&gt;?" in shown and "x &amp; y" in shown and "1 &lt; 2" in shown and "&lt;i&gt;" in shown


def test_the_verdict_reaches_the_top_of_a_saved_notebook():
    """An output made later replaces the one that waits for it, as the runner saves the notebook."""
    slot = Path(verdict.__file__).with_name("verdict_slot.py").read_text()
    late = "from IPython.display import HTML, update_display\nupdate_display(HTML('<b>the verdict</b>'), display_id='verdict')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(slot), nbformat.v4.new_code_cell(late)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's start
        NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    assert notebook.cells[0].outputs[0].data["text/html"] == "<b>the verdict</b>"


def test_json_is_whole_or_old(tmp_path):
    path = tmp_path / "comparison.json"
    write_json(path, {"a": "é"})
    for wrong in ({"a": float("nan")}, {"a": object()}):
        with pytest.raises((ValueError, TypeError)):
            write_json(path, wrong)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "é"} and [p.name for p in tmp_path.iterdir()] == ["comparison.json"]


# Across models

def comparison(seed, same=True):
    rnd = random.Random(seed)
    values = lambda n=12: [rnd.random() for _ in range(n)]
    names = ["tfidf", "burrows_delta", "held_out_bits_per_byte", "control_bits_per_byte", "broken"]
    measures = {name: {"base": values(), "tuned": values(), "author": values(), "label": name, "unit": "u", "better": "lower",
                       "weights": [100 if same else 100 + seed] * 12} for name in names}
    return {"author": "A", "model": f"M{seed}", "profile": "gpu", "n_prompts": 12, "settings": {"seed": seed, "model": "small"}, "measures": measures,
            "differences": [row(name) for name in names], "style": names[:2], "verdict": [
                {"question": "Sounds like A?", "answer": f"Yes <{seed}>", "figures": ["1 → 2"]}],
            "keyword_rates": {side: {"thou": 1.0, f"w{seed}": 2.0} for side in ("base persona", "tuned persona", "author")},
            "word_counts": {"Base model": {"word": 3}, "Tuned model": {"thou": 2}, "A, held out": {"thee": 1}}}


@pytest.fixture
def author_folder(tmp_path):
    """A notebook folder with two finished runs and one model that has not run."""
    folder = tmp_path / "NoteBooks" / "A"
    for seed, run in enumerate(("GPT_OSS_20B", "Qwen3_14B-demo")):
        (folder / "outputs" / run).mkdir(parents=True)
        write_json(folder / "outputs" / run / "comparison.json", comparison(seed))
    for model in ("GPT_OSS_20B", "Qwen3_14B", "Other_7B", "AllModels"):
        (folder / f"{model}_A_Comparison.ipynb").write_text("{}")
    return folder


def test_all_models_are_read_and_missing_ones_named(author_folder):
    runs, missing = all_models.read_comparisons(author_folder)
    assert list(runs) == ["GPT_OSS_20B", "Qwen3_14B-demo"] and missing == ["Other_7B"]
    (author_folder / "outputs" / "GPT_OSS_20B" / "comparison.json").write_text("{")
    with pytest.raises(ValueError, match="GPT_OSS_20B/comparison.json is no JSON"):
        all_models.read_comparisons(author_folder)


def test_no_model_at_all_is_said(tmp_path):
    (tmp_path / "Qwen3_14B_A_Comparison.ipynb").write_text("{}")
    with pytest.raises(FileNotFoundError, match=r"No model has been compared.*\(Qwen3_14B\)"):
        all_models.read_comparisons(tmp_path)


CELLS = ["text_table", "all_models", "all_models_verdict", "all_models_table", "all_models_bits", "plot_forest", "plot_spread", "plot_radar",
         "all_models_figures", "plot_clouds", "plot_keywords", "all_models_words", "result_cache", "side_by_side", "all_models_answers"]


def test_all_models_notebook(author_folder, run_cells, monkeypatch, capsys):
    monkeypatch.chdir(author_folder)
    described = {}

    def write_figure(folder, fig, name, alt):
        fig.savefig(folder / f"{name}.png", dpi=50)
        described[name] = alt
    run_cells(CELLS, AUTHOR="A", AUTHOR_KEY="A", plain_errors=plain_errors, write_figure=write_figure)
    assert set(described) == {"bits_per_byte", "differences", "distributions", "radar", "word_clouds", "keywords"}
    assert all(len(alt) > 60 and "\n" not in alt for alt in described.values())
    said = capsys.readouterr().out
    assert "the same base model" in said and "Not compared yet: Other_7B." in said and "scored on the same passages" in said and "tuned_results.pkl is not there" in said


def test_bits_of_different_passages_are_not_compared(author_folder, run_cells, monkeypatch, capsys, tmp_path):
    write_json(author_folder / "outputs" / "GPT_OSS_20B" / "comparison.json", comparison(7, same=False))
    monkeypatch.chdir(author_folder)
    run_cells(["all_models", "all_models_bits"], AUTHOR="A", plain_errors=plain_errors, write_figure=lambda *_: None)
    assert "different passages" in capsys.readouterr().out
    assert draw(all_models_bits.bits_plot({"One\nA": row()}, "Bits"), tmp_path).size


def test_all_models_tables():
    runs = {"One": comparison(1), "Two": comparison(2)}
    runs["Two"]["differences"] = runs["Two"]["differences"][1:]
    table = all_models_table.all_differences(runs).to_html()
    assert "not measured" in table and table.count("better") >= 9
    assert "Yes &lt;1&gt;" in all_models_verdict.verdicts_table(runs) and "Two" in all_models_verdict.verdicts_table(runs)


def test_common_answers():
    def result(*questions):
        return {"answers": [{"question": q, "system": system, "answer": f"{system} {q}"} for q in questions for system in ("plain", "persona")]}
    found = all_models_answers.common_answers({"One": result("a", "b"), "Two": result("b", "c")})
    assert found == {"b": {"One": "persona b", "Two": "persona b"}} and all_models_answers.common_answers({}) == {}
