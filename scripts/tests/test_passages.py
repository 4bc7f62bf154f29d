"""Sentences, cuts and what is dropped, on a few sentences and made-up prose."""

import random

from chapters.passages import (
    cut_sentences,
    drop_unfit,
    join_sentences,
    overlap_start,
    passage_fault,
    sentence_spans,
    train_punkt,
)
from passage_books import sentence


def split_up(text):
    punkt = train_punkt([{"paragraphs": [{"text": text}]}])
    return [text[a:b] for a, b in sentence_spans(text, punkt)]


def test_sentences_of_prose_quotes_and_abbreviations():
    text = "Mr. Hale met Dr. Stone. They spoke."
    assert split_up(text) == ["Mr. Hale met Dr. Stone.", "They spoke."]
    text = "“Who is there?” asked Ann. “Only me,” he said."
    assert split_up(text) == ["“Who is there?” asked Ann.", "“Only me,” he said."]
    text = "“Stop! stop!” she cried. “It burns.” He ran."
    assert split_up(text) == ["“Stop! stop!” she cried.", "“It burns.”", "He ran."]


def test_speaker_stays_with_the_speech():
    text = "FIRST LORD. Come in.\nSit down."
    assert split_up(text) == ["FIRST LORD. Come in.", "Sit down."]
    assert split_up("ANN\nCome in.\nSit down.") == ["ANN\nCome in.", "Sit down."]


def unit(words, opens=True, chapter="I", closed=True, verse=False):
    return {"words": words, "opens": opens, "chapter": chapter, "closed": closed, "verse": verse}


def test_cut_prefers_paragraphs_chapters_and_whole_sentences():
    paragraphs = [unit(20, opens=i % 5 == 0) for i in range(20)]
    assert cut_sentences(paragraphs, 100) == [(0, 5), (5, 10), (10, 15), (15, 20)]
    chapters = [unit(10, chapter="I" if i < 12 else "II") for i in range(22)]
    assert cut_sentences(chapters, 100) == [(0, 12), (12, 22)]
    open_end = [unit(10, closed=i != 9) for i in range(20)]
    assert (0, 10) not in cut_sentences(open_end, 100)
    assert cut_sentences([], 100) == [] and cut_sentences([unit(900)], 100) == [(0, 1)]
    # Where a chapter begins, the overlap that it cannot have is made up for.
    opening = [unit(20) for _ in range(21)]
    assert cut_sentences(opening, 100, 20) == [(0, 6), (6, 11), (11, 16), (16, 21)]


def test_overlap_is_about_as_long_as_asked_and_in_verse_a_whole_speech():
    prose = [unit(20, opens=i % 4 == 0) for i in range(12)]
    assert overlap_start(prose, 8, 50) in (5, 6)
    verse = [{**one, "verse": True} for one in prose]
    assert overlap_start(verse, 8, 50) == 4
    assert overlap_start(prose, 8, 0) == 8 and overlap_start(prose, 0, 50) == 0


def test_bare_lines_at_the_ends_are_left_out():
    texts = ("Enter ANN and BEN", "ANN\nGood day.", "Exit BEN", "ANN\nHe went.", "Exeunt")
    sentences = [
        {"paragraph": i, "start": 0, "end": len(text), "closed": text.endswith(".")}
        for i, text in enumerate(texts)
    ]
    joined = join_sentences([{"text": text} for text in texts], sentences)
    assert joined == "ANN\nGood day.\n\nExit BEN\n\nANN\nHe went."


def test_faults():
    rng = random.Random(1)
    prose = sentence(rng, 20) + " " + sentence(rng, 20)
    assert passage_fault(prose, 40) == ""
    assert passage_fault("and " + prose, 40) == passage_fault(prose[:-1] + ",", 40) == "dangling"
    assert passage_fault(sentence(rng, 9), 40) == "too short"
    assert passage_fault(" ".join([prose] * 3), 40) == "too long"
    table = "In 1801 12 men and 14 women and 3 dogs ate 900 apples and 12 pears on 3 days. " * 2
    assert passage_fault(table, 40) == "numeric"
    contents = "\n\n".join(f"Chapter of {word}" for word in prose.split()[:14]) + "."
    assert passage_fault(contents, 40) == "list-like"
    bullets = "\n\n".join(f"• {sentence(rng, 10)}" for _ in range(5))
    assert passage_fault(bullets, 40) == "list-like"


def test_near_duplicates_are_dropped_but_overlap_is_not():
    rng = random.Random(2)
    said = [sentence(rng, 10) for _ in range(20)]
    parts = (said[:5], said[4:9], said[10:15], said[:4] + said[19:])
    rows = [{"id": f"a-{i}", "text": " ".join(part)} for i, part in enumerate(parts)]
    kept, reasons = drop_unfit(rows, 50)
    assert [row["id"] for row in kept] == ["a-0", "a-1", "a-2"]
    assert reasons == {"": 3, "near-duplicate": 1}
