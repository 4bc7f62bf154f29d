"""Instructions, base answers and rows with a made-up model: filters, caching, a kill in the middle, the same file twice."""
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import benchmark
import pytest
from passage_books import made_up_book

from cells import (add_instructions, answer_losses, base_answers, base_questions, distinctive_phrases, fallback_instructions,
                   instruction_cache, instruction_filters, instruction_requests, make_instructions, training_rows)
from conftest import SCRIPTS

PASSAGES = [name for name in benchmark.cells_between("sentences", "load_model") if name != "split_picture"]
INSTRUCTIONS = ["text_table", "instruction_requests", "instruction_filters", "instruction_cache", "instruction_writers",
                "make_instructions", "model_instructions", "distinctive_phrases", "fallback_instructions", "add_instructions",
                "show_instructions", "base_questions", "base_answers", "write_files", "write_passages", "training_rows"]
quiet = lambda items, label, total=None: items


def made_up_answer(questions, system="", **settings):
    """Answer as a model would: the question kind by kind, from words of the passage; every fifth answer is no use."""
    rows = []
    for question in questions:
        text, _, request = question.partition("\n\n---\n")
        rng = random.Random(question)
        words = rng.sample([word for word in text.strip(".?!").lower().split() if word.isalpha()], 4) if request else []
        said = (f"Everyday answer {rng.random()}. It is cut" if not words else "No." if rng.random() < 0.2 else
                f"This text is about the {words[0]} and the {words[1]}, a {words[2]} or a {words[3]}."
                if "about? Answer" in request else f"Why would {words[0]} and {words[1]} be with {words[2]} or {words[3]}?")
        rows.append({"question": question, "answer": said, "finish_reason": "length" if not words else "stop"})
    return rows


def made_up_losses(questions, texts):
    """A text is likelier the more words of it the question has."""
    return [3 - 0.1 * sum(word.strip("?.") in text.lower() for word in q.lower().split()) for q, text in zip(questions, texts)]


def notebook(out, answer=made_up_answer, **changed):
    return {"plain_errors": contextlib.nullcontext, "progress": quiet, "SEED": 3407, "PASSAGE_WORDS": 120,
            "OVERLAP_WORDS": 20, "MAX_PASSAGES": 90, "VALIDATION": 0.05, "HELD_OUT": 0.05, "QUOTATIONS": [],
            "BOOKS_DIR": "Books", "OUT_DIR": out, "MODEL": "made-up", "INSTRUCTIONS": "model", "BASE_ANSWERS": 0.1,
            "GENERATION_BATCH": 8, "DEMO_RUN": False, "MAX_NEW_TOKENS": 40, "SYSTEM_PROMPT": "You are Ann Author.",
            "PLAIN_SYSTEM_PROMPT": "You are a helpful assistant.", "answer": answer, "losses": made_up_losses,
            "tokenizer": None, "chat": {}, "format_row": lambda tokenizer, chat, messages: repr(messages),
            "books": [made_up_book("alpha", 12_000), made_up_book("beta", 12_000)], **changed}


def test_what_a_model_says_becomes_an_instruction():
    read = instruction_requests.read_instruction
    assert read('**Question:** "Why do rivers bend?" It asks', "question", "ask") == "Why do rivers bend?"
    assert read("\n\nTask: Explain how bread rises.\nSecond line", "brief", "ask") == "Explain how bread rises."
    assert read("Topic: Write about the price of salt", "topic", "ask") == "Write about the price of salt"
    assert read("The longest day, the longest day,", "topic", "ask") == read("Rivers bend.", "question", "ask") == ""
    assert read("This text is about a story of ANN, who is old. It", "brief", "about") == "Tell me in your own words about Ann."
    assert read("This passage is about Henry VIII's horse. It is", "topic", "about") == "Write about Henry VIII's horse."
    assert read("The text is about the sea, the wind and a man who is", "question", "about") == "What can you tell me about the sea?"
    assert read("No idea.", "question", "about") == read("", "topic", "ask") == read("# **", "brief", "ask") == ""


def test_kinds_are_fixed_and_all_used():
    kinds = [instruction_requests.kind_of(f"alpha-{n:04d}") for n in range(300)]
    assert kinds == [instruction_requests.kind_of(f"alpha-{n:04d}") for n in range(300)]
    assert all(70 < kinds.count(kind) < 130 for kind in ("question", "brief", "topic"))


