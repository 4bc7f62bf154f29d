# %% id="training-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="training_key-text"
# ### Has this training been done before?
# Everything the adapter depends on (rows, settings, versions) is hashed into a key. A finished training with the same key is not repeated, and one that was cut off goes on from its last checkpoint.

# %% id="training_key"
import hashlib, json
from pathlib import Path

def hash_of(value):
    """Return 12 hexadecimal digits of the SHA-256 of a JSON-like value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]

def finished_training(out_dir, key):
    """Return the record in `out_dir/training.json` if it is whole and has this key, else None."""
    try:
        record = json.loads(Path(out_dir, "training.json").read_text())
        return record if record["key"] == key and Path(out_dir, "adapter/adapter_model.safetensors").exists() else None
    except (OSError, ValueError, KeyError):
        return None

# MAIN if __name__ == "__main__":
# MAIN     training_settings = dict(
# MAIN         model=MODEL, max_seq_length=MAX_SEQ_LENGTH, lora_r=LORA_R, lora_alpha=LORA_ALPHA, target_experts=TARGET_EXPERTS,
# MAIN         learning_rate=LEARNING_RATE, epochs=EPOCHS, max_steps=MAX_STEPS, batch_size=BATCH_SIZE, save_steps=SAVE_STEPS,
# MAIN         gradient_accumulation=GRADIENT_ACCUMULATION, seed=SEED)
# MAIN     rows_hash = hash_of([[row["text"] for row in part] for part in (train_rows, validation_rows)])
# MAIN     TRAINING_KEY = hash_of([training_settings, rows_hash, VERSIONS])
# MAIN     CHECKPOINTS = OUT_DIR / "checkpoints" / TRAINING_KEY
# MAIN     finished = finished_training(OUT_DIR, TRAINING_KEY)
# MAIN     print(f"Key {TRAINING_KEY}:", f"trained on {finished['date']}; that adapter is used again." if finished else
# MAIN           "goes on from its last checkpoint." if CHECKPOINTS.exists() else "not trained yet.")
# MAIN

# %% [markdown] id="copy_watch-text"
# ### Stop before it recites
# At each evaluation the model answers a few instructions. Training stops when validation loss has stopped falling, or when whole stretches of the answers stand in the books.

# %% id="copy_watch"
from transformers import TrainerCallback

PATIENCE = 2      # evaluations in a row without a lower validation loss, before training stops
RECITED = 0.25    # share of words copied from the books, beyond what the author repeats, that stops it too
RECITED_RUN = 40  # so does a run of so many words: about the 50 tokens of Carlini et al. 2022
WATCHED, WATCH_TOKENS = 4, 64  # instructions of each split that are answered, tokens an answer

class CopyWatch(TrainerCallback):
    """Stops training when validation loss no longer falls, or when greedy answers recite the books.

    `write(instructions)` returns answers, `measure(texts)` [{"longest": words, "share": 0 to 1}] against the
    training text. Both figures go into the Trainer's log; `reason` says why it stopped.
    """
    def __init__(self, instructions, write, measure, usual):
        self.instructions, self.write, self.measure, self.usual, self.reason = instructions, write, measure, usual, ""

    def on_evaluate(self, args, state, control, **kwargs):
        copies = self.measure(self.write(self.instructions))
        share, run = sum(copy["share"] for copy in copies) / len(copies), max(copy["longest"] for copy in copies)
        state.log_history[-1].update(copied_share=share, copied_run=run)
        losses = {entry["step"]: entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry}
        losses = list(losses.values())  # one a step: a resumed training measures its checkpoint again
        if len(losses) > PATIENCE and min(losses[-PATIENCE:]) >= min(losses[:-PATIENCE]):
            self.reason = f"validation loss has not fallen for {PATIENCE} evaluations"
        elif share > self.usual + RECITED or run > RECITED_RUN:
            self.reason = f"{share:.0%} of the words of its answers stand in the books, up to {run} in a row"
        control.should_training_stop |= bool(self.reason)

# MAIN if __name__ == "__main__":
# MAIN     of_split = {split: [p for p in passages if p["split"] == split] for split in ("train", "validation")}
# MAIN     known = [words_of(passage["text"]) for passage in of_split["train"]]
# MAIN     measure = lambda texts: [copied_runs(table) for table in longest_matches([words_of(t) for t in texts], known)]
# MAIN     usual = measure([p["text"] for p in of_split["validation"]])
# MAIN     usual = sum(copy["share"] for copy in usual) / max(1, len(usual))
# MAIN     copy_watch = CopyWatch(
# MAIN         [p["instruction"] for some in of_split.values() for p in some[:WATCHED]],
# MAIN         lambda texts: [one["answer"] for one in answer(texts, temperature=0, max_new_tokens=WATCH_TOKENS)],
# MAIN         measure, usual)
# MAIN     print(f"{usual:.1%} of the author's own validation text stands in training text, in runs of 5 words or more.")
# MAIN

# %% [markdown] id="build_trainer-text"
# ### How the model is trained
# TRL's trainer takes the rows as text, and Unsloth's `train_on_responses_only` takes the questions out of the loss: the model reads them, but only learns to write the answers. The tokenizer saved beside the adapter then writes chats as here.

# %% id="build_trainer"
def build_trainer(model, tokenizer, chat, train_rows, validation_rows, output_dir, *, max_seq_length, batch_size,
                  gradient_accumulation, learning_rate, epochs, max_steps, save_steps, seed, bf16, callbacks=()):
    """Return TRL's trainer for rows with a "text", its loss on the answers alone (Unsloth's train_on_responses_only).

    With validation rows it watches their loss, before training and every `save_steps` steps, and ends with the best
    checkpoint's weights.
    `max_steps` 0: `epochs` whole epochs. `bf16`: on a GPU. The tokenizer is set to the format of `chat`, and so saved.
    """
    from unsloth.chat_templates import train_on_responses_only  # unsloth first: it speeds up trl
    from datasets import Dataset, disable_progress_bars
    from trl import SFTConfig, SFTTrainer
    tokenizer.chat_template, tokenizer.eos_token, tokenizer.padding_side = chat["template"], chat["end"], "right"
    if tokenizer("")["input_ids"]:  # the template writes the begin token itself; two would move every row
        tokenizer.add_bos_token = False
    disable_progress_bars()  # six of them for a second's work
    tables = [Dataset.from_list([{"text": row["text"]} for row in rows]) if rows else None
              for rows in (train_rows, validation_rows)]
    padded = not bf16 or model.config.model_type == "gpt_oss"  # a GPU trains the other models without padding
    settings = SFTConfig(
        output_dir=str(output_dir), dataset_text_field="text", max_length=max_seq_length, seed=seed,
        per_device_train_batch_size=batch_size, per_device_eval_batch_size=batch_size,
        gradient_accumulation_steps=gradient_accumulation, num_train_epochs=epochs, max_steps=max_steps or -1,
        learning_rate=learning_rate, lr_scheduler_type="cosine", warmup_steps=0.05, weight_decay=0.01,
        optim="adamw_8bit" if bf16 else "adamw_torch", bf16=bf16,
        train_sampling_strategy="group_by_length" if padded else "random",
        router_aux_loss_coef=0.0,  # else TRL adds 0.9 × the router's balance loss to the loss of GPT-OSS
        save_strategy="steps", save_steps=save_steps, save_total_limit=2, logging_steps=1, report_to="none",
        eval_strategy="steps" if validation_rows else "no", eval_steps=save_steps, eval_on_start=bool(validation_rows),
        load_best_model_at_end=bool(validation_rows), metric_for_best_model="eval_loss", greater_is_better=False,
        **{"dataset_num_proc": 1} if bf16 else {"gradient_checkpointing": False})  # a CPU has the memory, not the time
    trainer = SFTTrainer(model=model, processing_class=tokenizer, args=settings, callbacks=list(callbacks),
                         train_dataset=tables[0], eval_dataset=tables[1])
    tokenizer.padding_side = "right"  # on a GPU Unsloth's trainer turns it
    return train_on_responses_only(trainer, instruction_part=chat["instruction_part"], num_proc=1,
                                   response_part=chat["response_part"], last_response_only=True)

# %% [markdown] id="make_trainer-text"
# ### Set up the trainer
# The learning rate rises during the first twentieth of the steps and then falls along a cosine.

# %% id="make_trainer"


# MAIN if __name__ == "__main__":
# MAIN     trainer = build_trainer(
# MAIN         model, tokenizer, chat, train_rows, validation_rows, CHECKPOINTS, max_seq_length=MAX_SEQ_LENGTH,
# MAIN         batch_size=BATCH_SIZE, gradient_accumulation=GRADIENT_ACCUMULATION, learning_rate=LEARNING_RATE, epochs=EPOCHS,
# MAIN         max_steps=MAX_STEPS, save_steps=SAVE_STEPS, seed=SEED, bf16=not DEMO_RUN, callbacks=[copy_watch])
# MAIN     rows_a_step = BATCH_SIZE * GRADIENT_ACCUMULATION
# MAIN     steps = MAX_STEPS or round(-(-len(train_rows) // rows_a_step) * EPOCHS)
# MAIN     print(f"{steps} steps of {rows_a_step} rows are planned; loss on the answers alone.")
# MAIN

# %% [markdown] id="row_faults-text"
# ### What makes a row right
# Wrong masks are silent: training runs, the loss falls, and the model learns to write questions, or never to stop. So each row is compared with what it should be after the trainer has prepared it.

# %% id="row_faults"
import unicodedata

def row_fault(tokenizer, chat, row, prompt, ids, labels):
    """Return what is wrong with one row as the trainer has it (`ids`, and `labels` with -100 outside the loss), or "".

    Right is: it begins with the tokens of `prompt`, nothing is cut off, and the loss covers the answer (with what the
    model must write before it) and its end token, and no more.
    """
    asked, whole = tokenizer([prompt, row["text"]], add_special_tokens=False)["input_ids"]
    first = next((place for place, label in enumerate(labels) if label != -100), len(labels))
    start = prompt.removesuffix(chat["prefill"]) + (chat["header"] if not chat["learned"] else "")
    answer = chat["learned"] + row["messages"][-1]["content"] + chat["end"]
    # NFC: Qwen's tokenizer joins letters and their accents
    seen, read, start, answer = (unicodedata.normalize("NFC", text) for text in (
        tokenizer.decode(ids[first:]), tokenizer.decode(ids[:first]), start, answer))
    if len(ids) < len(whole):
        return f"it is cut off after {len(ids)} of its {len(whole)} tokens"
    if ids[:len(asked)] != asked:
        return f"it does not begin with the tokens of its prompt, which ends {prompt[-50:]!r}"
    if first == len(labels):
        return "none of its tokens is in the loss"
    if labels[first:] != ids[first:] or seen != answer or read != start:
        return f"the loss covers {seen[:50]!r} … {seen[-30:]!r} instead of {answer[:50]!r} … {answer[-30:]!r}"
    return ""

def batch_fault(collator, rows):
    """Return what is wrong with a batch that the trainer makes of `rows` ({"input_ids", "labels"}), or ""."""
    batch = collator([{name: list(row[name]) for name in ("input_ids", "labels")} for row in rows])
    pairs = zip(batch["input_ids"].flatten().tolist(), batch["labels"].flatten().tolist())
    learned = [(token, label) for token, label in pairs if label != -100]
    wanted = [label for row in rows for label in row["labels"] if label != -100]
    return "" if learned == [(label, label) for label in wanted] else "batches have another loss than their rows"

# %% [markdown] id="check_rows-text"
# ### Check every row before training
# The rows are read back from the trainer, after its tokenizer and masks: each must begin with exactly the tokens of the later prompt, and its loss must cover the answer with its end token and nothing else. Otherwise nothing is trained.

# %% id="check_rows"
def check_rows(dataset, collator, tokenizer, chat, rows, *, format_prompt, row_fault, batch_fault):
    """Return (tokens, tokens in the loss) of the trainer's `dataset`, made of `rows` ({"id", "messages", "text"}).

    Raises ValueError, naming the rows, unless the loss of every row is on the answer and its end token exactly.
    """
    if len(dataset) != len(rows):
        raise ValueError(f"Of {len(rows)} rows the trainer kept {len(dataset)}: it found no answer in the others.")
    faults, ids, labels = [], list(map(list, dataset["input_ids"])), list(map(list, dataset["labels"]))
    for n, row in enumerate(rows):
        prompt = format_prompt(tokenizer, chat, row["messages"][:-1])
        if fault := row_fault(tokenizer, chat, row, prompt, ids[n], labels[n]):
            faults.append(f"{row['id']}: {fault}")
    if not faults and (fault := batch_fault(collator, [dataset[n] for n in range(min(3, len(rows)))])):
        faults.append(fault)
    if tokenizer.padding_side != "right":
        faults.append("the tokenizer pads on the left, which is for generation")
    if faults:
        raise ValueError(f"{len(faults)} of {len(rows)} rows would be learned wrongly, so training does not start: "
                         f"{'; '.join(faults[:3])}{'; …' * (len(faults) > 3)}.")
    return sum(map(len, ids)), sum(label != -100 for row in labels for label in row)

# MAIN if __name__ == "__main__":
# MAIN     for rows, dataset in ((train_rows, trainer.train_dataset), (validation_rows, trainer.eval_dataset)):
# MAIN         with plain_errors():
# MAIN             tokens, learned = check_rows(
# MAIN                 dataset, trainer.data_collator, tokenizer, chat, rows, format_prompt=format_prompt,
# MAIN                 row_fault=row_fault, batch_fault=batch_fault) if rows else (0, 0)
# MAIN         print(f"{'Training' if rows is train_rows else 'Validation'}: {len(rows)} rows, {tokens:,} tokens, {learned:,} "
# MAIN               f"of them in the loss; in every row these are the answer and {chat['end']}.")
# MAIN

# %% [markdown] id="show_rows-text"
# ### What the model learns from three rows
# The first, the middle and the last row, decoded from the trainer's own tokens.

# %% id="show_rows"
import html
from IPython.display import HTML, display

def coloured_row(tokenizer, ids, labels):
    """Return a row as HTML: grey what is only read, on blue and underlined what is in the loss."""
    first = next(place for place, label in enumerate(labels) if label != -100)
    read, learned = (html.escape(tokenizer.decode(part)) for part in (ids[:first], ids[first:]))
    return (f'<pre style="white-space:pre-wrap;max-height:18em;overflow:auto"><span style="color:#767676">{read}</span>'
            f'<span style="background:#cfe8f8;color:#000;text-decoration:underline">{learned}</span></pre>')

# MAIN if __name__ == "__main__":
# MAIN     for n in sorted({0, len(train_rows) // 2, len(train_rows) - 1}):
# MAIN         row = trainer.train_dataset[n]
# MAIN         shown = coloured_row(tokenizer, row["input_ids"], row["labels"])
# MAIN         display(HTML(f"<b>{html.escape(train_rows[n]['id'])}</b>{shown}"))
# MAIN     print("Grey: only read. Blue and underlined: in the loss.")
# MAIN

# %% [markdown] id="train-text"
# ### Train
# One pass over the rows. The loss is taken on the answers alone; validation rows, which are not trained on, are watched along the way, and the checkpoint that does best on them is kept.

# %% id="train"
import shutil, time
from pathlib import Path

def last_checkpoint(folder):
    """Return the newest whole checkpoint in `folder` as a path string, or None; a half-written one is removed."""
    whole = []
    for path in Path(folder).glob("checkpoint-*"):
        if (path / "trainer_state.json").exists():  # the Trainer writes it last
            whole.append(path)
        else:
            shutil.rmtree(path)
    return str(max(whole, key=lambda path: int(path.name.split("-")[1]))) if whole else None

def loss_log(history, name):
    """Return [[step, value], ...] of one figure in the Trainer's log history, the last of each step."""
    return [[*pair] for pair in {entry["step"]: entry[name] for entry in history if name in entry}.items()]

