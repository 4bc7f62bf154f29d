"""The adapter: of the size that was asked for, added once, saved whole and found again."""

import json
import os
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import unsloth  # (first: it patches the libraries below)

from chapters.adapter import (
    adapter_costs,
    adapter_table,
    add_adapter,
    check_adapter,
    check_trained,
    find_adapter,
    load_with_adapter,
    lora_size,
    lora_targets,
    restore_adapter,
    save_adapter,
)
from chapters.chat import load_chat_model
from chapters.keys import fingerprint, identify_model
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
    (tmp_path / "adapter.new").mkdir()
    (tmp_path / "adapter.new/half").touch()  # of a run that was killed
    save_adapter(tuned, record_of(identify_model(str(folder))), tmp_path)
    assert not (tmp_path / "adapter.new").exists() and not (tmp_path / "adapter/half").exists()
    assert check_adapter(tmp_path / "adapter", str(folder), identify_model(str(folder)))["r"] == 16
    with torch.no_grad():
        for weight in weights.values():
            weight.zero_()
    restore_adapter(tuned, tmp_path / "adapter")
    found = load_with_adapter(tmp_path / "adapter", str(folder), 512, True, False, "low")
    assert not found.model.training
    loaded = dict(found.model.named_parameters())
    for name, weight in weights.items():
        assert torch.equal(weight, kept[name]) and torch.equal(loaded[name], kept[name])


def test_an_adapter_of_gpt_oss_is_saved_as_a_card_makes_it(tmp_path, monkeypatch):
    """On a card Unsloth turns GPT-OSS's list of matrices into one regular expression."""
    from unsloth_zoo.peft_utils import get_peft_regex

    in_order = unsloth.FastLanguageModel.get_peft_model

    def on_a_card(model, target_modules, **more):
        matched = get_peft_regex(model, False, target_modules=target_modules)
        return in_order(model, target_modules=matched, **more)

    monkeypatch.setattr(unsloth.FastLanguageModel, "get_peft_model", on_a_card)
    folder = make_tiny("gptoss", tmp_path / "model")
    tuned = add_adapter(load(folder), 16, 32, False, 1, False)
    added = {name for name, _ in tuned.model.named_parameters() if ".lora_" in name}
    save_adapter(tuned, record_of(identify_model(str(folder))), tmp_path)
    config = json.loads((tmp_path / "adapter/adapter_config.json").read_text())
    assert "q_proj|k_proj|v_proj|o_proj" in config["target_modules"]
    found = load_with_adapter(tmp_path / "adapter", str(folder), 512, True, False, "low")
    assert added == {name for name, _ in found.model.named_parameters() if ".lora_" in name}
    assert len(added) == 16  # two of each of two layers' four


def record_of(model, **more):
    """A training's record, as far as an adapter needs it."""
    needs = {"model": model, **more}
    return {"key": fingerprint(needs), "model": model, "needs": needs, "fixed": {}}


class Saved:
    """Stands for a model or tokenizer that is saved; a full disk cuts its weights off."""

    def __init__(self, weights="weights", error=None):
        self.weights, self.error = weights, error

    def save_pretrained(self, folder):
        folder.mkdir(exist_ok=True)
        (folder / "adapter_model.safetensors").write_text(self.weights)
        config = {"r": 16, "target_modules": ["v_proj", "q_proj"]}  # in any order, as PEFT does
        (folder / "adapter_config.json").write_text(json.dumps(config))
        if self.error:
            raise self.error


def save(folder, weights="weights", model="m", **more):
    chat_model: Any = SimpleNamespace(model=Saved(weights), tokenizer=Saved(weights))
    record = record_of(model, **more)
    save_adapter(chat_model, record, folder)
    return record["key"]


def weights_in(folder):
    return (folder / "adapter_model.safetensors").read_text()


