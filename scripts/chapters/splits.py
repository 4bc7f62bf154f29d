# %% id="splits-imports"
"""What is held out is held out: blocks apart, no words in a row shared, and proof of it."""

from chapters.extraction import Book
from chapters.passages import Passage, Region, Sentence
from chapters.preparation import Mistake
from chapters.words import words_of

# isort: split

# %% [markdown] id="splits-regions-text"
# #### What is held out
# `hold_out` keeps one block of every book for the comparison, and one watches the training. Their
# places depend on the seed and the book alone, so both models get the same. Blocks and not scattered
# passages: a model that has read the page before and the page after a passage has half seen it. For
# the same reason at least a passage between two splits is used for neither.

# %% id="splits-regions"
import random
from pathlib import Path
from typing import Any, TypedDict

_LOOKS = {
    "train": ("0.85", ""),
    "validation": ("#de8f05", "///"),
    "held_out": ("#0173b2", ""),
    "gap": ("white", ""),
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
    regions.append(("train", resume, total))
    return [region for region in regions if region[1] < region[2]]


def hold_out(
    sentences: dict[str, list[Sentence]],
    seed: int,
    gap: int,
    validation: float,
    held_out: float,
    folder: Path | str = "Books",
) -> dict[str, list[Region]]:
    """Return {stem: regions} of all books. Raises Mistake if every book of `folder` is too short."""
    regions = {
        stem: place_regions(own, f"{seed} {stem}", gap, validation, held_out)
        for stem, own in sentences.items()
    }
    if not any(split == "held_out" for own in regions.values() for split, _, _ in own):
        raise Mistake(
            f"No book in {folder} is long enough to hold anything out (it takes about 20 passages): "
            "add longer books, or lower PASSAGE_WORDS."
        )
    return regions


def _split_shares(regions: dict[str, list[Region]]) -> dict[str, float]:
    spans = [region for own in regions.values() for region in own]
    total = sum(end - start for _, start, end in spans)
    return {
        split: sum(end - start for name, start, end in spans if name == split) / total
        for split in _LOOKS
    }


def _told(regions):
    share = _split_shares(regions)
    return 


def draw_split(regions: dict[str, list[Region]], books: list[Book]) -> Any:
    """Return a figure with one bar a book, in thousands of words."""
    from matplotlib import pyplot  # not sooner: half a second

    titles = {book["stem"]: book["title"] for book in books}
    fig, ax = pyplot.subplots(figsize=(9, 1.2 + 0.5 * len(regions)))
    for row, own in enumerate(regions.values()):
        for split, start, end in own:
            color, hatch = LOOKS[split]
            ax.barh(row, (end - start) / 1000, left=start / 1000, height=0.6, color=color, hatch=hatch,
                    edgecolor="0.3", linewidth=0.5, label={"gap": "left out"}.get(split, split.replace("_", " ")))
    ax.set_yticks(range(len(regions)), [titles[stem] for stem in regions])
    ax.invert_yaxis()
    ax.set_xlabel("place in the book (thousand words)")
    labels = dict(zip(*ax.get_legend_handles_labels()[::-1]))
    ax.legend(labels.values(), labels.keys(), ncol=4, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1))
    return fig
