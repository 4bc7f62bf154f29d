"""Memory told from idiom: what is left out, where a run stands, how much of a book is covered."""

import random

import numpy as np
import pytest

from chapters.copying import find_copies
from chapters.coverage import book_coverage, coverage_table
from chapters.memory import (
    PHRASE_PLACES,
    count_copies,
    find_memory,
    find_phrases,
    find_place,
    read_texts,
    where_it_stands,
    without_held_out,
)
from chapters.preparation import Mistake
from chapters.words import words_of

RND = random.Random(3)
WORDS = [f"w{RND.randrange(10**6)}" for _ in range(3000)]
TEXT = " ".join(WORDS)


def own(first, count):
    return " ".join(WORDS[first : first + count])


def one(answer, common=(), text=TEXT):
    (found,) = find_memory({"a": [answer]}, [words_of(text)], list(map(words_of, common)))["a"]
    return found


def test_runs_that_others_have_are_idiom_and_longer_ones_are_not():
    assert one(f"x {own(10, 9)} y")["longest"] == 9
    assert one(own(10, 9), [f"so {own(10, 9)} it is"]) == {"longest": 0, "share": 0.0, "runs": []}
    assert one(own(10, 9), [own(10, 8)])["longest"] == 9  # they have a part of it
    assert one(own(10, 20), [TEXT])["longest"] == 0
    assert one(own(10, 21), [TEXT])["longest"] == 21  # nobody's idiom


def test_what_the_author_says_in_three_places_is_his_phrase():
    phrase = "i have no doubt that"
    twice, thrice = (f" and {phrase} ".join([TEXT] + [own(0, 9)] * n) for n in (2, 3))
    assert one(f"Well, {phrase} so", text=twice)["longest"] == 5
    assert one(f"Well, {phrase} so", text=thrice)["longest"] == 0


def test_the_share_is_of_the_words_that_are_left():
    found = one(f"{own(10, 10)} x x {own(50, 8)}", [own(50, 8)])
    assert found["share"] == 0.5 and [run["place"] for run in found["runs"]] == [10]


def passage(name, first, count, split):
    return {"id": name, "book": "b", "split": split, "text": own(first, count), "pages": [1, 2]}


@pytest.fixture
def books(tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books/b.txt").write_text(f"{TEXT}.\n", encoding="utf-8")
    rows = [passage("t", 0, 300, "train"), passage("h", 900, 300, "held_out")]
    return read_texts(tmp_path, [*rows, {"id": "a", "book": None, "split": "base_answer"}])


def test_the_whole_book_is_read_and_held_out_blocks_can_be_left_out(books):
    (book,) = books
    assert book["words"] == WORDS and [place[:2] for place in book["places"]] == [
        (0, 300),
        (900, 1200),
    ]
    assert without_held_out(books) == [WORDS[:900], WORDS[1200:]]
    assert where_it_stands(book, 299) == "b, pages 1–2, trained on"
    assert where_it_stands(book, 900).endswith("held out: never trained on")
    assert where_it_stands(book, 1500) == "b, at 50% of it, in no passage that was used"


def test_missing_books_and_other_ones_are_told(tmp_path, books):
    rows = [passage("h", 10, 30, "held_out")]
    with pytest.raises(Mistake, match=r"b.txt cannot be read \(No such file .*FineTuning"):
        read_texts(tmp_path / "none", rows)
    (tmp_path / "books/b.txt").write_text("Other words")
    with pytest.raises(Mistake, match="b.txt does not hold the passage h: run this"):
        read_texts(tmp_path, rows)


def test_coverage_is_that_of_all_answers_together(books):
    answers = {"a": [own(0, 300), own(100, 300), "x " + own(2000, 6)], "b": [own(5, 4)]}
    first, second = book_coverage(books, answers, [])
    assert first == {
        "book": "b",
        "answers": "a",
        "k": 3,
        "coverage": pytest.approx(406 / 3000),
        "training": 1.0,  # its only passage: 0 to 300
        "held_out": 0.0,
        "longest": 300,
        "long_runs": 2,  # 0 to 300 and 100 to 400: neither can be made longer in one answer
    }
    assert (second["coverage"], second["longest"], second["long_runs"]) == (0, 0, 0)
    third = book_coverage(books, {"a": [own(850, 200)]}, [])  # from 900 on: held out
    assert (third[0]["training"], third[0]["held_out"]) == (0, 0.5)
    books[0]["places"] = books[0]["places"][1:]
    assert book_coverage(books, answers, [])[0]["training"] is None
    (told,) = coverage_table(book_coverage(books, answers, []))["a"]
    assert told == "13.533% (0.000% of held-out text), longest 300 words, 2 of over 20"
    idiom = book_coverage(books, {"a": [own(2000, 6)]}, [words_of(own(1999, 9))])
    assert idiom[0]["coverage"] == 0


def test_what_the_base_says_as_well_is_not_the_trainings_doing():
    base, tuned = [own(10, 12), "x"], [own(10, 12), own(500, 14)]
    answers = {"base plain": ["y", "y"], "base persona": base, "tuned persona": tuned}
    copies = find_memory({**answers, "author": ["z"] * 5}, [WORDS], [])
    counts = count_copies(answers, copies, 100)
    assert counts["longest"] == [0, 14] and counts["shares"] == (0, 0.5)
    assert counts["low"] < 0 < counts["high"]
    late = {**answers, "tuned persona": ["x " * 30 + own(500, 14)] * 2}
    copies = find_memory({**late, "author": ["z"] * 5}, [WORDS], [])
    assert count_copies(late, copies, 20)["shares"] == (0, 0)  # cut as the author's texts are
    assert count_copies(late, copies, 20)["longest"] == [14, 14]


@pytest.mark.parametrize("seed", range(30))
def test_without_anything_in_common_it_is_what_find_copies_finds(seed):
    rnd, parts = random.Random(seed), []
    for _ in range(rnd.randint(0, 6)):
        parts += [own(rnd.randrange(2900), rnd.randint(1, 40)), "x" * rnd.randint(0, 1)]
    (plain,) = find_copies([" ".join(parts)], [TEXT])
    found = one(" ".join(parts))
    assert (found["runs"], found["share"]) == (plain["runs"], plain["share"])
    assert found["longest"] == (plain["longest"] if plain["longest"] >= 5 else 0)


def test_phrases_are_those_that_counting_one_by_one_finds():
    draw = random.Random(3)
    books = [[draw.choice("abc") for _ in range(draw.randint(0, 400))] for _ in range(4)]
    runs = [book[at : at + draw.randint(5, 9)] for book in books for at in range(0, 300, 3)]
    runs = [run for run in runs if len(run) >= 5] + [list("abcde")]

    def places(run):
        starts = [(book, at) for book in books for at in range(len(book))]
        return sum(book[at : at + len(run)] == run for book, at in starts)

    wanted = {tuple(run) for run in runs if places(run) >= PHRASE_PLACES}
    assert find_phrases(runs, books) == wanted and 0 < len(wanted) < len(set(map(tuple, runs)))


def test_a_passage_is_found_before_the_last_one_too():
    words = "one two three four two three".split()
    lines, starts = f" {' '.join(words)} ", np.array([0, 4, 8, 14, 19, 23])
    assert find_place(["two", "three"], lines, starts) == 1
    assert find_place(["two", "three"], lines, starts, 2) == 4
    assert find_place(["one", "two"], lines, starts, 3) == 0
    assert find_place(["two", "one"], lines, starts, 3) == find_place([], lines, starts) == -1
