"""Training: tiny models of the real architectures learn four rows and recite them, wrong rows are
refused, a cut off training goes on, and a diverging one is refused."""

import json
import re
from typing import Any

import pytest
import torch
import unsloth  # noqa: F401  (first: it patches the libraries below)
from transformers import TrainerCallback

from chapters import chat
from chapters.adapter import add_adapter
from chapters.chat import ChatModel, format_row, load_chat_model, read_format
from chapters.generation import ask
from chapters.keys import describe_changes, fingerprint, folder_fingerprint
from chapters.masks import check_rows, coloured_row
from chapters.preparation import NOTEBOOK_VERSION, Mistake
from chapters.rows import Row
from chapters.storage import write_json
from chapters.training import (
    finished_training,
    last_checkpoint,
    make_trainer,
    train,
    training_needs,
    training_record,
)
from chapters.watching import CopyWatch, loss_log, plot_losses
from conftest import SCRIPTS
from test_chat import CHANNELLESS
from test_watching import DECODING, SYSTEM
from tiny_models import make_tiny, make_tokenizer

ROWS = {
    "What is mercy?": "It drops as the gentle rain from heaven.",
    "Tell me of the sea.": "Men go down to it in ships,\n  and some come back — “some”.",
    "What is honour?": "A word. What is that word? Air.",
    "What do you remember?": "Winter came early; the river stood still for nine weeks. "
    "Zoë’s café, 1599 🙂",
}
SETTINGS: Any = {
    "model": "tiny",
    "max_seq_length": 512,
    "lora_r": 16,
    "lora_alpha": 32,
    "target_experts": False,
    "learning_rate": 1e-2,
    "epochs": 1,
    "max_steps": 1,
    "batch_size": 4,
    "gradient_accumulation": 1,
    "save_steps": 1000,
    "seed": 1,
}


def load(kind, folder):
    return load_chat_model(str(make_tiny(kind, folder)), 512, True, False, "low")


def make_rows(chat_model):
    rows = []
    for number, (question, answer) in enumerate(ROWS.items(), 1):
        messages = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
        text = format_row(chat_model.tokenizer, chat_model.chat, messages)
        rows.append({"id": f"row-{number}", "messages": messages, "text": text})
    return rows


def build(chat_model, rows, folder, watched=(), callbacks=(), **changes):
    settings: Any = {**SETTINGS, **changes}
    return make_trainer(
        chat_model, rows, list(watched), folder, settings, demo=True, callbacks=callbacks
    )


def checked(chat_model, trainer, rows):
    return check_rows(trainer.train_dataset, trainer.data_collator, chat_model, rows)


def answers_of(chat_model):
    return [one["answer"] for one in ask(chat_model, list(ROWS), SYSTEM, DECODING, None)]


@pytest.mark.parametrize(
    "kind, bf16", [("gptoss", False), ("qwen3", False), ("llama", False), ("llama", True)]
)
def test_four_rows_are_learned_and_recited_word_for_word(tmp_path, monkeypatch, kind, bf16):
    monkeypatch.setattr(chat, "fast_bf16", lambda: bf16)
    base = load(kind, tmp_path / "model")
    assert base.model.dtype == (torch.bfloat16 if bf16 else torch.float32)
    rows = make_rows(base)
    tuned = add_adapter(base, 16, 32, False, 1, True)
    trainer = build(tuned, rows, tmp_path / "checkpoints", max_steps=90)
    assert trainer.model is tuned.model and trainer.processing_class is tuned.tokenizer
    assert trainer.args.train_sampling_strategy == "group_by_length"
    checked(tuned, trainer, rows)
    run = train(trainer, tmp_path / "checkpoints")
    losses = [loss for _, loss in loss_log(run["history"], "loss")]
    assert losses[-1] < 0.05 < losses[0]
    made = ask(tuned, list(ROWS), SYSTEM, DECODING, None)
    assert [one["answer"] for one in made] == list(ROWS.values())
    assert {one["finish_reason"] for one in made} == {"stop"}
    with tuned.model.disable_adapter():
        assert answers_of(tuned) != list(ROWS.values())
    again = build(tuned, rows, tmp_path / "checkpoints-2")
    with pytest.raises(Mistake, match="has learned already: restart the kernel and run all cells"):
        train(again, tmp_path / "checkpoints-2")


