import collections

COMPARED = 300  # characters of a passage whose likelihood is compared: an instruction helps its start most
ALIKE = 0.8     # two instructions that share this much of their content words are the same

def make_instructions(passages, attempts, write, fault, content_words, losses):
    """Return ({passage id: instruction}, Counter of (attempt, fault)); fault "" are the kept ones.

    write(passages, attempt) gives an instruction for each, fault(instruction, passage) "" or a reason to drop it,
    losses([(passage, instruction, text)]) two figures each: nats a token of the text after the instruction and
    after one that says nothing.
    """
    kept, known, counts = {}, [], collections.Counter()
    for attempt in attempts:
        left = [passage for passage in passages if passage["id"] not in kept]
        texts = write(left, attempt)
        made = [[passage, text, fault(text, passage)] for passage, text in zip(left, texts, strict=True)]
        good = [one for one in made if not one[2]]
        nats = losses([(passage, text, passage["text"][:COMPARED]) for passage, text, _ in good])
        for one, (own, generic) in zip(good, nats, strict=True):
            one[2] = "" if own < generic else "does not help"
        for one in good:
            words = content_words(one[1])
            if not one[2] and any(len(words & other) >= ALIKE * len(words | other) for other in known):
                one[2] = "near-duplicate"
            if not one[2]:
                kept[one[0]["id"]] = one[1]
                known.append(words)
        counts.update((attempt, reason) for _, _, reason in made)
    return kept, counts
