"""A talk: streamed answers are those of `ask`, and copied words are those of `find_copies`."""

from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from chapters.chat import ChatModel, read_format
from chapters.conversation import known_runs, marked_answer, print_reply, read_sampling, reply
from chapters.copying import find_copies, mark_words
from chapters.generation import ask
from chapters.preparation import Mistake
from tiny_models import make_tiny

DECODING: Any = {"temperature": 0.8, "top_p": 0.9, "top_k": 20, "max_new_tokens": 24, "seed": 3}
DECODING |= {"batch_size": 1}
TALK = [{"role": "system", "content": "You are Ada."}, {"role": "user", "content": "Who?"}]


@pytest.mark.parametrize("kind", ["qwen3", "gptoss", "llama"])
@pytest.mark.parametrize("thinking", [False, True])
def test_a_streamed_answer_is_the_one_of_ask(kind, thinking, tmp_path, capsys):
    folder = make_tiny(kind, tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    chat_model = ChatModel(model, tokenizer, read_format(tokenizer, thinking))
    heard = []
    answer = reply(chat_model, TALK, DECODING, heard.append)
    (asked,) = ask(chat_model, ["Who?"], "You are Ada.", DECODING, None)
    assert answer == asked["answer"] and len(heard) > 5
    capsys.readouterr()  # what Unsloth said when it was imported
    assert print_reply(chat_model, TALK, DECODING) == answer
    if not thinking:
        assert heard[-1].strip() == answer.rstrip("\ufffd").strip()
        assert capsys.readouterr().out.rstrip() == answer.rstrip()


def test_marked_words_are_those_of_find_copies():
    books = ["one two three four five six seven eight", "nine ten eleven twelve thirteen fourteen"]
    passages = [{"text": text, "book": str(n)} for n, text in enumerate(books)]
    known = known_runs(passages)
    for answer in (
        "Two three, four FIVE six, and nine ten eleven twelve.",
        "one two three four; nine ten eleven twelve thirteen fourteen",
        "<b>three four five six seven</b>",
        "",
    ):
        (copies,) = find_copies([answer], books)
        runs = [(run["start"], run["words"]) for run in copies["runs"]]
        assert marked_answer(answer, known) == mark_words(answer, runs)


def test_sampling_comes_from_the_training():
    fixed = {"sampling": {**DECODING, "batch_size": 32}}
    assert read_sampling(fixed, {"temperature": 0}) == {**DECODING, "temperature": 0}
    with pytest.raises(Mistake, match="SAMPLING has 'warmth'.*temperature"):
        read_sampling(fixed, {"warmth": 1})
