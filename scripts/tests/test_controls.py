"""Text by others: prose alone, the same everywhere, none of the author's own, from all alike."""

import statistics

import pytest

from chapters.controls import (
    cut_texts,
    draw_controls,
    name_kinds,
    other_texts_of,
    play_speeches,
    prose_paragraphs,
    split_sources,
)
from chapters.preparation import Mistake

RST = """Comparisons
***********

Unlike C, all comparison operations in Python have the same *priority*, which is lower than
that of any "arithmetic", shifting or **bitwise** operation, as you can see.

   comparison ::= or_expr (comp_operator or_expr)*

   >>> 1 < 2

* a list of things that are indented after their first line and go on for long enough to be taken
  for prose, I am afraid they are.

Too short.

The name "__init__" and the call "f(x)" stay as they are, for a reader of prose will not
mind them in a sentence.
"""


def test_prose_is_taken_from_a_reference_page():
    paragraphs = prose_paragraphs(RST)
    assert paragraphs == [
        "Unlike C, all comparison operations in Python have the same priority, which is lower "
        'than that of any "arithmetic", shifting or bitwise operation, as you can see.',
        'The name "__init__" and the call "f(x)" stay as they are, for a reader of prose will not '
        "mind them in a sentence.",
    ]


def test_passages_are_whole_sentences_of_the_length_asked_for():
    text = "One two three. “Four five?” Six seven! Eight nine ten eleven. Twelve"
    assert cut_texts([text], 4) == [
        "One two three. “Four five?”",
        "Six seven! Eight nine ten eleven.",
    ]
    assert cut_texts([], 4) == []


@pytest.fixture(scope="module")
def sources():
    return other_texts_of("/nowhere", [], ["Nobody has ever written this sentence but me."])[0]


def test_the_fixed_sources_are_prose_and_enough(sources):
    assert [one.name for one in sources] == [
        "the Python manual",
        "the SciPy manual",
        "Shakespeare's plays",
    ]
    assert name_kinds(sources) == "manuals and plays" and name_kinds(sources[:2]) == "manuals"
    sizes = [sum(len(part.split()) for part in one.parts) for one in sources]
    assert min(sizes) > 15_000
    for part in (part for one in sources for part in one.parts):
        assert len(part.split()) >= 15 and "::=" not in part and ">>>" not in part
    speech = sources[2].parts[0]
    assert speech.startswith("Now, fair Hippolyta, our nuptial hour Draws on apace; four happy")
    assert not any("**" in part or "_" in part[:1] for part in sources[2].parts)


def test_they_are_drawn_in_turn_and_the_same_each_time(sources):
    drawn = draw_controls(sources, 40, 350, 1)
    assert len(drawn) == 40 and len({row["text"] for row in drawn}) == 40
    assert 350 <= statistics.mean(row["words"] for row in drawn) < 400
    counts = [sum(row["source"] == one.name for row in drawn) for one in sources]
    assert max(counts) - min(counts) <= 1
    assert drawn == draw_controls(sources, 40, 350, 1) != draw_controls(sources, 40, 350, 2)
    assert len(draw_controls(sources, 10**6, 120, 1)) > 1000  # as many as there are
    assert draw_controls([], 5, 100, 1) == []


def test_what_is_scored_is_not_learned_from(sources):
    scored, learned = split_sources(sources)
    for one, first, rest in zip(sources, scored, learned, strict=True):
        assert first.parts + rest.parts == one.parts and 0 < len(first.parts) < len(rest.parts)


def test_a_source_that_is_the_authors_own_is_left_out():
    speeches = play_speeches()
    found, own = other_texts_of("/nowhere", [], [" ".join(speeches[50:55])])
    assert own == ["Shakespeare's plays"]
    assert [one.name for one in found] == ["the Python manual", "the SciPy manual"]
    quoting = "To be, or not to be: that is the question: Whether 'tis nobler in the mind to suffer"
    assert other_texts_of("/nowhere", [], [quoting])[1] == []


def test_books_of_other_authors_only_where_they_are_named(tmp_path):
    for author, model in (("Me", "A"), ("Her", "A"), ("Her", "B-demo"), ("Him", "A")):
        folder = tmp_path / author / "outputs" / model / "books"
        folder.mkdir(parents=True)
        lines = (f"{author} wrote sentence {n} of this book." for n in range(40))
        (folder / "one.txt").write_text("\n\n".join(lines))
    assert len(other_texts_of(tmp_path, [], ["x"])[0]) == 3
    found, _ = other_texts_of(tmp_path, ["Her", "Him"], ["x"])
    assert [one.name for one in found[3:]] == ["Her, one", "Him, one"]  # counted once
    assert len(found[3].parts) == 40 and name_kinds(found[3:]) == "Her and Him"
    assert name_kinds(found) == "texts by others"
    with pytest.raises(Mistake, match="OTHER_AUTHORS names Them, of whom no book has been read"):
        other_texts_of(tmp_path, ["Them"], ["x"])
