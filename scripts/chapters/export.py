# %% id="export-imports"
"""The model as files for other programs: the adapter, merged weights, GGUF."""

from chapters.card import portable_template
from chapters.chat import ChatModel
from chapters.gguf_format import finish_gguf, gguf_architecture, gguf_name, gguf_names, reordered
from chapters.gguf_format import write_gguf
from chapters.ollama import OLLAMA_BASES, modelfile
from chapters.preparation import Mistake, progress

# %% [markdown] id="export-lora-text"
# #### The adapter as GGUF
# The adapter alone, some tens of megabytes: llama.cpp and Ollama add it to the base model while
# they load it. Nothing is fetched, and the base model's file need not be there.

# %% id="export-lora"
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy


def write_lora(folder: Path, path: Path, config: Any) -> int:
    """Write the adapter in `folder` to a GGUF file, in 32 bits; return how many matrices it adapts.

    `config`: the base model's. Raises Mistake for an adapter of experts."""
    import gguf
    from safetensors.numpy import load_file

    alpha = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))["lora_alpha"]
    names, part = gguf_names(config), path.with_name(f"{path.name}.part")
    writer = gguf.GGUFWriter(part, gguf_architecture(config))
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    weights = load_file(folder / "adapter_model.safetensors")
    for key in sorted(weights):
        match = re.fullmatch(r"base_model\.model\.(.+)\.lora_([AB])\.weight", key)
        if not match or ".experts" in key:
            raise Mistake(
                f"{key} can't be written as a GGUF adapter: train with TARGET_EXPERTS = False, or "
                'export "merged".'
            )
        name, side = match[1], match[2]
        rows = weights[key].astype(numpy.float32)
        rows = reordered(name, rows, config) if side == "B" else rows
        target = gguf_name(names, f"{name}.weight")
        writer.add_tensor(f"{target}.lora_{side.lower()}", numpy.ascontiguousarray(rows))
    finish_gguf(writer, part, path)
    return len(weights) // 2


# %% [markdown] id="export-merged-text"
# #### Base and adapter merged
# A LoRA can be added to the matrices it stands beside: W + alpha / rank × B A. That needs the base
# model in 16 bits; the 4-bit one has lost what the merged model would need. One matrix at a time is
# read, so this takes little memory and no GPU.

# %% id="export-merged"
import shutil


