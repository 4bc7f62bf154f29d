# %% id="splits-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="split_books-text"
# ### What is held out
# One block of every book is held out for the comparison, and one watches the training. Their places depend on the seed and the book alone, so both models get the same. Neighbouring text is alike: at least a passage between two splits is used for neither.

# %% id="split_books"
import random

def place_regions(units, seed, gap, validation, held_out):
    """Return [(split, start, end)] in words: a validation and a held-out block at random places of a book.

    At least `gap` words lie between two splits. A book too short for that is "train" as a whole.
    """
    starts, total = [u["at"] for u in units], sum(u["words"] for u in units)
    opening = [u["at"] for u in units if u["opens"]]
    def edge(place):  # where the next paragraph begins, or the next sentence if that is more than `gap` away
        near = [start for start in opening if place <= start <= place + gap]
        return (near or [start for start in starts if start >= place] or [total])[0]
    rng, names = random.Random(seed), ["validation", "held_out"]
    sizes = {"validation": max(gap, validation * total), "held_out": max(gap, held_out * total)}
    free = total - sum(sizes.values()) - 7 * gap  # two gaps a block, and edges that move by up to a gap
    if free < total / 2:
        return [("train", 0, total)]
    rng.shuffle(names)
    regions, place, resume = [], gap, 0
    for name, share in zip(names, sorted(rng.uniform(0, free) for _ in names)):
        begin = edge(max(place + share, resume + gap))
        end, place = edge(begin + sizes[name]), place + sizes[name] + 2 * gap
        stop = max(start for start in starts if start <= max(begin - gap, resume))
        regions += [("train", resume, stop), ("gap", stop, begin), (name, begin, end)]
        resume = edge(end + gap)
        regions.append(("gap", end, resume))
    return [region for region in regions + [("train", resume, total)] if region[1] < region[2]]

# MAIN if __name__ == "__main__":
# MAIN     regions = {stem: place_regions(own, f"{SEED} {stem}", PASSAGE_WORDS, VALIDATION, HELD_OUT)
# MAIN                for stem, own in units.items()}
# MAIN     with plain_errors():
# MAIN         if not any(name == "held_out" for own in regions.values() for name, _, _ in own):
# MAIN             raise ValueError(f"No book in {BOOKS_DIR} is long enough to hold anything out (it takes about "
# MAIN                              "20 passages): add longer books, or lower PASSAGE_WORDS.")
# MAIN     for stem, own in regions.items():
# MAIN         print(f"{stem}:", ", ".join(f"{name} {start:,}–{end:,}" for name, start, end in own if name != "gap"))
# MAIN

# %% [markdown] id="shared_phrases-text"
# ### Turns of phrase in two splits
# An author says some things twice in the same words. A training passage that repeats 8 to 11 words of held-out text is left out. A whole sentence, or 12 words and more, is no accident: the next step stops there.

# %% id="shared_phrases"
import re

SEQUENCE = 8  # words in a row that two splits must not share
PHRASE = 12   # fewer are a turn of phrase, if no whole sentence; else a quotation, or text printed twice
FARTHER = {"train": 0, "validation": 1, "held_out": 2}  # from training
WORD, SENTENCE = re.compile(r"\w+(?:['’]\w+)*"), re.compile(r"[^.!?…]*[.!?…]")

def shared_sequences(passages, quotations):
    """Return [{"nearer": id, "farther": id, "words", "text", "sentence"}]: the runs of 8 or more words in two splits.

    "nearer" is the passage closer to training; "sentence": the run is a whole one there. Case and punctuation do
    not count, nor does what stands in `quotations`.
    """
    plain = lambda text: [word.lower().replace("’", "'") for word in WORD.findall(text)]
    grams = lambda words: [tuple(words[i:i + SEQUENCE]) for i in range(len(words) - SEQUENCE + 1)]
    allowed = {gram for quotation in quotations for gram in grams(plain(quotation))}
    owner, found = {}, []
    for passage in sorted(passages, key=lambda row: -FARTHER[row["split"]]):
        words, rank, run = plain(passage["text"]), FARTHER[passage["split"]], None
        for i, gram in enumerate(grams(words)):
            other = owner.setdefault(gram, passage) if rank else owner.get(gram)
            if other is None or FARTHER[other["split"]] <= rank or gram in allowed:
                run = None
                continue
            if run is None:
                found.append(run := {"nearer": passage["id"], "farther": other["id"], "first": i})
            run.update(words=i + SEQUENCE - run["first"], text=" ".join(words[run["first"]:i + SEQUENCE]))
            run["sentence"] = any(run["text"] == " ".join(plain(one)) for one in SENTENCE.findall(passage["text"]))
    return found