@pytest.mark.parametrize("instruction, rank, fault", [
    ("Why do captains fear the harbour at night?", 0, ""),
    ("Why do captains fear the harbour at night?", 2, ""),
    ("Why do captains fear the harbour at night?", 3, "another passage is nearer"),
    ("Why captains?", 0, "length"), ("harbour " * 50, 0, "length"),
    ("What does the author say about captains and harbours?", 0, "wording"),
    ("What is this passage about captains about?", 0, "wording"),
    ("Harbour and captain, harbour and captain, harbour and captain", 0, "wording"),
    ("Why does “he never slept in the harbour” mean fear?", 0, "copied words"),
    ("Tell me how he never slept in the town", 0, ""),
])
def test_filters(instruction, rank, fault):
    text = "The captain was afraid. He never slept in the harbour, and the night frightened him."
    assert instruction_filters.instruction_fault(instruction, text, rank) == fault


def test_rank_counts_texts_that_are_nearer():
    rank = instruction_filters.passage_ranker(["bread and butter", "ships and harbours", "butter for the ships"])
    assert [rank("What of bread with butter?", i) for i in range(3)] == [0, 3, 1]


def test_losses_and_near_duplicates_decide_last():
    passages = [{"id": f"a-{n}", "text": f"text {n}"} for n in range(4)]
    said = {"ask": ["why is bread warm", "bread: why so warm", "why are ships slow", "unhelpful words here"],
            "about": ["what about cold butter", "what about anything"]}
    write = lambda some, attempt: said[attempt][:len(some)]
    losses = lambda pairs: [[3.0, 2.0] if "unhelpful" in text or "anything" in text else [2.0, 3.0] for _, text, _ in pairs]
    kept, counts = make_instructions.make_instructions(
        passages, ("ask", "about"), write, lambda text, passage: "", instruction_filters.content_words, losses)
    assert kept == {"a-0": "why is bread warm", "a-2": "why are ships slow", "a-1": "what about cold butter"}
    assert counts == {("ask", ""): 2, ("ask", "near-duplicate"): 1, ("ask", "does not help"): 1,
                      ("about", ""): 1, ("about", "does not help"): 1}


def test_templates_differ_and_are_capped():
    rng = random.Random(0)
    words = "river stone morning window garden letter captain silver shadow bread winter candle mountain harbour mirror".split()
    passages = [{"id": f"a-{n}", "split": "train" if n < 40 else "held_out", "chapter": "ACT II: A storm." if n % 2 else None}
                for n in range(50)]
    phrases = [rng.sample(words, 9) for _ in passages]
    phrases[1], phrases[3] = phrases[5][:4], phrases[5]  # the same three, and more of them
    made = fallback_instructions.template_instructions(passages, phrases, instruction_requests.kind_of)
    assert len(set(made.values())) == 50 and sum("as in “Act II: A storm”" in text for text in made.values()) == 25
    written = {f"a-{n}": "x" for n in range(0, 40, 2)}
    kept = fallback_instructions.capped_templates(passages, written, 0.25)
    training = [p["id"] for p in kept if p["split"] == "train"]
    assert set(written) <= set(training) and len(training) == 26  # 6 of the 26 have a template
    assert sum(p["split"] == "held_out" for p in kept) == 10
    assert len(fallback_instructions.capped_templates(passages, written, 1)) == 50
    assert len(fallback_instructions.capped_templates(passages, {}, 0.25)) == 10


def test_distinctive_phrases_are_what_a_passage_says_and_others_do_not():
    common = [f"The master walked home and spoke of the weather, day {n}." for n in range(80)]
    text = "SECOND CLOWN\nIs she to have a Christian burial? The master spoke. Boil, then, the bitter salt! Boil now."
    found = distinctive_phrases.distinctive_phrases([text, "And so it was."], [*common, text, "They boil salt, Boil."])
    assert set(found[0]) == {"Christian burial", "boil", "bitter salt"}, found
    assert found[1] == []


def test_rotating_and_a_wrong_setting(tmp_path, run_cells):
    rows = add_instructions.rotating_instructions([{"id": f"a-{n}"} for n in range(20)], lambda key: "topic")
    assert len({row["instruction"] for row in rows}) == 8 and rows[8]["instruction"] == rows[0]["instruction"]
    space = run_cells(PASSAGES, **notebook(tmp_path))
    asked = []
    space = run_cells(INSTRUCTIONS, **{**without_name(space), "INSTRUCTIONS": "rotating", "answer": lambda questions, **settings: (
        asked.extend(questions), made_up_answer(questions))[1]})
    assert {p["instruction_source"] for p in space["passages"]} == {"rotating"}
    assert not any("---" in question for question in asked)  # the base answers only
    with pytest.raises(ValueError, match="INSTRUCTIONS is 'none'"):
        run_cells(INSTRUCTIONS, **{**without_name(space), "INSTRUCTIONS": "none"})


def without_name(space):
    return {key: value for key, value in space.items() if key != "__name__"}


