"""Templates and other instructions for passages that the model wrote none for."""

import random

import pytest

from chapters.preparation import Mistake
from chapters.templates import (
    capped_templates,
    distinctive_phrases,
    instruct,
    instruction_pairs,
    rotating_instructions,
    template_instructions,
)
from made_up_model import made_up_books, made_up_passages

WORDS = (
    "river stone morning window garden letter captain silver shadow bread winter candle mountain "
    "harbour mirror"
).split()


def test_templates_differ_and_are_capped():
    rng = random.Random(0)
    passages = [
        {
            "id": f"a-{n}",
            "split": "train" if n < 40 else "held_out",
            "chapter": "ACT II: A storm." if n % 2 else None,
        }
        for n in range(50)
    ]
    phrases = [rng.sample(WORDS, 9) for _ in passages]
    phrases[1], phrases[3] = phrases[5][:4], phrases[5]  # the same three, and more of them
    made = template_instructions(passages, phrases)
    assert len(set(made.values())) == 50
    assert sum("as in “Act II: A storm”" in text for text in made.values()) == 25
    written = {f"a-{n}": "x" for n in range(0, 40, 2)}
    kept = capped_templates(passages, written, 0.25)
    training = [p["id"] for p in kept if p["split"] == "train"]
    assert set(written) <= set(training) and len(training) == 26  # 6 of the 26 have a template
    assert sum(p["split"] == "held_out" for p in kept) == 10
    assert len(capped_templates(passages, written, 1)) == 50
    assert len(capped_templates(passages, {}, 0.25)) == 10


def test_distinctive_phrases_are_what_a_passage_says_and_others_do_not():
    common = [f"The master walked home and spoke of the weather, day {n}." for n in range(80)]
    text = (
        "SECOND CLOWN\nIs she to have a Christian burial? The master spoke. "
        "Boil, then, the bitter salt! Boil now."
    )
    found = distinctive_phrases([text, "And so it was."], [*common, text, "They boil salt, Boil."])
    assert set(found[0]) == {"Christian burial", "boil", "bitter salt"}, found
    assert found[1] == []


def test_rotating_and_a_wrong_setting():
    rows = rotating_instructions([{"id": f"a-{n}"} for n in range(20)])
    assert len({row["instruction"] for row in rows}) == 8
    assert rows[8]["instruction"] == rows[0]["instruction"]
    passages, books = made_up_passages(), made_up_books()
    rows = instruct(passages, "rotating", {}, books, False)
    assert {row["instruction_source"] for row in rows} == {"rotating"} and len(rows) > 70
    with pytest.raises(Mistake, match="INSTRUCTIONS is 'none'"):
        instruct(passages, "none", {}, books, False)


def test_pairs_are_drawn_by_seed():
    passages = [dict(p) for p in made_up_passages()]
    rows = instruct(passages, "model", {passages[0]["id"]: "Why?"}, made_up_books(), True)
    assert rows[0]["instruction"] == "Why?" and rows[0]["instruction_source"] == "model"
    pairs = instruction_pairs(rows, 20, 3407)
    assert len(pairs) == len(set(pairs["passage"])) == 20
    assert pairs.equals(instruction_pairs(rows, 20, 3407))
    assert len(instruction_pairs(rows[:3], 20, 3407)) == 3
