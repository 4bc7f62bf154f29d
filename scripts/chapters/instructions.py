# %% id="instructions-imports"
"""The model writes an instruction for each passage; what does not fit the passage is dropped."""

from chapters.chat import ChatModel
from chapters.generation import Decoding, ask, nats_per_token
from chapters.keys import asking_needs
from chapters.passages import Passage
from chapters.storage import cached_batches
from chapters.templates import kind_of
from chapters.words import words_of

# %% [markdown] id="instructions-requests-text"
# #### Ask for instructions
# Rows should teach answering, so each passage needs something that it answers: a question, a task
# or a topic. The base model reads the passage and writes it; if what it writes is no use, it is
# asked something easier, and its answer is put into a frame.

# %% id="instructions-requests"
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

REQUESTS = {  # of the try "ask", by kind
    "question": "Write the question that somebody asked and that the text above answers. Use your "
    "own words and name what it is about. Write only the question, at most 25 words.",
    "brief": "Write the task that somebody set and that the text above carries out: what to tell "
    "or explain. Use your own words and begin with a verb. Write only the task, at most 35 words.",
    "topic": "Write the topic of an essay for which the text above would be handed in, in your own "
    'words. Write only the topic, at most 20 words, and begin with "Write about".',
}
EASIER = "What is this text about? Answer in a few words."  # of the try "about": a small model can
FRAMES = {
    "question": "What can you tell me about {}?",
    "brief": "Tell me in your own words about {}.",
    "topic": "Write about {}.",
}
PREFIX = re.compile(r"(the )?(essay )?(question|task|topic|answer)( is)?\s*:\s*", re.I)
OPENING = re.compile(
    r"((this|the) \w+( above)?|it) (is|seems to be|appears to be|talks) (\w+ )?about ", re.I
)
NESTED = re.compile(
    r"(an?|the) (\w+ )?((story|tale|scene|play|poem|text) (about|of|where|in which)|"
    r"(character|man|woman|person),? (named|called)) ",
    re.I,
)
ASIDE = re.compile(
    r"[.!?](?=\s|$)|"
    r"[,;:] (and |but )?(who|which|where|while|it|he|she|they|the text|the story)\b"
)
WRAPPING = ' \t*_#"“”'


def request_for(text: str, kind: str, attempt: str) -> str:
    """Return what to ask the model about a passage, `attempt` being "ask" or "about"."""
    return f"{text}\n\n---\n{EASIER if attempt == 'about' else REQUESTS[kind]}"


def without_capitals(text: str, least: int) -> str:
    """Return `text` with words of `least` capitals or more as names: KING is King, VIII stays."""
    capitals = rf"\b(?![IVXLC]+\b)[A-Z]{{{least},}}\b"
    return re.sub(capitals, lambda word: word[0].title(), text)


def _framed_topic(line: str, kind: str) -> str:
    """Return a question for what "This text is about …" names, "" for another line."""
    opening = OPENING.match(line)
    topic = line[opening.end() :] if opening else ""
    aside = ASIDE.search(topic)
    topic = topic[: aside.start()] if aside else topic.rpartition(",")[0]  # the line was cut off
    topic = without_capitals(NESTED.sub("", topic, count=1), 3)
    return FRAMES[kind].format(topic.strip()) if topic else ""


def read_instruction(raw: str, kind: str, attempt: str) -> str:
    """Return the instruction in what a model wrote: its first line, tidied, "" if it holds none."""
    lines = [line.strip(WRAPPING) for line in raw.splitlines()]
    line = next((line for line in lines if line), "")
    line = PREFIX.sub("", line, count=1).strip(WRAPPING)
    if attempt == "about":
        return _framed_topic(line, kind)
    if kind == "question":
        return line[: line.find("?") + 1]
    if kind == "topic" and line[:12].lower() != "write about ":
        return ""
    return line


# %% [markdown] id="instructions-filters-text"
# #### Filters for instructions
# An instruction is dropped if it is too short or long, speaks of "the passage", copies more than
# five words in a row, or fits another passage better. What is left could have been asked by
# somebody who has not read the book. The last filter asks the model: a passage must begin likelier
# after its instruction than after another passage's. (Likelier than after one that says nothing
# would tell little: for the demo's model that holds for 99 % of the passages with their own
# template, and for 93 % with another's; their own comes before another's for 85 %.)