# MAIN if __name__ == "__main__":
# MAIN     if finished:
# MAIN         from peft import set_peft_model_state_dict
# MAIN         from safetensors.torch import load_file
# MAIN         set_peft_model_state_dict(model, load_file(OUT_DIR / "adapter/adapter_model.safetensors"))
# MAIN         print(f"Nothing to do: {finished['steps']} steps were made on {finished['date']}.")
# MAIN     else:
# MAIN         FastLanguageModel.for_training(model)
# MAIN         tokenizer.padding_side = "right"
# MAIN         resumed, started = last_checkpoint(CHECKPOINTS), time.time()
# MAIN         trainer.train(resume_from_checkpoint=resumed)
# MAIN         training_seconds, history = time.time() - started, trainer.state.log_history
# MAIN         print(f"{trainer.state.global_step} steps in {training_seconds / 60:.1f} minutes"
# MAIN               + (f", going on from {Path(resumed).name}." if resumed else "."))
# MAIN

# %% [markdown] id="save_adapter-text"
# ### Save the adapter
# The adapter holds only what was learned, some tens of megabytes; `training.json` beside it records the settings, versions, losses, speed and memory. Both are in place before anything else is tried.

# %% id="save_adapter"
import datetime, os, shutil
from pathlib import Path

def replace_folder(new, old):
    """Put the finished folder `new` in the place of `old`."""
    if Path(old).exists():
        shutil.rmtree(old)
    os.replace(new, old)

