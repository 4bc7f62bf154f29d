# %% id="gguf_format-imports"
"""GGUF, the file format of llama.cpp and Ollama: its names, its types, and a whole model in it."""

from chapters.chat import ChatModel
from chapters.preparation import Mistake
from chapters.vocabulary import add_vocabulary

# %% [markdown] id="gguf_format-names-text"
# #### Names and shapes in GGUF
# GGUF is the file format of llama.cpp, and so of Ollama and LM Studio. It has names of its own for
# a model's matrices, and for two kinds of models it wants them in another order: Llama's queries
# and keys have the two halves of each head interleaved, and in GPT-OSS each expert's gate and up
# projection are two matrices instead of one. Both are what llama.cpp's own converter does.

# %% id="gguf_format-names"
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy

ARCHITECTURES = {"llama": "llama", "qwen3": "qwen3", "gpt_oss": "gpt-oss"}  # ours: in GGUF


def gguf_architecture(config: Any) -> str:
    """Return GGUF's name for a model's kind. Raises Mistake for one that is not known here."""
    if config.model_type not in ARCHITECTURES:
        raise Mistake(
            f"Models of the kind {config.model_type} can't be written as GGUF here, only "
            f"{', '.join(ARCHITECTURES)}: take llama.cpp's convert_lora_to_gguf.py for it."
        )
    return ARCHITECTURES[config.model_type]


def interleave_heads(rows: numpy.ndarray, heads: int) -> numpy.ndarray:
    """Return the rows of a query or key matrix as llama.cpp has them: the two halves of each of
    the `heads` take turns."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def reordered(name: str, rows: numpy.ndarray, config: Any) -> numpy.ndarray:
    """Return a matrix of Llama's queries or keys interleaved, any other as it is; also the outer
    matrix of a LoRA, whose rows are the same."""
    if config.model_type != "llama":
        return rows
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    kind = next((one for one in heads if one in name), None)
    return interleave_heads(rows, heads[kind]) if kind else rows


def split_experts(name: str, value: numpy.ndarray) -> dict[str, numpy.ndarray]:
    """Return {name: value} with the experts of GPT-OSS as llama.cpp has them, others as they are.

    Gate and up take turns in the columns of one matrix; its values are inputs × outputs."""
    if "mlp.experts." not in name:
        return {f"{name}.weight" if name.endswith(".sinks") else name: value}
    name = name.replace("_bias", ".bias") if name.endswith("_bias") else f"{name}.weight"
    if name.endswith(".weight"):
        value = value.swapaxes(-1, -2)
    if "gate_up_proj" not in name:
        return {name: value}
    axis = -1 if name.endswith(".bias") else -2
    halves = (value[:, ::2], value[:, 1::2]) if axis == -2 else (value[..., ::2], value[..., 1::2])
    names = [name.replace("gate_up_proj", one) for one in ("gate_proj", "up_proj")]
    return dict(zip(names, halves, strict=True))


def gguf_names(config: Any) -> Any:
    """Return the map from a model's names of weights to GGUF's, from the package gguf."""
    import gguf  # not sooner: a quarter of a second

    codes = {name: code for code, name in gguf.MODEL_ARCH_NAMES.items()}
    return gguf.get_tensor_name_map(codes[gguf_architecture(config)], config.num_hidden_layers)


def gguf_name(names: Any, name: str) -> str:
    """Return GGUF's name of a weight. Raises Mistake for one that it has no name for."""
    found = names.get_name(name, try_suffixes=(".weight", ".bias"))
    if found is None:
        raise Mistake(f"GGUF has no name for the weights {name}: this model can't be exported.")
    return found


# %% [markdown] id="gguf_format-types-text"
# #### In how many bits
# `q8_0` keeps eight bits a weight and is all but the same as sixteen; `q4_k_m` keeps four to six,
# more of them where llama.cpp's makers found that they matter: in the last matrix, and in a third
# of the values and of the downward projections. Rows that are no multiple of 256 long take the next
# larger type, as `llama-quantize` does it.

# %% id="gguf_format-types"
import ctypes
import importlib

KINDS = {"bf16": "BF16", "f32": "F32", "q8_0": "Q8_0", "q4_k_m": "Q4_K"}  # what most weights get
FALLBACK = {"Q4_K": "Q5_0", "Q6_K": "Q8_0"}  # for rows that are no multiple of 256


def stored_type(name: str, shape: tuple[int, ...], kind: str, layers: int, tied: bool) -> Any:
    """Return the type in which a GGUF of this `kind` (a key of KINDS) stores a weight.

    `layers`: how many the model has; `tied`: its last matrix is its embedding. The rules are those
    of llama.cpp's `llama_tensor_get_type`."""
    from gguf import GGMLQuantizationType

    if len(shape) < 2 or "_norm" in name or "gate_inp" in name or not name.endswith(".weight"):
        return GGMLQuantizationType.F32
    wanted, eighth = KINDS[kind], layers // 8
    if kind == "q4_k_m":
        layer = int(name.split(".")[1]) if name.startswith("blk.") else -1
        ends = layer < eighth or layer >= 7 * layers // 8
        more = layer >= 0 and (ends or (layer - eighth) % 3 == 2)
        last = name == "output.weight" or (tied and name == "token_embd.weight")
        if last or (more and ("attn_v." in name or "ffn_down" in name)):
            wanted = "Q6_K"
        wanted = FALLBACK[wanted] if shape[-1] % 256 else wanted
    if wanted not in ("BF16", "F32") and shape[-1] % 32:
        wanted = "F16"
    return GGMLQuantizationType[wanted]


