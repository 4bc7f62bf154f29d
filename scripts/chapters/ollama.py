# %% id="ollama-imports"
"""A Modelfile for Ollama that asks the model as it was trained."""

from chapters.chat import ChatFormat, ChatModel, show_turns

# %% [markdown] id="ollama-file-text"
# #### A Modelfile for Ollama
# Ollama takes a model's persona, sampling and stops from a Modelfile, and writes its prompts with a
# template in the Go language. This one is read off our own chat format, with words in the place of
# what people will say, so that Ollama asks as these notebooks do. GPT-OSS alone is not led into its
# final channel, since Ollama reads the channels itself.

# %% id="ollama-file"
import json
import re
from typing import Any

# What Ollama calls the base models that these notebooks know.
OLLAMA_BASES = {"qwen3-14b": "qwen3:14b", "gpt-oss-20b": "gpt-oss:20b"}


def ollama_template(tokenizer: Any, chat: ChatFormat) -> str:
    """Return the chat format as a template for Ollama, for talks that take turns."""
    said = ["SYSTEM", "FIRST", "ANSWER", "SECOND"]
    roles = ["system", "user", "assistant", "user"]
    talk = [{"role": role, "content": text} for role, text in zip(roles, said, strict=True)]
    text = show_turns(tokenizer, chat, talk, ask=True)
    before, asked, answers, again, opens = re.split("|".join(said), text)
    bare, _, _ = show_turns(tokenizer, chat, talk[1:2], ask=True).partition("FIRST")
    system = (
        f"{{{{ if .System }}}}{before}{{{{ .System }}}}{asked}{{{{ else }}}}{bare}{{{{ end }}}}"
    )
    last = "eq (len (slice $.Messages $i)) 1"
    user = f"{{{{ .Content }}}}{{{{ if {last} }}}}{opens}{{{{ else }}}}{answers}{{{{ end }}}}"
    answer = f'{{{{ else if eq .Role "assistant" }}}}{{{{ .Content }}}}{again}{{{{ end }}}}'
    turns = f'{{{{ range $i, $_ := .Messages }}}}{{{{ if eq .Role "user" }}}}{user}{answer}'
    return f"{system}{turns}{{{{ end }}}}"


def modelfile(
    tuned: ChatModel, fixed: dict[str, Any], start: str, adapter: str | None = None
) -> str:
    """Return a Modelfile: our template, persona, sampling and stops.

    `start`: the model's file or its name at Ollama; `adapter`: a LoRA to add to it."""
    chat, sampling = tuned.chat, fixed["sampling"]
    stops = chat["stops"][:1] if chat["prefill"] else chat["stops"]
    lines = [f"FROM {start}", *([f"ADAPTER {adapter}"] if adapter else [])]
    lines.append(f'TEMPLATE """{ollama_template(tuned.tokenizer, chat)}"""')
    lines.append(f'SYSTEM """{fixed["system_prompt"]}"""')
    names = {"temperature": "temperature", "top_p": "top_p", "top_k": "top_k"}
    names |= {"max_new_tokens": "num_predict"}
    lines += [f"PARAMETER {own} {sampling[name]:g}" for name, own in names.items()]
    lines += [f"PARAMETER num_ctx {fixed['max_seq_length']}"]
    lines += [f"PARAMETER stop {json.dumps(stop)}" for stop in stops]
    return "\n".join(lines) + "\n"