def merged_weights(
    base: Path, adapter: Path | None, label: str | None
) -> Iterator[tuple[str, Any]]:
    """Yield (name, tensor) of the base model's safetensors; those that the adapter adapts are
    merged, in float32, others are as they are. Raises Mistake if the two don't belong together."""
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file

    lora, scale, places = {}, 1.0, {}
    if adapter:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        scale = config["lora_alpha"] / config["r"]
        lora = load_file(adapter / "adapter_model.safetensors")
    for path in sorted(base.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            places |= dict.fromkeys(file.keys(), path)
    beside = {key: key[len("base_model.model.") :].partition(".lora_")[0] for key in lora}
    if lost := {f"{name}.weight" for name in beside.values()} - set(places):
        raise Mistake(f"{base} has no {min(lost)}: it is not the base model of {adapter}.")
    for name, path in progress(places.items(), label):
        with safe_open(path, "pt") as file:
            weight = file.get_tensor(name)
        key = f"base_model.model.{name.removesuffix('.weight')}.lora_A.weight"
        if key in lora:
            outer = lora[key.replace(".lora_A.", ".lora_B.")].float()
            weight = torch.addmm(weight.float(), outer, lora[key].float(), alpha=scale)
        yield name, weight


def write_merged(
    weights: Iterator[tuple[str, Any]], base: Path, folder: Path, tuned: ChatModel
) -> None:
    """Write the merged model to `folder`, as transformers, vLLM and others load it: in bfloat16,
    but packed weights, as GPT-OSS's experts, stay what they are."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    shard, size, index = {}, 0, {}

    def write_shard() -> None:
        name = f"model-{len(set(index.values())) + 1:05}.safetensors"
        save_file(shard, folder / name, metadata={"format": "pt"})
        index.update(dict.fromkeys(shard, name))

    for name, weight in weights:
        weight = weight.to(torch.bfloat16) if weight.is_floating_point() else weight
        shard[name], size = weight.contiguous(), size + weight.nbytes
        if size > 4e9:
            write_shard()
            shard, size = {}, 0
    write_shard()
    total = sum(path.stat().st_size for path in folder.glob("model-*.safetensors"))
    table = {"metadata": {"total_size": total}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(table), encoding="utf-8")
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    config["dtype"] = "bfloat16"
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    if (base / "generation_config.json").exists():
        shutil.copy(base / "generation_config.json", folder)
    tuned.tokenizer.save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(portable_template(tuned.chat), encoding="utf-8")


# %% [markdown] id="export-files-text"
# #### Write what was asked for
# Whatever has to be fetched for it is told first, with its size. Beside each GGUF file stands a
# Modelfile, and one `README.md` says what is what.

# %% id="export-files"
EXPORTS = ("lora", "merged", "q8_0", "q4_k_m")
SIXTEEN_BIT = {"gpt-oss-20b": "unsloth/gpt-oss-20b"}  # its experts stay in MXFP4, as they came


def ollama_base(model: str) -> str:
    """Return Ollama's name of a base model, "" where it has none."""
    return next((name for key, name in OLLAMA_BASES.items() if key in model.lower()), "")


def sixteen_bit_name(model: str) -> str:
    """Return the name of the 16-bit model that a 4-bit one was made of."""
    known = next((name for key, name in SIXTEEN_BIT.items() if key in model.lower()), "")
    return known or re.sub(r"(-unsloth)?-bnb-4bit$", "", model)


def plan_exports(wanted: list[str], model: str, config: Any, weights: int, out: Path) -> list[str]:
    """Return sentences on what an export will write and fetch, before it does.

    `weights`: how many the model has. Raises Mistake for an unknown or impossible export."""
    if unknown := set(wanted) - set(EXPORTS):
        raise Mistake(f"EXPORT has {min(unknown)!r}: it may hold {', '.join(map(repr, EXPORTS))}.")
    whole = [kind for kind in wanted if kind != "lora"]
    if config.model_type == "gpt_oss" and set(whole) & {"q8_0", "q4_k_m"}:
        raise Mistake(
            'A merged GGUF of GPT-OSS would be 40 GB or lose its MXFP4 experts: export "lora", '
            "which Ollama adds to gpt-oss:20b."
        )
    said, sizes = [], {"merged": 2, "q8_0": 1.07, "q4_k_m": 0.62}
    if whole and not Path(model).is_dir():
        said.append(
            f"{sixteen_bit_name(model)} is fetched from the model hub, about {weights * 2e-9:,.0f} "
            "GB, unless it was before: the 4-bit model is no base to merge with."
        )
    room = sum(sizes[kind] * weights for kind in whole)
    if "lora" in wanted and Path(model).is_dir() and not ollama_base(model):
        room += 2 * weights  # the base model, for Ollama has none
    said.append(f"About {room / 1e9 + 0.1:,.1f} GB are written to {out}.")
    if shutil.disk_usage(out.parent).free < room + (0 if Path(model).is_dir() else 2 * weights):
        raise Mistake(f"There is too little room for the export: {' '.join(said)} Make room first.")
    return said


def find_weights(model: str) -> Path:
    """Return the folder of the 16-bit model: MODEL's own, or fetched from the model hub."""
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "model*.safetensors"]
    return Path(snapshot_download(sixteen_bit_name(model), allow_patterns=patterns))


def export_lora(
    tuned: ChatModel, model: str, adapter: Path, fixed: dict[str, Any], out: Path
) -> None:
    """Write the adapter as GGUF and a Modelfile that adds it to Ollama's base model, or to one
    that is written here where Ollama has none."""
    write_lora(adapter, out / "adapter.gguf", tuned.model.config)
    start = ollama_base(model)
    if not start and Path(model).is_dir():
        start = "./base-bf16.gguf"
        weights = merged_weights(Path(model), None, "Base model")
        write_gguf(weights, out / "base-bf16.gguf", "bf16", tuned)
    text = modelfile(tuned, fixed, start or "the-base-model", "./adapter.gguf")
    (out / "Modelfile.lora").write_text(text, encoding="utf-8")


def export_model(
    wanted: list[str], tuned: ChatModel, model: str, adapter: Path, fixed: dict[str, Any], out: Path
) -> list[Path]:
    """Write the exports in `wanted` to the folder `out`; return its files."""
    out.mkdir(parents=True, exist_ok=True)
    if "lora" in wanted:
        export_lora(tuned, model, adapter, fixed, out)
    for kind in [kind for kind in EXPORTS if kind in wanted and kind != "lora"]:
        base = find_weights(model)
        weights = merged_weights(base, adapter, f"Writing {kind}")
        if kind == "merged":
            write_merged(weights, base, out / "merged", tuned)
            continue
        write_gguf(weights, out / f"{kind}.gguf", kind, tuned)
        text = modelfile(tuned, fixed, f"./{kind}.gguf")
        (out / f"Modelfile.{kind}").write_text(text, encoding="utf-8")
    return sorted(path for path in out.rglob("*") if path.is_file())
