# %% id="splits-imports"
"""What is held out is held out: blocks apart, no words in a row shared, and proof of it."""

from chapters.extraction import Book
from chapters.passages import Passage, Region, Sentence
from chapters.preparation import Mistake
from chapters.words import words_of

# %% [markdown] id="splits-regions-text"
# #### What is held out
# `hold_out` keeps one block of every book for the comparison, and one watches the training. Their
# places depend on the seed and the book alone, so both models get the same. Blocks and not
# scattered passages: a model that has read the page before and the page after a passage has half
# seen it. For the same reason at least a passage between two splits is used for neither.

# %% id="splits-regions"
import random
from collections import Counter
from typing import Any, TypedDict

_LOOKS = {  # label, colour and hatching
    "train": ("train", "0.85", ""),
    "validation": ("validation", "#de8f05", "///"),
    "held_out": ("held out", "#0173b2", ""),
    "gap": ("left out", "white", ""),
}


def place_regions(
    sentences: list[Sentence], seed: int | str, gap: int, validation: float, held_out: float
) -> list[Region]:
    """Return a book's regions in words: a validation and a held-out block at random places.

    At least `gap` words lie between two splits. A book too short for that is "train" as a whole.
    """
    starts = [one["at"] for one in sentences]
    opening = [one["at"] for one in sentences if one["opens"]]
    total = sum(one["words"] for one in sentences)

    def edge(place: float) -> int:  # the next paragraph; the next sentence if that is too far away
        near = [start for start in opening if place <= start <= place + gap]
        return (near or [start for start in starts if start >= place] or [total])[0]

    rng, names = random.Random(seed), ["validation", "held_out"]
    sizes = {"validation": max(gap, validation * total), "held_out": max(gap, held_out * total)}
    free = total - sum(sizes.values()) - 7 * gap  # two gaps a block, and edges that move by a gap
    if free < total / 2:
        return [("train", 0, total)]
    rng.shuffle(names)
    regions, place, resume = [], gap, 0
    for name, share in zip(names, sorted(rng.uniform(0, free) for _ in names), strict=True):
        begin = edge(max(place + share, resume + gap))
        end, place = edge(begin + sizes[name]), place + sizes[name] + 2 * gap
        stop = max(start for start in starts if start <= max(begin - gap, resume))
        regions += [("train", resume, stop), ("gap", stop, begin), (name, begin, end)]
        resume = edge(end + gap)
        regions.append(("gap", end, resume))
    return [region for region in [*regions, ("train", resume, total)] if region[1] < region[2]]


def hold_out(
    sentences: dict[str, list[Sentence]], seed: int, gap: int, validation: float, held_out: float
) -> dict[str, list[Region]]:
    """Return {stem: regions} of all books. Raises Mistake if every book is too short."""
    regions = {}
    for stem, own in sentences.items():
        regions[stem] = place_regions(own, f"{seed} {stem}", gap, validation, held_out)
    if not any(split == "held_out" for own in regions.values() for split, _, _ in own):
        raise Mistake(
            "No book in Books is long enough to hold anything out (it takes about 20 passages): "
            "add longer books, or lower PASSAGE_WORDS."
        )
    return regions


def describe_split(regions: dict[str, list[Region]]) -> str:
    """Return the splits' shares of all words, for the title and the alternative text."""
    sizes = Counter()
    for split, start, end in (region for own in regions.values() for region in own):
        sizes[split] += end - start
    share = {split: f"{sizes[split] / sizes.total():.0%}" for split in _LOOKS}
    kept_out = f"{share['validation']} for validation, {share['held_out']} held out"
    return f"{share['train']} for training, {kept_out}, {share['gap']} left out between them"


def draw_split(regions: dict[str, list[Region]], books: list[Book]) -> Any:
    """Return a figure with one bar a book, in thousands of words."""
    from matplotlib import pyplot  # not sooner: half a second

    fig, ax = pyplot.subplots(figsize=(9, 1.2 + 0.5 * len(books)))
    for row, book in enumerate(books):
        for split, start, end in regions[book["stem"]]:
            label, color, hatch = _LOOKS[split]
            bar = ax.barh(row, (end - start) / 1000, 0.6, start / 1000, color=color, label=label)
            pyplot.setp(bar, hatch=hatch, edgecolor="0.3", linewidth=0.5)
    ax.set_yticks(range(len(books)), [book["title"] for book in books])
    ax.invert_yaxis()
    ax.set_xlabel("place in the book (thousand words)")
    ax.set_title(describe_split(regions), pad=28)
    handles, names = ax.get_legend_handles_labels()
    labels = dict(zip(names, handles, strict=True))
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1)}
    ax.legend(labels.values(), labels.keys(), ncol=4, frameon=False, **above)
    return fig


# %% [markdown] id="splits-leaks-text"
# #### Nothing held out is trained on
# Held-out text shows what the model has learned only if it never saw it. An author says some
# things twice in the same words: `drop_phrases` leaves out a training passage that repeats 8 to 11
# words of held-out text. A whole sentence, or 12 words and more, is no accident: there
# `check_leaks` stops the notebook.

# %% id="splits-leaks"
import re
from itertools import groupby

_SEQUENCE = 8  # words in a row that two splits must not share
_PHRASE = 12  # fewer are a turn of phrase, if no whole sentence; else a quotation, or printed twice
_FARTHER = {"train": 0, "validation": 1, "held_out": 2}  # from training
_ONE_SENTENCE = re.compile(r"[^.!?…]*[.!?…]")


