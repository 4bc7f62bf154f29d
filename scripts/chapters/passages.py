# %% id="passages-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="sentences-text"
# ### Find the sentences
# A passage should begin and end where a sentence does. Punkt learns from the books themselves which dots belong to abbreviations, so nothing is downloaded.

# %% id="sentences"
import re
from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer

STRAIGHT = str.maketrans("“”„«»‘’", "\"\"\"\"\"''")  # Punkt knows no others; lengths stay
ABBREVIATIONS = set("mr mrs ms dr prof st rev hon capt col gen lt vs etc cf ed vol fig e.g i.e a.m p.m".split())
PUNKT_WORDS = 300_000  # learning is the slow part, and more text changes no abbreviation that matters
CLOSED = re.compile(r"[.!?…][\"'”’»)\]]*\s*$")
CONTINUES = re.compile(r"[\"'“‘«(\[—-]*\s*[a-z,;:]")

def is_closed(text):
    """Return whether `text` ends like a sentence: on . ! ? or …, with closing quotes or brackets after it."""
    return bool(CLOSED.search(text))

def train_punkt(texts):
    """Return a Punkt tokenizer that has learnt the abbreviations of `texts` (an iterable of str)."""
    trainer, words = PunktTrainer(), 0
    for text in texts:
        if words < PUNKT_WORDS:
            trainer.train(text.translate(STRAIGHT), finalize=False)
            words += len(text.split())
    trainer.finalize_training()
    parameters = trainer.get_params()
    parameters.abbrev_types |= ABBREVIATIONS
    return PunktSentenceTokenizer(parameters)

def sentence_spans(text, punkt):
    """Return [(start, end)], the character positions of the sentences of one paragraph, in order."""
    spans = []
    for start, end in punkt.span_tokenize(text.translate(STRAIGHT)):
        last = text[slice(*spans[-1])] if spans else ""
        is_name = last.isupper() and len(last.split()) < 4  # "FIRST LORD." belongs to what the lord says
        if spans and (CONTINUES.match(text, start) or is_name or not is_closed(last)):
            start = spans.pop()[0]  # "… what?" said he: it goes on in lower case
        spans.append((start, end))
    return spans

# MAIN if __name__ == "__main__":
# MAIN     punkt = train_punkt(paragraph["text"] for book in books for paragraph in book["paragraphs"])
# MAIN     longest = max((paragraph["text"] for paragraph in books[0]["paragraphs"][:40]), key=len)
# MAIN     print(*[longest[start:end] for start, end in sentence_spans(longest, punkt)][:5], sep="\n---\n")
# MAIN

# %% [markdown] id="text_units-text"
# ### Where a cut may fall
# Every sentence with its place in the book. A cut may fall between any two of them; best is between two paragraphs, or between two speeches of a play.

# %% id="text_units"
import re

SPEECH = re.compile(r"[A-Z][A-Z .’'-]+[.:] ")  # "FIRST LORD. Come in.": a speech of a play

def text_units(paragraphs, sentence_spans, is_closed):
    """Return the sentences of one book as dicts: the units that passages are made of.

    "at" counts the words before it, "opens" says that it begins its paragraph, "closed" that it ends like a
    sentence, "verse" that it is of verse or of a speech of a play.
    """
    units, at = [], 0
    for i, paragraph in enumerate(paragraphs):
        text, spans = paragraph["text"], sentence_spans(paragraph["text"])
        for start, end in spans:
            words = len(text[start:end].split())
            units.append({"paragraph": i, "start": start, "end": end, "at": at, "words": words,
                          "opens": start == spans[0][0], "closed": is_closed(text[start:end]),
                          "chapter": paragraph["chapter"],
                          "verse": paragraph["verse"] or "\n" in text or bool(SPEECH.match(text))})
            at += words
    return units

