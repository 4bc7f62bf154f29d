"""The adapter: of the size that was asked for, added once, saved whole and found again."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import unsloth  # noqa: F401  (first: it patches the libraries below)

from chapters import adapter
from chapters.adapter import (
    adapter_costs,
    adapter_table,
    add_adapter,
    check_adapter,
    check_trained,
    load_with_adapter,
    lora_size,
    lora_targets,
    replace_folder,
    restore_adapter,
    save_adapter,
)
from chapters.chat import load_chat_model
from chapters.preparation import Mistake
from tiny_models import make_tiny

GPT_OSS = SimpleNamespace(
    hidden_size=2880,
    intermediate_size=2880,
    num_hidden_layers=24,
    num_attention_heads=64,
    num_key_value_heads=8,
    head_dim=64,
    num_local_experts=32,
)
QWEN3 = SimpleNamespace(
    hidden_size=5120,
    intermediate_size=17408,
    num_hidden_layers=40,
    num_attention_heads=40,
    num_key_value_heads=8,
    head_dim=128,
)


def load(folder):
    return load_chat_model(str(folder), 512, True, False, "low")


def test_adapter_sizes_are_checked():
    assert lora_size(GPT_OSS, 16, lora_targets(GPT_OSS, False)) == 7_962_624
    experts = lora_size(GPT_OSS, 16, lora_targets(GPT_OSS, True))
    assert experts == 184_909_824  # the 185 million of the experts
    assert lora_size(QWEN3, 16, lora_targets(QWEN3, False)) == 64_225_280
    for wrong in (7_962_624, 1_700_000_000, 0):
        with pytest.raises(Mistake, match="are expected"):
            check_trained({"q_proj": {"modules": 24, "parameters": wrong}}, 184_909_824)


def test_experts_are_adapted_wholly_or_not_at_all(tmp_path):
    chat_model = load(make_tiny("gptoss", tmp_path / "model"))
    with pytest.raises(Mistake, match="expected"):  # the CPU cannot, and does not pretend to
        add_adapter(chat_model, 16, 32, True, 1, True)


def test_what_is_trained_is_told():
    parameters = [
        ("layers.0.q_proj.lora_A.default.weight", torch.zeros(16, 2880, requires_grad=True)),
        ("layers.1.q_proj.lora_A.default.weight", torch.zeros(16, 2880, requires_grad=True)),
        ("layers.1.experts.base_layer.lora_A.default.weight", torch.zeros(9, requires_grad=True)),
        ("layers.1.norm.weight", torch.zeros(2880)),
    ]
    model = SimpleNamespace(config=GPT_OSS, named_parameters=lambda: parameters)
    assert adapter_table(model).to_dict("index") == {
        "q_proj": {"modules": 2, "parameters": 92160},
        "experts": {"modules": 1, "parameters": 9},
    }
    chat_model: Any = SimpleNamespace(model=model)
    told = adapter_costs(chat_model, 16, False)
    assert told.startswith("0.1 million parameters are trained: 0 MB as a file")
    assert "TARGET_EXPERTS = True would train 184.9 million (740 MB, 1.8 GB)" in told
    assert "TARGET_EXPERTS" not in adapter_costs(chat_model, 16, True)


def test_an_adapter_is_added_once_saved_and_found(tmp_path):
    folder = make_tiny("qwen3", tmp_path / "model")
    base = load(folder)
    tuned = add_adapter(base, 16, 32, False, 1, True)
    for again in (base, tuned):  # the base, too, has it in its layers
        with pytest.raises(Mistake, match="has an adapter already.*restart the kernel and run all"):
            add_adapter(again, 16, 32, False, 1, True)
    weights = {n: weight for n, weight in tuned.model.named_parameters() if ".lora_B" in n}
    with torch.no_grad():
        for weight in weights.values():
            weight.normal_()
    kept = {name: weight.clone() for name, weight in weights.items()}
    (tmp_path / "adapter.part").mkdir()
    (tmp_path / "adapter.part/half").touch()  # of a run that was killed
    save_adapter(tuned, tmp_path / "adapter")
    save_adapter(tuned, tmp_path / "adapter")
    assert not (tmp_path / "adapter.part").exists() and not (tmp_path / "adapter/half").exists()
    assert check_adapter(tmp_path / "adapter", str(folder))["r"] == 16
    with torch.no_grad():
        for weight in weights.values():
            weight.zero_()
    restore_adapter(tuned, tmp_path / "adapter")
    found = load_with_adapter(tmp_path / "adapter", str(folder), 512, True, False, "low")
    assert not found.model.training
    loaded = dict(found.model.named_parameters())
    for name, weight in weights.items():
        assert torch.equal(weight, kept[name]) and torch.equal(loaded[name], kept[name])


def test_a_folder_is_replaced_whole(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    replace_folder(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old/which").read_text() == "new" and not (tmp_path / "new").exists()
    assert not list(tmp_path.glob("new*"))


def test_an_interrupted_save_leaves_the_old_adapter(tmp_path, monkeypatch):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/which").write_text("old")

    class Full:
        def save_pretrained(self, folder):
            raise OSError("No space left on device")

    monkeypatch.setattr(adapter, "replace_folder", lambda new, old: pytest.fail("half an adapter"))
    full: Any = SimpleNamespace(model=Full(), tokenizer=Full())
    with pytest.raises(OSError, match="No space"):
        save_adapter(full, tmp_path / "adapter")
    assert (tmp_path / "adapter/which").read_text() == "old"


def make_adapter(folder, base):
    folder.mkdir(exist_ok=True)
    config = {"base_model_name_or_path": str(base), "r": 16}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    (folder / "adapter_model.safetensors").write_bytes(b"x")
    return folder


def test_the_adapter_must_be_there_and_of_this_model(tmp_path):
    with pytest.raises(Mistake, match="adapter_config.json is missing: run this author"):
        check_adapter(tmp_path / "adapter", "unsloth/a")
    folder = make_adapter(tmp_path / "adapter", "unsloth/a")
    check_adapter(folder, "unsloth/a")
    with pytest.raises(Mistake, match="trained on unsloth/a, but MODEL is unsloth/b"):
        check_adapter(folder, "unsloth/b")
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(Mistake, match="adapter_model.safetensors"):
        check_adapter(folder, "unsloth/a")


def test_one_folder_may_be_named_in_two_ways(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    folder = make_adapter(tmp_path / "adapter", tmp_path / "model")
    check_adapter(folder, "../" + tmp_path.name + "/model")
    with pytest.raises(Mistake, match="MODEL is other"):
        check_adapter(folder, "other")
