# %% id="themes-imports"
"""Questions of the reader's themes that are right in number and form, whatever a theme is."""

from chapters.preparation import Mistake

# %% [markdown] id="themes-questions-text"
# #### Themes and their questions
# A theme stands in a sentence as it is written: *love*, *the sea*, *clergymen*, *being alone*,
# *Rome*. So no question has a verb or an article that would have to agree with it.

# %% id="themes-questions"
from typing import Any

QUESTIONS = (  # a theme is asked in as many ways as N_PROMPTS needs
    "What do you think about {}?",
    "What do most people get wrong about {}?",
    "Why should anybody care about {}?",
    "What would you tell a young person about {}?",
    "Tell me a story that shows something true about {}.",
    "What has your own experience taught you about {}?",
    "How would you explain {} to a stranger?",
    "What is hard to understand about {}?",
    "What would you write about {} in a letter to a friend?",
    "What good and what harm can come of {}?",
    "What first made you think about {}?",
    "What would a world without {} be like?",
)
FEWEST_PROMPTS = 40  # of the comparison; fewer show no difference


def clean_themes(themes: Any) -> list[str]:
    """Return the themes without the marks of a sentence. Raises Mistake if there is none."""
    sound = isinstance(themes, list) and themes and all(isinstance(one, str) for one in themes)
    clean = [" ".join(one.split()).strip(" .?!,;:") for one in themes] if sound else []
    if not clean or not all(clean):
        raise Mistake(
            "THEMES must be a list of topics as they stand inside a sentence, such as "
            '["love", "the sea", "clergymen"].'
        )
    return clean


def check_enough(themes: list[str], held_out: int) -> None:
    """Raise Mistake if themes and so many held-out passages give too few prompts to compare."""
    different = len({theme.casefold() for theme in themes})
    count = len(QUESTIONS) * different + held_out
    if count < FEWEST_PROMPTS:
        missing = -(-(FEWEST_PROMPTS - count) // len(QUESTIONS))
        raise Mistake(
            f"{different} THEMES and {held_out} held-out passages give the Comparison {count} "
            f"prompts, and it needs {FEWEST_PROMPTS}: add {missing} or more to THEMES."
        )
