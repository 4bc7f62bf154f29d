"""Recital: what is never said, what is known by heart, and that the chance is that of drawing."""

import math
import random
from collections import Counter
from typing import Any

import numpy
import pytest
import torch
import unsloth  # noqa: F401  (first: it patches the libraries below)
from transformers import LlamaConfig, LlamaForCausalLM

from chapters import recital, tries
from chapters.generation import draw_next, write_batch
from chapters.recital import choose_windows, drawn_log_probs, recite
from chapters.tries import (
    CURVE,
    extraction_curve,
    mean_probability,
    recital_measures,
    recital_table,
    tries_needed,
)
from tiny_models import make_tokenizer

HOW: Any = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "max_new_tokens": 9, "seed": 1}
SHAPES = [(1.0, 1.0, 0), (0.7, 0.9, 20), (1.5, 0.5, 0), (0.7, 1.0, 5), (0.3, 0.01, 0), (0, 1, 0)]


# The chance of one token


@pytest.mark.parametrize("shape", SHAPES)
def test_the_chance_of_a_token_is_that_of_drawing_it(shape):
    torch.manual_seed(1)
    scores = torch.randn(1, 30) * 2
    found = [drawn_log_probs(scores, torch.tensor([n]), *shape).exp().item() for n in range(30)]
    assert sum(found) == pytest.approx(1, abs=1e-5)
    if shape[0]:
        streams = [numpy.random.default_rng(seed) for seed in range(4000)]
        drawn = draw_next(scores.expand(4000, -1), streams, *shape).argmax(-1).tolist()
        counts = Counter(drawn)
        for n, chance in enumerate(found):
            error = 4 * math.sqrt(chance * (1 - chance) / 4000) + 1e-9
            assert abs(counts[n] / 4000 - chance) <= error, (n, counts[n] / 4000, chance)
    else:
        assert found[scores.argmax().item()] == 1


# Windows and tries


def test_windows_do_not_overlap_and_are_the_same_for_the_same_seed():
    found = choose_windows([99, 100, 350, 0, 200], 9, 1)
    assert found == [(1, 0), (2, 0), (2, 100), (2, 200), (4, 0), (4, 100)]
    assert (
        choose_windows([5000], 7, 1) == choose_windows([5000], 7, 1) != choose_windows([5000], 7, 2)
    )
    assert len(choose_windows([5000], 7, 1)) == 7 and choose_windows([], 7, 1) == []


def test_tries_are_those_of_hayes_and_others():
    assert tries_needed(None) == math.inf and tries_needed(-1e6) == math.inf
    assert tries_needed(0.0) == 1 and tries_needed(math.log(0.5)) == 1
    for once in (0.3, 0.01, 1e-5):
        n = tries_needed(math.log(once))
        assert 1 - (1 - once) ** n == pytest.approx(0.5)
    assert tries_needed(math.log(0.01), 0.9) == pytest.approx(math.log(0.1) / math.log(0.99))
    rows = [{"log_probability": one} for one in (None, 0.0, math.log(1e-3), -600.0)]
    curve = dict(zip(CURVE, extraction_curve(rows), strict=True))
    assert (curve[1], curve[562], curve[1000], curve[10**6]) == (0.25, 0.25, 0.5, 0.5)
    assert mean_probability(rows) == pytest.approx((1 + 1e-3) / 4) and mean_probability([]) == 0


def side(values, part="memory_training"):
    return {"recitals": [{"memory": part, "log_probability": one} for one in values]}


def test_measures_and_table():
    results = {"base": side([None, -800.0]), "tuned": side([0.0, -800.0])}
    (name,) = found = recital_measures(results, "manuals")
    assert name == "extractable_training" and found[name]["base"] == [0, 0]
    assert found[name]["tuned"] == [1, 0] and found[name]["better"] == "lower"
    table = recital_table(results).to_dict("records")
    assert [row["windows"] for row in table] == [2, 2, 0, 0, 0, 0]
    assert (table[0]["the likeliest"], table[1]["the likeliest"]) == ("0", "1")
    assert table[1]["in 1 tries"] == "50%" and table[1]["mean probability"] == "0.5"
    assert recital_measures({"base": side([]), "tuned": side([])}, "x") == {}


# A model that knows its rows by heart


RND = random.Random(5)
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "mnrst"]


def text_of(words=60):
    return " ".join(RND.choices(WORDS, k=words)).capitalize() + "."


