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
