# %% id="chat-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="load_model-text"
# ### Load the model
# Unsloth loads the base model in 4-bit (NF4), so that 14 or 20 billion weights fit on a 24 GB card; the demo's small model stays in 32-bit floats, which a CPU computes faster.

# %% id="load_model"
import time

def memory_gib():
    """Return the peak memory so far in GiB: reserved on the GPU, or this process's resident set on a CPU."""
    import resource, torch
    if torch.cuda.is_available():
        return torch.cuda.max_memory_reserved() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # Linux gives KiB

# MAIN if __name__ == "__main__":
# MAIN     started = time.time()
# MAIN     from unsloth import FastLanguageModel  # before transformers, trl and peft, which it speeds up
# MAIN     import torch
# MAIN     with plain_errors():
# MAIN         model, tokenizer = FastLanguageModel.from_pretrained(
# MAIN             MODEL, max_seq_length=MAX_SEQ_LENGTH, load_in_4bit=not DEMO_RUN, dtype=torch.float32 if DEMO_RUN else None)
# MAIN     print(f"{type(model).__name__} with {model.num_parameters() / 1e6:,.0f} million parameters in "
# MAIN           f"{time.time() - started:.0f} s; peak memory {memory_gib():.1f} GiB.")
# MAIN

# %% [markdown] id="chat_format-text"
# ### How this model writes a chat
# A chat model only answers well if training and use write the conversation in exactly the same way, down to the last token. The control tokens around a question and an answer are read off the model's own template here, not assumed; a template that would leave the start or the end of an answer to chance is refused.

# %% id="chat_format"
import re
from jinja2 import TemplateError

# Put before a template, so that the date in it (GPT-OSS, Llama) and both settings never differ between two uses.
FIXED = ("{%%- macro strftime_now(format) -%%}2025-06-01{%%- endmacro -%%}{%%- set enable_thinking = %s -%%}"
         "{%%- set reasoning_effort = '%s' -%%}{#- fixed -#}")
FINAL_CHANNEL = "<|channel|>final<|message|>"  # what GPT-OSS writes before an answer

def chat_format(tokenizer, thinking=False, reasoning_effort="low", template=None):
    """Return how a chat is written, as plain values read off a small conversation that the template formats.

    `header` stands between the generation prompt and an answer: `prefill` goes into prompts, `learned` into the loss.
    Raises ValueError for a template that cannot be used, with the reason (`template`: one to use instead)."""
    control = {t.content: t.special for t in tokenizer.added_tokens_decoder.values() if t.content.strip()}
    if (harmony := "<|channel|>" in control) and not template:  # the one beside the weights is wrong
        from unsloth.chat_templates import CHAT_TEMPLATES
        template = CHAT_TEMPLATES["gpt-oss"][0]
    template = (template or tokenizer.get_chat_template()).rpartition("{#- fixed -#}")[2]  # not twice
    template = FIXED % (thinking, reasoning_effort) + template
    def show(roles, ask=False):
        return tokenizer.apply_chat_template([{"role": role, "content": role.upper()} for role in roles.split()],
                                             chat_template=template, tokenize=False, add_generation_prompt=ask)
    try:
        merge_system = "SYSTEM" not in show("system user")
    except TemplateError:  # Gemma's takes no system message: it goes before the question
        merge_system = True
    asked, prompt, row = show("user"), show("user", ask=True), show("user assistant")
    opener, user_end = prompt.removeprefix(asked), asked.rpartition("USER")[2]
    header, _, tail = row.removeprefix(prompt).partition("ASSISTANT")
    user_opener = show("user assistant user").rpartition("ASSISTANT")[2].rpartition("USER")[0].removeprefix(user_end)
    end = next((token for token in control if tail.startswith(token)), None)
    thought = bool(re.fullmatch(r"<think>\s*</think>\s*", header))
    if not (end and opener and user_opener and (thought or header == FINAL_CHANNEL * harmony)):
        raise ValueError(f"This chat template writes {opener + header!r} before an answer and {tail!r} after it: set "
                         "tokenizer.chat_template to one of the kind of ChatML, Llama 3, Gemma or GPT-OSS.")
    prefill = header * (harmony and not thinking)  # as Qwen3's prompts end in an empty thought
    return dict(template=template, merge_system=merge_system, instruction_part=user_opener, header=header, end=end,
                response_part=opener + header * thought, learned=header * harmony, prefill=prefill, thinking=thinking,
                stops=[end, user_end.strip()] if prefill else [end],
                reserved=[token for token, special in control.items() if special or token in row])

# %% [markdown] id="chat_rows-text"
# ### Write prompts and training texts
# A training text is the prompt of later use, the answer and the token that ends it. Text that would shift the border between the question and the answer, even by one token, is refused here with the reason.

# %% id="chat_rows"
import unicodedata
from jinja2 import TemplateError

