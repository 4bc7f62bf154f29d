"""Exports: llama.cpp reads them and gives the notebook's own greedy answers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
import torch
from gguf import GGMLQuantizationType
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from chapters import export
from chapters.adapter import ATTENTION, MLP
from chapters.chat import ChatModel, format_prompt, read_format
from chapters.export import (
    export_model,
    merged_weights,
    plan_exports,
    sixteen_bit_name,
    write_lora,
    write_merged,
)
from chapters.generation import generate
from chapters.gguf_format import ggml_quantize, quantize, stored_type, write_gguf
from chapters.preparation import Mistake
from sample import prepare_sample
from tiny_models import make_tiny

PERSONA = "You are William Shakespeare. Answer in your own words and voice."
TOPICS = (
    "love war winter ships honour sleep gold music kings fools friendship death summer theatre "
    "daughters ghosts wine storms gardens time"
).split()
SAMPLING = {"temperature": 0.7, "top_p": 0.9, "top_k": 20, "max_new_tokens": 64}
FIXED: dict[str, Any] = {
    "author": "William Shakespeare",
    "system_prompt": PERSONA,
    "sampling": SAMPLING,
}
FIXED |= {"max_seq_length": 512, "themes": ["love"]}


def with_adapter(base: Path, folder: Path, steps: int = 0) -> ChatModel:
    """Return the model of a folder with a LoRA, saved to `folder`; trained a little, or random."""
    torch.manual_seed(1)
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    targets = ATTENTION if model.config.model_type == "gpt_oss" else ATTENTION + MLP
    tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=targets))
    weights = {name: one for name, one in tuned.named_parameters() if ".lora_B" in name}
    with torch.no_grad():
        for one in weights.values():
            one.normal_(0, 0.06)
    if steps:
        text = tokenizer("Good my lord, the night is dark and full of rumour. " * 8)["input_ids"]
        optimizer = torch.optim.AdamW(
            [one for one in tuned.parameters() if one.requires_grad], 1e-3
        )
        for _ in range(steps):
            tuned(input_ids=torch.tensor([text]), labels=torch.tensor([text])).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    tuned.eval().save_pretrained(folder)
    return ChatModel(tuned, tokenizer, read_format(tokenizer))


def greedy(tuned: ChatModel, prompts: list[str], tokens: int) -> list[list[int]]:
    """Return the tokens of the notebook's own greedy answers."""
    how: Any = {"temperature": 0, "top_p": 1, "top_k": 0, "seed": 1, "batch_size": 4}
    made = generate(
        tuned.model, tuned.tokenizer, prompts, stops=tuned.chat["stops"], label=None,
        max_new_tokens=tokens, **how,
    )  # fmt: skip
    return [tuned.tokenizer(one["raw"], add_special_tokens=False)["input_ids"] for one in made]


def llama_greedy(tuned: ChatModel, path, asked, tokens: int, lora=None) -> list[list[int]]:
    """Return the tokens that llama.cpp writes after each of `asked`, texts or token ids."""
    xllamacpp: Any = pytest.importorskip("xllamacpp", reason="llama.cpp: uv sync --group chat")
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_gpu_layers, params.warmup = 2048, 0, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_parallel, params.verbosity, params.fit_params = 1, 0, False
    if lora:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(lora), 1.0)]
    server, answers = xllamacpp.Server(params), []
    for one in asked:
        text = isinstance(one, str)
        ids = tuned.tokenizer(one, add_special_tokens=False)["input_ids"] if text else one
        order = {"prompt": ids, "temperature": 0, "n_predict": tokens, "cache_prompt": tokens == 1}
        text = server.handle_completions(order)["choices"][0]["text"]
        answers.append(tuned.tokenizer(text, add_special_tokens=False)["input_ids"])
    return answers


def equal_share(ours: list[list[int]], theirs: list[list[int]], ends: set[int]) -> float:
    """Return the share of our tokens that llama.cpp wrote as well before it first differs."""
    same = total = 0
    for one, other in zip(ours, theirs, strict=True):
        one = [token for token in one if token not in ends]
        total += len(one)
        for mine, its in zip(one, other, strict=False):
            if mine != its:
                break
            same += 1
    return same / total


def next_tokens(tuned: ChatModel, prompts: list[str], answers: list[list[int]], every: int):
    """Return (token ids so far, the next one) at every so many tokens of our own answers."""
    places = []
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = tuned.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        places += [(ids + answer[:n], answer[n]) for n in range(0, len(answer), every)]
    return places


