"""What the phases start from: what the training left, passages, control texts, prompts."""

import json

import pytest

from chapters.keys import folder_fingerprint
from chapters.preparation import Mistake
from chapters.prompts import make_prompts, read_passages, read_training


def passage(n, split="held_out", **more):
    return {
        "id": f"book-{n:04d}",
        "book": "book",
        "chapter": None,
        "pages": [n, n],
        "split": split,
        "text": f"Text {n}.",
        "words": 2,
        "instruction": f"Write about thing {n}.",
        "instruction_source": "model",
        **more,
    }


# Passages


def read(folder, lines):
    """Read a passages.jsonl of these lines, which is that of the training."""
    (folder / "passages.jsonl").write_text("".join(line + "\n" for line in lines), "utf-8")
    return read_passages(folder, {"passages": folder_fingerprint(folder, "passages.jsonl")})


def test_passages_are_read_in_order(tmp_path):
    rows = [passage(1, "train"), passage(2), passage(3, "base_answer", text="Ça — “va”\nline two")]
    assert read(tmp_path, map(json.dumps, rows)) == rows


def test_passages_that_the_adapter_was_not_trained_with_are_refused(tmp_path):
    rows = [passage(1, "train"), passage(2)]
    read(tmp_path, map(json.dumps, rows))
    old = {"passages": folder_fingerprint(tmp_path, "passages.jsonl")}
    read(tmp_path, map(json.dumps, [passage(1), passage(2, "train")]))  # of another seed
    for fixed in (old, {"passages": ""}):
        with pytest.raises(Mistake, match="is not the text that the adapter was trained with"):
            read_passages(tmp_path, fixed)


def test_missing_and_damaged_passages_are_told(tmp_path):
    with pytest.raises(Mistake, match="passages.jsonl is missing: run this author"):
        read_passages(tmp_path, {})
    first = json.dumps(passage(1, "train"))
    odd = [json.dumps(passage(2, **{name: 3})) for name in ("split", "text", "instruction")]
    deep, nan, long = "[" * 100_000, first[:-1] + ', "x": NaN}', f'"{"x" * (5 << 20)}"'
    for line in ("{", "[]", "3", '{"id": "x"}', *odd, deep, nan, long, first, "", "\\ud800"):
        with pytest.raises(Mistake, match=r"passages.jsonl cannot be used \(line 2: .*: run this"):
            read(tmp_path, [first, line])
    for rows, missing in (
        ([passage(1)], "training"),
        ([passage(1, "train")], "held-out"),
        ([], "training"),
    ):
        with pytest.raises(Mistake, match=f"no {missing} passages"):
            read(tmp_path, map(json.dumps, rows))


# What the training fixed


FIXED = {
    "author": "A",
    "system_prompt": "You are A.",
    "plain_system_prompt": "",
    "themes": ["love"],
    "thinking": False,
    "reasoning_effort": "low",
    "max_seq_length": 2048,
    "sampling": {"temperature": 0.7, "top_p": 1, "top_k": 0, "max_new_tokens": 9, "seed": 1}
    | {"batch_size": 4},
    "passages": "0123456789abcdef",
    "seed": 1,
}
TRAINING = {"date": "2026-01-01", "model": "m", "steps": 5, "needs": {"EPOCHS": 1}, "fixed": FIXED}


def test_the_training_is_read_whole(tmp_path):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/training.json").write_text(json.dumps(TRAINING), encoding="utf-8")
    assert read_training(tmp_path) == TRAINING


def test_a_missing_or_damaged_training_is_told(tmp_path):
    with pytest.raises(Mistake, match="training.json is missing: run this author's and model's"):
        read_training(tmp_path)
    (tmp_path / "adapter").mkdir()
    odd: list = [{**TRAINING, "fixed": {**FIXED, name: None}} for name in FIXED]
    odd += [
        {**TRAINING, "model": 1},
        {**TRAINING, "needs": 1},
        {"fixed": 3},
        {},
        [],
        3,
        {**TRAINING, "steps": 2**70},
    ]
    for text in ("{", "", "[" * 100_000, '{"model": NaN}', *map(json.dumps, odd)):
        (tmp_path / "adapter/training.json").write_text(text)
        with pytest.raises(Mistake, match="training.json cannot be used .*: run this author's"):
            read_training(tmp_path)


# Prompts

THEMES = ["love", "war", "the sea"]


def test_themes_come_first_then_held_out_instructions():
    prompts = make_prompts([passage(n) for n in range(100)], THEMES, 40, 1)
    assert len(prompts) == 40 and [p["source"] for p in prompts].count("theme") == 3
    assert all((p["passage_id"] is None) == (p["source"] == "theme") for p in prompts)
    assert len({p["id"] for p in prompts}) == len({p["question"] for p in prompts}) == 40
    assert prompts == make_prompts([passage(n) for n in range(100)], THEMES, 40, 1)
    assert prompts != make_prompts([passage(n) for n in range(100)], THEMES, 40, 2)
    by_id = {row["id"]: row["instruction"] for row in [passage(n) for n in range(100)]}
    assert all(by_id[p["passage_id"]] == p["question"] for p in prompts if p["passage_id"])


def test_few_passages_are_made_up_for_by_asking_themes_in_further_ways():
    prompts = make_prompts(
        [passage(1), passage(2, instruction="Write about THING 1"), passage(3, instruction=None)],
        THEMES,
        30,
        1,
    )
    assert len(prompts) == 30 and sum(p["source"] == "held_out" for p in prompts) == 1
    assert all(
        any(theme in p["question"] for theme in THEMES) for p in prompts if p["source"] == "theme"
    )
    assert len({p["question"].casefold() for p in prompts}) == 30


def test_what_a_template_asked_is_told_apart():
    rows = [passage(n, instruction_source=("model", "choice", "rotating")[n % 3]) for n in range(9)]
    prompts = make_prompts(rows, THEMES, 12, 1)
    made = {p["passage_id"]: p["source"] for p in prompts if p["passage_id"]}
    assert made == {row["id"]: "template" if n % 3 else "held_out" for n, row in enumerate(rows)}


def test_too_few_of_both_is_told():
    with pytest.raises(
        Mistake, match="N_PROMPTS is 40, but 1 themes and 2 instructions .* add THEMES"
    ):
        make_prompts([passage(1), passage(2)], ["love"], 40, 1)
    assert len(make_prompts([], ["love", "love"], 12, 1)) == 12
    assert [p["source"] for p in make_prompts([passage(1)], THEMES, 2, 1)] == ["theme"] * 2
