"""The tools of every step: mistakes, progress, tables, figures; profile and folders."""

import matplotlib.pyplot as plt
import pandas
import pytest
from PIL import Image

from chapters import preparation
from chapters.preparation import Mistake


def test_a_mistake_is_shown_as_its_sentence_alone():
    assert issubclass(Mistake, ValueError)
    assert Mistake("no such book")._render_traceback_() == ["\x1b[1;31mno such book\x1b[0m"]


def test_progress_yields_everything_and_counts(capsys):
    assert list(preparation.progress([3, 4], "books")) == [3, 4]
    assert list(preparation.progress(iter("ab"), "letters", total=2)) == ["a", "b"]
    capsys.readouterr()
    assert list(preparation.progress([3, 4], None)) == [3, 4]
    assert capsys.readouterr().out == ""


def test_a_figure_is_saved_closed_and_shown_with_its_description(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(preparation, "display", shown.append)
    figure = plt.figure(figsize=(2, 1))
    preparation.show_figure(figure, tmp_path / "f.png", "two by one")
    assert not plt.fignum_exists(figure.number)
    assert Image.open(tmp_path / "f.png").format == "PNG"
    assert shown[0]._repr_png_()[1]["alt"] == "two by one"


def test_a_title_with_dollars_is_no_formula(tmp_path, monkeypatch):
    monkeypatch.setattr(preparation, "display", lambda shown: None)
    figure, axis = plt.subplots(figsize=(2, 1))
    axis.set(title="$5 and $10", xlabel="$\\alpha$", xticks=[0], xticklabels=["$x$"])
    preparation.show_figure(figure, tmp_path / "f.png", "x")
    assert not any(label.get_parse_math() for label in figure.findobj(plt.Text))


def test_lines_of_progress_and_mistakes_are_one_line(capsys):
    assert preparation.one_line("a\x1b[2J\r\nb\u202e") == "a [2J  b "
    list(preparation.progress([1], "book\x1b[2J"))
    assert "\x1b" not in capsys.readouterr().out
    assert Mistake("x\x1b[2J\ny")._render_traceback_() == ["\x1b[1;31mx [2J y\x1b[0m"]


def test_a_table_of_data_is_text_too():
    frame = pandas.DataFrame({"<b>": ["<i>", None], "n": [1, 2], "x": [0.26, float("nan")]})
    page = str(preparation.text_table(frame).data)
    assert "<b>" not in page and "&lt;b&gt;" in page and "&lt;i&gt;" in page
    assert ">1<" in page and ">0.3<" in page and "mathjax_ignore" in page


def test_tables():
    page = preparation.html_table(["a", "b"], [["1", "<b>2</b>"]], [30, 70])
    assert 'width="30%"' in page and "<b>2</b>" in page and page.count("<tr>") == 2
    page = preparation.side_by_side(["<i>?"], {"Base & co": ["x\n<y>"]})
    assert "&lt;i&gt;?" in page and "Base &amp; co" in page and "x\n&lt;y&gt;" in page
    page = str(preparation.text_table(pandas.DataFrame({"n": [1.25], "t": ["word"]})).data)
    assert "1.2" in page and "text-align:left" in page


def test_numbers_in_words():
    row = {"difference": 0.1234, "low": -0.5, "high": 2.0}
    assert preparation.in_brackets(row) == "+0.123 [-0.5, +2]"
    assert preparation.short_number(None) == "" and preparation.short_number(1234.5) == "1.23e+03"


def test_profile():
    assert preparation.choose_profile("auto", True) == "gpu"
    assert preparation.choose_profile("auto", False) == "demo"
    assert preparation.choose_profile("demo", True) == "demo"
    with pytest.raises(Mistake, match="set it to 'auto', 'gpu' or 'demo'"):
        preparation.choose_profile("fast", True)
    with pytest.raises(Mistake, match="sees no CUDA GPU"):
        preparation.choose_profile("gpu", False)


def test_a_missing_model_folder_is_named(tmp_path):
    assert preparation.find_model("unsloth/some-model") == "unsloth/some-model"
    with pytest.raises(Mistake, match=r"prepare_sample\.py"):
        preparation.find_model(str(tmp_path / "nothing"))


def test_folders(tmp_path, monkeypatch):
    work = tmp_path / "NoteBooks/JaneAusten"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    books, out, cache = preparation.make_folders("JaneAusten", "M", "", demo=True)
    assert books.resolve() == tmp_path / "Books/JaneAusten"
    assert out.is_dir() and out.resolve() == work / "outputs/M-demo"
    assert cache.is_dir() and cache.resolve() == tmp_path / "comparison_cache/JaneAusten/M-demo"
    assert preparation.make_folders("JaneAusten", "M", "", demo=False)[1].name == "M"
    assert preparation.make_folders("JaneAusten", "M", "rank4", demo=True)[1].name == "M-rank4-demo"
    with pytest.raises(Mistake, match="RUN is 'demo', which names what runs without a GPU"):
        preparation.make_folders("JaneAusten", "M", "demo", demo=False)
    (tmp_path / "comparison_cache/JaneAusten/N").touch()
    with pytest.raises(
        Mistake, match=r"comparison_cache/JaneAusten/N cannot be made \(File exists"
    ):
        preparation.make_folders("JaneAusten", "N", "", demo=False)


@pytest.mark.parametrize(
    "key", ["", "..", "../x", "a/b", "/tmp/x", "a b", "é", "a.b", "a\n", "a\0b", "x" * 101, "C:\\x"]
)
def test_a_key_is_a_folders_name_and_no_path(tmp_path, monkeypatch, key):
    work = tmp_path / "NoteBooks/JaneAusten"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    with pytest.raises(Mistake, match="^MODEL_KEY is .*letters a to z"):
        preparation.make_folders("JaneAusten", key, "", demo=True)
    with pytest.raises(Mistake, match="^AUTHOR_KEY is .*letters a to z"):
        preparation.make_folders(key, "Qwen3_14B", "", demo=True)
    if key:
        with pytest.raises(Mistake, match="^RUN is .*letters a to z"):
            preparation.make_folders("JaneAusten", "Qwen3_14B", key, demo=True)
    assert list(tmp_path.rglob("*")) == [tmp_path / "NoteBooks", work]  # nothing was made
