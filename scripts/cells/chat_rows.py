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
