# %% id="chat-imports"
"""The model and its chat: one and the same format in training and in use, down to the token."""

from chapters.cards import FASTER_ANSWERS, fast_bf16, group_experts, too_large
from chapters.preparation import Mistake
from chapters.safety import apply_template, check_model

# %% [markdown] id="chat-model-text"
# #### The model
# Unsloth loads the base model in 4-bit (NF4), so that 14 or 20 billion weights fit on a 24 GB card;
# the demo's small model is in 32-bit floats, or in 16-bit ones (bf16) where the processor has
# instructions for them. With it goes what is known of its chats: `framed_chat` shows one, the
# control tokens framed.

# %% id="chat-model"
import html
import os
import re
import unicodedata
from typing import Any, NamedTuple, TypedDict

from jinja2 import TemplateError


class ChatFormat(TypedDict):
    """How a model writes a chat, as plain values."""

    template: str
    merge_system: bool  # the system prompt goes before the question
    instruction_part: str  # what opens a question
    header: str  # what stands between the generation prompt and an answer
    end: str  # the token that ends an answer
    response_part: str  # what opens an answer and stays out of the loss
    learned: str  # the part of the header that is in the loss
    prefill: str  # the part of the header that goes into prompts
    thinking: bool
    stops: list[str]  # tokens that end an answer in use
    reserved: list[str]  # control tokens, which no message may hold


class ChatModel(NamedTuple):
    """A loaded model with its tokenizer and its chat format."""

    model: Any
    tokenizer: Any
    chat: ChatFormat


def load_chat_model(
    model: str, max_seq_length: int, demo: bool, thinking: bool, reasoning_effort: str
) -> ChatModel:
    """Load `model` with Unsloth, in 4-bit or, for a demo, in what the processor computes fastest,
    and read its chat format. Raises Mistake if that cannot be done, and for a model that reads
    pictures too; its code is never run."""
    os.environ.update(FASTER_ANSWERS)  # before Unsloth is imported
    import torch
    from safetensors import SafetensorError
    from unsloth import FastLanguageModel

    dtype = (torch.bfloat16 if fast_bf16() else torch.float32) if demo else None
    safe: Any = {"trust_remote_code": False, "use_safetensors": True}
    try:
        check_model(model)
        loaded, tokenizer = FastLanguageModel.from_pretrained(
            model, max_seq_length=max_seq_length, load_in_4bit=not demo, dtype=dtype, **safe
        )
    except torch.OutOfMemoryError:
        raise Mistake(too_large(model)) from None
    except Mistake:
        raise
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        if "does not fit in GPU memory" in str(error):  # Unsloth's words
            raise Mistake(too_large(model)) from None
        why = f"check the name in MODEL and the network, or give a folder ({error})"
        if "trust_remote_code" in str(error):
            why = "it needs code of its own, which is never run here; choose another model"
        raise Mistake(f"{model} cannot be loaded: {why}.") from None
    if loaded.config.model_type == "gpt_oss" and loaded.device.type == "cuda":
        group_experts(loaded)
    if hasattr(loaded.config, "vision_config"):  # the adapter would train its eyes as well
        raise Mistake(
            f"{model} reads pictures too, which is not supported: set MODEL to one that reads text "
            "alone (of Gemma 3: 270m and 1b)."
        )
    return ChatModel(loaded, tokenizer, read_format(tokenizer, thinking, reasoning_effort))


def framed_chat(text: str, chat: ChatFormat) -> str:
    """Return `text` as HTML with the control tokens framed, so that they show as one piece."""
    shown = html.escape(text)
    style = "border:1px solid #888;border-radius:3px"
    for token in sorted(map(html.escape, chat["reserved"]), key=len, reverse=True):
        shown = shown.replace(token, f'<b style="{style}">{token}</b>')
    return f'<pre style="white-space:pre-wrap">{shown}</pre>'


# %% [markdown] id="chat-format-text"
# #### How this model writes a chat
# A chat model only answers well if training and use write the conversation in exactly the same way,
# down to the last token. The control tokens around a question and an answer are read off the
# model's own template here, not assumed; a template that would leave the start or the end of an
# answer to chance is refused.