def drop_phrases(passages, shared):
    """Return the passages without those that share turns of phrase, and nothing more, with one farther out."""
    grave = {run["nearer"] for run in shared if run["sentence"] or run["words"] >= PHRASE}
    slight = {run["nearer"] for run in shared} - grave
    return [passage for passage in passages if passage["id"] not in slight]

# MAIN if __name__ == "__main__":
# MAIN     shared, before = shared_sequences(passages, QUOTATIONS), len(passages)
# MAIN     passages = drop_phrases(passages, shared)
# MAIN     print(f"{before - len(passages)} passages dropped for turns of phrase:", [run["text"] for run in shared[:9]])
# MAIN

# %% [markdown] id="leak_check-text"
# ### Nothing held out is trained on
# Held-out text shows what the model has learned only if it never saw it. The notebook stops here if 8 words in a row stand on both sides.

# %% id="leak_check"
def check_leaks(shared):
    """Raise ValueError, naming both places, if two splits have runs of words in common (`shared`)."""
    if shared:
        worst = max(shared, key=lambda run: run["words"])
        others = [run["text"] for run in shared if run is not worst]
        raise ValueError(
            f"{worst['words']} words of {worst['farther']}, kept out of training, stand in {worst['nearer']}: "
            f"{worst['text']!r}. Add a quotation to QUOTATIONS; if the books print a text twice, leave one of the "
            f"two out with BOOK_PAGES. There are {len(others)} more such places: {others[:20]}")

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         check_leaks(shared_sequences(passages, QUOTATIONS))
# MAIN     print("No 8 words in a row are shared by two of training, validation and held-out text.")
# MAIN     print("Quotations that may be:", "; ".join(QUOTATIONS) or "none")
# MAIN

# %% [markdown] id="choose_passages-text"
# ### How many are used
# All of them, or an even sample of `MAX_PASSAGES` for a short run.

# %% id="choose_passages"
import collections

KEPT_OUT = 0.15  # of a capped run's passages are held out, as many for validation: fewer say too little

def choose_passages(passages, most):
    """Return at most `most` passages (0: all), evenly spread over the books, 70 % of them for training."""
    kept_out = max(1, round(KEPT_OUT * most))
    room = {"train": max(1, most - 2 * kept_out), "validation": kept_out, "held_out": kept_out}
    chosen = []
    for split, size in room.items():
        own = [passage for passage in passages if passage["split"] == split]
        size = min(size, len(own)) if most else len(own)
        chosen += [own[i * len(own) // size]["id"] for i in range(size)]
    chosen = set(chosen)
    return [passage for passage in passages if passage["id"] in chosen]

# MAIN if __name__ == "__main__":
# MAIN     passages = choose_passages(passages, MAX_PASSAGES)
# MAIN     for split, count in collections.Counter(passage["split"] for passage in passages).items():
# MAIN         words = [passage["words"] for passage in passages if passage["split"] == split]
# MAIN         print(f"{split:10} {count:5,} passages, {sum(words):9,} words, {min(words)} to {max(words)} each")
# MAIN

# %% [markdown] id="split_picture-text"
# ### The split, drawn
# Blocks and not scattered passages: a model that has read the page before and the page after a passage has half seen it.

# %% id="split_picture"
import matplotlib.pyplot as plt

LOOKS = {"train": ("0.85", ""), "validation": ("#de8f05", "///"), "held_out": ("#0173b2", ""), "gap": ("white", "")}

def draw_split(regions, titles):
    """Return a figure with one bar a book, in thousands of words: {stem: [(split, start, end)]} and {stem: title}."""
    fig, ax = plt.subplots(figsize=(9, 1.2 + 0.5 * len(regions)))
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

# MAIN if __name__ == "__main__":
# MAIN     spans = [region for own in regions.values() for region in own]
# MAIN     total = sum(end - start for _, start, end in spans)
# MAIN     share = {split: sum(end - start for name, start, end in spans if name == split) / total for split in LOOKS}
# MAIN     told = (f"{share['train']:.0%} for training, {share['validation']:.0%} for validation, "
# MAIN             f"{share['held_out']:.0%} held out")
# MAIN     fig = draw_split(regions, {book["stem"]: book["title"] for book in books})
# MAIN     fig.axes[0].set_title(told + f", {share['gap']:.0%} left out between them", pad=28)
# MAIN     save_figure(fig, "split", f"A bar for each book, from its first word to its last: {told}, each of them a block.")
# MAIN