class SharedRun(TypedDict):
    """Words in a row that stand in two splits."""

    nearer: str  # id of the passage that is closer to training
    farther: str
    words: int
    text: str
    sentence: bool  # a whole one in the nearer passage


def _sequences(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + _SEQUENCE]) for i in range(len(words) - _SEQUENCE + 1)]


def shared_sequences(passages: list[Passage], quotations: list[str]) -> list[SharedRun]:
    """Return the runs of 8 or more words that stand in two splits, what is farthest out first.

    Case and punctuation do not count, nor does what stands in `quotations`.
    """
    allowed = {gram for quotation in quotations for gram in _sequences(words_of(quotation))}
    owner: dict[tuple[str, ...], Passage] = {}
    found: list[SharedRun] = []
    for passage in sorted(passages, key=lambda row: -_FARTHER[row["split"]]):
        words, rank, places = words_of(passage["text"]), _FARTHER[passage["split"]], []
        for i, gram in enumerate(_sequences(words)):
            other = owner.setdefault(gram, passage) if rank else owner.get(gram)
            if other and _FARTHER[other["split"]] > rank and gram not in allowed:
                places.append((i, other["id"]))
        whole = [words_of(one) for one in _ONE_SENTENCE.findall(passage["text"])] if places else []
        for _, group in groupby(enumerate(places), key=lambda pair: pair[1][0] - pair[0]):
            run = [place for _, place in group]  # neighbours
            own = words[run[0][0] : run[-1][0] + _SEQUENCE]
            near, far, text = passage["id"], run[0][1], " ".join(own)
            found.append(
                SharedRun(
                    nearer=near, farther=far, words=len(own), text=text, sentence=own in whole
                )
            )
    return found


def drop_phrases(passages: list[Passage], shared: list[SharedRun]) -> list[Passage]:
    """Return the passages without those that share only turns of phrase with one farther out."""
    grave = {run["nearer"] for run in shared if run["sentence"] or run["words"] >= _PHRASE}
    slight = {run["nearer"] for run in shared} - grave
    return [passage for passage in passages if passage["id"] not in slight]


# %% [markdown] id="splits-remedies-text"
# #### What is told of a leak, and how many passages are used
# Each phrase once, with what it most likely is and what cures that. `choose_passages` takes all
# passages that are left, or an even sample of them for a short run.

# %% id="splits-remedies"
_PRINTED = 40  # words: nobody says so much twice
_REFRAIN = 3  # times
_NOTE = re.compile(r"\d|\b(ibid|op cit|editor|edition|editions|copyright|footnote|translator)\b")
_PHRASES_TOLD, _WORDS_TOLD = 8, 30  # a screen
_KEPT_OUT = 0.15  # of a capped run for held-out text, as much for validation: less says too little


def likely_cause(text: str, count: int) -> str:
    """Return what words that stand in two splits most likely are, and the remedy."""
    if len(text.split()) >= _PRINTED:
        return "text printed twice: leave one of the two out with BOOK_PAGES"
    if _NOTE.search(text):
        return "a note or running text left in: give a pattern of it in LEAVE_OUT"
    if count >= _REFRAIN:
        return "a refrain, if it is the author's: QUOTATIONS; if not, a running line: LEAVE_OUT"
    return "a quotation, or said twice: add it to QUOTATIONS"


def check_leaks(shared: list[SharedRun], passages: list[Passage]) -> None:
    """Raise Mistake if two splits have runs of words in common: each once, the longest first, with
    its places, how often, and what cures it."""
    if not shared:
        return
    places = {p["id"]: f"{p['id']} (page {p['pages'][0]})" for p in passages}
    phrases: dict[str, list[SharedRun]] = {}
    for run in sorted(shared, key=lambda run: -run["words"]):
        phrases.setdefault(run["text"], []).append(run)
    lines = []
    for text, runs in list(phrases.items())[:_PHRASES_TOLD]:
        words = text.split()
        start = " ".join(words[:_WORDS_TOLD]) + (" …" if len(words) > _WORDS_TOLD else "")
        where = f"{places[runs[0]['farther']]}, kept out of training, stand in"
        often = f"{len(runs)} times, first " if len(runs) > 1 else ""
        where = f"{len(words)} words of {where} {often}{places[runs[0]['nearer']]}"
        lines.append(f"{where}: {start!r}. Most likely {likely_cause(text, len(runs))}.")
    more = len(phrases) - len(lines)
    raise Mistake("\n".join(lines + [f"There are {more} more such phrases."] * (more > 0)))


def choose_passages(passages: list[Passage], most: int) -> list[Passage]:
    """Return at most `most` passages (0: all), evenly spread over the books, 70 % for training."""
    kept_out = max(1, round(_KEPT_OUT * most))
    room = {"train": max(1, most - 2 * kept_out), "validation": kept_out, "held_out": kept_out}
    chosen = set()
    for split, size in room.items():
        own = [passage["id"] for passage in passages if passage["split"] == split]
        size = min(size, len(own)) if most else len(own)
        chosen |= {own[i * len(own) // size] for i in range(size)}
    return [passage for passage in passages if passage["id"] in chosen]


def splits_table(passages: list[Passage]) -> Any:
    """Return a data frame: passages and words of each split, its shortest and longest passage."""
    from pandas import DataFrame  # not sooner: half a second

    words = DataFrame(passages).groupby("split", sort=False)["words"]
    return words.agg(passages="size", words="sum", shortest="min", longest="max").reset_index()
