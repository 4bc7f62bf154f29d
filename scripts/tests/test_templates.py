"""Titles as a reader writes them, and the sentences that name a passage's topics."""

import pytest

from chapters.templates import chapter_title, kind_of, passage_templates


@pytest.mark.parametrize(
    "heading, title",
    [
        (None, ""),
        ("Chapter 32", ""),
        ("CHAPTER THE LAST", ""),
        ("Nine", ""),
        ("Twenty-One.", ""),
        ("XII", ""),
        ("Part One", ""),
        ("ACT II: SCENE I A room in the castle.", ""),
        ("SCENE III: The same.", ""),
        ("Chapter 10: A Bosom Friend", "A Bosom Friend"),
        ("XIV. THE DEATH OF A KING", "The Death of a King"),
        ("3 The First Lowering", "The First Lowering"),
        ("Rule Two: Treat yourself well", "Treat yourself well"),
        ("One Summer in Rome", "One Summer in Rome"),
        ("Of the Less Erroneous Pictures of", ""),  # cut off
        ("In which Mr. Pickwick sets out, and what came of it on the way", ""),
    ],
)
def test_a_chapter_has_a_title_only_where_it_says_something(heading, title):
    assert chapter_title(heading) == title


def test_kinds_are_fixed_and_all_used():
    kinds = [kind_of(f"alpha-{n:04d}") for n in range(300)]
    assert kinds == [kind_of(f"alpha-{n:04d}") for n in range(300)]
    assert all(70 < kinds.count(kind) < 130 for kind in ("question", "brief", "topic"))


def test_templates_name_topics_book_and_chapter_and_differ():
    books = [{"stem": "a", "title": "The Sea"}]
    row = {"book": "a", "chapter": "CHAPTER IV. Storms"}
    passages = [{**row, "id": f"a-{n}", "chapter": row["chapter"] if n else None} for n in range(9)]
    topics = {passage["id"]: ["Ahab", "the wind", "love", "war"] for passage in passages}
    topics["a-8"] = []
    made = passage_templates(passages, topics, books)
    assert made["a-0"][0].strip("?.").endswith("in “The Sea”")
    assert "Ahab and the wind" in made["a-0"][0] and len(made["a-0"]) == 3
    assert "in “Storms”, a chapter of “The Sea”" in made["a-1"][0]
    texts = [text for own in made.values() for text in own]
    assert len(set(texts)) == len(texts)
    (without,) = made["a-8"]
    assert "“The Sea”" in without and "Ahab" not in without
    only = {passage["id"]: ["Ahab"] for passage in passages}
    assert all(len(own) == 1 for own in passage_templates(passages, only, books).values())


@pytest.mark.parametrize("topics", [["Ahab"], []])
def test_a_second_passage_with_the_same_topics_asks_for_more(topics):
    rows = [{"book": "a", "chapter": None, "id": f"a-{n}"} for n in range(40)]
    rows = [row for row in rows if kind_of(row["id"]) == "brief"]
    made = passage_templates(
        rows, {row["id"]: topics for row in rows}, [{"stem": "a", "title": "The Sea"}]
    )
    first, second, third = [made[row["id"]] for row in rows[:3]]
    assert first != second == third
    assert ("more about Ahab" if topics else "another page") in second[0]