# MAIN if __name__ == "__main__":
# MAIN     if not finished:
# MAIN         model.save_pretrained(OUT_DIR / "adapter.part")
# MAIN         tokenizer.save_pretrained(OUT_DIR / "adapter.part")
# MAIN         replace_folder(OUT_DIR / "adapter.part", OUT_DIR / "adapter")
# MAIN         steps = trainer.state.global_step
# MAIN         row_tokens = [len(ids) for ids in trainer.train_dataset["input_ids"]]
# MAIN         a_step = BATCH_SIZE * GRADIENT_ACCUMULATION
# MAIN         epochs, rest = divmod(steps, -(-len(row_tokens) // a_step))  # an epoch's last step may be a short one
# MAIN         tokens_seen = sum(row_tokens) * (epochs + rest * a_step / len(row_tokens))
# MAIN         made = steps - int(Path(resumed).name.split("-")[1]) if resumed else steps  # in this run
# MAIN         finished = dict(
# MAIN             key=TRAINING_KEY, date=f"{datetime.date.today()}", profile="demo" if DEMO_RUN else "gpu", model=MODEL,
# MAIN             settings=training_settings, versions=VERSIONS, rows=len(train_rows), validation_rows=len(validation_rows),
# MAIN             steps=steps, tokens=round(tokens_seen), seconds=round(training_seconds, 1), resumed_from=resumed,
# MAIN             tokens_per_second=round(tokens_seen * made / steps / training_seconds, 1),
# MAIN             peak_memory_gib=round(memory_gib(), 2),
# MAIN             loss=loss_log(history, "loss"), validation_loss=loss_log(history, "eval_loss"))
# MAIN         write_json(OUT_DIR / "training.json", finished)
# MAIN         shutil.rmtree(CHECKPOINTS, ignore_errors=True)  # large, and the adapter is safe now
# MAIN     size = sum(file.stat().st_size for file in (OUT_DIR / "adapter").glob("adapter_model*")) / 1e6
# MAIN     minutes, speed = finished["seconds"] / 60, finished["tokens_per_second"]
# MAIN     print(f"{OUT_DIR / 'adapter'}: {size:.0f} MB. {finished['tokens']:,} tokens in {minutes:.1f} minutes, {speed:,.0f} "
# MAIN           f"tokens/s, evaluations included; peak memory {finished['peak_memory_gib']:.1f} GiB.")
# MAIN

