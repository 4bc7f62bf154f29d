"""The watch over a training: it stops one that recites, or whose validation loss rises."""

from types import SimpleNamespace
from typing import Any

from chapters import watching
from chapters.generation import Decoding
from chapters.watching import CopyWatch, loss_log, watch_copies

SYSTEM = "You are an old author."
DECODING: Decoding = {
    "temperature": 0,
    "top_p": 0.8,
    "top_k": 20,
    "max_new_tokens": 80,
    "seed": 1,
    "batch_size": 4,
}


def test_loss_log():
    history = [
        {"step": 1, "loss": 3.0},
        {"step": 1, "eval_loss": 2.5},
        {"step": 2, "loss": 2.0},
        {"step": 1, "eval_loss": 2.5},
    ]
    assert loss_log(history, "loss") == [[1, 3.0], [2, 2.0]]
    assert loss_log(history, "eval_loss") == [[1, 2.5]]


NO_MODEL: Any = "no model"


def evaluate(watch, losses):
    """Call a CopyWatch as the Trainer does; return the number of evaluations until it stops."""
    first = [{"eval_loss": 4.0, "step": 0}]
    state = SimpleNamespace(log_history=first, global_step=0, max_steps=9)
    control = SimpleNamespace(should_training_stop=False)
    watch.on_evaluate(None, state, control)
    assert state.log_history[-1] == {"eval_loss": 4.0, "step": 0}  # it is still the base model
    state.global_step = 1
    for count, loss in enumerate(losses, 1):
        state.log_history += [{"loss": 9.0, "step": count}, {"eval_loss": loss, "step": count}]
        watch.on_evaluate(None, state, control)
        assert "copied_share" in state.log_history[-1]
        if control.should_training_stop:
            return count


def test_training_stops_when_validation_loss_rises_or_answers_recite(monkeypatch):
    def watch(*found):
        found = iter(found)
        monkeypatch.setattr(watching, "ask", lambda *_, label: [{"answer": "Because."}])
        usual = {"share": 0.1, "longest": 7}
        monkeypatch.setattr(watching, "find_copies", lambda *_: [next(found, usual)])
        return CopyWatch(NO_MODEL, ["Why?"], "", DECODING, [], 0.05, 7)

    assert evaluate(watch(), [3, 2.5, 2.4, 2.3, 2.2]) is None
    assert evaluate(watch(), [3, 2.5, 2.6, 2.4, 2.5, 2.45, 2.3]) == 6
    found = ({"share": 0.1, "longest": 7}, {"share": 0.31, "longest": 20})
    assert evaluate(watch(*found), [3, 2.5, 2.4]) == 2
    assert evaluate(watch({"share": 0.2, "longest": 45}), [3, 2.5]) == 1
    reciting = watch({"share": 0.5, "longest": 45})
    evaluate(reciting, [3])
    told = "50% of the words of its answers stand in the books, up to 45 in a row"
    assert reciting.reason == told
    last = SimpleNamespace(log_history=[{"eval_loss": 2.0, "step": 9}], global_step=9, max_steps=9)
    watch().on_evaluate(None, last, None)
    assert "copied_share" not in last.log_history[-1]  # there is nothing left to stop


def test_the_watch_measures_against_the_training_text(monkeypatch):
    told = (
        "Winter came early that year and the river stood still for nine weeks under the bridge.",
        "She never asked him why he kept the letter, and he never found a reason to burn it.",
    )
    passages = [
        {"split": "train", "text": told[0], "instruction": "First?"},
        {"split": "validation", "text": told[1], "instruction": "Second?"},
        {"split": "held_out", "text": "Nobody knows.", "instruction": "Third?"},
    ]
    asked = []

    def answer(chat_model, questions, system, decoding, label):
        asked.append((chat_model, questions, system, decoding["temperature"]))
        return [{"answer": told[0] if one == "First?" else "No idea."} for one in questions]

    monkeypatch.setattr(watching, "ask", answer)
    watch = watch_copies(NO_MODEL, passages, SYSTEM, {**DECODING, "temperature": 0.7})
    assert evaluate(watch, [3.0]) == 1
    assert asked == [(NO_MODEL, ["First?", "Second?"], SYSTEM, 0)]
    assert "stand in the books" in watch.reason and watch.usual < 0.05
