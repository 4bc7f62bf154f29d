import itertools, re
import numpy as np

_TOKEN = re.compile(r"\w+(?:['’]\w+)*")

def words_of(text):
    """Return the text's words in lower case, without punctuation."""
    return [word.casefold().replace("’", "'") for word in _TOKEN.findall(text)]

def longest_matches(texts, sources):
    """Return for every word of each text the longest run of words from there that stands in a source.

    `texts` and `sources` are lists of lists of words. A text gives an int array (words, 3): the run's length, the
    number of the source where it first occurs and the place of its first word there; length 0: an unknown word.
    In round n every place on both sides gets a number that stands for the n words from there, made of the number
    of the first n - 1 and the n-th word; places without a partner on the other side drop out. So it is exact, and
    little is left after a few rounds, however long the sources.
    """
    ids = {word: n for n, word in enumerate(dict.fromkeys(itertools.chain(*sources)), 3)}
    def flat(lists, end):  # one row of numbers; 0 and 1 end a text or a source, so that no run crosses an end
        return np.array([n for words in lists for n in [*(ids.get(word, 2) for word in words), end]], dtype=int)
    text, source = flat(texts, 0), flat(sources, 1)
    place, at = np.arange(len(text)), np.arange(len(source))  # places still in the running ...
    sort, kind = np.zeros_like(place), np.zeros_like(at)      # ... and the numbers of their first n - 1 words
    best, n = np.zeros((len(text), 2), dtype=int), 0
    while len(place):
        known, sort = np.unique(sort * (len(ids) + 3) + text[place + n], return_inverse=True)
        key = kind * (len(ids) + 3) + source[at + n]
        kind = np.minimum(np.searchsorted(known, key), len(known) - 1)
        at, kind = at[known[kind] == key], kind[known[kind] == key]
        first = np.full(len(known), -1)
        first[kind[::-1]] = at[::-1]
        place, sort = place[first[sort] >= 0], sort[first[sort] >= 0]
        n += 1
        best[place] = np.column_stack([np.full(len(place), n), first[sort]])
    ends, starts = (np.cumsum([0] + [len(words) + 1 for words in lists]) for lists in (texts, sources))
    number = np.searchsorted(starts, best[:, 1], "right") - 1
    table = np.column_stack([best[:, 0], number, best[:, 1] - starts[number]])
    return [table[a:b - 1] for a, b in zip(ends, ends[1:])]