def prompts_of(tuned: ChatModel, count: int) -> list[str]:
    talks = [
        [
            {"role": "system", "content": PERSONA},
            {"role": "user", "content": f"What do you think about {topic}?"},
        ]
        for topic in TOPICS[:count]
    ]
    return [format_prompt(tuned.tokenizer, tuned.chat, talk) for talk in talks]


def ends_of(tuned: ChatModel) -> set[int]:
    return set(tuned.tokenizer.all_special_ids)


@pytest.fixture(scope="module")
def demo():
    """The folder of the demo's model, made where it is not there yet."""
    prepare_sample.prepare_model()
    return prepare_sample.MODEL_DIR


def test_llama_cpp_with_the_adapter_answers_as_the_notebook(demo, tmp_path):
    tuned = with_adapter(demo, tmp_path / "adapter")
    write_lora(tmp_path / "adapter", tmp_path / "adapter.gguf", tuned.model.config)
    write_gguf(merged_weights(demo, None, None), tmp_path / "base.gguf", "f32", tuned)
    prompts = prompts_of(tuned, 3)
    ours, base = greedy(tuned, prompts, 16), tmp_path / "base.gguf"
    theirs = llama_greedy(tuned, base, prompts, 16, tmp_path / "adapter.gguf")
    assert equal_share(ours, theirs, ends_of(tuned)) >= 0.9
    bare = llama_greedy(tuned, base, prompts, 16)
    assert equal_share(ours, bare, ends_of(tuned)) < 0.6  # the adapter does something


@pytest.mark.slow
def test_twenty_answers_of_every_export(demo, tmp_path):
    tuned = with_adapter(demo, tmp_path / "adapter", steps=6)
    made = export_model(
        list(export.EXPORTS), tuned, str(demo), tmp_path / "adapter", FIXED, tmp_path / "out"
    )
    names = {path.name for path in made}
    assert {"adapter.gguf", "base-bf16.gguf", "q8_0.gguf", "q4_k_m.gguf"} <= names
    write_gguf(merged_weights(demo, None, None), tmp_path / "base.gguf", "f32", tuned)
    weights = merged_weights(demo, tmp_path / "adapter", None)
    write_gguf(weights, tmp_path / "merged.gguf", "f32", tuned)
    prompts = prompts_of(tuned, 20)
    ours, shares = greedy(tuned, prompts, 48), {}
    lora = tmp_path / "out/adapter.gguf"
    whole = {"base + LoRA, f32": (tmp_path / "base.gguf", lora)}
    whole["merged, f32"] = tmp_path / "merged.gguf", None
    for name, (path, extra) in whole.items():
        theirs = llama_greedy(tuned, path, prompts, 48, extra)
        shares[name] = equal_share(ours, theirs, ends_of(tuned))
        assert shares[name] >= 0.9, name
    # One token that differs makes another answer of all that follow, and of this adapter's choices
    # one in twenty is closer than 0.12 nats, where 8 bits move the scores by 0.5: so each choice is
    # looked at after our own words.
    so_far, wanted = zip(*next_tokens(tuned, prompts, ours, every=6), strict=True)
    rounded = {"base + LoRA, bf16": (tmp_path / "out/base-bf16.gguf", lora)}
    rounded |= {name: (tmp_path / f"out/{name}.gguf", None) for name in ("q8_0", "q4_k_m")}
    for name, (path, extra) in rounded.items():
        theirs = llama_greedy(tuned, path, so_far, 1, extra)
        shares[name] = equal_share([[one] for one in wanted], theirs, ends_of(tuned))
    print(shares)
    assert shares["base + LoRA, bf16"] >= 0.95 and shares["q8_0"] >= 0.9
    assert shares["q4_k_m"] >= 0.8
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out/merged", dtype=torch.float32)
    again = greedy(tuned._replace(model=loaded), prompts[:4], 24)
    assert equal_share(greedy(tuned, prompts[:4], 24), again, ends_of(tuned)) >= 0.5


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gptoss"])
def test_tiny_models_of_each_kind(kind, tmp_path):
    base = make_tiny(kind, tmp_path / "model")
    tuned = with_adapter(base, tmp_path / "adapter")
    config = tuned.model.config
    write_lora(tmp_path / "adapter", tmp_path / "adapter.gguf", config)
    write_gguf(merged_weights(base, None, None), tmp_path / "base.gguf", "f32", tuned)
    merged = merged_weights(base, tmp_path / "adapter", None)
    write_gguf(merged, tmp_path / "merged.gguf", "f32", tuned)
    prompts = prompts_of(tuned, 2)
    ours = greedy(tuned, prompts, 8)
    both = llama_greedy(tuned, tmp_path / "base.gguf", prompts, 8, tmp_path / "adapter.gguf")
    one = llama_greedy(tuned, tmp_path / "merged.gguf", prompts, 8)
    ends = ends_of(tuned)
    assert equal_share(ours, both, ends) >= 0.9 and equal_share(ours, one, ends) >= 0.9


