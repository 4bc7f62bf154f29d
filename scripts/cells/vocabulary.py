import re
from collections import Counter

_WORD_FORM = re.compile(r"[^\W\d_]+(?:[’-][^\W\d_]+)*")

def count_vocabulary(pages):
    """Return a book's vocabulary, to judge broken words by. Only words that stand whole inside a line count.

    {"count": each form in small letters, "left" and "right": the parts of its hyphenated words, "all": its
    plain words as one text, a line each, in which beginnings and endings can be counted}.
    """
    text = "\n".join(line["text"] for page in pages for line in page["lines"]).lower()
    text = text.replace("'", "’").replace("—", " ").replace("\u00ad\n", "-\n").replace("\u2010\n", "-\n")
    found, runs = Counter(text.split()), text.split("-\n")
    found.subtract(run.rsplit(maxsplit=1)[-1] + "-" for run in runs[:-1] if run.strip())
    found.subtract(run.split(maxsplit=1)[0] for run in runs[1:] if run.strip())
    count, left, right = {}, Counter(), Counter()
    for token, times in found.items():
        for word in [token] if token.isalpha() else _WORD_FORM.findall(token):
            count[word] = count.get(word, 0) + max(0, times)
    for word in count:
        if "-" in word:
            parts = word.split("-")
            left.update(parts[:-1])
            right.update(parts[1:])
    plain = "\n".join(word for word in count if "-" not in word)
    return {"count": Counter(count), "left": left, "right": right, "all": f"\n{plain}\n"}
