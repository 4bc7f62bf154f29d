"""The largest card alone, a reason where there is none, and a batch that fits."""

import os
import subprocess
from types import SimpleNamespace

import pytest
import torch

from chapters import cards, training
from chapters.adapter import add_adapter
from chapters.cards import choose_card, find_cards, halve_batch, try_longest, use_card, why_no_cuda
from chapters.preparation import Mistake
from test_training import build, load, make_rows

BOTH = "0, NVIDIA GeForce RTX 2070 SUPER, 8192, 580.65.06\n1, NVIDIA GeForce RTX 4090, 24564, "
BOTH += "580.65.06\n2, NVIDIA GB10, [N/A], 580.65.06\n"


@pytest.fixture
def driver(monkeypatch):
    """Let nvidia-smi tell what is given."""
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "PYTORCH_ALLOC_CONF"):
        monkeypatch.setenv(name, "")  # or what a test leaves there would stay
        monkeypatch.delenv(name)

    def tells(text):
        done = SimpleNamespace(stdout=text)
        monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: done)

    return tells


def test_the_largest_card_is_used_alone(driver, monkeypatch):
    driver(BOTH)
    found = find_cards()
    assert [(card.index, round(card.gib)) for card in found] == [("1", 24), ("0", 8)]
    assert "RTX 4090, 24 GiB, is used alone; not used: NVIDIA GeForce RTX 2070" in choose_card(
        found
    )
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"
    assert os.environ["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")  # a reader's own choice stands
    assert "used: number 0" in choose_card(found) and os.environ["CUDA_VISIBLE_DEVICES"] == "0"


def test_a_card_that_cannot_be_used_is_told_with_the_reason(driver, monkeypatch):
    driver("0, NVIDIA GeForce RTX 3060, 12288, 550.54.14\n")
    old = find_cards()
    assert "driver 550.54.14 is too old for CUDA 13; install 580 or newer" in why_no_cuda(old)
    assert "built without CUDA" in why_no_cuda([old[0]._replace(driver="590.10")])
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert use_card("auto").endswith("install 580 or newer, and restart.")
    assert use_card("demo").endswith("used: number none.")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""  # hidden on purpose: no reason is told
    assert why_no_cuda(old) == "" and why_no_cuda([]) == ""


def test_without_a_driver_there_is_no_card(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert find_cards() == [] and choose_card([]) == "No NVIDIA card."


def test_what_does_not_fit_is_told_with_what_would(monkeypatch):
    sizes = {
        24: "GPT-OSS-20B would fit",
        16: "Qwen3-14B",
        12: "Qwen3-8B",
        8: "Qwen3-4B",
        4: "a demo",
    }
    for gib, advice in sizes.items():
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda gib=gib: (0, gib * 2**30))
        assert f"{gib} GiB" in cards.too_large("big") and advice in cards.too_large("big")


def test_activations_of_qwen3_as_measured():
    qwen3 = SimpleNamespace(num_hidden_layers=40, intermediate_size=17408, hidden_size=5120)
    assert cards.activation_bytes(qwen3, 4390) / 2**30 == pytest.approx(25.7, rel=0.03)


def test_activations_are_kept_where_there_is_room(monkeypatch):
    qwen3 = SimpleNamespace(num_hidden_layers=40, intermediate_size=17408, hidden_size=5120)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    freed = []
    monkeypatch.setattr(cards, "free_buffers", freed.append)
    for free, kept in ((12, False), (60, True)):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda free=free: (free * 2**30, 0))
        assert cards.keeps_activations(SimpleNamespace(config=qwen3), 4390) is kept
    experts = SimpleNamespace(**vars(qwen3), num_local_experts=32)
    assert not cards.keeps_activations(SimpleNamespace(config=experts), 4390)
    assert len(freed) == 3  # what answering kept on the card goes first


QWEN3 = {"num_hidden_layers": 40, "num_key_value_heads": 8, "head_dim": 128}
QWEN3 |= {"intermediate_size": 17408, "hidden_size": 5120, "vocab_size": 151936}
GPT_OSS = {"num_hidden_layers": 24, "num_key_value_heads": 8, "head_dim": 64, "hidden_size": 2880}
GPT_OSS |= {"intermediate_size": 2880, "vocab_size": 201088, "num_experts_per_tok": 4}


@pytest.mark.parametrize("config, measured", [(QWEN3, 131), (GPT_OSS, 52)])
def test_memory_of_an_answer_is_about_as_measured(config, measured):
    estimated = cards.answer_bytes(SimpleNamespace(**config), 45, 400) / 2**20
    assert 0.95 * measured < estimated < 1.2 * measured