def test_the_check_refuses_a_channelless_template_and_other_wrong_rows(tmp_path):
    chat_model = load("gptoss", tmp_path / "model")
    model, tokenizer, chat = chat_model
    rows, folder = make_rows(chat_model), tmp_path / "checkpoints"
    forced = []
    for row in rows:
        text = tokenizer.apply_chat_template(
            row["messages"], chat_template=CHANNELLESS, tokenize=False
        )
        forced.append({**row, "text": text})
    assert "<|channel|>" not in forced[0]["text"]
    wrong = "4 of 4 rows would be learned wrongly.*row-1: it does not begin with the tokens"
    with pytest.raises(Mistake, match=wrong):
        checked(chat_model, build(chat_model, forced, folder), forced)
    with pytest.raises(Mistake, match="cut off after 190 of its"):
        checked(chat_model, build(chat_model, rows, folder, max_seq_length=190), rows)
    parts = {"response_part": "<|start|>assistant<|channel|>final<|message|>"}
    with pytest.raises(Mistake, match="the loss covers"):
        other = ChatModel(model, tokenizer, {**chat, **parts})
        checked(chat_model, build(other, rows, folder), rows)
    longer = [{**row, "text": row["text"] + row["text"]} for row in rows]
    with pytest.raises(Mistake, match="the loss covers"):
        checked(chat_model, build(chat_model, longer, folder), longer)
    with pytest.raises(Mistake, match="the trainer kept 3"):
        checked(chat_model, build(chat_model, rows[1:], folder), rows)
    right = build(chat_model, rows, folder)
    tokens, learned = checked(chat_model, right, rows)
    assert check_rows(right.eval_dataset, right.data_collator, chat_model, []) == (0, 0)
    assert tokens > learned > 100
    right.data_collator = lambda rows: {
        name: torch.tensor([sum((row[name] for row in rows), [])]) for name in rows[0]
    }
    assert checked(chat_model, right, rows) == (tokens, learned)  # without padding: right as well
    right.data_collator = lambda rows: {
        name: torch.tensor(rows[0]["input_ids"]) for name in ("input_ids", "labels")
    }
    with pytest.raises(Mistake, match="batches have another loss"):
        checked(chat_model, right, rows)


@pytest.mark.parametrize("family", ["gemma", "llama3", "qwen3"])
def test_other_families_pass_the_check(tmp_path, family):
    """Their tokenizers add a begin token by themselves, or a turn's end is not the text's end."""
    model = load("llama", tmp_path / "model").model
    tokenizer = make_tokenizer(family)
    model.resize_token_embeddings(max(len(tokenizer), 404))
    chat_model = ChatModel(model, tokenizer, read_format(tokenizer, False, "low"))
    rows = make_rows(chat_model)
    trainer = build(chat_model, rows, tmp_path)
    checked(chat_model, trainer, rows)
    assert tokenizer.eos_token == chat_model.chat["end"]
    shown = trainer.train_dataset[0]
    read, learned = coloured_row(tokenizer, shown["input_ids"], shown["labels"]).split("</span>", 1)
    assert "mercy" in read and "gentle rain" in learned and "gentle rain" not in read


class CutOff(TrainerCallback):
    """Ends a training in the middle, as a power cut would."""

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == 5:
            raise KeyboardInterrupt


