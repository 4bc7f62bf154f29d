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

if __name__ == "__main__":
    passages, reasons = drop_passages(passages, PASSAGE_WORDS, is_closed)
    for reason, count in reasons.most_common():
        print(f"{count:6,} {'dropped: ' + reason if reason else 'kept'}")
