# %% id="training-imports"
"""A training that checks what it learns, resumes where it was cut off, and does not recite."""

from chapters.adapter import add_adapter, find_adapter
from chapters.chat import ChatModel, memory_gib
from chapters.keys import code_fingerprint, fingerprint
from chapters.preparation import NOTEBOOK_VERSION, Mistake
from chapters.rows import Row
from chapters.storage import write_json
from chapters.watching import CopyWatch, DivergenceWatch, diverged, loss_log

# %% [markdown] id="training-trainer-text"
# #### Set up the trainer
# TRL's trainer takes the rows as text, and Unsloth's `train_on_responses_only` takes the questions
# out of the loss: the model reads them, but only learns to write the answers. The learning rate
# rises during the first twentieth of the steps and then falls along a cosine. The tokenizer that is
# saved beside the adapter writes chats as here.

# %% id="training-trainer"
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict

import unsloth  # noqa: F401  before transformers, trl and peft, which it speeds up
from transformers import TrainerCallback


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


def training_config(folder: Path, settings: TrainingSettings, watched: bool, bf16: bool) -> Any:
    """Return TRL's settings: checkpoints go to `folder`; `watched`: there are validation rows."""
    from trl import SFTConfig

    every, rows = settings["save_steps"], settings["batch_size"]
    options: dict[str, Any] = {"output_dir": str(folder), "max_length": settings["max_seq_length"]}
    options |= {"per_device_train_batch_size": rows, "per_device_eval_batch_size": rows}
    options |= {"num_train_epochs": settings["epochs"], "max_steps": settings["max_steps"] or -1}
    options |= {"seed": settings["seed"], "learning_rate": settings["learning_rate"]}
    options |= {"lr_scheduler_type": "cosine", "warmup_steps": 0.05, "weight_decay": 0.01}
    options |= {"bf16": bf16, "optim": "adamw_8bit" if bf16 else "adamw_torch"}
    options |= {"save_strategy": "steps", "save_steps": every, "save_total_limit": 2}
    options |= {"dataset_text_field": "text", "logging_steps": 1, "report_to": "none"}
    options |= {"logging_nan_inf_filter": False}  # or a loss that is not finite is hidden
    if watched:
        options |= {"eval_strategy": "steps", "eval_steps": every, "eval_on_start": True}
        options |= {"metric_for_best_model": "eval_loss", "load_best_model_at_end": True}
    # a CPU has the memory, not the time
    options |= {"dataset_num_proc": 1} if bf16 else {"gradient_checkpointing": False}
    return SFTConfig(
        gradient_accumulation_steps=settings["gradient_accumulation"],
        router_aux_loss_coef=0.0,  # else TRL adds 0.9 × the router's balance loss of GPT-OSS
        **options,
    )


def make_trainer(
    chat_model: ChatModel,
    train_rows: list[Row],
    validation_rows: list[Row],
    folder: Path,
    settings: TrainingSettings,
    *,
    bf16: bool,
    callbacks: Iterable[TrainerCallback] = (),
) -> Any:
    """Return TRL's trainer, its loss on the answers alone; `bf16`: on a GPU.

    With validation rows it measures their loss, before training and every `save_steps` steps, and
    ends with the best checkpoint's weights. The tokenizer is set to the chat's format.
    """
    from datasets import Dataset, disable_progress_bars
    from trl import SFTTrainer
    from unsloth.chat_templates import train_on_responses_only

    model, tokenizer, chat = chat_model
    tokenizer.chat_template, tokenizer.eos_token = chat["template"], chat["end"]
    tokenizer.padding_side = "right"
    if tokenizer("")["input_ids"]:  # the template writes the begin token; two would move every row
        tokenizer.add_bos_token = False
    config = training_config(folder, settings, bool(validation_rows), bf16)
    if not bf16 or model.config.model_type == "gpt_oss":  # no other's rows are padded
        config.train_sampling_strategy = "group_by_length"
    disable_progress_bars()  # six of them for a second's work
    data: dict[str, Any] = {}
    for name, rows in (("train_dataset", train_rows), ("eval_dataset", validation_rows)):
        data[name] = Dataset.from_list([{"text": row["text"]} for row in rows]) if rows else None
    watches = [DivergenceWatch(), *callbacks]
    trainer = SFTTrainer(
        model=model, processing_class=tokenizer, args=config, callbacks=watches, **data
    )
    tokenizer.padding_side = "right"  # on a GPU Unsloth's trainer turns it
    parts: Any = {name: chat[name] for name in ("instruction_part", "response_part")}
    mask: Any = train_on_responses_only  # None only without torch
    return mask(trainer, last_response_only=True, num_proc=1, **parts)


# %% [markdown] id="training-run-text"
# #### Train, and go on where it was cut off
# A training that was cut off goes on from its last checkpoint. One whose loss is no longer a number
# is stopped, and nothing of it is kept.

# %% id="training-run"
import shutil
import time


def finished_training(out_dir: Path, key: str, fixed: dict[str, Any]) -> dict[str, Any] | None:
    """Return the record of the training with this key if its adapter is whole, else None.

    A comparison takes `fixed` from it: where this has changed and the rows have not, the record is
    written again.
    """
    record = find_adapter(out_dir, key)
    if record and record["fixed"] != fixed:
        record["fixed"] = fixed
        write_json(out_dir / "adapter/training.json", record)
    return record


def last_checkpoint(folder: Path) -> str | None:
    """Return the newest whole checkpoint in `folder`, or None; a half-written one is removed."""
    whole = []
    for path in Path(folder).glob("checkpoint-*"):
        if (path / "trainer_state.json").exists():  # the Trainer writes it last
            whole.append(path)
        else:
            shutil.rmtree(path)
    return str(max(whole, key=lambda path: int(path.name.split("-")[1]))) if whole else None


