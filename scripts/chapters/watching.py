# %% id="watching-imports"
"""Stops a training that has learned enough, that recites the books, or that has diverged."""

from chapters.chat import ChatModel
from chapters.copying import find_copies
from chapters.generation import Decoding, ask
from chapters.preparation import Mistake
from chapters.ranks import agree, may_stop
from chapters.words import words_of

# %% [markdown] id="watching-watch-text"
# #### Stop before it recites
# At each evaluation but the first and the last the model answers a few instructions. Training stops
# when validation loss has stopped falling, or when whole stretches of the answers stand in the
# books. A loss that is no number any more (the learning rate is too high) ends it as a mistake.

# %% id="watching-watch"
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import unsloth  # noqa: F401  before transformers, trl and peft, which it speeds up
from transformers import TrainerCallback

PATIENCE = 2  # evaluations in a row without a lower validation loss, before training stops
RECITED = 0.25  # share of words copied from the books, beyond what the author repeats
RECITED_RUN = 40  # words: about the 50 tokens of Carlini et al. 2022
WATCHED, WATCH_TOKENS = 4, 64  # instructions of each split that are answered, tokens an answer


def loss_log(history: list[dict[str, Any]], name: str) -> list[list[float]]:
    """Return [[step, value], ...] of one figure in the Trainer's log, the last of each step."""
    values = {entry["step"]: entry[name] for entry in history if name in entry}
    return [[step, value] for step, value in values.items()]


@dataclass(eq=False)
class CopyWatch(TrainerCallback):
    """Stops training when validation loss no longer falls, or when greedy answers recite the books.

    Both figures of copying go into the Trainer's log; `reason` says why it stopped.
    """

    chat_model: ChatModel
    instructions: list[str]
    system: str
    decoding: Decoding
    known: list[list[str]]  # the words of the training texts
    usual: float  # share of the author's other words that stand in them
    usual_run: int  # the most of these in a row
    reason: str = ""

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Answer, measure, decide, where there is something left to stop."""
        if not may_stop(state):
            return
        answers = ask(self.chat_model, self.instructions, self.system, self.decoding, label=None)
        copies = find_copies([one["answer"] for one in answers], self.known)
        share = sum(copy["share"] for copy in copies) / len(copies)
        run = max(copy["longest"] for copy in copies)
        state.log_history[-1].update(copied_share=share, copied_run=run)
        # one loss a step: a resumed training measures its checkpoint again
        losses = [loss for _, loss in loss_log(state.log_history, "eval_loss")]
        if len(losses) > PATIENCE and min(losses[-PATIENCE:]) >= min(losses[:-PATIENCE]):
            self.reason = f"validation loss has not fallen for {PATIENCE} evaluations"
        elif share > self.usual + RECITED or run > RECITED_RUN:
            self.reason = (
                f"{share:.0%} of the words of its answers stand in the books, up to {run} in a row"
            )
        control.should_training_stop |= agree(bool(self.reason))


def watch_copies(
    chat_model: ChatModel, passages: Sequence[Mapping[str, Any]], system: str, decoding: Decoding
) -> CopyWatch:
    """Return a callback that asks the first instructions of both splits."""
    train = [passage for passage in passages if passage["split"] == "train"]
    validation = [passage for passage in passages if passage["split"] == "validation"]
    known = [words_of(passage["text"]) for passage in train]
    copies = find_copies([passage["text"] for passage in validation], known)
    usual = sum(copy["share"] for copy in copies) / max(1, len(copies))
    usual_run = max((copy["longest"] for copy in copies), default=0)
    asked = [passage["instruction"] for passage in train[:WATCHED] + validation[:WATCHED]]
    greedy: Decoding = {**decoding, "temperature": 0, "max_new_tokens": WATCH_TOKENS}
    return CopyWatch(chat_model, asked, system, greedy, known, usual, usual_run)


class DivergenceWatch(TrainerCallback):
    """Stops a training whose loss is not finite any more: its weights are worth nothing."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Raise Mistake for a loss that is no number."""
        for name in ("loss", "eval_loss"):
            if not math.isfinite((logs or {}).get(name, 0)):
                raise Mistake(diverged(args.learning_rate, state.global_step))


def diverged(learning_rate: float, step: int) -> str:
    """Return the sentence for a training whose loss or weights are not finite."""
    return (
        f"The training diverged: at step {step} the loss or a weight is not a number. Lower "
        f"LEARNING_RATE, which is {learning_rate:g}, and run again; no adapter was changed."
    )


# %% [markdown] id="watching-losses-text"
# #### The curves of the loss
# A validation curve that turns upwards while the training curve falls means that the rows are being
# memorised.


# %% id="watching-losses"
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
