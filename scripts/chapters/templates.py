# %% id="templates-imports"
"""What can be asked about a passage without a model: its topics in a fixed sentence."""

from chapters.extraction import Book
from chapters.passages import Passage
from chapters.quality import SMALL_WORDS, title_case
from chapters.topics import is_named

# %% [markdown] id="templates-titles-text"
# #### Titles
# The book is named as a reader would name it. The chapter is named only where its title says
# something: neither *Chapter 32* nor *Nine* nor *XII* does, nor *Act II, Scene 1*.

# %% id="templates-titles"
import hashlib
import re
from itertools import chain, combinations

LONGEST_TITLE = 8  # words of a chapter's title; a longer one may be a summary, or cut off
_PART_LABELS = set(
    "chapter part book volume letter section lecture essay canto stave rule step".split()
)
_SCENES = set("act scene prologue epilogue chorus".split())
_NUMERALS = set(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred first second third fourth fifth sixth seventh eighth ninth tenth last".split()
)


def _is_number(word: str, spelled: bool) -> bool:
    word = word.strip(".:,)—–-")
    if word.isdigit() or re.fullmatch(r"[IVXLC]+", word):
        return True
    return spelled and set(word.lower().split("-")) <= _NUMERALS


def chapter_title(heading: str | None) -> str:
    """Return the title in a chapter's heading, without its number; "" where it has none."""
    words = (heading or "").split()
    plain = [word.strip(".:,").lower() for word in words]
    if not words or plain[0] in _SCENES:
        return ""
    labelled = plain[0] in _PART_LABELS and len(words) > 1 and _is_number(words[1], spelled=True)
    words = words[1:] if labelled else words
    spelled = labelled or all(_is_number(word, spelled=True) for word in words)
    while words and _is_number(words[0], spelled):
        del words[0]
    title = " ".join(words).strip(" .:—–-")
    cut_off = title.endswith(",") or title.split()[-1:] and title.split()[-1].lower() in SMALL_WORDS
    if len(words) > LONGEST_TITLE or cut_off or len(title) < 3 or re.search(r"[.;:?!—]", title):
        return ""
    return "" if title.split()[0].lower() in _PART_LABELS | _SCENES else title_case(title)


# %% [markdown] id="templates-sentences-text"
# #### Topics in a sentence
# A template names one or two topics of the passage; three where two passages would get the same
# sentence, and if that is taken too, it asks for more. A name that stands in a passage once tells
# little about it: passages without a topic, one in ten, are asked for as a page of the book.

# %% id="templates-sentences"
TEMPLATES = {  # and what stands in a template's place where another passage has it
    "question": (
        "What do you say about {topics} in {place}?",
        "What else do you say about {topics} in {place}?",
    ),
    "brief": ("Tell me about {topics} in {place}.", "Tell me more about {topics} in {place}."),
    "topic": (
        "Write about {topics}, as you do in {place}.",
        "Write more about {topics}, as you do in {place}.",
    ),
}
WITHOUT_TOPIC = {
    "question": ("What do you say in {place}?", "What else do you say in {place}?"),
    "brief": ("Show me a page of {place}.", "Show me another page of {place}."),
    "topic": ("Write a page of {place}.", "Write another page of {place}."),
}
MOST_TEMPLATES = 3  # for each passage


def kind_of(passage_id: str) -> str:
    """Return "question", "brief" or "topic": which one is fixed by the passage's id."""
    number = int(hashlib.sha256(passage_id.encode()).hexdigest(), 16)
    return list(TEMPLATES)[number % len(TEMPLATES)]


def _listed(topics: tuple[str, ...]) -> str:
    """Return "a, b and c", names before things, and themes last."""
    topics = tuple(sorted(topics, key=lambda one: (not is_named(one), not one.startswith("the "))))
    return " and ".join([", ".join(topics[:-1]), topics[-1]] if len(topics) > 1 else topics)


def passage_templates(
    passages: list[Passage], topics: dict[str, list[str]], books: list[Book]
) -> dict[str, list[str]]:
    """Return {passage id: up to MOST_TEMPLATES instructions, the best first}.

    No two passages share one, unless their topics are too few for that."""
    titles = {book["stem"]: book["title"] for book in books}
    made, known = {}, set()
    for passage in passages:
        kind, own = kind_of(passage["id"]), topics[passage["id"]]
        place, chapter = f"“{titles[passage['book']]}”", chapter_title(passage["chapter"])
        if chapter:
            place = f"“{chapter}”, a chapter of {place}"
        sizes = (2, 1, 3) if len(own) > 1 else (len(own),)
        groups = [*chain.from_iterable(combinations(own, size) for size in sizes)]
        texts, new = [], []
        for frame in (TEMPLATES if own else WITHOUT_TOPIC)[kind]:
            texts = [frame.format(topics=_listed(group), place=place) for group in groups]
            new = new or [text for text in texts if text not in known][:MOST_TEMPLATES]
        made[passage["id"]] = new or texts[:1]
        known.update(made[passage["id"]])
    return made
