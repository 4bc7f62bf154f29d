# %% id="words-imports"
"""What a word is, and where a sentence ends: the same for passages, instructions and copies."""

# %% [markdown] id="words-pattern-text"
# #### Words and sentence ends
# Wherever phrases are compared, a word is a run of letters and digits with its inner apostrophes,
# small and without punctuation. A text is closed if it ends like a sentence.

# %% id="words-pattern"
import re

WORD = re.compile(r"\w+(?:['’]\w+)*")
_CLOSED = re.compile(r"[.!?…][\"'”’»)\]]*\s*$")  # a stop, then closing quotes or brackets


def words_of(text: str) -> list[str]:
    """Return the text's words, case-folded, apostrophes straight, without punctuation."""
    return [word.casefold().replace("’", "'") for word in WORD.findall(text)]


def is_closed(text: str) -> bool:
    """Tell whether `text` ends like a sentence: on . ! ? or …, with closing quotes after it."""
    return bool(_CLOSED.search(text))
