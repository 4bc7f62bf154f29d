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

if __name__ == "__main__":
    regions = {stem: place_regions(own, f"{SEED} {stem}", PASSAGE_WORDS, VALIDATION, HELD_OUT)
               for stem, own in units.items()}
    with plain_errors():
        if not any(name == "held_out" for own in regions.values() for name, _, _ in own):
            raise ValueError(f"No book in {BOOKS_DIR} is long enough to hold anything out (it takes about "
                             "20 passages): add longer books, or lower PASSAGE_WORDS.")
    for stem, own in regions.items():
        print(f"{stem}:", ", ".join(f"{name} {start:,}–{end:,}" for name, start, end in own if name != "gap"))
