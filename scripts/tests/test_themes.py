"""Questions of themes of any number and form, and too few of them told before the training."""

import re

import pytest

from chapters.preparation import Mistake
from chapters.themes import QUESTIONS, check_enough, clean_themes


def test_no_question_has_a_word_that_must_agree_with_its_theme():
    for question in QUESTIONS:
        before, after = question.split("{}")
        assert not re.match(r" (is|are|was|were|has|have|does|do|matters?|means?)\b", after)
        assert not re.search(r"\b(an?|the|is|are|does|do|was|were|this|these)\s$", before, re.I)
    assert len(set(QUESTIONS)) == len(QUESTIONS) == 12


def test_themes_are_tidied_or_told():
    assert clean_themes([" the  sea.", "Rome"]) == ["the sea", "Rome"]
    for wrong in ([], "love", [""], [1], None):
        with pytest.raises(Mistake, match="THEMES must be a list"):
            clean_themes(wrong)


def test_too_few_prompts_are_told():
    check_enough(["love", "war", "the sea"], 4)
    with pytest.raises(Mistake, match="1 THEMES and 15 held-out .* 27 prompts.* add 2 or more"):
        check_enough(["love"], 15)
