# %% id="typography-imports"
"""The type of a book's running text, and the words that the book itself knows."""

from chapters.pages import Line, Page

# %% [markdown] id="typography-style-text"
# #### The type of the text, and the book's own words
# Most of a book is set in one size with one leading: everything that follows is measured against
# these. The leading is the smallest step from line to line that a quarter of the lines have. How
# the book itself writes its words decides about broken words and drop capitals; only words that
# stand whole inside a line count.

# %% id="typography-style"
import re
from collections import Counter
from itertools import chain, pairwise
from typing import TypedDict

_WORD_FORM = re.compile(r"[^\W\d_]+(?:[’-][^\W\d_]+)*")


class BodyStyle(TypedDict):
    """The type of the running text; size and leading in points."""

    size: float
    family: str
    leading: float


class Vocabulary(TypedDict):
    """How a book writes its words, in small letters."""

    count: Counter[str]  # every form, with its hyphens
    left: Counter[str]  # parts of hyphenated words before a hyphen ...
    right: Counter[str]  # ... and after one
    all: str  # the plain words, a line each: beginnings and endings can be counted in it
    breaks: str  # the sign that stands at line ends alone, where words are broken; "" if none does


STRETCHED = 0.06  # of a size: justified type is stretched so far, and counts as one


def of_size(lines: list[Line], size: float) -> list[Line]:
    """Return those of the lines that are in type of `size`."""
    return [line for line in lines if abs(line["size"] - size) <= STRETCHED * size]


def body_style(pages: list[Page]) -> BodyStyle:
    """Return the type of most characters, judged by a hundred pages."""
    sample = [page["lines"] for page in pages[:: 1 + len(pages) // 100]]
    sample = [lines for lines in sample if lines] or [page["lines"] for page in pages]
    sizes, families, steps = Counter(), Counter(), Counter()
    for line in chain.from_iterable(sample):
        sizes[round(2 * line["size"]) / 2] += len(line["text"])
    alike = {
        one: [other for other in sizes if abs(other - one) <= STRETCHED * one] for one in sizes
    }
    most = max(sizes, key=lambda one: sum(sizes[other] for other in alike[one]))
    size = max(alike[most], key=sizes.__getitem__)
    for lines in sample:
        body = of_size(lines, size)
        steps.update(round(2 * (after["y"] - line["y"])) / 2 for line, after in pairwise(body))
        for line in body:
            families[line["family"]] += len(line["text"])
    steps = Counter({step: n for step, n in steps.items() if 0.8 * size < step < 3 * size})
    often = [step for step in steps if steps[step] + steps[step + 0.5] > steps.total() / 4]
    leading = min(often or [step for step, _ in steps.most_common(1)], default=1.2 * size)
    return {"size": size, "family": families.most_common(1)[0][0], "leading": leading}


def count_vocabulary(pages: list[Page]) -> Vocabulary:
    """Return a book's vocabulary, to judge broken words by."""
    text = "\n".join(line["text"] for page in pages for line in page["lines"]).lower()
    text = text.replace("'", "’").replace("—", " ")
    ends = text.count("\u2010\n")
    breaks = "\u2010" if ends > 9 and text.count("\u2010") - ends < 0.02 * ends else ""
    text = text.replace("\u00ad\n", "-\n").replace("\u2010\n", "-\n")
    found, runs = Counter(text.split()), text.split("-\n")  # what a line's end cuts does not count
    found.subtract(run.rsplit(maxsplit=1)[-1] + "-" for run in runs[:-1] if run.strip())
    found.subtract(run.split(maxsplit=1)[0] for run in runs[1:] if run.strip())
    count, left, right = Counter(), Counter(), Counter()
    for token, times in found.items():
        for word in [token] if token.isalpha() else _WORD_FORM.findall(token):
            count[word] = count.get(word, 0) + max(0, times)  # twice as fast as +=
    for parts in (word.split("-") for word in count if "-" in word):
        left.update(parts[:-1])
        right.update(parts[1:])
    plain = "\n".join(word for word in count if "-" not in word)
    return {"count": count, "left": left, "right": right, "all": f"\n{plain}\n", "breaks": breaks}
