# %% id="passages-imports"
"""Books become passages that begin and end with sentences and that are worth learning from."""

from chapters.extraction import Book
from chapters.paragraphs import Paragraph
from chapters.words import is_closed

# %% [markdown] id="passages-sentences-text"
# #### Sentences
# `book_sentences` lists every sentence of a book with its place: a passage begins and ends where a
# sentence does. Punkt learns from the books themselves which dots belong to abbreviations, so
# nothing is downloaded.

# %% id="passages-sentences"
import re
from itertools import groupby
from typing import Any, TypedDict

_ABBREVIATIONS = "mr mrs ms dr prof st rev hon capt col gen lt vs etc cf ed vol fig e.g i.e a.m p.m"
_STRAIGHT = str.maketrans("“”„«»‘’", '"""""\'\'')  # Punkt knows no others; lengths stay
_PUNKT_WORDS = 300_000  # learning is slow, and more text changes no abbreviation that matters
_GOES_ON = re.compile(r"[\"'“‘«(\[—-]*\s*[a-z,;:]")
_SPEECH = re.compile(r"[A-Z][A-Z .’'-]+[.:] ")  # "FIRST LORD. Come in.": a speech of a play


class Sentence(TypedDict):
    """A sentence and its place in its book."""

    paragraph: int
    start: int  # characters of the paragraph
    end: int
    at: int  # words of the book before it
    words: int
    opens: bool  # begins its paragraph
    closed: bool  # ends like a sentence
    chapter: str | None
    verse: bool  # of verse, or of a speech of a play


def train_punkt(books: list[Book]) -> Any:
    """Return nltk's sentence tokenizer after it has learnt the abbreviations of the books."""
    from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer  # not sooner: seconds

    trainer, words = PunktTrainer(), 0
    for text in (paragraph["text"] for book in books for paragraph in book["paragraphs"]):
        if words < _PUNKT_WORDS:
            trainer.train(text.translate(_STRAIGHT), finalize=False)
            words += len(text.split())
    trainer.finalize_training()
    parameters = trainer.get_params()
    parameters.abbrev_types |= set(_ABBREVIATIONS.split())
    return PunktSentenceTokenizer(parameters)


def sentence_spans(text: str, punkt: Any) -> list[tuple[int, int]]:
    """Return [(start, end)], the character positions of a paragraph's sentences, in order."""
    spans: list[tuple[int, int]] = []
    for start, end in punkt.span_tokenize(text.translate(_STRAIGHT)):
        last = text[slice(*spans[-1])] if spans else ""
        is_name = last.isupper() and len(last.split()) < 4  # "FIRST LORD.": with what he says
        if spans and (_GOES_ON.match(text, start) or is_name or not is_closed(last)):
            start = spans.pop()[0]  # "… what?" said he: it goes on in lower case
        spans.append((start, end))
    return spans


def book_sentences(book: Book, punkt: Any) -> list[Sentence]:
    """Return the sentences of a book in order."""
    sentences: list[Sentence] = []
    at = 0
    for number, paragraph in enumerate(book["paragraphs"]):
        text, chapter = paragraph["text"], paragraph["chapter"]
        verse = paragraph["verse"] or "\n" in text or bool(_SPEECH.match(text))
        for i, (start, end) in enumerate(sentence_spans(text, punkt)):
            words, closed = len(text[start:end].split()), is_closed(text[start:end])
            sentences.append(
                Sentence(
                    paragraph=number,
                    start=start,
                    end=end,
                    at=at,
                    words=words,
                    opens=i == 0,
                    closed=closed,
                    chapter=chapter,
                    verse=verse,
                )
            )
            at += words
    return sentences


# %% [markdown] id="passages-cuts-text"
# #### Where to cut
# A cut may fall between any two sentences; best is between two paragraphs, or between two speeches
# of a play. Of all ways to cut a stretch of text into pieces of the wanted length, `cut_sentences`
# takes the one that costs least: lengths near the goal, cuts at such places, no change of chapter
# inside. A piece may begin a little earlier, with the end of the one before.