# MAIN if __name__ == "__main__":
# MAIN     units = {book["stem"]: text_units(book["paragraphs"], lambda text: sentence_spans(text, punkt), is_closed)
# MAIN              for book in books}
# MAIN     for book in books:
# MAIN         own = units[book["stem"]]
# MAIN         print(f"{book['title']}: {len({u['chapter'] for u in own})} chapters, {len(own):,} sentences, "
# MAIN               f"{sum(u['words'] for u in own):,} words, {max(u['words'] for u in own)} in the longest sentence")
# MAIN

# %% [markdown] id="cut_units-text"
# ### How to cut
# Of all ways to cut a stretch of text into passages of the wanted length, the one is taken that costs least: lengths near the goal, cuts between paragraphs or speeches, no change of chapter inside.

# %% id="cut_units"
MID_PARAGRAPH, MID_SPEECH = 0.01, 0.1  # a cut there costs as much as 10 % or 32 % too many words
NEW_CHAPTER, OPEN_END = 0.15, 0.25     # a chapter's end inside 39 %, an end without a full stop 50 %
LONGEST = 1.5                          # times the wanted words; only a single sentence may be longer

def cut_units(units, goal):
    """Return [(first, end)]: the cheapest cut of consecutive units into pieces of about `goal` words.

    Dynamic programming: the sum of squared relative errors of the length and of the costs above is least.
    """
    best, back = [0.0], [0]
    for end in range(1, len(units) + 1):
        words, chapters, costs = 0, 0, []
        for first in range(end - 1, -1, -1):
            unit = units[first]
            words += unit["words"]
            if costs and words > LONGEST * goal:
                break
            chapters += first + 1 < end and unit["chapter"] != units[first + 1]["chapter"]
            inside = 0 if unit["opens"] else MID_SPEECH if unit["verse"] else MID_PARAGRAPH
            costs.append((best[first] + (words / goal - 1) ** 2 + inside + NEW_CHAPTER * chapters, first))
        cost, first = min(costs)
        best.append(cost + (0 if units[end - 1]["closed"] else OPEN_END))
        back.append(first)
    cuts, end = [], len(units)
    while end:
        cuts.append((back[end], end))
        end = back[end]
    return cuts[::-1]

def overlap_start(units, first, overlap):
    """Return where about `overlap` words before unit `first` begin: at a sentence, in verse at a speech."""
    best, words, here = (overlap, first), 0, first
    while here and words < 2 * overlap and units[here - 1]["chapter"] == units[first]["chapter"]:
        here, words = here - 1, words + units[here - 1]["words"]
        if units[here]["opens"] or not units[here]["verse"]:
            best = min(best, (abs(words - overlap), here))
    return best[1]

# %% [markdown] id="make_passages-text"
# ### Passages
# Each is one answer to learn from. Neighbours in training share a few sentences, so that what stands at a cut is also seen whole; validation and held-out passages share nothing.

# %% id="make_passages"
BARE_WORDS = 12  # a paragraph of so few words that ends unlike a sentence is a heading or a stage direction

def join_units(paragraphs, units):
    """Return the text of consecutive units, paragraphs apart by a blank line, without bare ones at its ends."""
    pieces = {}
    for unit in units:
        start = pieces.setdefault(unit["paragraph"], (unit["start"],))[0]
        pieces[unit["paragraph"]] = (start, unit["end"], unit["closed"])
    texts = [(paragraphs[i]["text"][start:end], closed) for i, (start, end, closed) in pieces.items()]
    bare = [not closed and len(text.split()) <= BARE_WORDS for text, closed in texts]
    while texts and (bare[0] or bare[-1]):
        where = 0 if bare[0] else -1
        del texts[where], bare[where]
    return "\n\n".join(text for text, _ in texts)