def test_cache_survives_half_a_line_and_names_a_damaged_file(tmp_path):
    path, asked = tmp_path / "cache.jsonl", []
    def make(batch):
        asked.extend(batch)
        return [{"raw": item.upper()} for item in batch]
    items, keys = ["aa", "bb", "cc", "dd", "ee"], [instruction_cache.instruction_key("m", n) for n in range(5)]
    first = instruction_cache.cached_batches(path, items, keys, make, 2, "Test")
    assert [one["raw"] for one in first] == ["AA", "BB", "CC", "DD", "EE"] and asked == items
    whole = path.read_bytes()
    for cut in range(len(whole)):  # killed at any byte
        path.write_bytes(whole[:cut])
        asked.clear()
        assert instruction_cache.cached_batches(path, items, keys, make, 2, "Test") == first
        missing = items[whole[:cut].count(b"\n"):]
        assert len(asked) - len(missing) <= 1  # of a batch of two, at most one is made again
        assert path.read_bytes() == whole
    path.write_bytes(whole.replace(b'"raw"', b'"raw', 1))
    with pytest.raises(ValueError, match="cache.jsonl is damaged: delete it"):
        instruction_cache.cached_batches(path, items, keys, make, 2, "Test")


def test_keys_change_with_all_they_depend_on(tmp_path, run_cells):
    space, asked = without_name(run_cells(PASSAGES, **notebook(tmp_path))), []
    def counting(questions, **settings):
        asked.extend(question for question in questions if "---" in question)
        return made_up_answer(questions)
    run = lambda **changed: (asked.clear(), run_cells(INSTRUCTIONS[:7], **{**space, "answer": counting, **changed}))
    run()
    first = len(asked)
    assert first >= len(space["passages"])
    run()
    assert not asked
    run(MODEL="another")
    assert len(asked) == first
    passages = [dict(p) for p in space["passages"]]
    passages[5]["text"] += " Another sentence stands here."
    run(passages=passages)
    assert 1 <= len(asked) <= 2 * 8  # no more than the batches of the changed passage


def test_the_whole_of_passages_jsonl(tmp_path, run_cells):
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        space = run_cells(PASSAGES + INSTRUCTIONS, **notebook(tmp_path / name))
        written.append((tmp_path / name / "passages.jsonl").read_bytes())
    assert written[0] == written[1] and not list(tmp_path.glob("*/*.tmp"))
    rows = [json.loads(line) for line in written[0].splitlines()]
    assert [*rows[0]] == [*rows[-1]] == ["id", "book", "chapter", "pages", "split", "text", "words", "instruction",
                                        "instruction_source", "instruction_kind"]
    author = [row for row in rows if row["split"] != "base_answer"]
    assert len({row["instruction"] for row in author}) == len(author) and all(row["instruction"] for row in author)
    training, base = ([row for row in rows if row["split"] == split] for split in ("train", "base_answer"))
    assert 0.08 <= len(base) / (len(base) + len(training)) <= 0.12
    assert all(row["text"].endswith(".") and "It is cut" not in row["text"] for row in base)
    assert len(space["train_rows"]) == len(training) + len(base)
    systems = {row["id"]: row["messages"][0]["content"] for row in space["train_rows"] + space["validation_rows"]}
    assert {system for key, system in systems.items() if key.startswith("base-")} == {"You are a helpful assistant."}
    assert {system for key, system in systems.items() if not key.startswith("base-")} == {"You are Ann Author."}
    held_out = {row["id"] for row in rows if row["split"] == "held_out"}
    assert held_out and not held_out & set(systems)
    templates = sum(row["instruction_source"] == "template" for row in training)
    assert templates <= 0.25 * 63


CHILD = """
import sys, time
from pathlib import Path
sys.path[:0] = [{scripts!r}, {tests!r}]
import test_instructions_cells as own
def slow(questions, **settings):
    with open({log!r}, "a") as file:
        file.writelines(own.instruction_cache.instruction_key(question) + "\\n" for question in questions)
    time.sleep(0.05)
    return own.made_up_answer(questions)
space = own.notebook(Path({out!r}), slow)
space["__name__"] = "__main__"
for name in own.PASSAGES + own.INSTRUCTIONS:
    exec((Path({scripts!r}) / "cells" / (name + ".py")).read_text(), space)
"""