def types_table(config: Any) -> Any:
    """Return a data frame: the type of four matrices of the model in each kind of GGUF file."""
    import pandas  # not sooner: half a second

    layers, tied = config.num_hidden_layers, config.tie_word_embeddings
    shapes = {
        "token_embd.weight": config.hidden_size,
        "blk.0.attn_q.weight": config.hidden_size,
        "blk.0.attn_v.weight": config.hidden_size,
        f"blk.{layers // 2}.ffn_down.weight": config.intermediate_size,
    }
    rows = {
        kind: [stored_type(name, (1, n), kind, layers, tied).name for name, n in shapes.items()]
        for kind in KINDS
    }
    return pandas.DataFrame(rows, index=list(shapes)).T


def llama_library() -> Any:
    """Return llama.cpp as a C library. Raises Mistake where it is not installed."""
    try:
        library = importlib.import_module("xllamacpp.xllamacpp")  # an optional package
    except ImportError:
        raise Mistake(
            "q4_k_m is made by llama.cpp: install it with `uv sync --group chat`, or export q8_0."
        ) from None
    return ctypes.CDLL(str(library.__file__))


def ggml_quantize(value: numpy.ndarray, kind: Any) -> numpy.ndarray:
    """Return float32 weights in a GGUF type as llama.cpp itself writes them, as bytes a row."""
    from gguf import GGML_QUANT_SIZES

    make = llama_library().ggml_quantize_chunk
    make.restype = ctypes.c_size_t
    pointers = [ctypes.c_void_p] * 2
    make.argtypes = [ctypes.c_int, *pointers, *[ctypes.c_int64] * 3, ctypes.c_void_p]
    block, size = GGML_QUANT_SIZES[kind]
    columns = value.shape[-1]
    rows = value.size // columns
    made = numpy.empty((*value.shape[:-1], columns // block * size), numpy.uint8)
    done = make(kind, value.ctypes.data, made.ctypes.data, 0, rows, columns, None)
    assert done == made.size, (done, made.size)
    return made


def quantize(value: numpy.ndarray, kind: Any) -> numpy.ndarray:
    """Return float32 weights in a GGUF type, as bytes a row; llama.cpp is needed for some."""
    from gguf import quants

    return ggml_quantize(value, kind) if kind.name.endswith("_K") else quants.quantize(value, kind)


# %% [markdown] id="gguf_format-whole-text"
# #### A whole model as GGUF
# Beside the weights a GGUF file holds the model's measures and its vocabulary. It is written under
# another name first, so that there is never half of one.

# %% id="gguf_format-whole"


def add_measures(writer: Any, config: Any) -> None:
    """Add the model's measures to a GGUF, as llama.cpp's converter does."""
    import gguf

    rope = config.rope_parameters
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_rope_freq_base(rope["rope_theta"])
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_key_length(size)
    writer.add_value_length(size)
    writer.add_rope_dimension_count(size)
    if config.model_type == "gpt_oss":
        writer.add_sliding_window(config.sliding_window)
        writer.add_expert_count(config.num_local_experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        writer.add_expert_feed_forward_length(config.intermediate_size)
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
        writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])
    elif rope["rope_type"] != "default":
        raise Mistake(f"RoPE of the kind {rope['rope_type']} can't be exported: adapter only.")


def finish_gguf(writer: Any, part: Path, path: Path) -> None:
    """Write what a GGUFWriter holds to `part`, and rename that to `path` when it is whole."""
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(path)


def write_gguf(weights: Iterator[tuple[str, Any]], path: Path, kind: str, tuned: ChatModel) -> None:
    """Write a whole model to a GGUF file of a `kind` in KINDS; `tuned` gives all but the weights.

    The file stands there whole or not at all."""
    import gguf

    config, tied = tuned.model.config, tuned.model.config.tie_word_embeddings
    names, part = gguf_names(config), path.with_name(f"{path.name}.part")
    writer = gguf.GGUFWriter(part, gguf_architecture(config), use_temp_file=True)
    writer.add_name(path.stem)
    add_measures(writer, config)
    add_vocabulary(writer, tuned.tokenizer, config, tuned.chat)
    writer.add_file_type(
        gguf.LlamaFileType[f"MOSTLY_{kind.upper()}" if kind != "f32" else "ALL_F32"]
    )
    for full_name, weight in weights:
        if tied and full_name == "lm_head.weight":
            continue
        rows = reordered(full_name, weight.float().numpy(), config)
        for own_name, value in split_experts(full_name, rows).items():
            name = gguf_name(names, own_name)
            stored = stored_type(name, value.shape, kind, config.num_hidden_layers, tied)
            made = quantize(numpy.ascontiguousarray(value), stored)
            writer.add_tensor(name, made, raw_dtype=stored)
    finish_gguf(writer, part, path)