def train(trainer: Any, checkpoints: Path) -> dict[str, Any]:
    """Train, from the last whole checkpoint in `checkpoints` on if there is one.

    Return {"steps" in all, "seconds" of this run, "resumed_from", "history" (the Trainer's log)}.
    Raises Mistake for an adapter that has learned already where no checkpoint tells how far, and
    for a training that diverges; its checkpoints are removed, since they have diverged too.
    """
    from unsloth import FastLanguageModel

    resumed = last_checkpoint(checkpoints)
    tuned = [weight for weight in trainer.model.parameters() if weight.requires_grad]
    begun = [weight for name, weight in trainer.model.named_parameters() if ".lora_B" in name]
    if not resumed and any(weight.any() for weight in begun):  # they begin as zeros
        raise Mistake("The adapter has learned already: restart the kernel and run all cells.")
    FastLanguageModel.for_training(trainer.model)  # ty: ignore[missing-union-attribute]  (MLX's)
    trainer.processing_class.padding_side = "right"
    started = time.time()
    try:
        trainer.train(resume_from_checkpoint=resumed)
        if not all(weight.isfinite().all() for weight in tuned):
            raise Mistake(diverged(trainer.args.learning_rate, trainer.state.global_step))
    except Mistake:
        shutil.rmtree(checkpoints, ignore_errors=True)
        raise
    run = {"steps": trainer.state.global_step, "seconds": time.time() - started}
    return {**run, "resumed_from": resumed, "history": trainer.state.log_history}


# %% [markdown] id="training-record-text"
# #### What an adapter depends on, and the record of its training
# Everything that the adapter depends on (weights, rows, settings, versions, code) is listed by name
# and makes its key: a training with the same key is not repeated. The record goes into the folder
# of the adapter. Loss is the mean negative log-likelihood of an answer token, in nats. A validation
# curve that turns upwards while the training curve falls means that the rows are being memorised.


# %% id="training-record"
def training_needs(
    settings: TrainingSettings,
    model_id: str,
    chat_model: ChatModel,
    rows: tuple[list[Row], list[Row]],
    versions: dict[str, str],
    watch: CopyWatch,
) -> dict[str, Any]:
    """Return {name: plain value}, all that the adapter depends on; `rows`: training, validation.

    `model_id` stands for the weights (see `identify_model`); MODEL may name them in several ways.
    """
    own = {name.upper(): value for name, value in settings.items() if name != "model"}
    texts = [fingerprint([row["text"] for row in part]) for part in rows]
    asked = watch.instructions, watch.system, watch.decoding, watch.usual
    return {
        "model": model_id,
        **own,
        **versions,
        "training rows": texts[0],
        "validation rows": texts[1],
        "chat format": fingerprint(chat_model.chat),
        "watched questions": fingerprint(asked),
        "training code": code_fingerprint(add_adapter, make_trainer, train, CopyWatch),
    }


def training_record(
    trainer: Any,
    run: dict[str, Any],
    settings: TrainingSettings,
    needs: dict[str, Any],
    fixed: dict[str, Any],
) -> dict[str, Any]:
    """Return plain values about a training that has just ended, for `save_adapter`.

    `needs`: see `training_needs`; `fixed`: what a comparison takes from it.
    """
    lengths = [len(ids) for ids in trainer.train_dataset["input_ids"]]
    steps, seconds, resumed = run["steps"], run["seconds"], run["resumed_from"]
    a_step = settings["batch_size"] * settings["gradient_accumulation"]
    epochs, rest = divmod(steps, -(-len(lengths) // a_step))  # an epoch's last step may be short
    tokens = sum(lengths) * (epochs + rest * a_step / len(lengths))
    made = steps - int(resumed.split("-")[-1]) if resumed else steps  # in this run
    return {
        "version": NOTEBOOK_VERSION,
        "key": fingerprint(needs),
        "date": time.strftime("%Y-%m-%d"),
        "profile": "gpu" if trainer.args.bf16 else "demo",
        "model": settings["model"],
        "needs": needs,
        "fixed": fixed,
        "rows": len(lengths),
        "validation_rows": len(trainer.eval_dataset or ()),
        "steps": steps,
        "tokens": round(tokens),
        "seconds": round(seconds, 1),
        "resumed_from": resumed,
        "tokens_per_second": round(tokens * made / steps / seconds, 1),
        "peak_memory_gib": round(memory_gib(), 2),
        "loss": loss_log(run["history"], "loss"),
        "validation_loss": loss_log(run["history"], "eval_loss"),
    }


def plot_losses(train: list[list[float]], validation: list[list[float]]) -> Any:
    """Return a figure of two loss curves, each [[step, nats a token], ...]; one may be empty."""
    from matplotlib import pyplot  # not sooner: half a second
    from matplotlib.ticker import MaxNLocator

    fig, ax = pyplot.subplots(figsize=(8, 4))
    if train:
        label = "training, each step's rows"
        ax.plot(*zip(*train, strict=True), color="0.55", marker=".", label=label)
    if validation:
        style: dict[str, Any] = {"color": "#0173b2", "marker": "o", "linewidth": 2.5}
        label = "validation, never trained on"
        ax.plot(*zip(*validation, strict=True), label=label, **style)
    first, last = (validation or train)[0][1], (validation or train)[-1][1]
    name = "Validation" if validation else "Training"
    ax.set(title=f"{name} loss went from {first:.2f} to {last:.2f}")
    ax.set(xlabel="step", ylabel="loss (nats a token)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False)
    return fig
