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

if __name__ == "__main__":
    shared, before = shared_sequences(passages, QUOTATIONS), len(passages)
    passages = drop_phrases(passages, shared)
    print(f"{before - len(passages)} passages dropped for turns of phrase:", [run["text"] for run in shared[:9]])
