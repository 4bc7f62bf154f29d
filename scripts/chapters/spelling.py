# %% id="spelling-imports"
"""Tells which words of a text look as if they were read badly, and so how clean a text is."""

# %% [markdown] id="spelling-clean-text"
# #### How clean a text is
# A scan that was read badly has letters where none belong, and words that are none. A word counts
# as doubtful if signs or digits stand among its letters; or if the book has it once, in small
# letters, and English does not have it, whatever ending or prefix is taken off: Brill's lexicon,
# which the package textblob brings along, knows 94,000 words. Of a clean old novel 0.8 % are
# doubtful, of one in which one word in twenty-five was read wrongly 3 %.

# %% id="spelling-clean"
import functools
import re
from collections import Counter
from importlib import util
from pathlib import Path

_SPECKS = r"\d|~^\\{}<>=*#@•■�¬§_"
_BROKEN = re.compile(
    rf"[^\W\d_]+[{_SPECKS}]+[^\W\d_]*|[|~^\\{{}}<>=#@•■�¬§_]+[^\W\d_]+|[a-z]+[A-Z]+[a-z]*"
    r"|[a-z]{2,}[.,;:!?][a-z]+|[a-z]+[.,;:!?][a-z]{2,}"
)
_SOUND = re.compile(r"(\d+(st|nd|rd|th|s)|(Mc|Mac|De|La|Van|O['’])[A-Z][a-z]+)")
_TRIMMED = "\"'“”‘’«»„()[].,;:!?…—–-"
_ENDINGS = tuple("’s s es ed d ing in er est ly ness less ful able en eth st".split())
_PREFIXES = tuple("un in im re dis over out mis fore under non be".split())


@functools.cache
def lexicon() -> dict[str, str]:
    """Return {word: its most usual part of speech}, Penn Treebank tags (Brill 1992)."""
    spec = util.find_spec("textblob")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    lines = (folder / "en" / "en-lexicon.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith(";;;"))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _stems(word: str) -> list[str]:
    """Return what a word in small letters may come from: without an ending, or without a prefix."""
    found = []
    if word.startswith(_PREFIXES):
        found = [word[len(one) :] for one in _PREFIXES if word.startswith(one)]
    for ending in _ENDINGS if word.endswith(_ENDINGS) else ():
        if word.endswith(ending):
            base = word[: -len(ending)]
            found += [base, base + "e"]
            if len(base) > 3 and base[-1] == base[-2]:  # sobbed
                found.append(base[:-1])
            if base.endswith("i"):  # happiness
                found.append(base[:-1] + "y")
    return [one for one in found if len(one) > 2]


def is_english(word: str) -> bool:
    """Tell whether English has a word in small letters, or what it comes from, or all its parts."""
    known, word = lexicon(), word.replace("'", "’")
    if word in known or any(stem in known for stem in _stems(word)):
        return True
    if any(after in known for stem in _stems(word) for after in _stems(stem)):
        return True
    parts = re.split("[-’]", word)
    return len(parts) > 1 and all(one in known or len(one) < 3 for one in parts)


def printed_words(text: str) -> list[str]:
    """Return the words of a text as they are printed, without the signs at their ends."""
    words = (word.strip(_TRIMMED) for word in text.replace("—", " ").replace("–", " ").split())
    return [word for word in words if word]


def doubtful_words(count: Counter[str]) -> set[str]:
    """Return those of a book's words, counted as printed, that are doubtful."""
    known, small = lexicon(), Counter()
    for word, times in count.items():
        lower = word.lower()
        small[lower] = small.get(lower, 0) + times  # faster than +=
    odd = set()
    for word in count:
        lower = word.islower()
        plain = word.isalpha() and (lower or word.istitle() or word.isupper())
        if not plain and _BROKEN.search(word) and not _SOUND.fullmatch(word):
            odd.add(word)
        alone = lower and small[word] == 1 and len(word) > 1 and word[0].isalpha()
        if alone and word not in known and not is_english(word):
            odd.add(word)
    return odd


def clean_share(texts: list[str]) -> float:
    """Return the share of a book's words that are not doubtful, from 0 to 1."""
    count: Counter[str] = Counter()
    printed = " ".join(texts).replace("—", " ").replace("–", " ")
    for word, times in Counter(printed.split()).items():  # most come again: stripped once each
        word = word.strip(_TRIMMED)
        count[word] = count.get(word, 0) + times
    del count[""]
    return 1 - sum(count[word] for word in doubtful_words(count)) / max(1, count.total())
