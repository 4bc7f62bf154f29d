# %% id="recipe-imports"
"""The settings of a training, and what they mean to TRL."""

# %% [markdown] id="recipe-settings-text"
# #### The settings
# The learning rate rises during the first twentieth of the steps and then falls along a cosine.
# With validation rows, the training ends with the checkpoint that did best on them.

# %% id="recipe-settings"
from pathlib import Path
from typing import Any, TypedDict


class TrainingSettings(TypedDict):
    """What an adapter depends on beside its rows and the versions; `max_steps` 0: all `epochs`."""

    model: str
    max_seq_length: int  # tokens
    lora_r: int
    lora_alpha: int
    target_experts: bool
    learning_rate: float
    epochs: float
    max_steps: int
    batch_size: int  # rows
    gradient_accumulation: int  # batches a step
    save_steps: int  # also from one measurement of the validation loss to the next
    seed: int


def training_config(folder: Path, settings: TrainingSettings, watched: bool, demo: bool) -> Any:
    """Return TRL's settings: checkpoints go to `folder`; `watched`: there are validation rows.

    A GPU works in bf16, or in fp16 where it is older (Turing). Adapted experts are many, so their
    optimizer keeps 8 bits a value; else 32, which is 7 % faster a step (Qwen3-14B, one H100)."""
    import torch
    from trl import SFTConfig

    every, rows = settings["save_steps"], settings["batch_size"]
    options: dict[str, Any] = {"output_dir": str(folder), "max_length": settings["max_seq_length"]}
    options |= {"per_device_train_batch_size": rows, "per_device_eval_batch_size": rows}
    options |= {"num_train_epochs": settings["epochs"], "max_steps": settings["max_steps"] or -1}
    options |= {"seed": settings["seed"], "learning_rate": settings["learning_rate"]}
    options |= {"lr_scheduler_type": "cosine", "warmup_steps": 0.05, "weight_decay": 0.01}
    bf16 = not demo and torch.cuda.is_bf16_supported(including_emulation=False)
    options |= {"bf16": bf16, "fp16": not demo and not bf16}
    options |= {"optim": "adamw_8bit" if settings["target_experts"] else "adamw_torch_fused"}
    options |= {"save_strategy": "steps", "save_steps": every, "save_total_limit": 2}
    options |= {"dataset_text_field": "text", "logging_steps": 1, "report_to": "none"}
    options |= {"logging_nan_inf_filter": False}  # or a loss that is not finite is hidden
    if watched:
        options |= {"eval_strategy": "steps", "eval_steps": every, "eval_on_start": True}
        options |= {"metric_for_best_model": "eval_loss", "load_best_model_at_end": True}
    # a CPU has the memory, not the time
    options |= {"gradient_checkpointing": False} if demo else {"dataset_num_proc": 1}
    return SFTConfig(
        gradient_accumulation_steps=settings["gradient_accumulation"],
        router_aux_loss_coef=0.0,  # else TRL adds 0.9 × the router's balance loss of GPT-OSS
        **options,
    )
