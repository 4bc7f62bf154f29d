# %% id="cards-imports"
"""What the graphics card can hold: which one to use, what fits, and how many rows at a time."""

from chapters.preparation import Mistake, clock

# %% [markdown] id="cards-find-text"
# #### Which card
# The one with the most memory is used alone: a second, smaller one beside it would only slow the
# run down. Where there is a card that PyTorch cannot use, the reason is told, since a demo would
# otherwise begin without a word.

# %% id="cards-find"
import os
import platform
import subprocess
from typing import Any, NamedTuple

OLDEST_DRIVER = 580  # for CUDA 13 (NVIDIA's release notes), which the pinned PyTorch is built with
# GiB that training takes. 14B and 20B were measured with full-size weights, 8 rows of 550 tokens;
# the others are estimates from their weights, in proportion.
NEEDED = {"GPT-OSS-20B": 18, "Qwen3-14B": 12, "Qwen3-8B": 8, "Qwen3-4B": 6}


class Card(NamedTuple):
    """An NVIDIA card as its driver tells of it."""

    index: str  # on the PCI bus
    name: str
    gib: float  # its memory
    driver: str  # version, "580.65.06"


def find_cards() -> list[Card]:
    """Return the computer's NVIDIA cards, the largest first; none where there is no driver."""
    asked = "--query-gpu=index,name,memory.total,driver_version"
    command = ["nvidia-smi", asked, "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    cards = []
    for line in told.stdout.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == 4 and fields[2].isdigit():  # one with shared memory tells none
            cards.append(Card(fields[0], fields[1], int(fields[2]) / 1024, fields[3]))
    return sorted(cards, key=lambda card: -card.gib)


def choose_card(cards: list[Card]) -> str:
    """Let PyTorch see the largest card alone, before it looks; return a sentence about it.

    What CUDA_VISIBLE_DEVICES says already is left as it is."""
    if not cards:
        return "No NVIDIA card."
    if "microsoft" not in platform.release().lower():  # WSL2's driver fails with it
        # Memory that grows in place; Unsloth asks for it too, but when PyTorch has begun already.
        os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
    if "CUDA_VISIBLE_DEVICES" in os.environ or len(cards) == 1:
        chosen = os.environ.get("CUDA_VISIBLE_DEVICES", cards[0].index)
        listed = ", ".join(f"{card.name} ({card.gib:.0f} GiB)" for card in cards)
        return f"{listed}, driver {cards[0].driver}; used: number {chosen or 'none'}."
    os.environ.update(CUDA_DEVICE_ORDER="PCI_BUS_ID", CUDA_VISIBLE_DEVICES=cards[0].index)
    others = ", ".join(card.name for card in cards[1:])
    return f"{cards[0].name}, {cards[0].gib:.0f} GiB, is used alone; not used: {others}."


def why_no_cuda(cards: list[Card]) -> str:
    """Return why PyTorch cannot use the cards that there are, and what to do; "" without one."""
    if not cards or os.environ.get("CUDA_VISIBLE_DEVICES") == "":
        return ""
    driver = cards[0].driver
    if int(driver.split(".")[0]) < OLDEST_DRIVER:
        why = f"its driver {driver} is too old for CUDA 13; install {OLDEST_DRIVER} or newer"
    else:
        why = "this PyTorch was built without CUDA; install the pinned one with `uv sync`"
    return f"There is a {cards[0].name}, but PyTorch cannot use it: {why}, and restart."


def use_card(profile: str) -> str:
    """Let PyTorch see the card that is used, none for PROFILE "demo"; return a sentence about it,
    and why PyTorch cannot use it where it cannot."""
    import torch  # which looks for cards when it is first asked, not now

    if profile == "demo":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    cards = find_cards()
    chosen = choose_card(cards)
    return chosen if torch.cuda.is_available() else f"{chosen} {why_no_cuda(cards)}".strip()


def too_large(model: str) -> str:
    """Return the sentence for a model that does not fit the card."""
    import torch

    has = torch.cuda.mem_get_info()[1] / 2**30
    fitting = [name for name, gib in NEEDED.items() if gib < has - 1]
    advice = f"{fitting[0]} would fit ({NEEDED[fitting[0]]} GiB)" if fitting else "take a demo"
    return (
        f"{model} does not fit the card's {has:.0f} GiB: close what else uses the card, or set "
        f"MODEL to a smaller one; {advice}."
    )


# %% [markdown] id="cards-room-text"
# #### What fits
# The weights come first, then what a training keeps beside them. Activations are normally computed
# a second time on the way back, which saves most of their memory and costs a third of the time; a
# card that has room for them keeps them.

# %% id="cards-room"
import resource
from pathlib import Path

SPARE = 3 * 2**30  # bytes for the optimizer, the loss and kernels, beside kept activations


def memory_gib() -> float:
    """Return the peak memory so far in GiB: reserved on the GPU, or resident on a CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_reserved() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # Linux gives KiB


def fast_bf16() -> bool:
    """Return whether this computer's processor has instructions for products in bf16.

    There a demo is trained in three quarters of the time and answers in two thirds, with losses
    equal to 0.4 % (SmolLM2, two cores with AMX); elsewhere bf16 is slower than float32. False where
    oneDNN, which computes them, is told by its own variable to do with less."""
    if "ONEDNN_MAX_CPU_ISA" in os.environ:
        return False
    told = Path("/proc/cpuinfo")
    flags = told.read_text(encoding="utf-8").split() if told.exists() else []
    return "avx512_bf16" in flags or "amx_bf16" in flags


def activation_bytes(config: Any, tokens: int) -> int:
    """Return about how many bytes the activations of a dense model take, all of them kept.

    16-bit, in each layer three of the MLP's inner size and five of the hidden size a token:
    5.9 MiB a token for Qwen3-14B, where 25.7 GiB were measured for 4,390 tokens (5.99 MiB)."""
    return (
        tokens
        * config.num_hidden_layers
        * 2
        * (3 * config.intermediate_size + 5 * config.hidden_size)
    )


def keeps_activations(model: Any, tokens: int) -> bool:
    """Return whether the card has room for all activations of a batch of `tokens` tokens.

    What answering kept there is freed first. Not for a mixture of experts, whose activations depend
    on the routing."""
    import torch

    free_buffers(model)
    if not torch.cuda.is_available() or getattr(model.config, "num_local_experts", 0):
        return False
    return 1.2 * activation_bytes(model.config, tokens) + SPARE < torch.cuda.mem_get_info()[0]


# %% [markdown] id="cards-answers-text"
# #### Answers on the card
# Reading the weights once serves all answers that are written at the same time. Each keeps the keys
# and values of what it has read, so the card's free memory is shared out among them.

# %% id="cards-answers"
# A step of an answer is recorded once and replayed, to the same tokens (Qwen3-14B, one H100, 40 at
# a time: base 515 → 1,397 tokens/s, tuned 386 → 566).
FASTER_ANSWERS = {"UNSLOTH_DECODE_CUDA_GRAPHS": "1"}


def group_experts(model: Any) -> None:
    """Let GPT-OSS read each expert once a step of all answers, as in training, where there are more
    than 16; Unsloth would have every expert read every answer.

    GPT-OSS-20B, one H200: 40 at a time 214 → 367 tokens/s, 128 at a time 1,279."""
    from unsloth_zoo.temporary_patches import gpt_oss

    def ask_experts(mlp: Any, hidden: Any) -> Any:
        weights, chosen = mlp.router(hidden.reshape(-1, hidden.shape[-1]))[-2:]
        return mlp.experts(hidden, router_indices=chosen, routing_weights=weights)

    gpt_oss.moe_forward_inference = ask_experts
    for module in model.modules():
        if hasattr(module, "gate_up_projs"):
            module._dense_eval_max_rows = 0


def free_buffers(model: Any) -> None:
    """Give back what Unsloth keeps on the card from one answer to the next."""
    import torch

    if torch.cuda.is_available():
        from unsloth.models._decode_graphs import release_for_training

        release_for_training(model)
        torch.cuda.empty_cache()


CACHE_STEP = 768  # tokens that Unsloth makes room for beyond the prompt (512, up to a whole 256)


def answer_bytes(config: Any, prompt: int, new: int) -> int:
    """Return about how many bytes an answer of up to `new` tokens to a prompt of `prompt` tokens
    takes beside the weights.

    16-bit keys and values, the prompt's twice; one layer's activations of the prompt; and the
    scores of all words, sorted to draw one. Measured on an H200, 32 to 128 at a time: Qwen3-14B
    131 MiB (this says 147), GPT-OSS-20B 52 MiB (51), prompts of 45 tokens and up to 400 new ones.
    """
    heads = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    token = 4 * config.num_hidden_layers * config.num_key_value_heads * heads
    layer = 6 * config.intermediate_size * getattr(config, "num_experts_per_tok", 1)
    layer += 16 * config.hidden_size
    kept = 2 * prompt + max(new, CACHE_STEP)
    return token * kept + layer * prompt + 32 * config.vocab_size


def answers_that_fit(model: Any, wanted: int, prompt: int, new: int) -> int:
    """Return how many of `wanted` answers the card has room for, see `answer_bytes`; one at least.

    Nothing is held back: what is too much all the same is written in halves."""
    import torch

    if model.device.type != "cuda":
        return wanted
    unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    room = (torch.cuda.mem_get_info()[0] + unused) // answer_bytes(model.config, prompt, new)
    return max(1, min(wanted, room))


# %% [markdown] id="cards-batch-text"
# #### How many rows at a time
# A training tries its longest rows first. Where they do not fit, half as many are taken at a time
# and twice as many times: a step learns from the same rows, and the adapter is the same but for
# rounding.

# %% id="cards-batch"
import time


def halve_batch(trainer: Any) -> None:
    """Let a step take half the rows at a time, twice as often. Raises Mistake at a single row."""
    import torch

    size = trainer.args.per_device_train_batch_size
    if size == 1:
        raise Mistake(
            "The card's memory is too small for a single row: lower MAX_SEQ_LENGTH or PASSAGE_WORDS"
            ", close what else uses the card, or take a smaller MODEL."
        )
    parts = next(n for n in range(2, size + 1) if size % n == 0)  # 2, where the size is even
    trainer.args.per_device_train_batch_size = trainer._train_batch_size = size // parts
    trainer.args.per_device_eval_batch_size = size // parts
    trainer.args.gradient_accumulation_steps *= parts
    trainer.model.zero_grad(set_to_none=True)
    torch.cuda.empty_cache()  # nothing on a CPU


def try_longest(trainer: Any) -> str:
    """Compute the gradients of the batch of the longest rows, learn nothing, and return a sentence
    with the sizes of a step and the time of all.

    The optimizer's memory, 8 bytes a trained weight, is taken up meanwhile. Raises
    torch.OutOfMemoryError where they do not fit."""
    import torch

    args, data = trainer.args, trainer.train_dataset
    size, times = args.per_device_train_batch_size, args.gradient_accumulation_steps
    lengths = [len(ids) for ids in data["input_ids"]]
    longest = sorted(range(len(lengths)), key=lambda n: -lengths[n])[:size]
    rows = [{name: data[n][name] for name in ("input_ids", "labels")} for n in longest]
    trained = sum(weight.numel() for weight in trainer.model.parameters() if weight.requires_grad)
    states = torch.empty(trained, 2, device=trainer.model.device)
    seconds = 0.0
    for _ in range(2):  # the first time it also compiles
        started = time.perf_counter()
        inputs = trainer._prepare_inputs(trainer.data_collator(rows))
        with trainer.compute_loss_context_manager():
            loss = trainer.compute_loss(trainer.model, inputs)
        trainer.accelerator.backward(loss)
        trainer.model.zero_grad(set_to_none=True)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seconds = time.perf_counter() - started
    del states
    seconds /= sum(lengths[n] for n in longest)
    epochs = args.max_steps * size * times / len(lengths)
    total = sum(lengths) * (epochs if args.max_steps > 0 else args.num_train_epochs)
    compiling = " and compilation" if torch.cuda.is_available() else ""  # GPT-OSS: minutes
    return (
        f"Rows at a time: {size}; times a step: {times}. {total:,.0f} tokens at {1 / seconds:,.0f} "
        f"a second take about {clock(total * seconds)} minutes, evaluations{compiling} apart."
    )