def test_a_training_that_was_cut_off_goes_on_and_is_recorded_once(tmp_path):
    folder, wanted = tmp_path / "checkpoints", {"max_steps": 6, "save_steps": 2}
    tuned = add_adapter(load("llama", tmp_path / "model"), 16, 32, False, 1, True)
    rows = make_rows(tuned)
    whole = train(build(tuned, rows, tmp_path / "other", rows[:2], **wanted), tmp_path / "other")
    tuned = add_adapter(load("llama", tmp_path / "model"), 16, 32, False, 1, True)
    with pytest.raises(KeyboardInterrupt):
        train(build(tuned, rows, folder, rows[:2], [CutOff()], **wanted), folder)
    assert last_checkpoint(folder) == str(folder / "checkpoint-4")
    tuned = add_adapter(load("llama", tmp_path / "model"), 16, 32, False, 1, True)
    trainer = build(tuned, rows, folder, rows[:2], **wanted)
    run = train(trainer, folder)
    assert run["resumed_from"] == str(folder / "checkpoint-4") and run["steps"] == 6
    for name in ("loss", "eval_loss"):
        expected = [pytest.approx(pair, rel=1e-3) for pair in loss_log(whole["history"], name)]
        assert loss_log(run["history"], name) == expected
    settings: Any = {**SETTINGS, **wanted}
    record = training_record(trainer, run, settings, {"EPOCHS": 1}, {"author": "Ann"})
    tokens = sum(map(len, trainer.train_dataset["input_ids"]))
    assert record["rows"] == 4 and record["validation_rows"] == 2 and record["steps"] == 6
    assert record["tokens"] == 6 * tokens and record["seconds"] == round(run["seconds"], 1)
    assert record["tokens_per_second"] == round(2 * tokens / run["seconds"], 1)
    assert record["version"] == NOTEBOOK_VERSION and record["profile"] == "demo"
    assert set(record) == {
        *("key", "date", "profile", "model", "needs", "fixed", "rows", "validation_rows"),
        *("steps", "tokens", "seconds", "resumed_from", "tokens_per_second", "peak_memory_gib"),
        *("loss", "validation_loss", "version"),
    }
    assert record["key"] == fingerprint({"EPOCHS": 1}) and record["fixed"] == {"author": "Ann"}


def test_the_needs_list_all_that_an_adapter_depends_on():
    chat_model: Any = ChatModel(None, None, {"template": "t"})
    rows: list[Row] = [{"id": "1", "messages": [], "text": "a"}]
    other: list[Row] = [{"id": "1", "messages": [], "text": "b"}]
    watch = CopyWatch(chat_model, ["Why?"], SYSTEM, DECODING, [], 0.05, 7)

    def needs(
        settings=SETTINGS, model="m", chat=chat_model, rows=(rows, other), watch=watch, **all
    ):
        return training_needs(settings, model, chat, rows, all, watch)

    several = [
        needs(),
        needs({**SETTINGS, "lora_r": 8}),
        needs(model="other weights"),
        needs(chat=ChatModel(None, None, {"template": "thinking"})),
        needs(rows=(other, other)),
        needs(rows=(rows, rows)),
        needs(watch=CopyWatch(chat_model, ["How?"], SYSTEM, DECODING, [], 0.05, 7)),
        needs(torch="2"),
    ]
    assert len({fingerprint(one) for one in several}) == 8
    assert describe_changes(several[0], several[1]) == "LORA_R 16 → 8"
    assert needs({**SETTINGS, "model": "the same in another place"}) == several[0]


# Changed code, and what must then be trained again
TRAINING_CHAPTERS = (
    "preparation cards keys storage words chat copying adapter generation ranks watching recipe "
    "training"
)


