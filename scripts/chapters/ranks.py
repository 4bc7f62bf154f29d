# %% id="ranks-imports"
"""One training on several cards: what this process hands to the others, what all do alike."""

from chapters.storage import write_json

# %% [markdown] id="ranks-share-text"
# #### Several cards
# `run_notebooks.py --gpus 2` trains on two cards at a time. Each card has the whole model and takes
# a batch of its own; the gradients are averaged over the cards, so that the adapter stays the same
# on all. This notebook is one of the processes and does all else alone. The others wait for a file
# with the rows and the settings, and nothing but train.

# %% id="ranks-share"
import os
from typing import Any


def count_ranks() -> int:
    """Return how many processes, of a card each, train together; 1 is the rule."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def share_training(job: dict[str, Any]) -> None:
    """Give the other processes, if there are any, what they need; see train_rank.py."""
    if count_ranks() > 1:
        write_json(os.environ["RANKS_FILE"], job)


def may_stop(state: Any) -> bool:
    """Return whether an evaluation can end the training: not before its first step or after its
    last; `state`: the Trainer's."""
    return 0 < state.global_step < state.max_steps


def agree(stop: bool) -> bool:
    """Return what the first of all processes that train says, so that all stop at the same step."""
    import torch

    if not torch.distributed.is_initialized():
        return stop
    told = [stop]
    torch.distributed.broadcast_object_list(told)
    return told[0]
