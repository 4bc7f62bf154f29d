"""Everyday questions and answers, rows to train on, and passages.jsonl, twice the same."""

import json

import pytest

from chapters import rows
from chapters.preparation import Mistake
from chapters.rows import (
    build_rows,
    check_some,
    describe_left_out,
    everyday_questions,
    fitting_rows,
    plot_lengths,
    row_lengths,
    whole_answer,
)
from made_up_model import PLAIN, made_up_passages, stand_in, write_all

KEYS = (
    "id book title chapter pages split text words instruction instruction_source instruction_kind"
).split()


def test_everyday_questions_are_many_and_different():
    questions = everyday_questions(1_000, 3407)
    assert len(questions) == len(set(questions)) >= 150
    assert everyday_questions(7, 1) == everyday_questions(150, 1)[:7]
    assert whole_answer("One. Two! And", "length") == "One. Two!"
    assert whole_answer("Two tips:\n1. Rest.\n2. Eat", "length") == "Two tips:\n1. Rest."
    assert whole_answer("One. And", "stop") == "One. And" and whole_answer("And so", "length") == ""


def test_rows_hold_system_instruction_and_answer(monkeypatch):
    def joined(tokenizer, chat, messages):
        return "|".join(message["content"] for message in messages)

    monkeypatch.setattr(rows, "format_row", joined)
    row = {"id": "a-1", "split": "train", "instruction": "Why?", "text": "So."}
    passages = [row, {**row, "id": "b-1", "split": "held_out"}]
    made = build_rows(passages, ("train",), "persona", "plain", None, {})
    messages = [
        {"role": "system", "content": "persona"},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "So."},
    ]
    assert made == [{"id": "a-1", "text": "persona|Why?|So.", "messages": messages}]
    check_some(made)
    with pytest.raises(Mistake, match="No row is left to train on"):
        check_some([])


class WordTokenizer:
    """A token a word."""

    def __call__(self, texts, add_special_tokens):
        assert not add_special_tokens
        return {"input_ids": [text.split() for text in texts]}


def test_rows_over_the_limit_are_named():
    made = [{"id": f"row-{n}", "text": "word " * (400 if n == 7 else 20)} for n in range(40)]
    lengths = row_lengths(WordTokenizer(), made)
    assert lengths["row-7"] == 400 and lengths["row-8"] == 20
    assert row_lengths(WordTokenizer(), []) == {}
    assert len(fitting_rows(made, lengths, 300)) == 39
    assert describe_left_out(lengths, 300) == "Left out, longer than 300 tokens: row-7 (400)."
    assert describe_left_out(lengths, 400) == "Left out, longer than 400 tokens: none."
    assert "1 over the limit" in plot_lengths(lengths, 300).axes[0].get_title()
    with pytest.raises(Mistake, match="40 of 40 rows are longer than MAX_SEQ_LENGTH = 10"):
        fitting_rows(made, lengths, 10)


def test_the_whole_of_passages_jsonl(tmp_path, monkeypatch):
    stand_in(monkeypatch.setattr)
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        made = write_all(tmp_path / name, made_up_passages())
        written.append((tmp_path / name / "passages.jsonl").read_bytes())
    assert written[0] == written[1] and not list(tmp_path.glob("*/*.part"))
    lines = [json.loads(line) for line in written[0].splitlines()]
    assert lines == made and [*lines[0]] == [*lines[-1]] == KEYS
    author = [line for line in lines if line["split"] != "base_answer"]
    own = [line["instruction"] for line in author if line["instruction_source"] == "model"]
    assert len(set(own)) == len(own) > 20
    assert all(line["instruction"] for line in author)
    training, base = (
        [line for line in lines if line["split"] == split] for split in ("train", "base_answer")
    )
    assert 0.08 <= len(base) / (len(base) + len(training)) <= 0.12
    assert all(line["text"].endswith(".") and "It is cut" not in line["text"] for line in base)
    persona = "You are Ann Author."
    train_rows = build_rows(made, ("train", "base_answer"), persona, PLAIN, None, {})
    validation_rows = build_rows(made, ("validation",), persona, PLAIN, None, {})
    assert len(train_rows) == len(training) + len(base)
    systems = {row["id"]: row["messages"][0]["content"] for row in train_rows + validation_rows}
    assert {system for key, system in systems.items() if key.startswith("base-")} == {PLAIN}
    assert {system for key, system in systems.items() if not key.startswith("base-")} == {persona}
    held_out = {line["id"] for line in lines if line["split"] == "held_out"}
    assert held_out and not held_out & set(systems)
    templates = sum(line["instruction_source"] == "template" for line in training)
    assert templates <= 0.25 * 63