# %% id="passages-cuts"
_MID_PARAGRAPH, _MID_SPEECH = 0.01, 0.2  # a cut there costs as much as 10 % or 45 % too many words
_NEW_CHAPTER, _OPEN_END = 0.15, 0.25  # a new chapter inside 39 %, an end without a full stop 50 %
_TOO_SHORT = 9  # times as bad as too long: an answer of half the length is no answer of the kind
_LONGEST = 1.5  # times the wanted words; only a single sentence may be longer
_BARE_WORDS = 12  # a paragraph so short, ending unlike a sentence, is a heading or stage direction


class Passage(TypedDict):
    """A line of passages.jsonl, before it has an instruction."""

    id: str
    book: str  # the file's name without its ending
    title: str  # as a reader would write it
    chapter: str | None
    pages: list[int]
    split: str
    text: str
    words: int


def cut_sentences(sentences: list[Sentence], goal: int, more: int = 0) -> list[tuple[int, int]]:
    """Return [(first, end)]: the cheapest cut of a run of sentences into pieces of `goal` words;
    of `more` more where a chapter begins, since a piece there has no end of the one before.
    Dynamic programming: the sum of the squared relative errors of the lengths, with those of short
    pieces _TOO_SHORT times, and of the costs above is least.
    """
    best, back = [0.0], [0]
    for end in range(1, len(sentences) + 1):
        words, chapters, costs = 0, 0, []
        for first in range(end - 1, -1, -1):
            sentence = sentences[first]
            words += sentence["words"]
            if costs and words > _LONGEST * goal:
                break
            chapters += first + 1 < end and sentence["chapter"] != sentences[first + 1]["chapter"]
            inside = _MID_SPEECH if sentence["verse"] else _MID_PARAGRAPH
            fresh = first == 0 or sentences[first - 1]["chapter"] != sentence["chapter"]
            off = words / (goal + more * fresh) - 1
            cost = best[first] + off**2 * (1 if off > 0 else _TOO_SHORT)
            cost += 0 if sentence["opens"] else inside
            costs.append((cost + _NEW_CHAPTER * chapters, first))
        cost, first = min(costs)
        best.append(cost if sentences[end - 1]["closed"] else cost + _OPEN_END)
        back.append(first)
    cuts, end = [], len(sentences)
    while end:
        cuts.append((back[end], end))
        end = back[end]
    return cuts[::-1]


def overlap_start(sentences: list[Sentence], first: int, overlap: int) -> int:
    """Return where about `overlap` words before `first` begin: at a sentence, in verse a speech."""
    best, words, here, chapter = (overlap, first), 0, first, sentences[first]["chapter"]
    while here and words < 2 * overlap and sentences[here - 1]["chapter"] == chapter:
        here -= 1
        words += sentences[here]["words"]
        if sentences[here]["opens"] or not sentences[here]["verse"]:
            best = min(best, (abs(words - overlap), here))
    return best[1]


def join_sentences(paragraphs: list[Paragraph], sentences: list[Sentence]) -> str:
    """Return the text, paragraphs apart by a blank line, without bare ones at its ends."""
    texts = []
    for number, group in groupby(sentences, key=lambda sentence: sentence["paragraph"]):
        own = list(group)
        text = paragraphs[number]["text"][own[0]["start"] : own[-1]["end"]]
        texts.append((text, not own[-1]["closed"] and len(text.split()) <= _BARE_WORDS))
    while texts and texts[0][1]:
        del texts[0]
    while texts and texts[-1][1]:
        del texts[-1]
    return "\n\n".join(text for text, _ in texts)


