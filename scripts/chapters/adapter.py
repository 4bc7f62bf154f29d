# %% id="adapter-imports"
"""An adapter of exactly the size that was asked for: added, saved whole, and found again."""

from chapters.chat import ChatModel, load_chat_model
from chapters.keys import describe_changes, fingerprint, folder_fingerprint
from chapters.preparation import Mistake
from chapters.reading import MAX_JSON, misfit, parse_json, read_bounded
from chapters.storage import write_json

# %% [markdown] id="adapter-size-text"
# #### Add the adapter
# LoRA leaves the model as it is and adds two thin matrices beside each adapted one; only these are
# trained. How many parameters that makes follows from the model's shape, so the adapter is checked
# against it: another total means that too little or too much would be trained, and stops the
# notebook. In GPT-OSS the experts hold most of the weights: adapting them too makes the adapter
# some twenty times larger and generation slower, and needs more memory.

# %% id="adapter-size"
from typing import Any

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
MLP = ["gate_proj", "up_proj", "down_proj"]
# What goes wrong is off by a factor: nothing but the attention (0.04 %), or 1.7 billion parameters.
SIZE_TOLERANCE = 0.02


def _count_experts(config: Any) -> int:
    return getattr(config, "num_local_experts", 0) or getattr(config, "num_experts", 0)


def lora_targets(config: Any, experts: bool) -> list[str]:
    """Return the matrices to adapt: all, but in a mixture of experts theirs only if `experts`."""
    return ATTENTION + MLP if experts or not _count_experts(config) else ATTENTION


def lora_size(config: Any, rank: int, targets: list[str]) -> int:
    """Return a LoRA's parameters: rank × (inputs + outputs) for each matrix (Hu et al. 2021)."""
    hidden, inner = config.hidden_size, config.intermediate_size
    head = getattr(config, "head_dim", None) or hidden // config.num_attention_heads
    query, key = head * config.num_attention_heads, head * config.num_key_value_heads
    sides = {"q_proj": query, "k_proj": key, "v_proj": key, "o_proj": query}
    sides |= {"gate_proj": inner, "up_proj": inner, "down_proj": inner}
    sides = {name: hidden + side for name, side in sides.items()}
    if experts := _count_experts(config):  # gate and up are one matrix in each expert
        sides["gate_proj"], sides["up_proj"] = experts * (hidden + 2 * inner), 0
        sides["down_proj"] *= experts
    return config.num_hidden_layers * rank * sum(sides[name] for name in targets)