# %% id="chat-format"
KNOWN_FORMATS = "ChatML (Qwen3, SmolLM2), Llama 3, Gemma or GPT-OSS"
# Put before a template, so that the date in it (GPT-OSS, Llama) and both settings never differ.
FIXED = (
    "{%%- macro strftime_now(format) -%%}2025-06-01{%%- endmacro -%%}"
    "{%%- set enable_thinking = %s -%%}{%%- set reasoning_effort = '%s' -%%}{#- fixed -#}"
)
FINAL_CHANNEL = "<|channel|>final<|message|>"  # what GPT-OSS writes before an answer


def own_template(tokenizer: Any, harmony: bool) -> str:
    """Return the model's chat template; GPT-OSS's (`harmony`) comes with Unsloth.

    Raises Mistake if it has none."""
    if harmony:  # the one beside the weights is wrong
        from unsloth.chat_templates import CHAT_TEMPLATES

        return CHAT_TEMPLATES["gpt-oss"][0]
    try:
        return tokenizer.get_chat_template()
    except ValueError as error:
        raise Mistake(str(error)) from None


def takes_system(tokenizer: Any, template: str) -> bool:
    """Tell whether the template writes a system message; Gemma's refuses it."""
    messages = [{"role": role, "content": role.upper()} for role in ("system", "user")]
    try:
        return "SYSTEM" in apply_template(tokenizer, template, messages, ask=False)
    except TemplateError:
        return False


def read_turns(tokenizer: Any, template: str) -> dict[str, str]:
    """Return what the template writes around a small question and its answer."""
    messages = [{"role": role, "content": role.upper()} for role in ("user", "assistant", "user")]
    asked = apply_template(tokenizer, template, messages[:1], ask=False)
    prompt = apply_template(tokenizer, template, messages[:1], ask=True)
    row = apply_template(tokenizer, template, messages[:2], ask=False)
    again = apply_template(tokenizer, template, messages, ask=False)
    user_end = asked.rpartition("USER")[2]
    header, _, tail = row.removeprefix(prompt).partition("ASSISTANT")
    between = again.rpartition("ASSISTANT")[2].rpartition("USER")[0]
    turns = {"opener": prompt.removeprefix(asked), "header": header, "tail": tail, "row": row}
    return {**turns, "user_opener": between.removeprefix(user_end), "user_end": user_end}


def read_format(
    tokenizer: Any,
    thinking: bool = False,
    reasoning_effort: str = "low",
    template: str | None = None,
) -> ChatFormat:
    """Return how a chat is written, read off a small conversation that the template (or
    `template`) formats. Raises Mistake for one that cannot be used."""
    tokens = tokenizer.added_tokens_decoder.values()
    control = {token.content: token.special for token in tokens if token.content.strip()}
    harmony = "<|channel|>" in control
    template = (template or own_template(tokenizer, harmony)).rpartition("{#- fixed -#}")[2]
    template = FIXED % (thinking, reasoning_effort) + template  # once, not twice
    try:
        turns = read_turns(tokenizer, template)
    except TemplateError as error:
        raise Mistake(f"The model's chat template cannot be used: {error}") from None
    opener, header, tail = turns["opener"], turns["header"], turns["tail"]
    end = next((token for token in control if tail.startswith(token)), "")
    thought = bool(re.fullmatch(r"<think>\s*</think>\s*", header))
    known = thought or header == (FINAL_CHANNEL if harmony else "")
    if not (end and opener and turns["user_opener"] and known):
        raise Mistake(
            f"This chat template writes {opener + header!r} before an answer and {tail!r} after it:"
            f" set tokenizer.chat_template to one of the kind of {KNOWN_FORMATS}."
        )
    prefill = header if harmony and not thinking else ""  # as Qwen3's prompts end in a thought
    return ChatFormat(
        template=template,
        merge_system=not takes_system(tokenizer, template),
        instruction_part=turns["user_opener"],
        header=header,
        end=end,
        response_part=opener + header if thought else opener,
        learned=header if harmony else "",
        prefill=prefill,
        thinking=thinking,
        stops=[end, turns["user_end"].strip()] if prefill else [end],
        reserved=[token for token in control if control[token] or token in turns["row"]],
    )


# %% [markdown] id="chat-turns-text"
# #### Prompts, training texts and answers
# A training text is the prompt of later use, the answer and the token that ends it. Text that would
# shift the border between the question and the answer, even by one token, is refused with the
# reason. GPT-OSS writes into named channels and Qwen3 may think aloud first: only the final
# channel, or what follows the thought, is the answer; the rest is kept, but never scored or trained
# on.


