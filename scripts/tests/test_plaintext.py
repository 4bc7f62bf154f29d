"""Plain texts: encodings, Project Gutenberg's frame, wrapped lines, verse, contents."""

import pytest

from chapters.plaintext import decode_text, read_plain


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings(encoding):
    assert decode_text("“naïve” — café\r\n".encode(encoding)) == "“naïve” — café\n"


def uses(text):
    return [(line["use"], line["text"]) for line in read_plain(text)]


def test_paragraphs_by_indent_or_a_line_each():
    wrapped = "  He came late in the evening of that day and sat by the fire\nfor a long time.\n"
    assert [use for use, _ in uses(20 * wrapped)] == 20 * ["body"]
    alone = "".join(
        f"Line {n} {'is long enough to be a paragraph of its own ' * 3}.\n" for n in "ab"
    )
    assert len(uses(alone)) == 2


def test_marks_of_typists():
    text = "One _two_ three_four.\n\n[Plate: A ship]\n\n[Footnote 1: Ed.]\n\n* * *\n\nSix men."
    assert uses(text) == [
        ("body", "One two three_four."),
        ("caption", "[Plate: A ship]"),
        ("note", "[Footnote 1: Ed.]"),
        ("ornament", "* * *"),
        ("body", "Six men."),
    ]


def test_contents_end_where_their_first_title_comes_again():
    text = "CONTENTS\n\nCHAPTER I. Home\n\nCHAPTER II. Away\n\n\n\nCHAPTER I. Home\n\nText here.\n"
    assert [use for use, _ in uses(text)] == [*3 * ["contents"], "heading", "body"]
