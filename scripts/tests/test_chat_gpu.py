"""With full-size models on a GPU: what batching does to answers, that the base is untouched.

    QWEN3_FOLDER=... GPTOSS_FOLDER=... uv run pytest -m gpu scripts/tests/test_chat_gpu.py -s
    QWEN3_FOLDER=... GPTOSS_FOLDER=... python3 scripts/tests/test_chat_gpu.py

The second way does without pytest and prints the figures. The folders hold the models (random
weights will do). In 16 bits a batch and a single answer are computed by other kernels, so their
logits differ by rounding; where the two likeliest tokens are closer than that, the answers part. So
each first difference is measured: `margin`, between the two tokens, `difference`, between the two
computations, and the `spread` of the logits.
"""

import gc
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
import torch
import unsloth  # noqa: F401  (first: it patches the libraries below)
from unsloth import FastLanguageModel

from chapters.adapter import check_trained, lora_size, lora_targets, trained_parameters
from chapters.chat import format_prompt, load_chat_model
from chapters.generation import generate

FOLDERS = {"qwen3": os.environ.get("QWEN3_FOLDER"), "gptoss": os.environ.get("GPTOSS_FOLDER")}
QUESTIONS = [
    f"What do you think about {theme}? " + "Consider it well. " * (n % 5)
    for n, theme in enumerate(
        "love,war,the sea,honour,kings,winter,money,friendship,old age,music,dreams,death,"
        "law,bread,horses,rain,memory,towns,sleep,silence".split(",")
    )
]  # 20: GPT-OSS's experts are grouped beyond 16
NEW_TOKENS = 48
# Of the logits' standard deviation: more than that is no rounding of 16-bit numbers, but an error.
ROUNDING = 0.25


def load(folder):
    demo = not torch.cuda.is_available()
    return load_chat_model(folder, 1024, demo, thinking=False, reasoning_effort="low")


def with_adapter(model, experts=False, change=False):
    """Add the notebook's adapter and check its size; `change` gives it random weights."""
    targets = lora_targets(model.config, experts)
    tuned = FastLanguageModel.get_peft_model(
        model,
        r=16,
        lora_alpha=32,
        lora_dropout=0,
        bias="none",
        target_modules=targets,
        use_gradient_checkpointing="unsloth",
        random_state=1,
    )
    found = trained_parameters(tuned)
    check_trained(found, lora_size(tuned.config, 16, targets))
    torch.manual_seed(2)
    for name, weight in tuned.named_parameters():
        if change and "lora_B" in name:
            torch.nn.init.normal_(weight, 0.0, 0.02)
    return tuned, found


def greedy(model, tokenizer, prompts):
    """Return (tokens, logits) of the likeliest continuations, in one left-padded batch."""
    model.for_inference()
    batch = tokenizer(
        prompts, add_special_tokens=False, padding=True, padding_side="left", return_tensors="pt"
    )
    made = model.generate(
        **batch.to(model.device),
        max_new_tokens=NEW_TOKENS,
        min_new_tokens=NEW_TOKENS,
        do_sample=False,
        use_cache=True,
        pad_token_id=tokenizer.pad_token_id,
        return_dict_in_generate=True,
        output_logits=True,
    )
    logits = torch.stack(
        [step.float().cpu() for step in made.logits], 1
    )  # prompts × steps × vocabulary
    return made.sequences[:, batch["input_ids"].shape[1] :].cpu(), logits


def compare(pairs):
    """Return the share of equal tokens of ((tokens, logits), (tokens, logits)) pairs, and what
    stands behind each first difference.

    A parting is explained if the two tokens were nearer to each other than twice the rounding seen
    at that step.
    """
    equal, total, partings = 0, 0, []
    for (own, own_logits), (other, other_logits) in pairs:
        same = own == other
        equal, total = equal + same.sum().item(), total + len(same)
        if not same.all():
            step = same.long().argmin().item()
            partings.append(
                {
                    "step": step,
                    "margin": (own_logits[step, own[step]] - own_logits[step, other[step]]).item(),
                    "difference": (own_logits[step] - other_logits[step]).abs().max().item(),
                    "spread": own_logits[step].std().item(),
                }
            )
    return {
        "equal_tokens": equal / total,
        "partings": partings,
        "unexplained": sum(
            one["margin"] > 2 * one["difference"] or one["difference"] > ROUNDING * one["spread"]
            for one in partings
        ),
    }