def test_eight_bits_are_those_of_llama_cpp():
    pytest.importorskip("xllamacpp", reason="llama.cpp: uv sync --group chat")
    rows = numpy.random.default_rng(1).normal(0, 0.1, (64, 576)).astype(numpy.float32)
    kind = GGMLQuantizationType.Q8_0
    assert numpy.array_equal(quantize(rows, kind), ggml_quantize(rows, kind))


def test_matrices_get_the_types_of_llama_quantize():
    def types(kind, *names, columns=1024):
        return [stored_type(name, (8, columns), kind, 40, False).name for name in names]

    names = ["token_embd.weight", "output.weight", "blk.0.attn_v.weight", "blk.6.ffn_down.weight"]
    assert types("q4_k_m", *names) == ["Q4_K", "Q6_K", "Q6_K", "Q4_K"]
    assert types("q4_k_m", *names, columns=576) == ["Q5_0", "Q8_0", "Q8_0", "Q5_0"]
    assert types("q8_0", *names) == ["Q8_0"] * 4
    assert types("q8_0", "blk.0.attn_norm.weight", "blk.0.attn_q.bias") == ["F32"] * 2
    assert stored_type("token_embd.weight", (8, 1024), "q4_k_m", 30, True).name == "Q6_K"


def test_what_an_export_needs_is_told_before(tmp_path):
    config = SimpleNamespace(model_type="qwen3")
    plan = plan_exports(
        ["q8_0"], "unsloth/Qwen3-14B-unsloth-bnb-4bit", config, 10**6, tmp_path / "export"
    )
    assert "unsloth/Qwen3-14B is fetched" in plan[0] and "GB are written" in plan[1]
    assert len(plan_exports(["lora"], "unsloth/any", config, 10**6, tmp_path / "export")) == 1
    (tmp_path / "own").mkdir()
    (told,) = plan_exports(["lora"], str(tmp_path / "own"), config, 10**9, tmp_path / "export")
    assert told.startswith("About 2.1 GB")  # with the base model, in 16 bits
    with pytest.raises(Mistake, match="EXPORT has 'gguf'.*'q4_k_m'"):
        plan_exports(["gguf"], "unsloth/any", config, 10**6, tmp_path / "export")
    with pytest.raises(Mistake, match="too little room"):
        plan_exports(["merged"], "unsloth/any", config, 10**16, tmp_path)
    with pytest.raises(Mistake, match="gpt-oss:20b"):
        plan_exports(["q8_0"], "unsloth/a", SimpleNamespace(model_type="gpt_oss"), 1, tmp_path)
    assert sixteen_bit_name("unsloth/gpt-oss-20b-unsloth-bnb-4bit") == "unsloth/gpt-oss-20b"


def test_an_adapter_of_another_model_is_refused(tmp_path):
    base = make_tiny("qwen3", tmp_path / "model")
    with_adapter(base, tmp_path / "adapter")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Mistake, match="is not the base model of"):
        list(merged_weights(tmp_path / "empty", tmp_path / "adapter", None))


def test_merged_weights_load_in_transformers(tmp_path):
    base = make_tiny("qwen3", tmp_path / "model")
    tuned = with_adapter(base, tmp_path / "adapter")
    weights = merged_weights(base, tmp_path / "adapter", None)
    write_merged(weights, base, tmp_path / "merged", tuned)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    assert loaded.dtype == torch.bfloat16
    tokens = torch.tensor([[5, 6, 7, 8]])
    ours = tuned.model(input_ids=tokens).logits
    assert torch.allclose(loaded.float()(input_ids=tokens).logits, ours, atol=0.2)
    bare = AutoModelForCausalLM.from_pretrained(base)(input_ids=tokens).logits
    assert not torch.allclose(bare, ours, atol=0.5)
