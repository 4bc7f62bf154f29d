"""The chat page: one turn in the browser, both sides answer, and nothing leaves this machine."""

from types import SimpleNamespace
from typing import Any

import pytest

from chapters import chat_page as page_chapter
from chapters.chat_page import (
    answer_turn,
    chat_page,
    growing_reply,
    open_page,
    talk_html,
    wants_page,
)
from chapters.conversation import known_runs
from chapters.preparation import Mistake

FIXED = {
    "author": "Ada Example",
    "system_prompt": "You are Ada.",
    "plain_system_prompt": "You are a helpful assistant.",
}
DECODING: Any = {"temperature": 0.7, "top_p": 0.9, "top_k": 20, "max_new_tokens": 64, "seed": 1}
BOOK = "the rivers of the north run cold and slow to a grey and silent sea"
KNOWN = known_runs([{"text": BOOK, "book": "a"}])
MODEL: Any = SimpleNamespace()


@pytest.fixture
def made_up_replies(monkeypatch):
    """Both sides answer at once, in pieces, and remember how they were asked."""
    asked = []

    def growing(chat_model, side, talk, decoding):
        asked.append((side, talk, decoding))
        yield "I say"
        yield f"I say as the {side} one: the rivers of the north run cold."

    monkeypatch.setattr(page_chapter, "growing_reply", growing)
    return asked


def test_each_side_remembers_its_own_talk(made_up_replies):
    talks = {"tuned": [], "base": []}
    for question in ("Who?", "And now?"):
        *_, (talks, tuned, base) = answer_turn(MODEL, KNOWN, question, "You are Ada.", talks, {})
    assert [one["role"] for one in talks["base"]] == ["user", "assistant"] * 2
    assert "as the tuned one" in tuned and "as the base one" in base and "Base" in base
    side, talk, _ = made_up_replies[-1]
    assert side == "base" and talk[0] == {"role": "system", "content": "You are Ada."}
    assert "as the base one" in talk[2]["content"]


def test_copied_words_are_marked_and_the_rest_is_escaped():
    talk = [
        {"role": "user", "content": "<b>"},
        {"role": "assistant", "content": "<i>The rivers of the north</i> run cold, run warm."},
    ]
    shown = talk_html("Base", talk, KNOWN)
    assert "&lt;b&gt;" in shown and "<b>" not in shown and "<i>" not in shown
    assert "underline" in shown and shown.count("<mark") == 1
    assert "run warm" in shown.split("</mark>")[1]


def test_a_failure_while_answering_is_told_on_the_page(monkeypatch):
    def fail(*_):
        raise Mistake("The chat template refuses this.")

    monkeypatch.setattr(page_chapter, "reply", fail)
    with pytest.raises(Mistake, match="refuses this"):
        list(growing_reply(MODEL, "tuned", [], DECODING))


def test_the_page_opens_only_where_somebody_sits(capsys, monkeypatch):
    assert not wants_page("off") and not wants_page("auto")
    monkeypatch.setattr(page_chapter.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Mistake, match="uv sync --group chat"):
        wants_page("on")
    with pytest.raises(Mistake, match="'auto', 'on' or 'off'"):
        wants_page("yes")


def test_a_turn_in_the_browser(made_up_replies, browser):
    pytest.importorskip("gradio", reason="Gradio is not installed: uv sync --group chat")
    page = chat_page(MODEL, KNOWN, FIXED, DECODING)
    address = open_page(page)
    assert address.startswith("http://127.0.0.1:")
    requests, errors = [], []
    try:
        tab = browser.chromium.new_page(viewport={"width": 1440, "height": 900})
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        tab.goto(address, timeout=120_000)
        tab.get_by_label("Your question").fill("What are rivers?", timeout=120_000)
        tab.get_by_role("button", name="Send").click()
        tab.get_by_text("as the base one").wait_for(timeout=60_000)
        assert tab.get_by_text("as the tuned one").is_visible()
        assert tab.locator("mark").count() == 2
        tab.close()
    finally:
        page.close()
    assert not errors
    local = ("http://127.0.0.1:", "data:", "blob:")
    assert [url for url in requests if not url.startswith(local)] == []
    side, talk, decoding = made_up_replies[0]
    assert talk[0]["content"] == FIXED["system_prompt"] and decoding["max_new_tokens"] == 64
