"""What a model says becomes an instruction; filters drop it, caches keep it, kills cost little."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from chapters import instructions
from chapters.instructions import (
    choose_instructions,
    helping,
    instruction_counts,
    instruction_fault,
    passage_ranks,
    read_instruction,
    write_instructions,
)
from chapters.templates import kind_of
from made_up_model import made_up_ask, made_up_passages, made_up_writer, stand_in

TESTS = Path(__file__).parent


def test_what_a_model_says_becomes_an_instruction():
    read = read_instruction
    question = '**Question:** "Why do rivers bend?" It asks'
    assert read(question, "question", "ask") == "Why do rivers bend?"
    task = "\n\nTask: Explain how bread rises.\nSecond line"
    assert read(task, "brief", "ask") == "Explain how bread rises."
    topic = "Topic: Write about the price of salt"
    assert read(topic, "topic", "ask") == "Write about the price of salt"
    assert read("The longest day, the longest day,", "topic", "ask") == ""
    assert read("Rivers bend.", "question", "ask") == ""
    story = "This text is about a story of ANN, who is old. It"
    assert read(story, "brief", "about") == "Tell me in your own words about Ann."
    horse = "This passage is about Henry VIII's horse. It is"
    assert read(horse, "topic", "about") == "Write about Henry VIII's horse."
    sea = "The text is about the sea, the wind and a man who is"
    assert read(sea, "question", "about") == "What can you tell me about the sea?"
    assert read("No idea.", "question", "about") == ""
    assert read("", "topic", "ask") == read("# **", "brief", "ask") == ""


def test_kinds_are_fixed_and_all_used():
    kinds = [kind_of(f"alpha-{n:04d}") for n in range(300)]
    assert kinds == [kind_of(f"alpha-{n:04d}") for n in range(300)]
    assert all(70 < kinds.count(kind) < 130 for kind in ("question", "brief", "topic"))


@pytest.mark.parametrize(
    "instruction, rank, fault",
    [
        ("Why do captains fear the harbour at night?", 0, ""),
        ("Why do captains fear the harbour at night?", 2, ""),
        ("Why do captains fear the harbour at night?", 3, "another passage is nearer"),
        ("Why captains?", 0, "length"),
        ("harbour " * 50, 0, "length"),
        ("What does the author say about captains and harbours?", 0, "wording"),
        ("What is this passage about captains about?", 0, "wording"),
        ("Harbour and captain, harbour and captain, harbour and captain", 0, "wording"),
        ("Why does “he never slept in the harbour” mean fear?", 0, "copied words"),
        ("Tell me how he never slept in the town", 0, ""),
    ],
)
def test_filters(instruction, rank, fault):
    text = "The captain was afraid. He never slept in the harbour, and the night frightened him."
    assert instruction_fault(instruction, text, rank) == fault


def test_rank_counts_texts_that_are_nearer():
    texts = ["bread and butter", "ships and harbours", "butter for the ships"]
    assert passage_ranks(3 * ["What of bread with butter?"], [0, 1, 2], texts) == [0, 3, 1]


def test_losses_and_near_duplicates_decide_last(tmp_path, monkeypatch):
    passages = [{"id": f"a-{n}", "text": f"text {n}"} for n in range(4)]
    said = {
        ("text 0", "ask"): "why is bread warm",
        ("text 1", "ask"): "bread: why so warm",
        ("text 2", "ask"): "why are ships slow",
        ("text 3", "ask"): "unhelpful words here",
        ("text 1", "about"): "what about cold butter",
        ("text 3", "about"): "what about anything",
    }

    def ask(chat_model, questions, system, decoding, label):
        return [{"answer": said[tuple(question.split("|"))]} for question in questions]

    def nats_per_token(chat_model, questions, system, texts, batch_size):
        worse = ("unhelpful words here", "what about anything")
        own = {(said[key], key[0]) for key in said}
        pairs = zip(questions, texts, strict=True)
        return [3.0 if q in worse else 2.0 if (q, text) in own else 2.5 for q, text in pairs]

    monkeypatch.setattr(instructions, "ask", ask)
    monkeypatch.setattr(instructions, "nats_per_token", nats_per_token)
    monkeypatch.setattr(
        instructions, "request_for", lambda text, kind, attempt: f"{text}|{attempt}"
    )
    monkeypatch.setattr(instructions, "read_instruction", lambda raw, kind, attempt: raw)
    monkeypatch.setattr(instructions, "instruction_fault", lambda *about: "")
    monkeypatch.setattr(instructions, "kind_of", lambda key: "question")
    kept, counts = write_instructions(made_up_writer(tmp_path), passages)
    assert kept == {
        "a-0": "why is bread warm",
        "a-2": "why are ships slow",
        "a-1": "what about cold butter",
    }
    assert counts == {
        ("ask", ""): 2,
        ("ask", "near-duplicate"): 1,
        ("ask", "does not help"): 1,
        ("about", ""): 1,
        ("about", "does not help"): 1,
    }
    table = instruction_counts(counts)
    assert table.loc["kept", "try “ask”"] == 2 and table.loc["near-duplicate", "try “about”"] == 0


def test_the_demo_takes_the_template_after_which_a_passage_is_likeliest(tmp_path, monkeypatch):
    passages = [{"id": f"a-{n}", "text": f"text {n}"} for n in range(3)]
    templates = {"a-0": ["far", "near"], "a-1": ["near", "far"], "a-2": ["farthest"]}
    nats, asked = {"near": 1.0, "far": 2.0, "farthest": 3.0}, []

    def made_up_nats(model, questions, *_):
        asked.extend(questions)
        return [nats[text] for text in questions]

    monkeypatch.setattr(instructions, "nats_per_token", made_up_nats)
    chosen, counts = choose_instructions(made_up_writer(tmp_path), passages, templates)
    assert chosen == {"a-0": "near", "a-1": "near", "a-2": "farthest"}
    assert counts == {("choose", ""): 3} and len(asked) == 5
    assert choose_instructions(made_up_writer(tmp_path), passages, templates)[0] == chosen
    assert len(asked) == 5  # a second run reads what was kept


def test_an_instruction_helps_more_than_another_passages(tmp_path, monkeypatch):
    kinds = {"a": "question", "b": "question", "c": "question", "d": "topic"}
    nats = {("A", "a"): 1.0, ("B", "a"): 2.0, ("B", "b"): 2.0, ("C", "b"): 1.5, ("C", "c"): 1.0}
    nats |= {("A", "c"): 3.0, ("D", "d"): 9.0}
    monkeypatch.setattr(instructions, "kind_of", kinds.__getitem__)

    def made_up_nats(model, questions, system, starts, size):
        return [nats[pair] for pair in zip(questions, starts, strict=True)]

    monkeypatch.setattr(instructions, "nats_per_token", made_up_nats)
    passages = [{"id": key, "text": key} for key in kinds]
    helped = helping(made_up_writer(tmp_path), passages, list("ABCD"))
    assert helped == [True, False, True, True]  # the last has none to compare with


def test_no_passages_no_instructions(tmp_path):
    assert choose_instructions(made_up_writer(tmp_path), [], {})[0] == {}
    assert write_instructions(made_up_writer(tmp_path), []) == ({}, Counter())
    assert instruction_counts(Counter()).empty


def test_keys_change_with_all_they_depend_on(tmp_path, monkeypatch):
    asked = []

    def counting(chat_model, questions, system, decoding, label):
        asked.extend(questions)
        return made_up_ask(chat_model, questions, system, decoding)

    def run(passages, model="made-up"):
        asked.clear()
        return write_instructions(made_up_writer(tmp_path, model), passages)

    stand_in(monkeypatch.setattr, counting)
    passages = [dict(passage) for passage in made_up_passages()]
    made = run(passages)
    first = len(asked)
    assert first >= len(passages)
    assert run(passages) == made and not asked
    run(passages, "another")
    assert len(asked) == first
    passages[5]["text"] += " Another sentence stands here."
    run(passages)
    assert 1 <= len(asked) <= 2 * 8  # no more than the batches of the changed passage


CHILD = """
import json, sys, time
from pathlib import Path
sys.path[:0] = [{scripts!r}, {tests!r}]
import made_up_model as own
from chapters.keys import fingerprint
def slow(chat_model, questions, system, decoding, label):
    with open(sys.argv[1], "a") as file:
        file.writelines(fingerprint(question) + "\\n" for question in questions)
    time.sleep(0.05)
    return own.made_up_ask(chat_model, questions, system, decoding)