def batch_figures(model, tokenizer, prompts):
    """Return `compare` of single answers with those of one batch."""
    singles = ([part[0] for part in greedy(model, tokenizer, [prompt])] for prompt in prompts)
    return compare(list(zip(singles, zip(*greedy(model, tokenizer, prompts)))))


def figures(folder):
    """Return all figures of one model as plain values."""
    model, tokenizer, chat = load(folder)
    prompts = [
        format_prompt(tokenizer, chat, [{"role": "user", "content": question}])
        for question in QUESTIONS
    ]
    untouched = greedy(model, tokenizer, prompts)
    model, found = with_adapter(model, change=True)
    settings = {"temperature": 0.7, "top_p": 0.8, "top_k": 20}
    settings |= {"max_new_tokens": NEW_TOKENS, "seed": 1}
    flags = [getattr(module, "gradient_checkpointing", False) for module in model.modules()]
    raw = {
        size: [
            one["raw"] for one in generate(model, tokenizer, prompts, batch_size=size, **settings)
        ]
        for size in (20, 4, 1)
    }
    now = [getattr(module, "gradient_checkpointing", False) for module in model.modules()]
    kept = any(now) and all(after for before, after in zip(flags, now) if before)
    tuned, _ = greedy(model, tokenizer, prompts)
    again, _ = greedy(model, tokenizer, prompts)
    with model.disable_adapter():
        base = greedy(model, tokenizer, prompts)

    def share(one, other):
        return (one == other).float().mean().item()

    result = {
        "trained": found,
        "checkpointing_kept": kept,
        "base_and_untouched": compare(list(zip(zip(*base), zip(*untouched)))),
        "tuned_equals_itself": share(tuned, again),
        "tuned_equals_base": share(tuned, base[0]),
        "drawn_answers_equal": {
            size: sum(map(str.__eq__, raw[20], raw[size])) / 20 for size in (4, 1)
        },
        "tuned": batch_figures(model, tokenizer, prompts),
    }
    with model.disable_adapter():
        result["base"] = batch_figures(model, tokenizer, prompts)
    del model, base, tuned
    gc.collect(), torch.cuda.empty_cache()
    return result


def expert_figures(folder):
    """Return what is trained with the experts adapted, too."""
    return with_adapter(load(folder).model, experts=True)[1]


try:
    import pytest
except ImportError:
    pass
else:

    @pytest.mark.gpu
    @pytest.mark.parametrize("kind", FOLDERS)
    def test_batches_and_bases_on_the_gpu(kind):
        if not FOLDERS[kind]:
            pytest.skip(f"set {kind.upper()}_FOLDER to the folder of the model")
        result = figures(FOLDERS[kind])
        print(json.dumps(result, indent=1))
        assert result["tuned_equals_itself"] == 1.0 > result["tuned_equals_base"]
        # Qwen3's kernels round otherwise once an adapter is attached, so near ties may part
        assert (
            result["base_and_untouched"]["unexplained"] == 0
            and result["base_and_untouched"]["equal_tokens"] > 0.7
        )
        assert result["checkpointing_kept"]
        assert result["base"]["unexplained"] == result["tuned"]["unexplained"] == 0

    @pytest.mark.gpu
    def test_the_experts_can_be_adapted():
        if not FOLDERS["gptoss"]:
            pytest.skip("set GPTOSS_FOLDER to the folder of the model")
        print(json.dumps(expert_figures(FOLDERS["gptoss"]), indent=1))


if __name__ == "__main__":
    for kind, folder in FOLDERS.items():
        if folder:
            print(kind, json.dumps(figures(folder), indent=1), flush=True)
    if FOLDERS["gptoss"]:
        print("with experts", json.dumps(expert_figures(FOLDERS["gptoss"]), indent=1))