# %% id="instructions-filters"
FEWEST_WORDS, MOST_WORDS = 4, 45  # of an instruction
SHARED_WORDS = 5  # in a row that an instruction may have in common with its passage
NEAREST = 3  # the passage must be among so many that are most like the instruction
STARTS_AT_ONCE = 8  # passages at a time: the scores of all words, token by token, take memory
COMPARED = 300  # characters of a passage whose likelihood counts: an instruction helps its start
TELLTALE = re.compile(
    r"\b(passages?|excerpts?|paragraphs?|fictional|above|as an ai|(an?|the|this|given) "
    r"(texts?|extract|story|scene|author|narrator|speaker|character|quotes?))\b",
    re.I,
)


def content_words(text: str) -> set[str]:
    """Return the set of a text's words that carry meaning."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # not sooner: half a second

    return {word for word in words_of(text) if word not in ENGLISH_STOP_WORDS and len(word) > 2}


def passage_ranks(instructions: list[str], places: list[int], texts: list[str]) -> list[int]:
    """Return how many `texts` are more like each instruction than its own one, texts[place], is.

    By TF-IDF cosine; where an instruction has no word in common with its own text, that is all.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    matrix = vectorizer.fit_transform(texts)
    ranks = []
    for instruction, place in zip(instructions, places, strict=True):
        scores = (matrix @ vectorizer.transform([instruction]).T).toarray()[:, 0]
        nearer = int((scores > scores[place]).sum())
        ranks.append(nearer if scores[place] > 0 else len(texts))
    return ranks


def instruction_fault(instruction: str, text: str, rank: int) -> str:
    """Return the filter that an instruction fails, or ""; `rank` texts are nearer to it."""
    words, own = words_of(instruction), f" {' '.join(words_of(text))} "
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS or len(content_words(instruction)) < 2:
        return "length"
    if TELLTALE.search(instruction) or 2 * len(set(words)) < len(words):
        return "wording"
    for first in range(len(words) - SHARED_WORDS):
        if f" {' '.join(words[first : first + SHARED_WORDS + 1])} " in own:
            return "copied words"
    return "" if rank < NEAREST else "another passage is nearer"


# %% [markdown] id="instructions-losses-text"
# #### What the model makes of them
# How likely a passage begins after an instruction tells whether the two belong together.


# %% id="instructions-losses"
class InstructionWriter(NamedTuple):
    """The model, how it is asked, and the folder that keeps what it said."""

    chat_model: ChatModel
    folder: Path
    model_id: str  # what stands for its weights, see identify_model
    system: str
    decoding: Decoding


def start_losses(
    writer: InstructionWriter, passages: list[Passage], instructions: list[str], label: str
) -> list[float]:
    """Return the loss of each passage's start after its instruction (nats a token)."""

    def make(batch: list[tuple[str, str]]) -> list[dict[str, Any]]:
        asked, starts = [text for text, _ in batch], [start for _, start in batch]
        nats = nats_per_token(writer.chat_model, asked, writer.system, starts, STARTS_AT_ONCE)
        return [{"nats": round(one, 4)} for one in nats]

    starts = [passage["text"][:COMPARED] for passage in passages]
    pairs = list(zip(instructions, starts, strict=True))
    chat, path = writer.chat_model.chat, writer.folder / "instruction_losses.jsonl"
    needs = asking_needs(writer.model_id, chat, writer.system, nats_per_token)
    size, shape = writer.decoding["batch_size"], {"nats": float}
    made = cached_batches(path, needs, pairs, [*map(list, pairs)], make, size, label, shape)
    return [one["nats"] for one in made]


def helping(
    writer: InstructionWriter, passages: list[Passage], instructions: list[str]
) -> list[bool]:
    """Tell for each passage whether its start is likelier after its instruction than after that of
    the next passage with one of the same kind; True where there is none."""
    kinds, others = [kind_of(passage["id"]) for passage in passages], []
    for n, kind in enumerate(kinds):
        order = [*range(n + 1, len(kinds)), *range(n)]
        others.append(next((instructions[m] for m in order if kinds[m] == kind), ""))
    alike = [n for n, other in enumerate(others) if other]
    asked = instructions + [others[n] for n in alike]
    starts = passages + [passages[n] for n in alike]
    nats = start_losses(writer, starts, asked, "Do they help?")
    against = dict(zip(alike, nats[len(passages) :], strict=True))
    return [nats[n] < against.get(n, math.inf) for n in range(len(passages))]


