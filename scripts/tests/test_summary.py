"""Page one: who answered, what a training had, one question and its answers."""

from chapters.summary import SHOWN_WORDS, answering_model, clip, stands_in, summary_page
from chapters.summary import training_facts as facts_of

BOOKS = [{"title": f"Book {n}", "report": {"words_kept": 1000}} for n in range(8)]


def test_the_model_that_answered_is_named():
    assert answering_model("../../.cache/SmolLM2-135M-Instruct/", "Qwen3_14B", "", True) == (
        "SmolLM2-135M-Instruct"
    )
    assert answering_model("x/Qwen3-14B", "Qwen3_14B", "rank4", False) == "Qwen3-14B (rank4)"
    assert (
        answering_model("unsloth/Qwen3-14B-unsloth-bnb-4bit", "Qwen3_14B", "", False) == "Qwen3-14B"
    )
    assert "stands in for Qwen3_14B" in stands_in("Qwen3_14B", True)
    assert stands_in("Qwen3_14B", False) == ""


def test_what_a_training_had():
    passages = [{"split": split} for split in ["train"] * 3 + ["held_out"]]
    facts = facts_of(BOOKS, passages)
    assert facts["Words of running text"] == "8,000"
    assert facts["Passages"] == "4: 3 to train on, 0 to watch it, 1 held out"
    assert (
        facts["Books"].endswith("Book 5 and 2 more")
        and facts_of(BOOKS[:1], [])["Books"] == "Book 0"
    )


def test_a_long_answer_is_cut_after_whole_words():
    text = "a line\n\n" + "word " * 300
    shown = clip(text)
    assert shown.startswith("a line\n\nword") and shown.endswith("word …")
    assert len(shown.split()) == SHOWN_WORDS + 1
    assert clip(" one two\n") == "one two" and clip(" \n") == "(empty)"


def test_page_one_has_its_title_facts_and_answers_escaped():
    answers = {"Base": "no", "Tuned <b>": "yes & no", "The author": ""}
    page = summary_page("A title", "Told.", {"Loss": "3 → 2"}, {"Why <i>?": answers}, "Next.")
    assert page.metadata == {"title": "A title"}
    shown = str(page.data)
    for words in (
        "Told.",
        "<dt>Loss</dt><dd>3 → 2</dd>",
        "Why &lt;i&gt;?",
        "yes &amp; no",
        "Next.",
    ):
        assert words in shown
    assert "(empty)" in shown and "3 answers" in shown and "mathjax_ignore" in shown