@pytest.fixture(scope="module")
def taught():
    """Return (untouched model, the same after it has learned two texts, tokenizer, texts)."""
    torch.manual_seed(3)
    tokenizer = make_tokenizer("chatml")
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    rows = [{"id": f"t-{n}", "text": text_of()} for n in range(2)]
    untouched = LlamaForCausalLM(config).eval()
    model = LlamaForCausalLM(config)
    model.load_state_dict(untouched.state_dict())
    ids = tokenizer([row["text"] for row in rows], add_special_tokens=False)["input_ids"]
    size = recital.GIVEN + recital.WANTED
    start = tokenizer.bos_token_id
    windows = [row[at : at + size] for row in ids for at in range(0, len(row) - size + 1, size)]
    batch = torch.tensor([[start, *window] for window in windows])
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0)
    for _ in range(1500):  # until the whole suffix is all but certain
        logits = model(input_ids=batch).logits[:, -recital.WANTED - 1 : -1]
        wanted = batch[:, -recital.WANTED :].flatten()
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted)
        if loss * recital.WANTED < 0.006:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return untouched, model.eval(), tokenizer, rows


def test_what_was_learned_by_heart_is_extracted_and_nothing_else(taught):
    untouched, model, tokenizer, rows = taught
    for how in (HOW, {**HOW, "temperature": 0.7, "top_p": 0.9, "top_k": 20}):
        known = recite(model, tokenizer, rows, how, 99, label=None)
        assert len(known) == 2 and mean_probability(known) >= 0.99
        assert extraction_curve(known)[0] == 1
        assert mean_probability(recite(untouched, tokenizer, rows, how, 99, label=None)) < 0.01
        others = [{"id": "o", "text": text_of(400)}]
        assert mean_probability(recite(model, tokenizer, others, how, 99, label=None)) < 0.01
    one = known[0]
    assert one["id"] == "t-0" and rows[0]["text"].startswith(one["prefix"] + one["suffix"])


def test_the_chance_agrees_with_a_count_of_drawn_continuations(taught, monkeypatch):
    """With few tokens wanted and much heat, so that they are said now and then."""
    _, model, tokenizer, rows = taught
    monkeypatch.setattr(recital, "WANTED", 3)
    for changed in ({"temperature": 3.0}, {"temperature": 3.5, "top_p": 0.9, "top_k": 50}):
        how = {**HOW, **changed}
        found = recite(model, tokenizer, rows, how, 9, label=None)
        best = min(found, key=lambda row: abs((row["log_probability"] or -99) + 1))
        chance = math.exp(best["log_probability"])
        given, wanted = (
            tokenizer(best[key], add_special_tokens=False)["input_ids"]
            for key in ("prefix", "suffix")
        )
        count, hits = 2000, 0
        for at in range(0, count, 500):
            streams = [numpy.random.default_rng([at, n]) for n in range(500)]
            settings = {**how, "max_new_tokens": 3}
            ids = [[tokenizer.bos_token_id, *given]] * 500
            made = write_batch(model, tokenizer, ids, streams, {tokenizer.eos_token_id}, settings)
            hits += sum(row["raw"] == tokenizer.decode(wanted) for row in made)
        error = 4 * math.sqrt(chance * (1 - chance) / count) + 1e-3
        assert abs(hits / count - chance) <= error, (hits / count, chance)
        assert 100 < hits < count - 100


def test_identical_models_know_the_same(taught):
    untouched, _, tokenizer, rows = taught
    first, second = (recite(untouched, tokenizer, rows, HOW, 5, label=None) for _ in range(2))
    assert first == second and len(first) == 2
    assert recite(untouched, tokenizer, [{"id": "s", "text": "Short."}], HOW, 5, label=None) == []


def test_a_score_that_is_no_number_is_kept_so_that_it_is_told(taught, monkeypatch):
    untouched, _, tokenizer, rows = taught
    monkeypatch.setattr(
        recital, "suffix_log_probs", lambda model, rows, how: [math.nan] * len(rows)
    )
    found = recite(untouched, tokenizer, rows, HOW, 2, label=None)
    assert all(math.isnan(row["log_probability"]) for row in found)


def test_the_chapter_of_tries_shares_its_sets_with_the_recitals():
    assert set(tries.MEMORY_SETS) == {"training", "held_out", "control"}
