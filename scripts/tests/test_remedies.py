"""Lines left out by hand, and what is settled for one model of an author holds for the others."""

import pytest

from chapters.preparation import Mistake
from chapters.remedies import settle, take_out
from passage_books import book


def small_book():
    texts = (
        "A first paragraph.",
        "Verse one\nPROMPT COPY 12\nverse two",
        "1The editor follows Q2.",
    )
    rows = [{"text": text, "pages": [3, 3], "chapter": None, "verse": False} for text in texts]
    made = book("a", rows, 11)
    made["report"] = {"decisions": [], "words_kept": 14, "words_dropped": {}}
    return made


def test_matching_lines_and_paragraphs_are_taken_out_and_told():
    one = small_book()
    assert take_out([one], [r"^PROMPT COPY", "The editor"]) == {"^PROMPT COPY": 1, "The editor": 1}
    assert [p["text"] for p in one["paragraphs"]] == ["A first paragraph.", "Verse one\nverse two"]
    report = one["report"]
    assert report["words_dropped"] == {"by hand": 7} and report["words_kept"] == 7
    assert [row["text"] for row in report["decisions"]] == [
        "PROMPT COPY 12",
        "1The editor follows Q2.",
    ]


def test_a_pattern_that_is_none_or_matches_nothing_is_told():
    with pytest.raises(Mistake, match="no line of any book matches 'Gutenberg'"):
        take_out([small_book()], ["Gutenberg"])
    with pytest.raises(Mistake, match="no regular expression"):
        take_out([small_book()], ["("])


NOTHING = {"BOOK_PAGES": {}, "LEAVE_OUT": [], "QUOTATIONS": []}


def test_another_models_settings_hold_where_this_one_has_none(tmp_path):
    first, second = tmp_path / "one", tmp_path / "two"
    first.mkdir()
    second.mkdir()
    mine = {**NOTHING, "LEAVE_OUT": ["x"], "QUOTATIONS": ["q"]}
    assert settle(first, mine) == (mine, [])
    settled, told = settle(second, {**NOTHING, "QUOTATIONS": ["other"]})
    assert settled == {**NOTHING, "LEAVE_OUT": ["x"], "QUOTATIONS": ["other"]}
    assert "one's is used" in told[0] and "differs from one's" in told[1]
    settle(first, NOTHING)  # emptied there: nothing is handed back
    assert settle(first, NOTHING)[0]["LEAVE_OUT"] == []


@pytest.mark.parametrize("content", ["", "[]", '{"BOOK_PAGES": {}, "LEAVE_OUT": "x"}'])
def test_another_models_settings_that_cannot_be_read_are_told(tmp_path, content):
    first, second = tmp_path / "one", tmp_path / "two"
    first.mkdir()
    second.mkdir()
    (first / "settled.json").write_text(content)
    with pytest.raises(Mistake, match="one/settled.json cannot be used"):
        settle(second, NOTHING)
