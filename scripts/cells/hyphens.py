import re

_BROKEN_WORD = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010]$")
_WORD_START = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

def is_compound(left, right, words):
    """Tell whether the book would write left-right, broken there, with its hyphen; both in small letters.

    Its own use decides, if it has the word elsewhere. Else the halves vote: for a compound if they are words
    or parts of other compounds, against it if other words begin or end so (de-part-ment).
    """
    whole, compound = words["count"][left + right], words["count"][left + "-" + right]
    if whole or compound:
        return compound > whole
    last, seen = left.rsplit("-", 1)[-1], words["all"]
    endings, starts = seen.count(right + "\n") - seen.count(f"\n{right}\n"), seen.count("\n" + last)
    part = words["left"][last] > 0
    votes = (words["count"][last] > 0) + (words["count"][right] > 0)
    votes += 2 * part + 2 * (words["right"][right] > 0)
    votes -= 2 * (endings > 0) + (endings > 10) + (starts > 3) + 2 * (len(last) < 3 and not part)
    return votes > 0 or "-" in left

def join_words(before, after, words):
    """Return `before` as it runs on into the line `after`: with a space, or none after a dash or a break."""
    end = before[-1]
    if end.isalpha() or end not in "-\u00ad\u2010—―–":
        return before + " "
    broken, start = _BROKEN_WORD.search(before[-60:]), _WORD_START.match(after)
    if end == "\u00ad":  # a soft hyphen is always a break
        return before[:-1]
    if not broken:
        return before + " " * before.endswith((" -", " –"))
    if not start or start.group()[0].isupper() and not broken.group(1).isupper():
        return before
    left, right = (half.lower().replace("'", "’") for half in (broken.group(1), start.group()))
    return before if is_compound(left, right, words) else before[:-1]
