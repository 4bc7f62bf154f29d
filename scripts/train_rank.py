"""One of several processes that train together, a card each: run_notebooks.py --gpus starts it.

    python scripts/train_rank.py FILE      its RANK, of WORLD_SIZE, in the environment

It waits for FILE, which the FineTuning notebook writes: its rows and settings. The notebook is the
first process; it alone asks, watches and writes.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import unsloth  # noqa: F401  before transformers, trl and peft, which it speeds up
from transformers import TrainerCallback

from chapters.adapter import add_adapter
from chapters.chat import load_chat_model
from chapters.ranks import agree, may_stop
from chapters.training import make_trainer, train


class Follower(TrainerCallback):
    """Stops the training when the notebook's watch says so."""

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take over what the first process decides, which asks the model meanwhile."""
        if may_stop(state):  # see CopyWatch
            control.should_training_stop |= agree(False)


def wait_for(path: Path) -> dict[str, Any]:
    """Return what the notebook wrote to `path`; for hours, where it writes instructions first.

    Ends this process if the runner, which began it, is no more."""
    runner = os.getppid()
    while not path.exists():
        if os.getppid() != runner:
            sys.exit("The runner has ended.")
        time.sleep(1)
    return json.loads(path.read_text(encoding="utf-8"))


def main(path: Path) -> None:
    job = wait_for(path)
    settings = job["settings"]
    base = load_chat_model(
        settings["model"],
        settings["max_seq_length"],
        job["demo"],
        job["thinking"],
        job["reasoning_effort"],
    )
    tuned = add_adapter(
        base,
        settings["lora_r"],
        settings["lora_alpha"],
        settings["target_experts"],
        settings["seed"],
        job["roomy"],
    )
    rows, checkpoints = (job["rows"], job["validation_rows"]), Path(job["checkpoints"])
    trainer = make_trainer(
        tuned, *rows, checkpoints, settings, demo=job["demo"], callbacks=[Follower()]
    )
    train(trainer, checkpoints)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
