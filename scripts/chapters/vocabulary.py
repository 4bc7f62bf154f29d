# %% id="vocabulary-imports"
"""A model's tokens, as llama.cpp reads them."""

from chapters.card import portable_template
from chapters.chat import ChatFormat
from chapters.preparation import Mistake

# %% [markdown] id="vocabulary-tokens-text"
# #### The vocabulary in GGUF
# The tokens, how text is cut into them, which of them are control tokens, and the chat template:
# ours, so that whatever program reads the file asks the model as it was trained.

# %% id="vocabulary-tokens"
import json
from typing import Any

PRE_TOKENIZERS = {"qwen3": "qwen2", "gpt_oss": "gpt-4o"}  # how llama.cpp cuts text before BPE


def pre_tokenizer(config: Any, rules: dict[str, Any]) -> str:
    """Return llama.cpp's name for how a tokenizer (tokenizer.json as a dict) cuts text into words.

    Raises Mistake for one that is not known here."""
    if config.model_type in PRE_TOKENIZERS:
        return PRE_TOKENIZERS[config.model_type]
    cuts = json.dumps(rules["pre_tokenizer"])
    if "individual_digits" in cuts:
        return "smollm"
    if "{1,3}" in cuts:
        return "llama-bpe"
    if '"use_regex": true' in cuts and "Split" not in cuts:
        return "gpt-2"  # what a tokenizer has that was read from a GGUF file, as the demo's
    raise Mistake("This model's tokenizer is not known to be llama.cpp's: export the adapter only.")


def add_vocabulary(writer: Any, tokenizer: Any, config: Any, chat: ChatFormat) -> None:
    """Add the tokens, their merges and kinds, the control tokens and our chat template."""
    from gguf import TokenType

    rules = json.loads(tokenizer.backend_tokenizer.to_str())
    words = {number: word for word, number in tokenizer.get_vocab().items()}
    added = tokenizer.added_tokens_decoder
    tokens, kinds = [], []
    for number in range(config.vocab_size):
        kind = TokenType.NORMAL if number in words else TokenType.UNUSED
        if number in added:
            control = added[number].special or words[number] in chat["reserved"]
            kind = TokenType.CONTROL if control else TokenType.USER_DEFINED
        tokens.append(words.get(number, f"[PAD{number}]"))
        kinds.append(kind)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_tokenizer(config, rules))
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    merges = rules["model"]["merges"]
    writer.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in merges])
    for name in ("bos", "eos", "pad"):
        if (number := getattr(tokenizer, f"{name}_token_id")) is not None:
            getattr(writer, f"add_{name}_token_id")(number)
    writer.add_add_bos_token(False)  # where there is one, the chat template writes it
    writer.add_chat_template(portable_template(chat))