def test_as_many_answers_as_fit(monkeypatch):
    model = SimpleNamespace(config=SimpleNamespace(**QWEN3), device=SimpleNamespace(type="cuda"))
    size = cards.answer_bytes(model.config, 45, 400)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 5 * size)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 3 * size)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (100 * size, 0))
    assert cards.answers_that_fit(model, 12, 45, 400) == 12
    assert cards.answers_that_fit(model, 128, 45, 400) == 102
    assert cards.answers_that_fit(model, 9, 10**6, 400) == 1  # is tried, and told if it is too much
    model.device.type = "cpu"
    assert cards.answers_that_fit(model, 128, 45, 400) == 128


def test_memory_of_the_card_grows_in_place_but_under_wsl(driver, monkeypatch):
    driver(BOTH)
    for release, wanted in (("6.6-microsoft-standard-WSL2", None), ("6.8", "expandable_segments")):
        monkeypatch.delenv("PYTORCH_ALLOC_CONF", raising=False)
        monkeypatch.setattr(cards.platform, "release", lambda release=release: release)
        choose_card(find_cards())
        assert (wanted or "") in os.environ.get("PYTORCH_ALLOC_CONF", "")
        assert ("PYTORCH_ALLOC_CONF" in os.environ) is bool(wanted)
    monkeypatch.setenv("PYTORCH_ALLOC_CONF", "backend:native")
    choose_card(find_cards())
    assert os.environ["PYTORCH_ALLOC_CONF"] == "backend:native"  # a reader's own stands


def test_bf16_where_the_processor_has_instructions_for_it(monkeypatch):
    flags = {"flags: fma avx512f avx512_bf16 amx_tile": True, "flags: fma avx2 avx512f": False}
    for told, fast in flags.items():
        monkeypatch.setattr(cards.Path, "read_text", lambda *_, told=told, **__: told)
        monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
        assert cards.fast_bf16() is fast
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")  # a reader's limit
        assert not cards.fast_bf16()


def short_of_memory(trainer, monkeypatch, rows, after=0):
    """Let the card's memory run out at more than `rows` rows a batch, `after` so many batches."""
    whole, seen = trainer.compute_loss, []

    def compute_loss(model, inputs, *args, **kwargs):
        seen.append(len(inputs["input_ids"]))
        if seen[-1] > rows and len(seen) > after:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(model, inputs, *args, **kwargs)

    monkeypatch.setattr(trainer, "compute_loss", compute_loss)
    return seen


def test_the_longest_rows_are_tried_and_nothing_is_learned(tmp_path, monkeypatch):
    tuned = add_adapter(load("llama", tmp_path / "model"), 16, 32, False, 1, True)
    trainer = build(tuned, make_rows(tuned), tmp_path / "checkpoints", batch_size=2)
    lengths, tried = [len(ids) for ids in trainer.train_dataset["input_ids"]], []
    collate = trainer.data_collator
    monkeypatch.setattr(
        trainer, "data_collator", lambda rows: tried.append(rows) or collate(rows), raising=False
    )
    told = try_longest(trainer)
    assert sorted(len(row["input_ids"]) for row in tried[0]) == sorted(lengths)[-2:]
    assert told.startswith("Rows at a time: 2; times a step: 1.")
    assert all(weight.grad is None for weight in tuned.model.parameters())
    short_of_memory(trainer, monkeypatch, rows=1)
    with pytest.raises(torch.OutOfMemoryError):
        try_longest(trainer)
    halve_batch(trainer)
    assert try_longest(trainer).startswith("Rows at a time: 1; times a step: 2.")
    with pytest.raises(Mistake, match="too small for a single row: lower MAX_SEQ_LENGTH"):
        halve_batch(trainer)


def learned(folder, monkeypatch, save_steps, short, after):
    """Return the weights of a training of 6 steps whose longest rows are tried first; `short`:
    memory runs out `after` so many batches."""
    torch.manual_seed(1)
    tuned = add_adapter(load("llama", folder / "model"), 16, 32, False, 1, True)
    changes = {"batch_size": 2, "max_steps": 6, "save_steps": save_steps}
    trainer = build(tuned, make_rows(tuned), folder / "checkpoints", **changes)
    if short:
        short_of_memory(trainer, monkeypatch, rows=1, after=after)
    trainer.add_callback(training.LongestFirst(trainer))
    run = training.train(trainer, folder / "checkpoints")
    assert run["steps"] == 6
    return [weight.detach().clone() for weight in tuned.model.parameters() if weight.requires_grad]


@pytest.mark.parametrize(
    ("save_steps", "after"),  # from a checkpoint, from the beginning, and as the rows are tried
    [(1, 4), (100, 4), (100, 0)],
)
def test_after_memory_ran_out_the_training_goes_on_to_the_same_weights(
    tmp_path, monkeypatch, save_steps, after
):
    whole = learned(tmp_path / "a", monkeypatch, save_steps, short=False, after=0)
    halved = learned(tmp_path / "b", monkeypatch, save_steps, short=True, after=after)
    for one, other in zip(whole, halved, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