def show_turns(tokenizer, chat, messages, ask=False):
    """Return `messages` ([{"role", "content"}, ...]) as the chat template writes them; `ask` opens the next answer.

    Raises ValueError for a message that holds a control token of the model: it would open or close a turn."""
    for role, text in ((message["role"], message["content"]) for message in messages):
        for token in chat["reserved"]:
            if token in text:
                raise ValueError(f"The {role} message holds {token!r}, a control token of the model: {text[:60]!r}…")
    if chat["merge_system"] and messages[0]["role"] == "system":
        rules, question, *rest = messages
        messages = [{"role": "user", "content": rules["content"] + "\n\n" + question["content"]}, *rest]
    try:
        return tokenizer.apply_chat_template(messages, chat_template=chat["template"], tokenize=False,
                                             add_generation_prompt=ask)
    except TemplateError as error:
        raise ValueError(f"The chat template refuses {messages[0]['content'][:60]!r}…: {error}") from None

def format_prompt(tokenizer, chat, messages):
    """Return the text that asks for the answer to `messages`, up to its first letter."""
    return show_turns(tokenizer, chat, messages, ask=True) + chat["prefill"]

def format_row(tokenizer, chat, messages):
    """Return a training text: the prompt, the answer (the last of `messages`) and the token that ends it.

    Raises ValueError, with the reason, where the loss could not cover the answer and its end token exactly."""
    answer, asked = messages[-1]["content"], show_turns(tokenizer, chat, messages[:-1], ask=True)
    if messages[-1]["role"] != "assistant" or not answer.strip():
        raise ValueError(f"There is no answer to {messages[-2]['content'][:60]!r}…: leave this row out.")
    text = asked + chat["header"] + answer + chat["end"]
    if not show_turns(tokenizer, chat, messages).startswith(text):
        raise ValueError(f"The chat template changes this answer: strip the white space around {answer[:60]!r}…")
    ids, *heads = tokenizer([text, asked, asked + chat["header"]], add_special_tokens=False)["input_ids"]
    if any(ids[:len(head)] != head for head in heads):
        raise ValueError(f"The first letters of this answer melt into the token before it: {answer[:60]!r}…")
    if unicodedata.normalize("NFC", tokenizer.decode(ids)) != unicodedata.normalize("NFC", text):
        raise ValueError(f"The tokenizer cannot write all letters of this conversation: {answer[:60]!r}…")
    return text

# %% [markdown] id="show_chat-text"
# ### The format of this model
# One conversation as this model will see it in training, its control tokens framed.

# %% id="show_chat"
import html
from IPython.display import HTML, display

def mark_control(text, tokens):
    """Return `text` as HTML with the control tokens in `tokens` framed, so that they show as one piece."""
    shown = html.escape(text)
    for token in sorted(map(html.escape, tokens), key=len, reverse=True):
        shown = shown.replace(token, f'<b style="border:1px solid #888;border-radius:3px">{token}</b>')
    return f'<pre style="white-space:pre-wrap">{shown}</pre>'

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         chat = chat_format(tokenizer, THINKING, REASONING_EFFORT)
# MAIN         example = format_row(tokenizer, chat, [
# MAIN             {"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": f"What is {THEMES[0]}?"},
# MAIN             {"role": "assistant", "content": "…the author's own words…"}])
# MAIN     display(HTML(mark_control(example, chat["reserved"])))
# MAIN     print(f"A question opens with {chat['instruction_part']!r}, an answer with "
# MAIN           f"{chat['response_part'] + chat['learned']!r}; {chat['end']} ends it.")
# MAIN

# %% [markdown] id="parse_answer-text"
# ### Part an answer from the thoughts before it
# GPT-OSS writes into named channels and Qwen3 may think aloud first. Only the final channel, or what follows the thought, is the answer; the rest is kept, but never scored or trained on.

# %% id="parse_answer"
import re

def parse_answer(raw, chat):
    """Return {"answer", "thinking"}: what the model wrote (`raw`, control tokens kept), parted into its channels.

    GPT-OSS: the final channel and the other ones. Qwen3: what follows and what stands in the think block.
    An answer that was never begun is "".
    """
    if chat["learned"]:
        parts = re.findall(r"<\|channel\|>(\w+).*?<\|message\|>(.*?)(?=<\|(?:start|end|return|call|channel)\|>|\Z)",
                           chat["prefill"] + raw, re.DOTALL)
        return {"answer": "\n\n".join(text for channel, text in parts if channel == "final").strip(),
                "thinking": "\n\n".join(text for channel, text in parts if channel != "final").strip()}
    ends = "|".join(re.escape(token) for token in chat["reserved"] if "think>" not in token)
    text = re.split(ends, raw, maxsplit=1)[0]
    if "<think>" not in chat["reserved"]:
        return {"answer": text.strip(), "thinking": ""}
    before, closed, after = text.rpartition("</think>")
    thinking = before if closed else text if chat["thinking"] or text.lstrip().startswith("<think>") else ""
    answer = after if closed or not thinking else ""
    return {"answer": answer.strip(), "thinking": thinking.replace("<think>", "").strip()}