def make_passage(book: Book, number: int, split: str, sentences: list[Sentence]) -> Passage:
    """Return a run of sentences as the book's passage of that number."""
    text = join_sentences(book["paragraphs"], sentences)
    first, last = (book["paragraphs"][sentences[i]["paragraph"]]["pages"] for i in (0, -1))
    return {
        "id": f"{book['stem']}-{number:04d}",
        "book": book["stem"],
        "title": book["title"],
        "chapter": sentences[len(sentences) // 2]["chapter"],
        "pages": [first[0], last[1]],
        "split": split,
        "text": text,
        "words": len(text.split()),
    }


# %% [markdown] id="passages-unfit-text"
# #### Passages, and which are unfit
# Each passage of `cut_passages` is one answer to learn from. Neighbours in training share a few
# sentences, so that what stands at a cut is also seen whole; validation and held-out passages share
# nothing. `drop_unfit` leaves out fragments, tables, lists and text that is printed twice: they
# would be learned like everything else.

# %% id="passages-unfit"
from collections import Counter

Region = tuple[str, int, int]  # split, or "gap"; first word; where it ends

_SHORTEST_KEPT, _LONGEST_KEPT = 0.5, 1.6  # times the wanted words
_NUMBERS = 0.08  # share of words with a digit: tables and indexes are above, prose below 0.03
_LISTED = 0.4  # share of paragraphs, and of words, with a bullet or an end unlike a sentence's
_DUPLICATE = 0.5  # share of 8-word sequences that earlier passages (but the neighbour) have
_BULLET = re.compile(r"\s*([-–•*·]|\(?\d{1,3}[.)])\s")


def cut_passages(
    books: list[Book],
    sentences: dict[str, list[Sentence]],
    regions: dict[str, list[Region]],
    words: int,
    overlap: int,
) -> list[Passage]:
    """Return the passages of all books in order; sentences and regions are {stem: of that book}.

    Training passages have `words` words of their own and `overlap` of the one before; others as
    many in all.
    """
    passages = []
    for book in books:
        number = 0
        for split, begin, end in regions[book["stem"]]:
            if split == "gap":
                continue
            here = [one for one in sentences[book["stem"]] if begin <= one["at"] < end]
            extra, aim = (overlap, words) if split == "train" else (0, words + overlap)
            for first, last in cut_sentences(here, aim, extra):
                start = overlap_start(here, first, overlap) if split == "train" else first
                number += 1
                passages.append(make_passage(book, number, split, here[start:last]))
    return passages


def passage_fault(text: str, words: int) -> str:
    """Return why a passage of about `words` words teaches no answering, or ""."""
    own, paragraphs = text.split(), text.split("\n\n")
    listed = [len(p.split()) for p in paragraphs if _BULLET.match(p) or not is_closed(p)]
    if not _SHORTEST_KEPT * words <= len(own) <= _LONGEST_KEPT * words:
        return "too short" if len(own) < words else "too long"
    if sum(any(c.isdigit() for c in word) for word in own) > _NUMBERS * len(own):
        return "numeric"
    mostly = len(listed) > _LISTED * len(paragraphs) and sum(listed) > _LISTED * len(own)
    if len(paragraphs) > 3 and mostly:
        return "list-like"
    begins_inside = text.lstrip("\"'“‘(—[")[:1].islower()
    return "dangling" if begins_inside or not is_closed(text) else ""


def drop_unfit(passages: list[Passage], words: int) -> tuple[list[Passage], Counter[str]]:
    """Return the passages worth learning from, and why others were dropped ("" counts the kept)."""
    kept, reasons, owner = [], Counter(), {}
    for passage in passages:
        tokens = re.findall(r"\w+", passage["text"].lower())
        grams = {tuple(tokens[i : i + 8]) for i in range(len(tokens) - 7)}
        neighbour = kept[-1]["id"] if kept else None
        known = sum(owner.get(gram, neighbour) != neighbour for gram in grams)
        reason = passage_fault(passage["text"], words)
        if not reason and known > _DUPLICATE * len(grams):
            reason = "near-duplicate"
        reasons[reason] += 1
        if not reason:
            kept.append(passage)
            for gram in grams:
                owner.setdefault(gram, passage["id"])
    return kept, reasons
