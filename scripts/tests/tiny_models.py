"""Tiny random models of the real architectures, made offline, as folders that Unsloth can load.

    make_tiny("gptoss" | "qwen3" | "llama", folder)    # model, tokenizer, template: a second or two
    make_tokenizer("harmony" | "qwen3" | "chatml" | "gemma" | "gemma3" | "llama3" | "mistral")

The vocabularies are byte-level (Gemma's with byte fallback), so any text survives encoding and
decoding.
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import GenerationConfig, PreTrainedTokenizerFast

SENTENCES = [
    "A patient gardener waters in the evening; by morning nobody can tell which leaves were dry "
    "and which were not.",
    "Tell me, what do you think of the sea, and why do men go down to it in ships?",
    "You are a helpful assistant who answers in the voice of an old author.\n\n"
    "What is honour? A word.",
    "Reasoning: low\n\n# Valid channels: analysis, commentary, final. Channel must be included for "
    "every message.",
    "system user assistant developer model analysis final # Instructions Knowledge cutoff: 2024-06 "
    "Current date: 2025-06-01",
    "Winter came early, and the river stood still for nine weeks; nobody in the town could "
    "remember the like.",
]
TEMPLATE_FILES = {
    "harmony": "gptoss.jinja",
    "qwen3": "qwen3.jinja",
    "gemma": "gemma.jinja",
    "gemma3": "gemma3.jinja",
    "llama3": "llama3.jinja",
}  # as trl ships them; the other two are short enough to stand here
CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% else %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}"
)
# family: bos, eos, pad, other control tokens, added tokens that are not special
TOKENS = {
    "harmony": (
        "<|startoftext|>",
        "<|return|>",
        "<|endoftext|>",
        ["<|constrain|>", "<|channel|>", "<|start|>", "<|end|>", "<|message|>", "<|call|>"],
        [],
    ),
    "qwen3": (
        None,
        "<|im_end|>",
        "<|endoftext|>",
        ["<|im_start|>"],
        ["<think>", "</think>", "<tool_call>", "</tool_call>"],
    ),
    "chatml": ("<|im_start|>", "<|im_end|>", "<|endoftext|>", ["<repo_name>"], []),
    "gemma": (
        "<bos>",
        "<eos>",
        "<pad>",
        ["<start_of_turn>", "<end_of_turn>"],
        ["\n\n", "\n\n\n", "<table>"],
    ),
    "llama3": (
        "<|begin_of_text|>",
        "<|eot_id|>",
        "<|finetune_right_pad_id|>",
        ["<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"],
        [],
    ),
    "mistral": ("<s>", "</s>", "<pad>", ["[INST]", "[/INST]"], []),
}
TOKENS["gemma3"] = TOKENS["gemma"]
# Words with one leading space, digits one by one, runs of line ends: as Qwen and GPT-OSS cut text.
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _template(family):
    if family in TEMPLATE_FILES:
        trl = Path(importlib.util.find_spec("trl").submodule_search_locations[0])
        return (trl / "chat_templates" / TEMPLATE_FILES[family]).read_text(encoding="utf-8")
    return {"chatml": CHATML, "mistral": MISTRAL}[family]


def _byte_level(family):
    tokenizer = Tokenizer(models.BPE())
    if family == "qwen3":
        tokenizer.normalizer = normalizers.NFC()
    if family == "chatml":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(WORDS), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        SENTENCES,
        trainers.BpeTrainer(
            vocab_size=400,
            show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    return tokenizer


def _byte_fallback():
    """As Gemma's: a space is the letter ▁, an unknown letter becomes its bytes <0x00> to <0xFF>."""
    letters = sorted(
        {letter for text in SENTENCES for letter in text.replace(" ", "▁")} | {"▁", "\n"}
    )
    vocabulary = ["<unk>"] + [f"<0x{byte:02X}>" for byte in range(256)] + letters
    tokenizer = Tokenizer(
        models.BPE(
            vocab={piece: i for i, piece in enumerate(vocabulary)},
            merges=[],
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return tokenizer


def make_tokenizer(family):
    """A small transformers tokenizer with the family's control tokens and chat template."""
    bos, eos, pad, control, added = TOKENS[family]
    backend = _byte_fallback() if family.startswith("gemma") else _byte_level(family)
    backend.add_special_tokens(
        [token for token in dict.fromkeys([pad, bos, eos, *control]) if token]
    )
    backend.add_tokens(added)
    if bos and family not in (
        "chatml",
        "harmony",
    ):  # these families' tokenizers put the begin token there by themselves
        backend.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A",
            pair=f"{bos} $A {bos} $B",
            special_tokens=[(bos, backend.token_to_id(bos))],
        )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=bos,
        eos_token=eos,
        pad_token=pad,
        clean_up_tokenization_spaces=False,
        model_max_length=4096,
    )
    tokenizer.chat_template = _template(family)
    return tokenizer


FAMILY = {"gptoss": "harmony", "qwen3": "qwen3", "llama": "chatml"}
SIZE: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
    "dtype": "float32",
}


def make_tiny(kind, folder, seed=0):
    """Write a tiny fp32 model ("gptoss", "qwen3" or "llama" with SmolLM2's ChatML) to `folder`.

    Returns the folder. The last matrix is drawn wide (0.3, not 0.02): with the norm before it, that
    bounds how sure the model can become, and only the adapters are trained.
    """
    from transformers import (
        GptOssConfig,
        GptOssForCausalLM,
        LlamaConfig,
        LlamaForCausalLM,
        Qwen3Config,
        Qwen3ForCausalLM,
    )

    folder = Path(folder)
    tokenizer = make_tokenizer(FAMILY[kind])
    ends = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    if kind == "gptoss":
        ends.append(tokenizer.convert_tokens_to_ids("<|call|>"))
        config = GptOssConfig(
            **SIZE,
            num_local_experts=4,
            num_experts_per_tok=2,
            sliding_window=32,
            layer_types=["sliding_attention", "full_attention"],
            router_aux_loss_coef=0.9,
            rope_parameters={
                "rope_type": "yarn",
                "rope_theta": 150000.0,
                "factor": 4.0,
                "beta_fast": 32.0,
                "beta_slow": 1.0,
                "original_max_position_embeddings": 1024,
                "truncate": False,
            },
        )
    else:
        config = (Qwen3Config if kind == "qwen3" else LlamaConfig)(**SIZE)
    config.vocab_size, config.pad_token_id = len(tokenizer), tokenizer.pad_token_id
    config.eos_token_id, config.bos_token_id = tokenizer.eos_token_id, tokenizer.bos_token_id
    torch.manual_seed(seed)
    model = {"gptoss": GptOssForCausalLM, "qwen3": Qwen3ForCausalLM, "llama": LlamaForCausalLM}[
        kind
    ](config).float()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, 0.3 if name == "lm_head.weight" else 0.1)
    model.generation_config = GenerationConfig(
        eos_token_id=ends, pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_with_eyes(folder):
    """Write a tiny Gemma 3 that reads pictures too, as those of 4 billion parameters and more."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    tokenizer = make_tokenizer("gemma3")
    layers = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 32}
    eyes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    eyes |= {"num_attention_heads": 2, "image_size": 28, "patch_size": 14}
    config = Gemma3Config(
        text_config={**SIZE, "vocab_size": len(tokenizer), **layers},
        vision_config=eyes,
        mm_tokens_per_image=4,
    )
    Gemma3ForConditionalGeneration(config).float().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Path(folder)


if __name__ == "__main__":
    import sys

    print(json.dumps({"made": str(make_tiny(sys.argv[1], sys.argv[2]))}))
