# %% id="adapter-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="lora_size-text"
# ### What could be trained
# LoRA leaves the model as it is and adds two thin matrices beside each adapted one. How many parameters that makes follows from the model's shape, so the adapter built next can be checked against it. In GPT-OSS the experts hold most of the weights: adapting them too makes the adapter some twenty times larger, slower to generate with, and needs more memory.

# %% id="lora_size"
ATTENTION, MLP = ["q_proj", "k_proj", "v_proj", "o_proj"], ["gate_proj", "up_proj", "down_proj"]

def lora_targets(config, experts):
    """Return the names of the matrices to adapt: all of them, but in a mixture of experts those only if `experts`."""
    mixture = getattr(config, "num_local_experts", 0) or getattr(config, "num_experts", 0)
    return ATTENTION + (MLP if experts or not mixture else [])

def lora_size(config, rank, targets):
    """Return the number of parameters of a LoRA: rank × (inputs + outputs) for each matrix (Hu et al. 2021)."""
    hidden, inner = config.hidden_size, config.intermediate_size
    head = getattr(config, "head_dim", None) or hidden // config.num_attention_heads
    query, key = head * config.num_attention_heads, head * config.num_key_value_heads
    experts = getattr(config, "num_local_experts", 0) or getattr(config, "num_experts", 0)
    sides = {"q_proj": hidden + query, "k_proj": hidden + key, "v_proj": hidden + key, "o_proj": query + hidden,
             "gate_proj": hidden + inner, "up_proj": 0 if experts else hidden + inner, "down_proj": inner + hidden}
    if experts:  # gate and up are one matrix in each expert
        sides["gate_proj"] += inner
    return config.num_hidden_layers * rank * sum(
        sides[name] * (experts if experts and name in MLP else 1) for name in targets)

# %% [markdown] id="add_adapter-text"
# ### Add the adapter
# Only the adapter is trained. The table shows which kinds of matrices it sits on; a total that differs from the expected one means that too little or too much would be trained, and stops the notebook.

# %% id="add_adapter"
import pandas
from IPython.display import display

TOLERANCE = 0.02  # what goes wrong is off by a factor: nothing but the attention (0.04 %), or 1.7 billion parameters

def trained_parameters(model):
    """Return {type of module: {"modules", "parameters"}} of all that is trained, by names such as "q_proj"."""
    modules, sizes = {}, {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            module = name.partition(".lora_")[0]
            kind = [part for part in module.split(".") if not part.isdigit() and part != "base_layer"][-1]
            modules.setdefault(kind, set()).add(module)
            sizes[kind] = sizes.get(kind, 0) + weight.numel()
    return {kind: {"modules": len(modules[kind]), "parameters": sizes[kind]} for kind in sizes}

def check_trained(found, expected):
    """Return the number of trained parameters. Raises ValueError if it is not what is `expected`, within TOLERANCE."""
    total = sum(kind["parameters"] for kind in found.values())
    if abs(total - expected) > TOLERANCE * expected:
        raise ValueError(f"The adapter trains {total:,} parameters; {expected:,} are expected for this model, LORA_R "
                         f"and TARGET_EXPERTS; it adapts {', '.join(found) or 'nothing'}: restart and run all cells.")
    return total

# MAIN if __name__ == "__main__":
# MAIN     targets = lora_targets(model.config, TARGET_EXPERTS)
# MAIN     model = FastLanguageModel.get_peft_model(
# MAIN         model, r=LORA_R, lora_alpha=LORA_ALPHA, lora_dropout=0, bias="none", target_modules=targets, random_state=SEED,
# MAIN         use_gradient_checkpointing=False if DEMO_RUN else "unsloth")  # the demo has memory enough, but little time
# MAIN     found = trained_parameters(model)
# MAIN     with plain_errors():
# MAIN         total = check_trained(found, lora_size(model.config, LORA_R, targets))
# MAIN     display(pandas.DataFrame(found).T)
# MAIN     full = lora_size(model.config, LORA_R, lora_targets(model.config, True))
# MAIN     print(f"{total / 1e6:.1f} million parameters are trained: {total * 4 / 1e6:,.0f} MB as a file, about "
# MAIN           f"{total * 10 / 1e9:.1f} GB in training (32-bit weight and gradient, 8-bit moments).")
# MAIN     if full > total:
# MAIN         print(f"TARGET_EXPERTS = True would train {full / 1e6:.1f} million ({full * 4 / 1e6:,.0f} MB, "
# MAIN               f"{full * 10 / 1e9:.1f} GB), and answers take about twice as long.")
# MAIN

# %% [markdown] id="load_adapter-text"
# ### Find the adapter
# An adapter is small and worth nothing without the model it was trained on. One load serves both sides: with the adapter switched off, the model is the base model exactly. Where all results are still valid, nothing is loaded at all.

# %% id="load_adapter"
import functools, json
from pathlib import Path

def check_adapter(folder, model):
    """Return the adapter's configuration. Raises FileNotFoundError if there is no whole adapter in `folder`,
    ValueError if it was trained on another model than `model`."""
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not Path(folder, name).exists():
            raise FileNotFoundError(f"{Path(folder, name)} is missing: run this author's and model's FineTuning "
                                    "notebook first.")
    config = json.loads(Path(folder, "adapter_config.json").read_text(encoding="utf-8"))
    base = config["base_model_name_or_path"]
    if base != model and not (Path(base).exists() and Path(base).resolve() == Path(model).resolve()):
        raise ValueError(f"The adapter in {folder} was trained on {base}, but MODEL is {model}: set MODEL to that, "
                         "or run the FineTuning notebook again.")
    return config

def load_with_adapter(folder, model, max_seq_length, demo):
    """Return (model, tokenizer): the model in 4-bit (demo: float32) with the adapter of `folder` attached."""
    from unsloth import FastLanguageModel  # before transformers and peft, which it speeds up
    import torch
    from peft import PeftModel
    base, tokenizer = FastLanguageModel.from_pretrained(
        model, max_seq_length=max_seq_length, load_in_4bit=not demo, dtype=torch.float32 if demo else None)
    tuned = PeftModel.from_pretrained(base, folder)
    FastLanguageModel.for_inference(tuned)
    return tuned, tokenizer

# MAIN if __name__ == "__main__":
# MAIN     ADAPTER = OUT_DIR / "adapter"
# MAIN     with plain_errors():
# MAIN         config = check_adapter(ADAPTER, MODEL)
# MAIN     load_model_once = functools.cache(lambda: load_with_adapter(ADAPTER, MODEL, MAX_SEQ_LENGTH, DEMO_RUN))
# MAIN     size = (ADAPTER / "adapter_model.safetensors").stat().st_size / 2**20
# MAIN     print(f"Adapter of rank {config['r']}, {size:.0f} MiB, for {config['base_model_name_or_path']}. "
# MAIN           "The model is loaded when it is first needed.")
# MAIN
