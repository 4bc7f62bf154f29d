"""Copied runs: against brute force, on pasted training text, across passages, in time, as HTML."""

import html
import random
import re
import time

import pytest

from chapters.copying import (
    SHORTEST_RUN,
    copied_runs,
    excerpt,
    find_copies,
    join_passages,
    longest_matches,
    mark_words,
)
from chapters.preparation import html_table
from chapters.words import words_of


def brute_force(text, sources):
    """(length, source, place) of the longest run from every word: every place of every source."""
    table = []
    for i in range(len(text)):
        best = (0, None, None)
        for number, source in enumerate(sources):
            for place in range(len(source)):
                n = 0
                while (
                    i + n < len(text)
                    and place + n < len(source)
                    and text[i + n] == source[place + n]
                ):
                    n += 1
                if n > best[0]:
                    best = (n, number, place)
        table.append(best)
    return table


@pytest.mark.parametrize("seed", range(120))
def test_equals_brute_force(seed):
    rnd = random.Random(seed)
    letters = "abcd"[: rnd.randint(1, 4)]

    def draw(alphabet, most):
        return [rnd.choice(alphabet) for _ in range(rnd.randint(0, most))]

    sources = [draw(letters, 14) for _ in range(rnd.randint(1, 4))]
    texts = [draw(letters + "z", 12) for _ in range(4)]
    for text, table in zip(texts, longest_matches(texts, sources), strict=True):
        for (length, number, place), row in zip(
            brute_force(text, sources), table.tolist(), strict=True
        ):
            assert row[0] == length and (length == 0 or row[1:] == [number, place])


@pytest.mark.parametrize(
    "texts, sources", [([], [["a"]]), ([["a"]], []), ([[]], [[]]), ([[], ["a"]], [[], ["b"]])]
)
def test_nothing_to_find(texts, sources):
    tables = longest_matches(texts, sources)
    assert [len(table) for table in tables] == [len(text) for text in texts]
    assert all(table[:, 0].sum() == 0 for table in tables)


def test_words_are_told_apart_by_letters_only():
    assert words_of("“Don’t,” he said—DON'T!") == ["don't", "he", "said", "don't"]
    assert words_of("Straße, naïve; 3rd?") == ["strasse", "naïve", "3rd"]
    assert words_of("") == words_of("…—!") == []


def book(seed, words=4000, vocabulary=3000):
    rnd = random.Random(seed)
    return [f"w{rnd.randrange(vocabulary)}" for _ in range(words)]


def cut(words, size, overlap, stem="book"):
    """Passages as the notebook makes them: each begins with the last words of the one before it."""
    rows, start = [], 0
    while start < len(words):
        rows.append(
            {
                "id": f"{stem}-{len(rows):04d}",
                "book": stem,
                "pages": [len(rows), len(rows)],
                "text": " ".join(words[start : start + size]),
            }
        )
        start += size - overlap
    return rows


def test_overlapping_passages_are_joined_to_the_text_they_were_cut_from():
    words = book(1)
    passages = cut(words, 350, 50)
    joined = join_passages(passages)
    assert len(joined) == 1 and joined[0]["words"] == words
    for n in (0, 349, 350, 2222, len(words) - 1):
        passage, word = joined[0]["origin"][n]
        assert passages[passage]["text"].split()[word] == words[n]


def test_passages_that_are_no_neighbours_stay_apart():
    passages = cut(book(1), 350, 50)
    assert len(join_passages(passages[:3] + passages[5:8])) == 2  # a gap of held-out text
    assert len(join_passages(passages[:3] + cut(book(2), 350, 0, "other")[:2])) == 3
    same_start = [
        {"book": "x", "text": "one two three four five six"},
        {"book": "y", "text": "two three four five six seven"},
    ]
    assert len(join_passages(same_start)) == 2
    assert join_passages([]) == []
    assert [
        len(one["words"])
        for one in join_passages([{"book": "x", "text": "…"}, {"book": "x", "text": "a"}])
    ] == [0, 1]


@pytest.mark.parametrize("first, length", [(0, 12), (340, 40), (290, 400), (3900, 100), (1000, 5)])
def test_a_pasted_passage_is_caught_with_its_span(first, length):
    words = book(1)
    joined = join_passages(cut(words, 350, 50))
    before, after = ["so", "he", "wrote"], ["and", "no", "more"]
    text = " ".join(before + words[first : first + length]).capitalize() + "! " + " ".join(after)
    found = copied_runs(longest_matches([words_of(text)], [one["words"] for one in joined])[0])
    assert found["longest"] == length and found["share"] == length / (length + 6)
    assert found["runs"] == [{"start": 3, "words": length, "source": 0, "place": first}]