def lines_of(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_killed_in_the_middle_and_run_again(tmp_path):
    def start(name):
        (tmp_path / name).mkdir(exist_ok=True)
        code = CHILD.format(scripts=str(SCRIPTS), tests=str(Path(__file__).parent), out=str(tmp_path / name),
                            log=str(tmp_path / f"{name}.log"))
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env={**os.environ, "OMP_NUM_THREADS": "1"})
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
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    from tiny_models import make_tiny
    from transformers import AutoModelForCausalLM, AutoTokenizer
    folder = tmp_path_factory.mktemp("tiny")
    make_tiny("llama", folder)
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def test_losses_are_those_of_the_answer_alone_and_do_not_depend_on_the_batch(tiny):
    import torch
    model, tokenizer = tiny
    prompts = ["Tell me of the sea.\n", "What?\n", "A longer question about winter and the river.\n"]
    texts = ["Winter came early.", "The quality of mercy is not strained; it drops as the rain.", "A word."]
    losses = answer_losses.answer_losses(model, tokenizer, prompts, texts, 3)
    for n, (prompt, text) in enumerate(zip(prompts, texts)):
        ids = [tokenizer(part, add_special_tokens=False)["input_ids"] for part in (prompt, text)]
        labels = torch.tensor([[-100] * len(ids[0]) + ids[1]])
        expected = model(input_ids=torch.tensor([ids[0] + ids[1]]), labels=labels).loss.item()
        assert losses[n] == pytest.approx(expected, abs=1e-4)
    assert answer_losses.answer_losses(model, tokenizer, prompts, texts, 1) == pytest.approx(losses, abs=1e-4)
    assert answer_losses.answer_losses(model, tokenizer, [], [], 2) == []


class Control:
    should_training_stop = False


def evaluate(watch, losses):
    """Call a CopyWatch as the Trainer does after each evaluation; return the number of evaluations until it stops."""
    state, control = type("State", (), {"log_history": []})(), Control()
    for count, loss in enumerate(losses, 1):
        state.log_history += [{"loss": 9.0, "step": count}, {"eval_loss": loss, "step": count}]
        watch.on_evaluate(None, state, control)
        assert "copied_share" in state.log_history[-1]
        if control.should_training_stop:
            return count


def test_training_stops_when_validation_loss_rises_or_answers_recite():
    from cells.copy_watch import CopyWatch
    def watch(*found):
        found = iter(found or ())
        return CopyWatch(["Why?"], lambda texts: texts, lambda texts: [next(found, {"share": 0.1, "longest": 7})], 0.05)
    assert evaluate(watch(), [3, 2.5, 2.4, 2.3, 2.2]) is None
    assert evaluate(watch(), [3, 2.5, 2.6, 2.4, 2.5, 2.45, 2.3]) == 6
    assert evaluate(watch({"share": 0.1, "longest": 7}, {"share": 0.31, "longest": 20}), [3, 2.5, 2.4]) == 2
    assert evaluate(watch({"share": 0.2, "longest": 45}), [3, 2.5]) == 1
    reciting = watch({"share": 0.5, "longest": 45})
    evaluate(reciting, [3])
    assert reciting.reason == "50% of the words of its answers stand in the books, up to 45 in a row"


def test_copy_watch_cell_measures_against_the_training_text(run_cells, monkeypatch):
    told = made_up_book("alpha", 400)["paragraphs"]
    told = [p["text"] for p in told if len(p["text"].split()) > 20]
    passages = [{"split": "train", "text": told[0], "instruction": "First?"},
                {"split": "validation", "text": told[1], "instruction": "Second?"}]
    space = run_cells(["find_copies", "copied_runs", "copy_watch"], passages=passages, words_per_answer=30,
                      answer=lambda texts, **settings: [{"answer": told[0] if text == "First?" else "No idea."} for text in texts])
    assert evaluate(space["copy_watch"], [3.0]) == 1
    assert "stand in the books" in space["copy_watch"].reason and space["usual"] < 0.05


def test_everyday_questions_are_many_and_different():
    questions = base_questions.everyday_questions(1_000, 3407)
    assert len(questions) == len(set(questions)) >= 150
    assert base_questions.everyday_questions(7, 1) == base_questions.everyday_questions(150, 1)[:7]
    assert base_answers.whole_answer("One. Two! And", "length") == "One. Two!"
    assert base_answers.whole_answer("Two tips:\n1. Rest.\n2. Eat", "length") == "Two tips:\n1. Rest."
    assert base_answers.whole_answer("One. And", "stop") == "One. And" and base_answers.whole_answer("And so", "length") == ""


def test_rows_hold_system_instruction_and_answer():
    row = {"id": "a-1", "split": "train", "instruction": "Why?", "text": "So."}
    made = training_rows.build_rows([row, {**row, "id": "b-1", "split": "held_out"}], ("train",), "persona", "plain",
                                    lambda messages: "|".join(m["content"] for m in messages))
    assert made == [{"id": "a-1", "text": "persona|Why?|So.", "messages": [
        {"role": "system", "content": "persona"}, {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "So."}]}]
