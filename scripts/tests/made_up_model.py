"""A stand-in for the model, and the steps from books to passages.jsonl that ask it."""

import functools
import random
from typing import Any

from chapters import generation, instructions, rows
from chapters.chat import ChatModel
from chapters.instructions import InstructionWriter, write_instructions
from chapters.pairs import instruct
from chapters.passages import book_sentences, cut_passages, drop_unfit, train_punkt
from chapters.rows import answer_everyday, how_many_everyday, write_passages
from chapters.splits import choose_passages, drop_phrases, hold_out, shared_sequences
from chapters.templates import passage_templates
from chapters.topics import passage_topics
from passage_books import made_up_book

MODEL: Any = ChatModel(None, None, {"template": "made up"})
PLAIN = "You are a helpful assistant."
WORDS = 120  # a passage
DECODING = {
    "temperature": 0.7,
    "top_p": 0.8,
    "top_k": 20,
    "max_new_tokens": 40,
    "seed": 3407,
    "batch_size": 8,
}


@functools.cache
def made_up_books():
    return [made_up_book("alpha", 12_000), made_up_book("beta", 12_000)]


@functools.cache
def made_up_passages():
    books = made_up_books()
    punkt = train_punkt(books)
    sentences = {book["stem"]: book_sentences(book, punkt) for book in books}
    regions = hold_out(sentences, DECODING["seed"], WORDS, 0.05, 0.05)
    passages, _ = drop_unfit(cut_passages(books, sentences, regions, WORDS, 20), WORDS)
    return choose_passages(drop_phrases(passages, shared_sequences(passages, [])), 90)


def made_up_answer(question):
    """Answer as a model would, of words the passage begins with; every fifth is no use."""
    text, _, request = question.partition("\n\n---\n")
    rng = random.Random(question)
    if not request:
        return f"Everyday answer {rng.random()}. It is cut"
    words = [word for word in text.strip(".?!").lower().split() if word.isalpha()]
    one, two, three, four = rng.sample(words[:40], 4)
    if rng.random() < 0.2:
        return "No."
    if "about? Answer" in request:
        return f"This text is about the {one} and the {two}, a {three} or a {four}."
    return f"Why would {one} and {two} be with {three} or {four}?"


def made_up_ask(chat_model, questions, system, decoding, label="Answers"):
    assert system == PLAIN and decoding["temperature"] == 0
    answers = []
    for question in questions:
        reason = "stop" if "\n\n---\n" in question else "length"
        one = {"question": question, "answer": made_up_answer(question), "finish_reason": reason}
        answers.append(one)
    return answers


def made_up_nats(chat_model, questions, system, texts, batch_size):
    """A text is likelier the more words of it the question has."""
    nats = []
    for question, text in zip(questions, texts, strict=True):
        known = sum(word.strip("?.") in text.lower() for word in question.lower().split())
        nats.append(3 - 0.1 * known)
    return nats


def stand_in(setattr=setattr, ask=made_up_ask):
    """Put the stand-ins in place of the model (in a test: monkeypatch.setattr)."""
    setattr(instructions, "ask", ask)
    setattr(instructions, "nats_per_token", made_up_nats)
    setattr(generation, "ask", ask)  # which ask_once calls
    setattr(rows, "format_row", lambda tokenizer, chat, messages: repr(messages))


def made_up_writer(folder, model="made-up"):
    return InstructionWriter(MODEL, folder, model, PLAIN, DECODING)


def made_up_templates(passages):
    return passage_templates(passages, passage_topics(passages, made_up_books()), made_up_books())


def write_all(out, passages):
    """Make passages.jsonl in the folder `out`; return its rows."""
    written, _ = write_instructions(made_up_writer(out), passages)
    passages = instruct(passages, "model", written, made_up_templates(passages), False)
    count = how_many_everyday(passages, 0.1)
    passages = passages + answer_everyday(MODEL, count, out, "made-up", PLAIN, DECODING)
    write_passages(out / "passages.jsonl", passages)
    return passages