# %% id="chat-turns"
CHANNEL = r"<\|channel\|>(\w+).*?<\|message\|>(.*?)(?=<\|(?:start|end|return|call|channel)\|>|\Z)"


def show_turns(
    tokenizer: Any, chat: ChatFormat, messages: list[dict[str, str]], ask: bool = False
) -> str:
    """Return `messages` ([{"role", "content"}, …]) as the template writes them; see apply_template.

    Raises Mistake for a message that holds a control token: it would open or close a turn."""
    for message in messages:
        text = message["content"]
        token = next((token for token in chat["reserved"] if token in text), None)
        if token is not None:
            raise Mistake(
                f"The {message['role']} message holds {token!r}, a control token of the model: "
                f"{text[:60]!r}…"
            )
    if chat["merge_system"] and messages[0]["role"] == "system":
        rules, question, *rest = messages
        merged = rules["content"] + "\n\n" + question["content"]
        messages = [{"role": "user", "content": merged}, *rest]
    try:
        return apply_template(tokenizer, chat["template"], messages, ask)
    except TemplateError as error:
        start = messages[0]["content"][:60]
        raise Mistake(f"The chat template refuses {start!r}…: {error}") from None


def format_prompt(tokenizer: Any, chat: ChatFormat, messages: list[dict[str, str]]) -> str:
    """Return the text that asks for the answer to `messages`, up to its first letter."""
    return show_turns(tokenizer, chat, messages, ask=True) + chat["prefill"]


def format_row(tokenizer: Any, chat: ChatFormat, messages: list[dict[str, str]]) -> str:
    """Return a training text: the prompt, the answer (the last message), the token that ends it.

    Raises Mistake where the loss could not cover the answer and its end token exactly."""
    answer = messages[-1]["content"]
    asked = show_turns(tokenizer, chat, messages[:-1], ask=True)
    if messages[-1]["role"] != "assistant" or not answer.strip():
        question = messages[-2]["content"][:60]
        raise Mistake(f"There is no answer to {question!r}…: leave this row out.")
    start = f"{answer[:60]!r}…"
    text = asked + chat["header"] + answer + chat["end"]
    if not show_turns(tokenizer, chat, messages).startswith(text):
        raise Mistake(
            f"The chat template changes this answer: strip the white space around {start}"
        )
    texts = [text, asked, asked + chat["header"]]
    ids, *heads = tokenizer(texts, add_special_tokens=False)["input_ids"]
    if any(ids[: len(head)] != head for head in heads):
        raise Mistake(f"The first letters of this answer melt into the token before it: {start}")
    if unicodedata.normalize("NFC", tokenizer.decode(ids)) != unicodedata.normalize("NFC", text):
        raise Mistake(f"The tokenizer cannot write all letters of this conversation: {start}")
    return text


def parse_answer(raw: str, chat: ChatFormat) -> dict[str, str]:
    """Return {"answer", "thinking"} of what the model wrote, control tokens kept.

    GPT-OSS: the final channel and the other ones. Qwen3: what follows and what stands in the think
    block. An answer that was never begun is ""."""
    if chat["learned"]:
        said = re.findall(CHANNEL, chat["prefill"] + raw, re.DOTALL)
        answers = [text for name, text in said if name == "final"]
        thoughts = [text for name, text in said if name != "final"]
        return {"answer": "\n\n".join(answers).strip(), "thinking": "\n\n".join(thoughts).strip()}
    ends = "|".join(re.escape(token) for token in chat["reserved"] if "think>" not in token)
    text = re.split(ends, raw, maxsplit=1)[0]
    if "<think>" not in chat["reserved"]:
        return {"answer": text.strip(), "thinking": ""}
    thought, closed, answer = text.rpartition("</think>")
    if not closed:
        open_thought = chat["thinking"] or text.lstrip().startswith("<think>")
        thought, answer = (text, "") if open_thought else ("", text)
    return {"answer": answer.strip(), "thinking": thought.replace("<think>", "").strip()}


def close_thought(chat: ChatFormat) -> str:
    """Return what ends a thought and opens the answer, "" for a model that does not think first."""
    if not chat["thinking"]:
        return ""
    if chat["learned"]:  # GPT-OSS: from the analysis channel to the final one
        return "<|end|>" + chat["response_part"] + chat["learned"]
    return "\n</think>\n\n" if "</think>" in chat["header"] else ""