# %% [markdown] id="loss_curve-text"
# ### How the loss fell
# Loss is the mean negative log-likelihood of an answer token, in nats: lower means that the author's words surprise the model less. A validation curve that turns upwards while the training curve falls means that the rows are being memorised.

# %% id="loss_curve"
import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

def draw_losses(train, validation):
    """Return a figure of two loss curves, each [[step, nats a token], ...]; either may be empty."""
    fig, ax = plt.subplots(figsize=(8, 4))
    if train:
        ax.plot(*zip(*train), color="0.55", marker=".", label="training, each step's rows")
    if validation:
        ax.plot(*zip(*validation), color="#0173b2", marker="o", linewidth=2.5, label="validation, never trained on")
    ax.set(xlabel="step", ylabel="loss (nats a token)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if train or validation:
        ax.legend(frameon=False)
    return fig

# MAIN if __name__ == "__main__":
# MAIN     fig = draw_losses(finished["loss"], finished["validation_loss"])
# MAIN     watched = finished["validation_loss"] or finished["loss"]
# MAIN     fell = f"from {watched[0][1]:.2f} to {watched[-1][1]:.2f}"
# MAIN     fig.axes[0].set_title(f"{'Validation' if finished['validation_loss'] else 'Training'} loss went {fell}")
# MAIN     save_figure(fig, "loss_curve", f"Line chart of the loss over {finished['steps']} training steps; "
# MAIN                 f"it went {fell} nats a token.")
# MAIN

# %% [markdown] id="samples-text"
# ### Ask both models
# The same questions to the base model (the adapter switched off) and to the fine-tuned one, with the same system prompt and sampling. Three answers prove nothing; the Comparison notebook measures.

# %% id="samples"
import html
from IPython.display import HTML, display

def answers_table(questions, columns):
    """Return an HTML table: a row a question, a column for each {heading: [answer text, ...]}."""
    style = "text-align:left;vertical-align:top;white-space:pre-wrap"
    cell = lambda tag, text: f'<{tag} style="{style}">{html.escape(text)}</{tag}>'
    head = "".join(cell("th", text) for text in ["Question", *columns])
    rows = ("".join(cell("td", text) for text in row) for row in zip(questions, *columns.values()))
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"

# MAIN if __name__ == "__main__":
# MAIN     sample_questions = [f"What do you think about {theme}?" for theme in THEMES[:3]]
# MAIN     tuned_answers = answer(sample_questions)
# MAIN     with model.disable_adapter():
# MAIN         base_answers = answer(sample_questions)
# MAIN     display(HTML(answers_table(sample_questions, {
# MAIN         "Base": [one["answer"] for one in base_answers], "Fine-tuned": [one["answer"] for one in tuned_answers]})))
# MAIN     print(f"Adapter: {OUT_DIR / 'adapter'}. Next: {MODEL_KEY}_{AUTHOR_KEY}_Comparison.ipynb")
# MAIN
