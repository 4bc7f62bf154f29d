"""Copied runs: against brute force, on pasted training text, across passages, and in time."""
import random
import time

import pytest

from cells.copied_runs import SHORTEST_RUN, copied_runs, join_passages
from cells.find_copies import longest_matches, words_of


def brute_force(text, sources):
    """(length, source, place) of the longest run from every word, by trying every place of every source."""
    table = []
    for i in range(len(text)):
        best = (0, None, None)
        for number, source in enumerate(sources):
            for place in range(len(source)):
                n = 0
                while i + n < len(text) and place + n < len(source) and text[i + n] == source[place + n]:
                    n += 1
                if n > best[0]:
                    best = (n, number, place)
        table.append(best)
    return table


@pytest.mark.parametrize("seed", range(120))
def test_equals_brute_force(seed):
    rnd = random.Random(seed)
    letters = "abcd"[:rnd.randint(1, 4)]
    draw = lambda alphabet, most: [rnd.choice(alphabet) for _ in range(rnd.randint(0, most))]
    sources, texts = ([draw(letters, 14) for _ in range(rnd.randint(1, 4))], [draw(letters + "z", 12) for _ in range(4)])
    for text, table in zip(texts, longest_matches(texts, sources), strict=True):
        for (length, number, place), row in zip(brute_force(text, sources), table.tolist(), strict=True):
            assert row[0] == length and (length == 0 or row[1:] == [number, place])


@pytest.mark.parametrize("texts, sources", [([], [["a"]]), ([["a"]], []), ([[]], [[]]), ([[], ["a"]], [[], ["b"]])])
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
        rows.append({"id": f"{stem}-{len(rows):04d}", "book": stem, "pages": [len(rows), len(rows)],
                     "text": " ".join(words[start:start + size])})
        start += size - overlap
    return rows


def test_overlapping_passages_are_joined_to_the_text_they_were_cut_from():
    words = book(1)
    passages = cut(words, 350, 50)
    joined = join_passages(passages, words_of)
    assert len(joined) == 1 and joined[0]["words"] == words
    for n in (0, 349, 350, 2222, len(words) - 1):
        passage, word = joined[0]["origin"][n]
        assert passages[passage]["text"].split()[word] == words[n]


def test_passages_that_are_no_neighbours_stay_apart():
    passages = cut(book(1), 350, 50)
    assert len(join_passages(passages[:3] + passages[5:8], words_of)) == 2  # a gap of held-out text
    assert len(join_passages(passages[:3] + cut(book(2), 350, 0, "other")[:2], words_of)) == 3
    same_start = [{"book": "x", "text": "one two three four five six"}, {"book": "y", "text": "two three four five six seven"}]
    assert len(join_passages(same_start, words_of)) == 2
    assert join_passages([], words_of) == []
    assert [len(one["words"]) for one in join_passages([{"book": "x", "text": "…"}, {"book": "x", "text": "a"}], words_of)] == [0, 1]


@pytest.mark.parametrize("first, length", [(0, 12), (340, 40), (290, 400), (3900, 100), (1000, 5)])
def test_a_pasted_passage_is_caught_with_its_span(first, length):
    words = book(1)
    joined = join_passages(cut(words, 350, 50), words_of)
    before, after = ["so", "he", "wrote"], ["and", "no", "more"]
    text = " ".join(before + words[first:first + length]).capitalize() + "! " + " ".join(after)
    found = copied_runs(longest_matches([words_of(text)], [one["words"] for one in joined])[0])
    assert found["longest"] == length and found["share"] == length / (length + 6)
    assert found["runs"] == [{"start": 3, "words": length, "source": 0, "place": first}]


def test_two_pastes_make_two_runs_longest_first_and_overlaps_count_once():
    words = book(1)
    text = words[10:20] + ["apart"] + words[30:50]
    found = copied_runs(longest_matches([text], [words])[0])
    assert [(run["start"], run["words"], run["place"]) for run in found["runs"]] == [(11, 20, 30), (0, 10, 10)]
    assert found["share"] == 30 / 31
    chained = copied_runs(longest_matches([list("abcdefghi")], [list("abcdef"), list("cdefghi")])[0])
    assert [(run["start"], run["words"]) for run in chained["runs"]] == [(2, 7), (0, 6)] and chained["share"] == 1.0


def test_short_runs_and_empty_texts_count_as_nothing():
    words = book(1)
    short, empty = longest_matches([words[:SHORTEST_RUN - 1] + ["x"] + words[50:50 + SHORTEST_RUN - 1], []], [words])
    assert copied_runs(short) == {"longest": SHORTEST_RUN - 1, "share": 0.0, "runs": []}
    assert copied_runs(empty) == {"longest": 0, "share": 0.0, "runs": []}


def test_no_run_crosses_the_end_of_a_text():
    tables = longest_matches([["a", "b"], ["c", "d"]], [["a", "b", "c", "d"], ["b", "c"]])
    assert [table[:, 0].tolist() for table in tables] == [[2, 1], [2, 1]]


def test_900_000_words_and_200_answers_take_under_10_seconds():
    rnd = random.Random(5)
    weights = [1 / (n + 1) for n in range(30_000)]  # Zipf, as in real text
    words = [f"w{n}" for n in rnd.choices(range(30_000), weights, k=900_000)]
    joined = [{"words": words[a:a + 3000]} for a in range(0, 900_000, 3000)]
    answers = [[f"w{n}" for n in rnd.choices(range(30_000), weights, k=300)] for _ in range(150)]
    pasted = [(start := rnd.randrange(899_000), words[start:start + 350])[1] for _ in range(50)]
    started = time.perf_counter()
    found = [copied_runs(table) for table in longest_matches(answers + pasted, [one["words"] for one in joined])]
    spent = time.perf_counter() - started
    assert min(one["share"] for one in found[150:]) == 1.0 and max(one["longest"] for one in found[:150]) < 12
    assert spent < 10, f"{spent:.1f} s"


def test_a_text_of_one_repeated_word_does_not_take_forever():
    started = time.perf_counter()
    found, = longest_matches([["ha"] * 400], [["ha"] * 2000 + ["x"] * 100_000])
    assert found[:, 0].tolist() == list(range(400, 0, -1)) and time.perf_counter() - started < 10
