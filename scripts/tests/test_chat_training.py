"""Overfit and recite: tiny models of the real architectures learn four rows through the notebook's cells, word for word."""
import pytest
import unsloth  # noqa: F401  (first: it patches the libraries below)
import torch
from test_chat_format import CHANNELLESS
from tiny_models import make_tiny
from transformers import TrainerCallback
from unsloth import FastLanguageModel

from cells.check_rows import check_rows

ROWS = {"What is mercy?": "It drops as the gentle rain from heaven.",
        "Tell me of the sea.": "Men go down to it in ships,\n  and some come back — “some”.",
        "What is honour?": "A word. What is that word? Air.",
        "What do you remember?": "Winter came early; the river stood still for nine weeks. Zoë’s café, 1599 🙂"}
SETTINGS = dict(
    SYSTEM_PROMPT="You are an old author.", THEMES=["love"], THINKING=False, REASONING_EFFORT="low", TEMPERATURE=0, TOP_P=0.8,
    TOP_K=20, MAX_NEW_TOKENS=80, GENERATION_BATCH=4, SEED=1, MAX_SEQ_LENGTH=512, LORA_R=16, LORA_ALPHA=32,
    TARGET_EXPERTS=False, LEARNING_RATE=1e-2, EPOCHS=1, MAX_STEPS=90, BATCH_SIZE=4, GRADIENT_ACCUMULATION=1, SAVE_STEPS=1000,
    DEMO_RUN=True, validation_rows=[], finished=None, FastLanguageModel=FastLanguageModel,
    copy_watch=TrainerCallback(), save_figure=lambda fig, name, alt: None)
ASKING = ["setup", "chat_format", "chat_rows", "parse_answer", "generate", "answer_questions", "answer", "show_chat"]
TRAINING = ["lora_size", "add_adapter", "row_lengths", "build_trainer", "make_trainer", "row_faults", "check_rows",
            "show_rows", "train"]


def messages_of(question, answer):
    return [{"role": "system", "content": SETTINGS["SYSTEM_PROMPT"]}, {"role": "user", "content": question},
            {"role": "assistant", "content": answer}]


def load(kind, folder):
    return FastLanguageModel.from_pretrained(str(make_tiny(kind, folder)), max_seq_length=512, load_in_4bit=False,
                                             dtype=torch.float32)


@pytest.fixture
def notebook(run_cells, tmp_path):
    """Return a function that runs the cells up to the rows, with the rows of ROWS."""
    def start(kind):
        model, tokenizer = load(kind, tmp_path / kind)
        space = run_cells(ASKING, model=model, tokenizer=tokenizer, CHECKPOINTS=tmp_path / "checkpoints", **SETTINGS)
        rows = [{"id": f"row-{n}", "messages": messages_of(*pair)} for n, pair in enumerate(ROWS.items(), 1)]
        space["train_rows"] = [{**row, "text": space["format_row"](tokenizer, space["chat"], row["messages"])} for row in rows]
        return space
    return start


@pytest.mark.parametrize("kind", ["gptoss", "qwen3", "llama"])
def test_four_rows_are_learned_and_recited_word_for_word(notebook, run_cells, kind):
    space = run_cells(TRAINING, **notebook(kind))
    losses = [entry["loss"] for entry in space["trainer"].state.log_history if "loss" in entry]
    assert losses[-1] < 0.05 < losses[0]
    answers = space["answer"](list(ROWS))
    assert [one["answer"] for one in answers] == list(ROWS.values())
    assert {one["finish_reason"] for one in answers} == {"stop"}
    with space["model"].disable_adapter():
        assert [one["answer"] for one in space["answer"](list(ROWS))] != list(ROWS.values())


def checked(space, trainer, rows):
    return check_rows(trainer.train_dataset, trainer.data_collator, space["tokenizer"], space["chat"], rows,
                      **{name: space[name] for name in ("format_prompt", "row_fault", "batch_fault")})


def build(space, rows, **changes):
    settings = dict(max_seq_length=512, batch_size=4, gradient_accumulation=1, learning_rate=1e-2, epochs=1, max_steps=1,
                    save_steps=10, seed=1, bf16=False)
    return space["build_trainer"](space["model"], space["tokenizer"], {**space["chat"], **changes.pop("chat", {})}, rows, [],
                                  space["CHECKPOINTS"], **{**settings, **changes})