own.stand_in(ask=slow)
own.write_all(Path({out!r}), json.loads(Path({passages!r}).read_text()))
"""


def lines_of(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_killed_in_the_middle_and_run_again(tmp_path):
    cut = tmp_path / "passages.json"
    cut.write_text(json.dumps(made_up_passages()))

    def start(name):
        out, log = tmp_path / name, tmp_path / f"{name}.log"
        out.mkdir(exist_ok=True)
        places = {"scripts": TESTS.parent, "tests": TESTS, "out": out, "passages": cut}
        code = CHILD.format(**{key: str(path) for key, path in places.items()})
        return subprocess.Popen(
            [sys.executable, "-c", code, str(log)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    killed = start("killed")
    cache, deadline = tmp_path / "killed/instructions.jsonl", time.time() + 120
    while lines_of(cache) < 40 and time.time() < deadline and killed.poll() is None:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, killed.stderr.read().decode()[-2000:]
    made = lines_of(cache)
    assert 40 <= made < 90
    for name in ("killed", "whole"):
        assert start(name).wait() == 0
    keys = [json.loads(line)["key"] for line in cache.read_bytes().splitlines()]
    assert len(keys) == len(set(keys))
    asked = (tmp_path / "killed.log").read_text().split()
    assert len(asked) - len(set(asked)) <= 8  # only the batch that was under way is asked again
    for name in ("instructions.jsonl", "passages.jsonl"):
        one, other = (tmp_path / run / name for run in ("killed", "whole"))
        assert one.read_bytes() == other.read_bytes()
