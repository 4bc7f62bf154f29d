# %% id="card-imports"
"""What travels with an adapter: whom it speaks as, how it is asked, and what it was made of."""

from chapters.adapter import base_path
from chapters.chat import ChatFormat
from chapters.reading import read_json
from chapters.storage import write_json, write_whole

# %% [markdown] id="card-text-text"
# #### The model card
# `README.md` says in words what the adapter is, what it was trained on and how to ask it.

# %% id="card-text"
import json
from pathlib import Path
from typing import Any

CARD = """---
base_model: {base}
library_name: peft
pipeline_tag: text-generation
license: {licence}
tags: [lora, sft, unsloth]
---

# {author}: {name} with a LoRA adapter

An adapter that makes {name} answer in the voice of {author}.

| | |
|---|---|
| Base model | `{base}` |
| Trained on | {rows:,} rows: passages of the author's books, each with an instruction, \
and some everyday answers of the base model |
| Training | {steps:,} steps, {tokens:,} tokens, {date}; rank {rank}, alpha {alpha}, \
learning rate {rate:g} |
| Validation loss | {loss} |
| Made with | unsloth {unsloth}, transformers {transformers}, peft {peft} |
| Licence | of the base model: {licence}; the books' rights are their owners', and what you may \
do with the adapter depends on both |

## The verdict

{verdict}

## How to ask it

It was trained under this system prompt, and speaks as {author} only with it:

> {persona}

Sampling: {sampling}. The chat template beside this file writes the prompts of its training.

```python
from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

model = AutoPeftModelForCausalLM.from_pretrained("adapter")  # its folder
tokenizer = AutoTokenizer.from_pretrained("adapter")
chat = [
    {{"role": "system", "content": {persona_literal}}},
    {{"role": "user", "content": {question_literal}}},
]
prompt = tokenizer.apply_chat_template(
    chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
)
answer = model.generate(**prompt, max_new_tokens=200)
print(tokenizer.decode(answer[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True))
```

## What it is not

It imitates a style. It does not know what the author thought, makes facts up, and may repeat
sentences of the books. Say that a machine wrote it wherever you show its text.
"""


def card_text(record: dict[str, Any], base: str, verdict: list[str]) -> str:
    """Return a model card for a training's record; `verdict` holds sentences, or none yet."""
    fixed, needs, losses = record["fixed"], record["needs"], record["validation_loss"]
    sampling = {name: fixed["sampling"][name] for name in ("temperature", "top_p", "top_k")}
    measured = "not watched"
    if losses:
        measured = f"{losses[0][1]:.2f} before, {losses[-1][1]:.2f} after, in nats a token"
    names = ("rows", "steps", "tokens", "date")
    return CARD.format(
        **{name: record[name] for name in names},
        **{name: needs[name] for name in ("unsloth", "transformers", "peft")},
        rank=needs["LORA_R"],
        alpha=needs["LORA_ALPHA"],
        author=fixed["author"],
        name=Path(base).name,
        base=base,
        rate=needs["LEARNING_RATE"],
        licence=licence_of(base),
        loss=measured,
        verdict="\n".join(verdict or ["Not measured yet: run the Comparison notebook."]),
        persona=fixed["system_prompt"],
        sampling=", ".join(f"{name} {value:g}" for name, value in sampling.items()),
        persona_literal=json.dumps(fixed["system_prompt"], ensure_ascii=False),
        question_literal=json.dumps(f"What do you think about {fixed['themes'][0]}?"),
    )


# %% [markdown] id="card-write-text"
# #### The chat format, to take along
# A model that is asked in another format than it was trained in answers worse, and nobody sees why.
# So our chat template goes along with an adapter in one piece: whatever applies it, writes the very
# prompts of these notebooks.
# `chat.json` has it with the persona and the sampling, for programs.

# %% id="card-write"
LICENCES = {"qwen3": "apache-2.0", "gpt-oss": "apache-2.0", "smollm2": "apache-2.0"}
# For templates that know no system prompt: it goes before the first question.
MERGE_SYSTEM = (
    "{%- if messages[0]['role'] == 'system' -%}{%- set first = {'role': 'user', 'content': "
    "messages[0]['content'] + '\\n\\n' + messages[1]['content']} -%}"
    "{%- set messages = [first] + messages[2:] -%}{%- endif -%}"
)


def portable_template(chat: ChatFormat) -> str:
    """Return one Jinja template that does what `format_prompt` does with the chat format."""
    template = (MERGE_SYSTEM if chat["merge_system"] else "") + chat["template"]
    if not chat["prefill"]:
        return template
    return template + "{%- if add_generation_prompt -%}" + chat["prefill"] + "{%- endif -%}"


def licence_of(model: str) -> str:
    """Return the licence of a base model that these notebooks know, else "other"."""
    return next((one for key, one in LICENCES.items() if key in model.lower()), "other")


def write_card(folder: Path, record: dict[str, Any], chat: ChatFormat) -> None:
    """Write a model card and the chat format beside an adapter, whose own files stay as they are.

    `record`: the training's, with "fixed". The same arguments leave the same bytes."""
    model = record["model"]
    write_whole(folder / "README.md", card_text(record, base_path(model), []))
    write_json(folder / "chat.json", {**record["fixed"], "model": model, "chat": chat})
    write_whole(folder / "chat_template.jinja", portable_template(chat))


# %% [markdown] id="card-export-text"
# #### The card of an export
# With the verdict of the Comparison, where it has run, and how to start each file.

# %% id="card-export"
STARTS = {  # file of an export: how to start it
    "Modelfile.lora": "Ollama, base model and adapter: `ollama create {name} -f Modelfile.lora`",
    "Modelfile.q8_0": "Ollama, merged, 8 bits: `ollama create {name}-q8 -f Modelfile.q8_0`",
    "Modelfile.q4_k_m": "Ollama, merged, 4 bits: `ollama create {name}-q4 -f Modelfile.q4_k_m`",
    "adapter.gguf": "llama.cpp: `llama-cli -m BASE.gguf --lora adapter.gguf`",
    "q8_0.gguf": "llama.cpp: `llama-cli -m q8_0.gguf`; LM Studio opens it too",
    "q4_k_m.gguf": "llama.cpp: `llama-cli -m q4_k_m.gguf`; LM Studio opens it too",
    "merged": 'transformers: `AutoModelForCausalLM.from_pretrained("merged")`; vLLM serves it too',
}


def read_verdict(out_dir: Path) -> list[str]:
    """Return the Comparison's verdict as lines of Markdown, none where it has not run. Raises
    Mistake for a file that is damaged."""
    path = out_dir / "comparison.json"
    if not path.exists():
        return []
    shape = {"verdict": [{"question": str, "answer": str}]}
    found = read_json(path, shape, "run the Comparison notebook again, or delete this file.")
    return [f"- **{one['question']}** {one['answer']}." for one in found["verdict"]]


def write_export_card(folder: Path, out_dir: Path, record: dict[str, Any]) -> None:
    """Write `README.md` beside exported files: the model card, the verdict, how to start them."""
    name = "".join(letter for letter in record["fixed"]["author"].lower() if letter.isalnum())
    there = [file for file in STARTS if (folder / file).exists()]
    lines = [f"- `{file}`: {STARTS[file].format(name=name)}" for file in there]
    lines += ["", f"Then `ollama run {name}`, or the name you gave it."] * any(
        file.startswith("Modelfile") for file in there
    )
    card = card_text(record, base_path(record["model"]), read_verdict(out_dir))
    text = f"{card}\n## The files here\n\n" + "\n".join(lines) + "\n"
    write_whole(folder / "README.md", text)