def book_passages(book, units, regions, words, overlap, cut_units, overlap_start):
    """Return the passages of one book in order: dicts as in passages.jsonl, still without instructions.

    Training passages have `words` words of their own and `overlap` of the one before; others as many in all.
    """
    passages, paragraphs = [], book["paragraphs"]
    for split, begin, end in regions:
        own = [unit for unit in units if begin <= unit["at"] < end and split != "gap"]
        is_train = split == "train"
        for first, last in cut_units(own, words if is_train else words + overlap):
            first = overlap_start(own, first, overlap if is_train else 0)
            text, middle = join_units(paragraphs, own[first:last]), own[(first + last) // 2]
            pages = [paragraphs[unit["paragraph"]]["pages"] for unit in (own[first], own[last - 1])]
            passages.append({"id": f"{book['stem']}-{len(passages) + 1:04d}", "book": book["stem"],
                             "chapter": middle["chapter"], "pages": [pages[0][0], pages[1][1]],
                             "split": split, "text": text, "words": len(text.split())})
    return passages

# MAIN if __name__ == "__main__":
# MAIN     passages = [passage for book in books for passage in book_passages(
# MAIN         book, units[book["stem"]], regions[book["stem"]], PASSAGE_WORDS, OVERLAP_WORDS, cut_units, overlap_start)]
# MAIN     print(f"{len(passages)} passages. The third one, {passages[2]['id']}:\n\n{passages[2]['text']}")
# MAIN

# %% [markdown] id="drop_passages-text"
# ### Drop what teaches no answering
# Fragments, tables, lists and text that is printed twice would be learned like everything else.

# %% id="drop_passages"
import re
from collections import Counter

SHORTEST, LONGEST_KEPT = 0.5, 1.6  # times PASSAGE_WORDS
NUMBERS = 0.08    # share of words with a digit: tables, indexes and references are above, prose below 0.03
LISTED = 0.4      # share of paragraphs, and of words, that begin with a bullet or end unlike a sentence
DUPLICATE = 0.5   # share of a passage's 8-word sequences that earlier ones (but the neighbour) have
BULLET = re.compile(r"\s*([-–•*·]|\(?\d{1,3}[.)])\s")

def passage_fault(text, words, is_closed):
    """Return why a passage of about `words` words teaches no answering, or ""."""
    own, paragraphs = text.split(), text.split("\n\n")
    listed = [len(p.split()) for p in paragraphs if BULLET.match(p) or not is_closed(p)]
    if not SHORTEST * words <= len(own) <= LONGEST_KEPT * words:
        return "too short" if len(own) < words else "too long"
    if sum(any(c.isdigit() for c in word) for word in own) > NUMBERS * len(own):
        return "numeric"
    if len(paragraphs) > 3 and len(listed) > LISTED * len(paragraphs) and sum(listed) > LISTED * len(own):
        return "list-like"
    return "" if is_closed(text) and not text.lstrip("\"'“‘(—[")[:1].islower() else "dangling"

def drop_passages(passages, words, is_closed):
    """Return the passages worth learning from, and a Counter of why others were dropped ("" counts the kept ones)."""
    kept, reasons, owner = [], Counter(), {}
    for passage in passages:
        tokens = re.findall(r"\w+", passage["text"].lower())
        grams = {tuple(tokens[i:i + 8]) for i in range(len(tokens) - 7)}
        neighbour = kept[-1]["id"] if kept else None
        known = sum(owner.get(gram, neighbour) != neighbour for gram in grams)
        reason = passage_fault(passage["text"], words, is_closed) or "near-duplicate" * (known > DUPLICATE * len(grams))
        reasons[reason] += 1
        if not reason:
            kept.append(passage)
            owner.update((gram, passage["id"]) for gram in grams if gram not in owner)
    return kept, reasons

# MAIN if __name__ == "__main__":
# MAIN     passages, reasons = drop_passages(passages, PASSAGE_WORDS, is_closed)
# MAIN     for reason, count in reasons.most_common():
# MAIN         print(f"{count:6,} {'dropped: ' + reason if reason else 'kept'}")
# MAIN