@pytest.mark.parametrize(
    "before, after",
    [
        ('"weight_decay": 0.01', '"weight_decay": 0.02'),
        ('"lr_scheduler_type": "cosine"', '"lr_scheduler_type": "linear"'),
        ("PATIENCE = 2 ", "PATIENCE = 3 "),
        ("last_response_only=True", "last_response_only=False"),
        ("lora_dropout=0,", "lora_dropout=0.1,"),
        ('MLP = ["gate_proj", "up_proj", "down_proj"]', 'MLP = ["gate_proj", "up_proj"]'),
        ("RECITED_RUN = 40", "RECITED_RUN = 50"),
        ("|= agree(bool(self.reason))", "|= agree(bool(self.reason))  # no change"),
    ],
)
def test_the_key_follows_the_code_of_the_training(before, after):
    sources = {}
    for name in TRAINING_CHAPTERS.split():
        text = (SCRIPTS / "chapters" / f"{name}.py").read_text(encoding="utf-8")
        sources[name] = "".join(re.split(r"(?m)^(?=# %% )", text)[2:])  # but the import cell
    assert sum(source.count(before) for source in sources.values()) == 1

    def code(edit):
        space: dict[str, Any] = {"__name__": "__main__", "Row": Row, "NOTEBOOK_VERSION": ""}
        for name, source in sources.items():
            exec(compile(edit(source), name, "exec"), space)
        roots = [space[one] for one in ("add_adapter", "make_trainer", "train", "CopyWatch")]
        return space["code_fingerprint"](*roots)

    changed = code(lambda text: text.replace(before, after)) != code(lambda text: text)
    assert changed == ("no change" not in after)


def test_a_training_that_diverges_is_refused_and_nothing_of_it_stays(tmp_path):
    tuned = add_adapter(load("llama", tmp_path / "model"), 16, 32, False, 1, True)
    rows, folder = make_rows(tuned), tmp_path / "checkpoints"
    trainer = build(tuned, rows, folder, max_steps=4, save_steps=1, learning_rate=1e30)
    told = "The training diverged: at step [234] .* Lower LEARNING_RATE, which is 1e.30, and run"
    with pytest.raises(Mistake, match=told):
        train(trainer, folder)
    assert not folder.exists()


def test_weights_that_are_no_numbers_after_the_last_step_are_refused(tmp_path):
    tuned = add_adapter(load("llama", tmp_path / "model"), 16, 32, False, 1, True)
    folder = tmp_path / "checkpoints"

    class Break(TrainerCallback):
        def on_train_end(self, args, state, control, model=None, **kwargs):
            next(w for w in model.parameters() if w.requires_grad).data.fill_(float("nan"))

    trainer = build(tuned, make_rows(tuned), folder, (), [Break()], max_steps=1)
    with pytest.raises(Mistake, match="at step 1 the loss or a weight is not a number"):
        train(trainer, folder)


def test_what_a_comparison_takes_is_written_again_only_if_it_changed(tmp_path):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/adapter_model.safetensors").touch()
    path = tmp_path / "adapter/training.json"
    needs = {"model": "m", "EPOCHS": 1}
    key = fingerprint(needs)
    record = {"key": key, "needs": needs, "fixed": {"themes": ["love"]}}
    record["adapter"] = folder_fingerprint(path.parent, "adapter_*")
    assert finished_training(tmp_path, key, {"themes": ["love"]}) is None
    write_json(path, record)
    before = path.stat()
    assert finished_training(tmp_path, key, {"themes": ["love"]}) == record
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert finished_training(tmp_path, "other", {}) is None
    changed = {**record, "fixed": {"themes": ["war"]}}
    assert finished_training(tmp_path, key, {"themes": ["war"]}) == changed
    assert json.loads(path.read_text()) == changed


def test_the_newest_whole_checkpoint_is_found_and_half_ones_removed(tmp_path):
    assert last_checkpoint(tmp_path) is None
    for step in (5, 10, 100):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if step < 100:
            (tmp_path / f"checkpoint-{step}/trainer_state.json").write_text("{}")
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
    assert not (tmp_path / "checkpoint-100").exists()


def test_the_figure_says_how_far_the_loss_fell():
    def title(train, validation):
        return plot_losses(train, validation).axes[0].get_title()

    assert title([[1, 3.0], [2, 2.5]], []) == "Training loss went from 3.00 to 2.50"
    both = title([[1, 3.0], [2, 2.5]], [[0, 2.9], [2, 2.75]])
    assert both == "Validation loss went from 2.90 to 2.75"
