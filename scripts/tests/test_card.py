"""What travels with an adapter: a model card, the chat format, and a base model that is found."""

import json

import pytest
import torch
from peft import AutoPeftModelForCausalLM, LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from chapters.adapter import note_base
from chapters.card import read_verdict, write_card, write_export_card
from chapters.chat import format_prompt, read_format
from chapters.preparation import Mistake
from tiny_models import make_tiny

PERSONA = 'You are "Ada". Answer in your own voice.'
SAMPLING = {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "max_new_tokens": 64, "seed": 1}


def record_of(model):
    versions = {"unsloth": "1", "transformers": "5", "peft": "0.2"}
    needs = {**versions, "LORA_R": 4, "LORA_ALPHA": 8, "LEARNING_RATE": 2e-4}
    fixed = {"author": "Ada Example", "themes": ["rivers"], "system_prompt": PERSONA}
    return {
        "model": str(model),
        "date": "2026-01-02",
        "rows": 1234,
        "steps": 20,
        "tokens": 9,
        "needs": needs,
        "validation_loss": [[0, 3.9], [20, 3.5]],
        "fixed": {**fixed, "sampling": SAMPLING},
    }


def make_adapter(base, folder):
    model = AutoModelForCausalLM.from_pretrained(base)
    tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"]))
    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            if ".lora_B" in name:
                weight.normal_()
    tuned.save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.save_pretrained(folder)
    return tuned, tokenizer


def test_an_adapters_folder_is_enough(tmp_path, monkeypatch):
    base = make_tiny("qwen3", tmp_path / "place/model")
    tuned, tokenizer = make_adapter(base, tmp_path / "adapter")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    chat = read_format(tokenizer)
    note_base(tmp_path / "adapter", "../place/model")
    write_card(tmp_path / "adapter", record_of("../place/model"), chat)
    monkeypatch.chdir(tmp_path)  # from here the relative path leads nowhere
    loaded = AutoPeftModelForCausalLM.from_pretrained(tmp_path / "adapter")
    tokens = torch.tensor([[5, 6, 7]])
    assert torch.allclose(loaded(input_ids=tokens).logits, tuned(input_ids=tokens).logits)
    talk = [{"role": "system", "content": PERSONA}, {"role": "user", "content": "Who?"}]
    written = AutoTokenizer.from_pretrained(tmp_path / "adapter").apply_chat_template(
        talk, tokenize=False, add_generation_prompt=True
    )
    assert written == format_prompt(tokenizer, chat, talk)
    kept = json.loads((tmp_path / "adapter/chat.json").read_text())
    assert kept["system_prompt"] == PERSONA and kept["chat"] == chat
    assert kept["model"] == "../place/model" and kept["sampling"] == SAMPLING
    assert (tmp_path / "adapter/adapter_model.safetensors").stat().st_mode & 0o777 == 0o644


def test_the_card_says_what_it_is_and_is_the_same_twice(tmp_path):
    base = make_tiny("qwen3", tmp_path / "model")
    _, tokenizer = make_adapter(base, tmp_path / "adapter")
    chat = read_format(tokenizer)
    write_card(tmp_path / "adapter", record_of(base), chat)
    files = {path: path.read_bytes() for path in (tmp_path / "adapter").iterdir()}
    text = (tmp_path / "adapter/README.md").read_text()
    for part in ("Ada Example", PERSONA, "1,234 rows", "3.90 before, 3.50 after", str(base)):
        assert part in text, part
    assert "More Information Needed" not in text and "Not measured yet" in text
    code = text.split("```python\n")[1].split("```")[0]
    compile(code, "card", "exec")
    write_card(tmp_path / "adapter", record_of(base), chat)
    assert {path: path.read_bytes() for path in files} == files


def test_an_exports_card_has_the_verdict_and_how_to_start_it(tmp_path):
    assert read_verdict(tmp_path) == []
    verdict = [{"question": "Broken?", "answer": "No", "figures": []}]
    (tmp_path / "comparison.json").write_text(json.dumps({"verdict": verdict}))
    (tmp_path / "export").mkdir()
    (tmp_path / "export/Modelfile.q8_0").touch()
    write_export_card(tmp_path / "export", tmp_path, record_of("unsloth/Qwen3-14B"))
    text = (tmp_path / "export/README.md").read_text()
    assert "- **Broken?** No." in text and "license: apache-2.0" in text
    assert "ollama create adaexample-q8 -f Modelfile.q8_0" in text
    assert "Modelfile.lora" not in text


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"verdict": [{"question": "Broken?"}]}'])
def test_a_damaged_comparison_is_told(tmp_path, text):
    (tmp_path / "comparison.json").write_text(text)
    with pytest.raises(Mistake, match="comparison.json cannot be used .*run the Comparison"):
        read_verdict(tmp_path)
