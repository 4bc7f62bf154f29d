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

if __name__ == "__main__":
    passages = choose_passages(passages, MAX_PASSAGES)
    for split, count in collections.Counter(passage["split"] for passage in passages).items():
        words = [passage["words"] for passage in passages if passage["split"] == split]
        print(f"{split:10} {count:5,} passages, {sum(words):9,} words, {min(words)} to {max(words)} each")
