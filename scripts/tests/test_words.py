"""Words and sentence ends, as passages, instructions and copies see them."""

import pytest

from chapters.words import is_closed, words_of


def test_words_are_folded_without_punctuation():
    assert words_of("“Don’t,” said O'Neill — twice; STRASSE, Straße!") == [
        "don't", "said", "o'neill", "twice", "strasse", "strasse",
    ]  # fmt: skip
    assert words_of("  … ") == []


@pytest.mark.parametrize("text", ["So it is.", "Is it?”", "No!’)", "…and so on…", "(He left.)  "])
def test_closed(text):
    assert is_closed(text)


@pytest.mark.parametrize("text", ["", "and then", "HAMLET", "a comma,", "the end: "])
def test_open(text):
    assert not is_closed(text)
