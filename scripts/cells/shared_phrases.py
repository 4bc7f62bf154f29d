import re

SEQUENCE = 8  # words in a row that two splits must not share
PHRASE = 12   # shorter repeats are turns of phrase; one so long is a quotation, or the same text twice
FARTHER = {"train": 0, "base_answer": 0, "validation": 1, "held_out": 2}  # from training

def shared_sequences(passages, quotations):
    """Return [{"text", "words", "nearer": id, "farther": id}]: every run of 8 or more words in two splits.

    "nearer" is the passage closer to training. Case and punctuation do not count, nor do `quotations`.
    """
    split_words = lambda text: re.findall(r"\w+(?:'\w+)*", text.lower().replace("’", "'"))
    grams = lambda words: [tuple(words[i:i + SEQUENCE]) for i in range(len(words) - SEQUENCE + 1)]
    allowed = {gram for quotation in quotations for gram in grams(split_words(quotation))}
    owner, found = {}, []
    for passage in sorted(passages, key=lambda row: -FARTHER[row["split"]]):
        words, rank, run = split_words(passage["text"]), FARTHER[passage["split"]], None
        for i, gram in enumerate(grams(words)):
            other = owner.setdefault(gram, passage) if rank else owner.get(gram)
            if other is None or FARTHER[other["split"]] <= rank or gram in allowed:
                run = None
                continue
            if run is None:
                found.append(run := {"nearer": passage["id"], "farther": other["id"], "start": i})
            run.update(text=" ".join(words[run["start"]:i + SEQUENCE]), words=i + SEQUENCE - run["start"])
    return found

def drop_phrases(passages, shared):
    """Return the passages without those that share no more than turns of phrase with a passage farther out."""
    longest = {}
    for run in shared:
        longest[run["nearer"]] = max(run["words"], longest.get(run["nearer"], 0))
    return [row for row in passages if not SEQUENCE <= longest.get(row["id"], 0) < PHRASE]

if __name__ == "__main__":
    shared, before = shared_sequences(passages, QUOTATIONS), len(passages)
    passages = drop_phrases(passages, shared)
    print(f"{before - len(passages)} passages dropped for turns of phrase:", [run["text"] for run in shared][:10])