def test_an_adapter_of_other_settings_is_kept_and_found_again(tmp_path, capsys):
    first = save(tmp_path, "one", EPOCHS=1)
    assert capsys.readouterr().out == "" and find_adapter(tmp_path, "other") is None
    config = json.loads((tmp_path / "adapter/adapter_config.json").read_text())
    assert config["target_modules"] == ["q_proj", "v_proj"]  # the same bytes in every run
    second = save(tmp_path, "two", EPOCHS=2)
    told = f"The adapter that was there is kept in {tmp_path}/adapter-{first}: EPOCHS 1 → 2."
    assert capsys.readouterr().out.strip() == told and weights_in(tmp_path / "adapter") == "two"
    found = find_adapter(tmp_path, first)
    assert found and found["needs"]["EPOCHS"] == 1 and weights_in(tmp_path / "adapter") == "one"
    assert (
        weights_in(tmp_path / f"adapter-{second}") == "two" and len(list(tmp_path.iterdir())) == 2
    )


@pytest.mark.parametrize("step", range(5))
def test_a_kill_at_any_moment_leaves_a_whole_adapter_or_one_that_is_found(
    tmp_path, monkeypatch, step
):
    """Killed before each rename: of configuration, record, old adapter, new one; and after."""
    old, renames, real = save(tmp_path, "old", EPOCHS=1), [], os.replace

    def rename(source, target):
        if len(renames) == step:
            raise KeyboardInterrupt
        renames.append(target)
        real(source, target)

    monkeypatch.setattr(os, "replace", rename)
    new = record_of("m", EPOCHS=2)["key"]
    if step < 4:
        with pytest.raises(KeyboardInterrupt):
            save(tmp_path, "new", EPOCHS=2)
    else:
        save(tmp_path, "new", EPOCHS=2)
    monkeypatch.setattr(os, "replace", real)
    assert (find_adapter(tmp_path, new) is None) == (step < 2)  # not whole before its record
    if step >= 2:
        assert weights_in(tmp_path / "adapter") == "new"
    assert find_adapter(tmp_path, old) and weights_in(tmp_path / "adapter") == "old"


def test_a_damaged_or_foreign_adapter_is_not_believed(tmp_path):
    key = save(tmp_path)
    whole = {path: path.read_bytes() for path in (tmp_path / "adapter").iterdir()}
    assert len(whole) == 3 and find_adapter(tmp_path, key)
    for path, data in whole.items():
        for damaged in (data[: len(data) // 2], b"", data.replace(b"6", b"7").replace(b"w", b"v")):
            path.write_bytes(damaged)
            assert find_adapter(tmp_path, key) is None, (path, damaged)
            with pytest.raises(Mistake, match="is damaged, or not the recorded one: run this auth"):
                check_adapter(tmp_path / "adapter", "m", "m")
        path.unlink()
        assert find_adapter(tmp_path, key) is None
        with pytest.raises(Mistake, match=f"{path.name} is missing: run this author's"):
            check_adapter(tmp_path / "adapter", "m", "m")
        path.write_bytes(data)
    (tmp_path / "adapter/adapter_model.safetensors").write_text("other")
    save(tmp_path, "again")  # what was there is set aside, whatever it was
    assert weights_in(tmp_path / "adapter-unknown") == "other"
    check_adapter(tmp_path / "adapter", "m", "m")


def test_an_interrupted_save_leaves_the_old_adapter(tmp_path):
    save(tmp_path, "old")
    full: Any = SimpleNamespace(model=Saved("half", OSError("No space left")), tokenizer=None)
    with pytest.raises(Mistake, match=r"adapter.new cannot be written \(No space left\): mend"):
        save_adapter(full, record_of("m", EPOCHS=2), tmp_path)
    assert weights_in(tmp_path / "adapter") == "old"


def test_an_adapter_belongs_to_the_weights_it_was_trained_on(tmp_path, monkeypatch):
    base = tmp_path / "model"
    base.mkdir()
    (base / "model.safetensors").write_bytes(b"weights")
    save(tmp_path, model=identify_model(str(base)))
    monkeypatch.chdir(base)

    def check(model):
        check_adapter(tmp_path / "adapter", model, identify_model(model))

    check("../model")
    (base / "model.safetensors").write_bytes(b"Weights")
    with pytest.raises(Mistake, match="was trained on model .*, but MODEL is model .*: run"):
        check("../model")
    check("unsloth/not-here")  # a name on the hub, nothing to compare