# %% [markdown] id="instructions-writing-text"
# #### Write the instructions
# Each passage gets up to two tries, and no two instructions may be nearly the same. What the model
# said goes to the disk with each batch, under a key of everything it depends on: an interrupted run
# goes on where it was. A passage whose tries all fail gets a template, or is left out. The demo's
# model is too small to write: it chooses, of up to three templates, the one after which the passage
# begins likeliest.

# %% id="instructions-writing"
ATTEMPTS = ("ask", "about")
ATTEMPT_TOKENS = 48  # that an instruction may take
ALIKE = 0.8  # two instructions that share this much of their content words are the same


def draft_instructions(
    writer: InstructionWriter, passages: list[Passage], attempt: str
) -> list[str]:
    """Return what the model writes as the instruction of each passage, "" where that is no use."""
    asking = {"temperature": 0, "max_new_tokens": ATTEMPT_TOKENS}
    decoding: Any = {**writer.decoding, **asking}

    def make(batch: list[Any]) -> list[dict[str, Any]]:
        requests = [request for _, request in batch]
        answers = ask(writer.chat_model, requests, writer.system, decoding, label=None)
        return [{**item[0], "raw": one["answer"]} for item, one in zip(batch, answers, strict=True)]

    items = []
    for passage in passages:
        row = {"id": passage["id"], "kind": kind_of(passage["id"]), "attempt": attempt}
        request = request_for(passage["text"], row["kind"], attempt)
        items.append((row, request))
    needs = {**asking_needs(writer.model_id, writer.chat_model.chat, writer.system, ask), **asking}
    path, size = writer.folder / "instructions.jsonl", writer.decoding["batch_size"]
    requests = [request for _, request in items]
    label, shape = f'Instructions, try "{attempt}"', {"raw": str}
    made = cached_batches(path, needs, items, requests, make, size, label, shape)
    raws = [one["raw"] for one in made]
    kinds = [row["kind"] for row, _ in items]
    return [read_instruction(raw, kind, attempt) for raw, kind in zip(raws, kinds, strict=True)]


def write_instructions(
    writer: InstructionWriter, passages: list[Passage]
) -> tuple[dict[str, str], Counter[tuple[str, str]]]:
    """Return ({passage id: instruction}, Counter of (attempt, fault)); fault "" counts the kept."""
    texts = [passage["text"] for passage in passages]
    written, known, counts = {}, [], Counter()
    for attempt in ATTEMPTS:
        places = [n for n, passage in enumerate(passages) if passage["id"] not in written]
        if not places:
            break
        drafts = draft_instructions(writer, [passages[n] for n in places], attempt)
        ranks = passage_ranks(drafts, places, texts)
        faults = {}
        for n, draft, rank in zip(places, drafts, ranks, strict=True):
            faults[n] = instruction_fault(draft, texts[n], rank)
        good = [(n, draft) for n, draft in zip(places, drafts, strict=True) if not faults[n]]
        helps = helping(writer, [passages[n] for n, _ in good], [draft for _, draft in good])
        for (n, draft), is_help in zip(good, helps, strict=True):
            words = content_words(draft)
            if not is_help:
                faults[n] = "does not help"
            elif any(len(words & other) >= ALIKE * len(words | other) for other in known):
                faults[n] = "near-duplicate"
            else:
                written[passages[n]["id"]] = draft
                known.append(words)
        counts.update((attempt, fault) for fault in faults.values())
    return written, counts


def choose_instructions(
    writer: InstructionWriter, passages: list[Passage], templates: dict[str, list[str]]
) -> tuple[dict[str, str], Counter[tuple[str, str]]]:
    """Return what `write_instructions` does, each instruction the passage's best template."""
    offers = [(passage, text) for passage in passages for text in templates[passage["id"]]]
    places, texts = [passage for passage, _ in offers], [text for _, text in offers]
    best: dict[str, tuple[float, str]] = {}
    losses = start_losses(writer, places, texts, "Which template fits best?")
    for passage, text, loss in zip(places, texts, losses, strict=True):
        best[passage["id"]] = min(best.get(passage["id"], (loss, text)), (loss, text))
    chosen = {key: text for key, (_, text) in best.items()}
    return chosen, Counter({("choose", ""): len(chosen)})


def instruction_counts(counts: Counter[tuple[str, str]]) -> Any:
    """Return a data frame: instructions kept, and dropped by each filter, for each try."""
    import pandas

    cells = {
        (fault or "kept", f"try “{attempt}”"): count for (attempt, fault), count in counts.items()
    }
    return pandas.Series(cells).unstack(fill_value=0) if cells else pandas.DataFrame()