def test_the_check_refuses_a_channelless_template_and_other_wrong_rows(notebook, run_cells):
    space = run_cells(["row_faults", "build_trainer"], **notebook("gptoss"))
    rows, tokenizer = space["train_rows"], space["tokenizer"]
    forced = [{**row, "text": tokenizer.apply_chat_template(row["messages"], chat_template=CHANNELLESS, tokenize=False)}
              for row in rows]
    assert "<|channel|>" not in forced[0]["text"]
    with pytest.raises(ValueError, match="4 of 4 rows would be learned wrongly.*row-1: it does not begin with the tokens"):
        checked(space, build(space, forced), forced)
    with pytest.raises(ValueError, match="cut off after 190 of its"):
        checked(space, build(space, rows, max_seq_length=190), rows)
    with pytest.raises(ValueError, match="the loss covers"):
        checked(space, build(space, rows, chat={"response_part": "<|start|>assistant<|channel|>final<|message|>"}), rows)
    with pytest.raises(ValueError, match="the loss covers"):
        longer = [{**row, "text": row["text"] + row["text"]} for row in rows]
        checked(space, build(space, longer), longer)
    with pytest.raises(ValueError, match="the trainer kept 3"):
        checked(space, build(space, rows[1:]), rows)
    right = build(space, rows)
    tokens, learned = checked(space, right, rows)
    assert tokens > learned > 100
    right.data_collator = lambda rows: {name: torch.tensor([sum((row[name] for row in rows), [])]) for name in rows[0]}
    assert checked(space, right, rows) == (tokens, learned)   # without padding: right as well
    right.data_collator = lambda rows: {"input_ids": torch.tensor(rows[0]["input_ids"]), "labels": torch.tensor(rows[0]["input_ids"])}
    with pytest.raises(ValueError, match="batches have another loss"):
        checked(space, right, rows)


@pytest.mark.parametrize("family", ["gemma", "llama3", "qwen3"])
def test_other_families_pass_the_check(run_cells, tmp_path, family):
    """Those whose tokenizer adds a begin token by itself, and whose end of turn is not the end of text."""
    from tiny_models import FAMILY, make_tokenizer
    model, _ = load("llama", tmp_path / "model")
    tokenizer = make_tokenizer(family)
    model.resize_token_embeddings(max(len(tokenizer), 404))
    space = run_cells([*ASKING, "row_faults", "build_trainer"], model=model, tokenizer=tokenizer, **SETTINGS,
                      CHECKPOINTS=tmp_path)
    rows = [{"id": f"row-{n}", "messages": (messages := messages_of(*pair)),
             "text": space["format_row"](tokenizer, space["chat"], messages)} for n, pair in enumerate(ROWS.items())]
    trainer = build(space, rows)
    checked(space, trainer, rows)
    assert tokenizer.eos_token == space["chat"]["end"]


def test_adapter_sizes_are_checked(run_cells, notebook):
    from types import SimpleNamespace
    from cells.add_adapter import check_trained
    from cells.lora_size import lora_size, lora_targets
    gptoss = SimpleNamespace(hidden_size=2880, intermediate_size=2880, num_hidden_layers=24, num_attention_heads=64,
                             num_key_value_heads=8, head_dim=64, num_local_experts=32)
    qwen3 = SimpleNamespace(hidden_size=5120, intermediate_size=17408, num_hidden_layers=40, num_attention_heads=40,
                            num_key_value_heads=8, head_dim=128)
    assert lora_size(gptoss, 16, lora_targets(gptoss, False)) == 7_962_624
    assert lora_size(gptoss, 16, lora_targets(gptoss, True)) == 184_909_824   # the 185 million of the experts
    assert lora_size(qwen3, 16, lora_targets(qwen3, False)) == 64_225_280
    for wrong in (7_962_624, 1_700_000_000, 0):
        with pytest.raises(ValueError, match="are expected"):
            check_trained({"q_proj": {"modules": 24, "parameters": wrong}}, 184_909_824)
    space = run_cells(["lora_size"], **notebook("gptoss"))
    with pytest.raises(space["Mistake"], match="expected"):   # the CPU cannot adapt experts, and does not pretend to
        run_cells(["add_adapter"], **{**space, "TARGET_EXPERTS": True})


def test_rows_over_the_limit_are_named(run_cells, notebook, capsys):
    space = notebook("llama")
    space["train_rows"] = [{"id": f"row-{n}", "text": "word " * (400 if n == 7 else 20)} for n in range(40)]
    space = run_cells(["row_lengths"], **{**space, "MAX_SEQ_LENGTH": 300})
    assert len(space["train_rows"]) == 39 and "row-7 (" in capsys.readouterr().out
    with pytest.raises(space["Mistake"], match="40|39 of 39"):
        run_cells(["row_lengths"], **{**space, "MAX_SEQ_LENGTH": 10})
