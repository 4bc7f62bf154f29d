# %% id="conversation-imports"
"""A talk with both models: answers that appear as they are written, and what is copied in them."""

from chapters.chat import ChatFormat, ChatModel, close_thought, format_prompt, parse_answer
from chapters.copying import SHORTEST_RUN, join_passages, mark_words
from chapters.generation import Decoding, generate
from chapters.preparation import Mistake
from chapters.words import words_of

# %% [markdown] id="conversation-reply-text"
# #### Answers that appear as they are written
# An answer is made just as everywhere in these notebooks; only somebody listens while it is
# written, token by token. So what stands here is what the Comparison would have got to the same
# question.

# %% id="conversation-reply"
import contextlib
from collections.abc import Callable
from typing import Any

Talk = list[dict[str, str]]  # [{"role": "system" | "user" | "assistant", "content"}, …]


class Listener:
    """Hears each token that a model writes (a streamer of transformers) and tells the answer so
    far to `heard`."""

    def __init__(self, tokenizer: Any, chat: ChatFormat, heard: Callable[[str], None]) -> None:
        self.tokenizer, self.chat, self.heard = tokenizer, chat, heard
        self.tokens: list[int] | None = None

    def put(self, tokens: Any) -> None:
        if self.tokens is None:  # the first that is put is the prompt
            self.tokens = []
            return
        self.tokens += tokens.flatten().tolist()
        answer = parse_answer(self.tokenizer.decode(self.tokens), self.chat)["answer"]
        self.heard(answer.rstrip("\ufffd"))  # half a letter: the rest is in the next token

    def end(self) -> None:
        self.tokens = None


class HeardModel:
    """A model with a listener: the same in everything else."""

    def __init__(self, model: Any, listener: Listener) -> None:
        self.model, self.listener = model, listener

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def generate(self, **settings: Any) -> Any:
        return self.model.generate(streamer=self.listener, **settings)


def reply(
    chat_model: ChatModel, talk: Talk, decoding: Decoding, heard: Callable[[str], None]
) -> str:
    """Return the answer to `talk`; `heard` is called with the answer so far, again and again.

    As in `ask`, a thought that used up all its tokens is closed, and the answer follows."""
    model, tokenizer, chat = chat_model
    listened = HeardModel(model, Listener(tokenizer, chat, heard))
    prompt = format_prompt(tokenizer, chat, talk)
    settings: Any = {"stops": chat["stops"], "label": None, **decoding}
    (made,) = generate(listened, tokenizer, [prompt], **settings)
    answer, close = parse_answer(made["raw"], chat)["answer"], close_thought(chat)
    if close and not answer and made["finish_reason"] == "length":
        begun = made["raw"] + close
        (made,) = generate(listened, tokenizer, [prompt + begun], **settings)
        answer = parse_answer(begun + made["raw"], chat)["answer"]
    return answer


def read_sampling(fixed: dict[str, Any], changes: dict[str, Any]) -> Decoding:
    """Return the training's sampling with `changes`. Raises Mistake for an unknown name."""
    if unknown := set(changes) - set(fixed["sampling"]):
        raise Mistake(f"SAMPLING has {min(unknown)!r}: it may hold {', '.join(fixed['sampling'])}.")
    return {**fixed["sampling"], "batch_size": 1, **changes}


def one_side(chat_model: ChatModel, side: str) -> Any:
    """Return a context in which the model is the "base" or the "tuned" one."""
    return chat_model.model.disable_adapter() if side == "base" else contextlib.nullcontext()


def print_reply(chat_model: ChatModel, talk: Talk, decoding: Decoding) -> str:
    """Return the answer to `talk`, printed while it is written."""
    shown = 0

    def heard(answer: str) -> None:
        nonlocal shown
        print(answer[shown:], end="", flush=True)
        shown = max(shown, len(answer))

    answer = reply(chat_model, talk, decoding, heard)
    print(answer[shown:], end="\n\n", flush=True)
    return answer


# %% [markdown] id="conversation-copies-text"
# #### Copied words, found at once
# Words that stand in a row of five or more in the books are marked while an answer grows. Every run
# of five words in the training text is known by a number, so looking one up takes no time.


# %% id="conversation-copies"
def known_runs(passages: list[Any]) -> set[int]:
    """Return numbers for all runs of SHORTEST_RUN words in the training passages."""
    found = set()
    for source in join_passages(passages):
        words = source["words"]
        shifted = (words[n:] for n in range(SHORTEST_RUN))
        found.update(hash(run) for run in zip(*shifted, strict=False))
    return found


def marked_answer(answer: str, known: set[int]) -> str:
    """Return an answer as HTML, all words marked that stand in runs of SHORTEST_RUN words or more
    in the books: the same ones that `find_copies` finds."""
    words = words_of(answer)
    starts = range(len(words) - SHORTEST_RUN + 1)
    copied = [n for n in starts if hash(tuple(words[n : n + SHORTEST_RUN])) in known]
    return mark_words(answer, [(n, SHORTEST_RUN) for n in copied])