def trained_parameters(model: Any) -> dict[str, dict[str, int]]:
    """Return {kind of module, as "q_proj": {"modules", "parameters"}} of all that is trained."""
    modules, sizes = {}, {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            module = name.partition(".lora_")[0]
            names = [part for part in module.split(".") if not part.isdigit()]
            kind = [part for part in names if part != "base_layer"][-1]
            modules.setdefault(kind, set()).add(module)
            sizes[kind] = sizes.get(kind, 0) + weight.numel()
    return {kind: {"modules": len(modules[kind]), "parameters": sizes[kind]} for kind in sizes}


def check_trained(found: dict[str, dict[str, int]], expected: int) -> int:
    """Return how many parameters are trained. Raises Mistake if it is not about `expected`."""
    total = sum(kind["parameters"] for kind in found.values())
    if abs(total - expected) > SIZE_TOLERANCE * expected:
        raise Mistake(
            f"The adapter trains {total:,} parameters; {expected:,} are expected for this model, "
            f"LORA_R and TARGET_EXPERTS; it adapts {', '.join(found) or 'nothing'}: restart and "
            "run all cells."
        )
    return total


def check_bare(chat_model: ChatModel) -> None:
    """Raise Mistake if the model has an adapter: its answers would be kept as the base model's."""
    if any(".lora_" in name for name, _ in chat_model.model.named_parameters()):
        raise Mistake(
            "The model has an adapter already: restart the kernel and run all cells, since what it "
            "writes would be kept as the base model's."
        )


def add_adapter(
    chat_model: ChatModel, rank: int, alpha: int, experts: bool, seed: int, roomy: bool
) -> ChatModel:
    """Return the model with a LoRA, of which nothing else is trained; `roomy`: its activations are
    kept in memory (see `keeps_activations`), not computed a second time.

    Raises Mistake for a model that has one already and for one of another size than `lora_size`.
    """
    from unsloth import FastLanguageModel

    model = chat_model.model
    check_bare(chat_model)
    targets = lora_targets(model.config, experts)
    tuned = FastLanguageModel.get_peft_model(
        model,
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0,
        bias="none",
        target_modules=targets,
        random_state=seed,
        use_gradient_checkpointing=False if roomy else "unsloth",
    )
    check_trained(trained_parameters(tuned), lora_size(tuned.config, rank, targets))
    return chat_model._replace(model=tuned)


# %% [markdown] id="adapter-use-text"
# #### Weigh and load an adapter
# An adapter holds only what is learned: some tens of megabytes, and a multiple of that in memory
# while it is trained. One load serves both sides of a comparison: with the adapter switched off,
# the model is the base model exactly. Where the base model is on the disk, its whole path is noted
# in the adapter, so that an adapter's folder is enough to load both.

# %% id="adapter-use"
import json
from pathlib import Path


def adapter_table(model: Any) -> Any:
    """Return a data frame: of each kind of adapted matrix, how many, and their parameters."""
    import pandas  # not sooner: half a second

    return pandas.DataFrame(trained_parameters(model)).T


def adapter_costs(chat_model: ChatModel, rank: int, experts: bool) -> str:
    """Return sentences: what the adapter costs, and what it would with the experts adapted."""
    config = chat_model.model.config
    total = sum(kind["parameters"] for kind in trained_parameters(chat_model.model).values())
    full = lora_size(config, rank, lora_targets(config, True))
    costs = (
        f"{total / 1e6:.1f} million parameters are trained: {total * 4 / 1e6:,.0f} MB as a file, "
        f"about {total * 10 / 1e9:.1f} GB in training (32-bit weight and gradient, 8-bit moments)."
    )
    if experts or full <= total:
        return costs
    return (
        f"{costs}\nTARGET_EXPERTS = True would train {full / 1e6:.1f} million "
        f"({full * 4 / 1e6:,.0f} MB, {full * 10 / 1e9:.1f} GB), and answers take about twice as "
        "long."
    )


def restore_adapter(chat_model: ChatModel, folder: Path) -> None:
    """Give the adapter of the model the weights that a finished training left in `folder`."""
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    weights = load_file(folder / "adapter_model.safetensors")
    set_peft_model_state_dict(chat_model.model, weights)


def load_with_adapter(
    folder: Path, model: str, max_seq_length: int, demo: bool, thinking: bool, reasoning_effort: str
) -> ChatModel:
    """Return the model, loaded as for its training, with the adapter of `folder` attached."""
    base = load_chat_model(model, max_seq_length, demo, thinking, reasoning_effort)
    from peft import PeftModel  # after unsloth
    from unsloth import FastLanguageModel

    tuned = PeftModel.from_pretrained(base.model, str(folder))
    FastLanguageModel.for_inference(tuned)
    return base._replace(model=tuned)


def base_path(model: str) -> str:
    """Return the whole path of a model's folder, or its name on the model hub."""
    return str(Path(model).resolve()) if Path(model).is_dir() else model


def note_base(folder: Path, model: str) -> None:
    """Write the base model's whole path into an adapter's folder, and let others read it.

    Where PEFT writes the adapted matrices as a list, of a set, they are put in order: the same in
    every run. For GPT-OSS on a card Unsloth makes them one regular expression."""
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    write_json(path, {**config, "base_model_name_or_path": base_path(model)})
    (folder / "adapter_model.safetensors").chmod(0o644)  # safetensors keeps its files to itself


# %% [markdown] id="adapter-files-text"
# #### Save and find an adapter
# The folder of an adapter has the record of its training too, with the fingerprint of its weights:
# neither is ever there without the other, and damage shows. It is written beside the old one and
# then put in its place; the old one is kept under its key.

# %% id="adapter-files"
import os
import shutil


def read_record(folder: Path) -> dict[str, Any] | None:
    """Return the record of the training whose adapter is in `folder`; None unless both are whole:
    {"key", "needs", "adapter" (the fingerprint of its weights), …}, see `training_record`."""
    try:
        record = parse_json(read_bounded(folder / "training.json", MAX_JSON), MAX_JSON)
    except ValueError:
        return None
    if misfit(record, {"key": str, "adapter": str, "needs": {"model": str}, "fixed": dict}):
        return None
    whole = record["adapter"] == folder_fingerprint(folder, "adapter_*")
    return record if whole and record["key"] == fingerprint(record["needs"]) else None


def save_adapter(chat_model: ChatModel, record: dict[str, Any], out_dir: Path) -> None:
    """Write adapter, tokenizer and record to the folder adapter/ of `out_dir`, all or nothing."""
    from safetensors import SafetensorError

    part = out_dir / "adapter.new"
    shutil.rmtree(part, ignore_errors=True)
    try:
        chat_model.model.save_pretrained(part)
        chat_model.tokenizer.save_pretrained(part)
        note_base(part, record["model"])
    except (OSError, SafetensorError) as error:
        cure = "mend that and run all cells again: the checkpoints are there"
        raise Mistake(f"{part} cannot be written ({error}): {cure}.") from None
    weights = folder_fingerprint(part, "adapter_*")
    write_json(part / "training.json", {**record, "adapter": weights})  # last: now it is whole
    use_adapter(part, record, out_dir)


def use_adapter(new: Path, record: dict[str, Any], out_dir: Path) -> None:
    """Put the whole adapter `new`, of this record, at adapter/ in `out_dir`; another one there is
    kept, and told."""
    current = out_dir / "adapter"
    if current.exists():
        old = read_record(current)
        aside = out_dir / f"adapter-{old['key'] if old else 'unknown'}"
        shutil.rmtree(aside, ignore_errors=True)
        os.replace(current, aside)
        changed = describe_changes(old["needs"], record["needs"]) if old else "no whole record"
        print(f"The adapter that was there is kept in {aside}: {changed or 'trained again'}.")
    os.replace(new, current)


def find_adapter(out_dir: Path, key: str) -> dict[str, Any] | None:
    """Return the record of the adapter that was trained under `key` and put it at adapter/ in
    `out_dir`, from where an interruption or another training left it; None if there is none."""
    for name in ("adapter", "adapter.new", f"adapter-{key}"):
        record = read_record(out_dir / name)
        if record and record["key"] == key:
            if name != "adapter":
                use_adapter(out_dir / name, record, out_dir)
            return record
    return None


def check_adapter(folder: Path, model: str, model_id: str) -> dict[str, Any]:
    """Return the adapter's configuration. Raises Mistake if there is no whole adapter in `folder`,
    or one that was trained on other weights than `model`'s, which are `model_id`."""
    again = "run this author's and model's FineTuning notebook"
    for name in ("adapter_config.json", "adapter_model.safetensors", "training.json"):
        if not (folder / name).exists():
            raise Mistake(f"{folder / name} is missing: {again} first.")
    record = read_record(folder)
    if not record:
        raise Mistake(f"The adapter in {folder} is damaged, or not the recorded one: {again}.")
    before = record["needs"]["model"]
    if model_id not in (model, before):  # the name alone: not on the disk yet
        raise Mistake(
            f"The adapter in {folder} was trained on {before}, but MODEL is {model_id}: {again}."
        )
    return json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
