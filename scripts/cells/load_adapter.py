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

if __name__ == "__main__":
    ADAPTER = OUT_DIR / "adapter"
    with plain_errors():
        config = check_adapter(ADAPTER, MODEL)
    load_model_once = functools.cache(lambda: load_with_adapter(ADAPTER, MODEL, MAX_SEQ_LENGTH, DEMO_RUN))
    size = (ADAPTER / "adapter_model.safetensors").stat().st_size / 2**20
    print(f"Adapter of rank {config['r']}, {size:.0f} MiB, for {config['base_model_name_or_path']}. "
          "The model is loaded when it is first needed.")
