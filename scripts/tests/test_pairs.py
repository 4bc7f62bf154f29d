"""Which passages get whose instruction, and that too many templates are left out."""

import pytest

from chapters.pairs import capped_templates, instruct, instruction_pairs, rotating_instructions
from chapters.preparation import Mistake
from made_up_model import made_up_passages, made_up_templates


def test_templates_are_capped_in_training_alone():
    passages = [{"id": f"a-{n}", "split": "train" if n < 40 else "held_out"} for n in range(50)]
    written = {f"a-{n}": "x" for n in range(0, 40, 2)}
    kept = capped_templates(passages, written, 0.25)
    training = [p["id"] for p in kept if p["split"] == "train"]
    assert set(written) <= set(training) and len(training) == 26  # 6 of the 26 have a template
    assert sum(p["split"] == "held_out" for p in kept) == 10
    assert len(capped_templates(passages, written, 1)) == 50
    assert len(capped_templates(passages, {}, 0.25)) == 10


def test_rotating_and_a_wrong_setting():
    rows = rotating_instructions([{"id": f"a-{n}"} for n in range(20)])
    assert len({row["instruction"] for row in rows}) == 8
    assert rows[8]["instruction"] == rows[0]["instruction"]
    passages = made_up_passages()
    rows = instruct(passages, "rotating", {}, {}, False)
    assert {row["instruction_source"] for row in rows} == {"rotating"} and len(rows) > 70
    with pytest.raises(Mistake, match="INSTRUCTIONS is 'none'"):
        instruct(passages, "none", {}, {}, False)


def test_pairs_are_drawn_by_seed():
    passages = [dict(p) for p in made_up_passages()]
    templates = made_up_templates(passages)
    rows = instruct(passages, "model", {passages[0]["id"]: "Why?"}, templates, True)
    assert rows[0]["instruction"] == "Why?" and rows[0]["instruction_source"] == "choice"
    assert rows[1]["instruction"] == templates[rows[1]["id"]][0]
    assert {row["instruction_source"] for row in rows[1:]} == {"template"} and len(rows) > 70
    pairs = instruction_pairs(rows, 20, 3407)
    assert len(pairs) == len(set(pairs["passage"])) == 20
    assert pairs.equals(instruction_pairs(rows, 20, 3407))
    assert len(instruction_pairs(rows[:3], 20, 3407)) == 3
