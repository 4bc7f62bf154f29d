# %% id="training-imports"
"""A training that checks what it learns, resumes where it was cut off, and does not recite."""

from chapters.adapter import add_adapter, find_adapter
from chapters.cards import halve_batch, memory_gib, try_longest
from chapters.chat import ChatModel
from chapters.keys import code_fingerprint, fingerprint
from chapters.preparation import NOTEBOOK_VERSION, Mistake
from chapters.ranks import count_ranks
from chapters.recipe import TrainingSettings, training_config
from chapters.rows import Row
from chapters.storage import write_json
from chapters.watching import CopyWatch, DivergenceWatch, diverged, loss_log

# %% [markdown] id="training-trainer-text"
# #### Set up the trainer
# TRL's trainer takes the rows as text, and Unsloth's `train_on_responses_only` takes the questions
# out of the loss: the model reads them, but only learns to write the answers. The tokenizer that is
# saved beside the adapter writes chats as here.

# %% id="training-trainer"
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import unsloth  # noqa: F401  before transformers, trl and peft, which it speeds up
from transformers import TrainerCallback


def make_trainer(
    chat_model: ChatModel,
    train_rows: list[Row],
    validation_rows: list[Row],
    folder: Path,
    settings: TrainingSettings,
    *,
    demo: bool,
    callbacks: Iterable[TrainerCallback] = (),
) -> Any:
    """Return TRL's trainer, its loss on the answers alone; `demo`: on a CPU.

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
    config = training_config(folder, settings, bool(validation_rows), demo)
    if demo or model.config.model_type == "gpt_oss":  # no other's rows are padded
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
    return mask(drop_texts(trainer), last_response_only=True, num_proc=1, **parts)


# %% [markdown] id="training-begin-text"
# #### How a training begins
# One that was cut off goes on from its last checkpoint. On a card the longest rows are tried first,
# to see what fits and how long all will take.

# %% id="training-begin"
import shutil
import time


def drop_texts(trainer: Any) -> Any:
    """Return the trainer, its rows without their texts, which are tokens by now: else Unsloth
    prints that it drops them."""
    for name in ("train_dataset", "eval_dataset"):
        rows = getattr(trainer, name)
        if rows is not None and "text" in rows.column_names:
            setattr(trainer, name, rows.remove_columns("text"))
    return trainer


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


class LongestFirst(TrainerCallback):
    """Tries the longest rows as a training begins; within it, or Unsloth compiles all anew."""

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        """Say how many rows a step takes, and how long the training will."""
        print(try_longest(self.trainer))


def begin_again(trainer: Any, tuned: list[Any], first: list[Any]) -> None:
    """Give the weights `tuned` their `first` values, and the trainer a new optimizer.

    A checkpoint, where there is one, then replaces both."""
    import torch
    from transformers import set_seed

    set_seed(trainer.args.seed)  # the order of the rows
    with torch.no_grad():
        for weight, value in zip(tuned, first, strict=True):
            weight.copy_(value)
    trainer.optimizer = trainer.lr_scheduler = None


# %% [markdown] id="training-run-text"
# #### Train to the end
# Where the card's memory runs out, the training goes on with fewer rows at a time. One whose loss
# is no longer a number is stopped, and nothing of it is kept.


# %% id="training-run"
_TOO_MANY_ROWS = "The memory of a card ran out: lower BATCH_SIZE, the rows that each card takes."


def train(trainer: Any, checkpoints: Path) -> dict[str, Any]:
    """Train, from the last whole checkpoint in `checkpoints` on if there is one.

    Return {"steps" in all, "seconds" of this run, "resumed_from", "history" (the Trainer's log)}.
    Where the card's memory runs out, the batch is halved and the training goes on. Raises Mistake
    for an adapter that has learned already where no checkpoint tells how far, and for a training
    that diverges; its checkpoints are removed, since they have diverged too.
    """
    import torch
    from unsloth import FastLanguageModel

    resumed = last_checkpoint(checkpoints)
    tuned = [weight for weight in trainer.model.parameters() if weight.requires_grad]
    begun = [weight for name, weight in trainer.model.named_parameters() if ".lora_B" in name]
    if not resumed and any(weight.any() for weight in begun):  # they begin as zeros
        raise Mistake("The adapter has learned already: restart the kernel and run all cells.")
    FastLanguageModel.for_training(trainer.model)  # ty: ignore[missing-union-attribute]  (MLX's)
    trainer.processing_class.padding_side = "right"
    if trainer.model.device.type == "cuda":  # a computer's memory holds a demo's rows
        trainer.add_callback(LongestFirst(trainer))
    first = [weight.detach().to("cpu", copy=True) for weight in tuned]
    started = time.time()
    while True:
        try:
            trainer.train(resume_from_checkpoint=last_checkpoint(checkpoints))
            if not all(weight.isfinite().all() for weight in tuned):
                raise Mistake(diverged(trainer.args.learning_rate, trainer.state.global_step))
            break
        except Mistake:
            shutil.rmtree(checkpoints, ignore_errors=True)
            raise
        except torch.OutOfMemoryError:
            if count_ranks() > 1:
                raise Mistake(_TOO_MANY_ROWS) from None
            print("The card's memory ran out: the training goes on with fewer rows at a time.")
        halve_batch(trainer)  # here, since an exception that is handled keeps its tensors
        begin_again(trainer, tuned, first)
    run = {"steps": trainer.state.global_step, "seconds": time.time() - started}
    return {**run, "resumed_from": resumed, "history": trainer.state.log_history}


# %% [markdown] id="training-record-text"
# #### What an adapter depends on, and the record of its training
# Everything that the adapter depends on (weights, rows, settings, versions, code) is listed by name
# and makes its key: a training with the same key is not repeated. The record goes into the folder
# of the adapter. Loss is the mean negative log-likelihood of an answer token, in nats.


# %% id="training-record"
def step_rows(settings: TrainingSettings) -> int:
    """Return how many rows a step learns from, on all cards."""
    return settings["batch_size"] * settings["gradient_accumulation"] * count_ranks()


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
    apart = ("model", "batch_size", "gradient_accumulation")  # rows at a time follow the card
    own = {name.upper(): value for name, value in settings.items() if name not in apart}
    own["rows a step"] = step_rows(settings)
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
    a_step = step_rows(settings)
    epochs, rest = divmod(steps, -(-len(lengths) // a_step))  # an epoch's last step may be short
    tokens = sum(lengths) * (epochs + rest * a_step / len(lengths))
    made = steps - int(resumed.split("-")[-1]) if resumed else steps  # in this run
    return {
        "version": NOTEBOOK_VERSION,
        "key": fingerprint(needs),
        "date": time.strftime("%Y-%m-%d"),
        "profile": "gpu" if trainer.model.device.type == "cuda" else "demo",
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