def test_two_pastes_make_two_runs_longest_first_and_overlaps_count_once():
    words = book(1)
    text = words[10:20] + ["apart"] + words[30:50]
    found = copied_runs(longest_matches([text], [words])[0])
    assert [(run["start"], run["words"], run["place"]) for run in found["runs"]] == [
        (11, 20, 30),
        (0, 10, 10),
    ]
    assert found["share"] == 30 / 31
    chained = copied_runs(
        longest_matches([list("abcdefghi")], [list("abcdef"), list("cdefghi")])[0]
    )
    assert [(run["start"], run["words"]) for run in chained["runs"]] == [
        (2, 7),
        (0, 6),
    ] and chained["share"] == 1.0


def test_short_runs_and_empty_texts_count_as_nothing():
    words = book(1)
    short, empty = longest_matches(
        [words[: SHORTEST_RUN - 1] + ["x"] + words[50 : 50 + SHORTEST_RUN - 1], []], [words]
    )
    assert copied_runs(short) == {"longest": SHORTEST_RUN - 1, "share": 0.0, "runs": []}
    assert copied_runs(empty) == {"longest": 0, "share": 0.0, "runs": []}


def test_no_run_crosses_the_end_of_a_text():
    tables = longest_matches([["a", "b"], ["c", "d"]], [["a", "b", "c", "d"], ["b", "c"]])
    assert [table[:, 0].tolist() for table in tables] == [[2, 1], [2, 1]]


def test_900_000_words_and_200_answers_take_under_10_seconds():
    rnd = random.Random(5)
    weights = [1 / (n + 1) for n in range(30_000)]  # Zipf, as in real text
    words = [f"w{n}" for n in rnd.choices(range(30_000), weights, k=900_000)]
    joined = [{"words": words[a : a + 3000]} for a in range(0, 900_000, 3000)]
    answers = [[f"w{n}" for n in rnd.choices(range(30_000), weights, k=300)] for _ in range(150)]
    pasted = [(start := rnd.randrange(899_000), words[start : start + 350])[1] for _ in range(50)]
    started = time.perf_counter()
    found = [
        copied_runs(table)
        for table in longest_matches(answers + pasted, [one["words"] for one in joined])
    ]
    spent = time.perf_counter() - started
    assert (
        min(one["share"] for one in found[150:]) == 1.0
        and max(one["longest"] for one in found[:150]) < 12
    )
    assert spent < 10, f"{spent:.1f} s"


def test_a_text_of_one_repeated_word_does_not_take_forever():
    started = time.perf_counter()
    (found,) = longest_matches([["ha"] * 400], [["ha"] * 2000 + ["x"] * 100_000])
    assert found[:, 0].tolist() == list(range(400, 0, -1)) and time.perf_counter() - started < 10


def test_texts_may_be_given_whole():
    words = book(1)
    text = " ".join(words[10:30]).capitalize() + "!"
    found = find_copies([text, "…"], [" ".join(words)])
    assert found == find_copies([text, "…"], [words])
    assert found[0]["runs"] == [{"start": 0, "words": 20, "source": 0, "place": 10}]
    assert found[1] == {"longest": 0, "share": 0.0, "runs": []}


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
    text = "".join(
        rnd.choice(["word", "don’t", "<", ">", "&", '"', "\n", " ", " ", "é", "—", "</mark>"])
        for _ in range(60)
    )
    count = len(words_of(text))
    runs = [(rnd.randrange(count + 1), rnd.randrange(1, 8)) for _ in range(3)]
    page = mark_words(text, runs)
    assert html.unescape(re.sub(r"<mark style=[^>]*>|</mark>", "", page)) == text
    wanted = {n for first, words in runs for n in range(first, first + words) if n < count}
    inside = [
        match
        for part in re.findall(r"<mark style=[^>]*>(.*?)</mark>", page, re.S)
        for match in words_of(html.unescape(part))
    ]
    assert inside == [word for n, word in enumerate(words_of(text)) if n in wanted]


def test_the_mark_shows_without_colour():
    page = mark_words("a", [(0, 1)])
    assert "underline" in page and "bold" in page


def test_excerpt_keeps_the_run_and_says_where_it_starts():
    text = " ".join(f"w{n}" for n in range(100)) + "."
    part, first = excerpt(text, 50, 10, around=5)
    assert (
        part == "… " + " ".join(f"w{n}" for n in range(45, 65)) + " …"
        and words_of(part)[first : first + 10][0] == "w50"
    )
    assert excerpt(text, 0, 100, around=5) == (text, 0)
    part, first = excerpt(text, 98, 2, around=3)
    assert part == "… w95 w96 w97 w98 w99." and first == 3


def test_table_holds_its_cells():
    page = html_table(["One", "Two"], [["a", "<mark>b</mark>"]], [30, 70])
    assert (
        page.count("<td") == 2
        and page.count("<th ") == 2
        and 'width="30%"' in page
        and "<mark>b</mark>" in page
    )
