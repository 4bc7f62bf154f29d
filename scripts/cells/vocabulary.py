import re
from collections import Counter

_WORD_FORM = re.compile(r"[^\W\d_]+(?:[’-][^\W\d_]+)*")

def count_vocabulary(pages):
    """Return a book's vocabulary, to judge broken words by. Only words that stand whole inside a line count.

    {"count": each form in small letters, "left" and "right": the parts of its hyphenated words, "all": its
    plain words as one text, a line each, in which beginnings and endings can be counted}.
    """
    text = "\n".join(line["text"] for page in pages for line in page["lines"])
    tokens = text.lower().replace("'", "’").replace("—", " ").split()
    broken = [place for place, token in enumerate(tokens) if token[-1] in "-\u00ad\u2010"]
    found = Counter(tokens)
    found.subtract(tokens[place] for place in broken)
    found.subtract(tokens[place + 1] for place in broken if place + 1 < len(tokens))
    count, left, right = Counter(), Counter(), Counter()
    for token, times in found.items():
        for word in [token] if token.isalpha() else _WORD_FORM.findall(token):
            count[word] += max(0, times)
    for word in count:
        if "-" in word:
            parts = word.split("-")
            left.update(parts[:-1])
            right.update(parts[1:])
    plain = "\n".join(word for word in count if "-" not in word)
    return {"count": count, "left": left, "right": right, "all": f"\n{plain}\n"}
