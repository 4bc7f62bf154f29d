# %% id="copying-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="find_copies-text"
# ### Find copied words
# A model that recites the book has not learned to write. For every word of an answer, this finds the longest run of words from there that stands in the training text. It is exact, and takes about a second for 200 answers and 900,000 words.

# %% id="find_copies"
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

# %% [markdown] id="copied_runs-text"
# ### Measure copying
# Two figures per text: its longest run of words from the training text, and the share of its words in runs of five or more. Neither is zero for honest text, because an author repeats himself; his held-out passages show how much.

# %% id="copied_runs"
SHORTEST_RUN = 5     # words; shorter runs are the small change of a language, which nobody owns
LONGEST_OVERLAP = 400  # words that neighbouring training passages may share

def join_passages(passages, words_of):
    """Return [{"words": [...], "origin": [(passage number, word number), ...]}]: the training text, joined where
    a passage begins with the last words of the one before it, so that runs may cross from one to the next."""
    joined, book = [], None
    for number, passage in enumerate(passages):
        words = words_of(passage["text"])
        last = joined[-1]["words"] if joined and passage["book"] == book else []
        shared = next((n for n in range(min(LONGEST_OVERLAP, len(last), len(words)), SHORTEST_RUN - 1, -1)
                       if last[-n] == words[0] and last[-n:] == words[:n]), 0)
        if not shared:
            joined.append({"words": [], "origin": []})
        joined[-1]["words"] += words[shared:]
        joined[-1]["origin"] += [(number, n) for n in range(shared, len(words))]
        book = passage["book"]
    return joined

def copied_runs(matches):
    """Return {"longest": words, "share": 0 to 1, "runs": [{"start", "words", "source", "place"}]}, longest first.

    `matches` is a text's table from `longest_matches`. Runs are those of SHORTEST_RUN words or more that cannot be
    made longer on either side; "share" is the share of the text's words that stand in one of them.
    """
    runs, reach = [], 0
    for start, (words, source, place) in enumerate(matches.tolist()):
        if words >= SHORTEST_RUN and start + words > reach:  # otherwise it is the end of the run before
            runs.append({"start": start, "words": words, "source": source, "place": place})
            reach = start + words
    covered = {n for run in runs for n in range(run["start"], run["start"] + run["words"])}
    return {"longest": max((words for words, *_ in matches.tolist()), default=0),
            "share": len(covered) / len(matches) if len(matches) else 0.0,
            "runs": sorted(runs, key=lambda run: -run["words"])}

# %% [markdown] id="side_by_side-text"
# ### Mark copied runs
# Copied words are bold and underlined, so that they show in grey too.

# %% id="side_by_side"
import html, re

_TOKEN_PLACE = re.compile(r"\w+(?:['’]\w+)*")  # a word as the copy finder counts them
MARK = '<mark style="background:#ffe08a;color:#000;font-weight:bold;text-decoration:underline">'  # shows in grey

def mark_words(text, runs):
    """Return the text as HTML, escaped, with the words of `runs` ([(first word, words), ...]) marked."""
    spans = [match.span() for match in _TOKEN_PLACE.finditer(text)]
    wanted = {n for first, words in runs for n in range(first, first + words)}
    parts, end = [], 0
    for n, (a, b) in enumerate(spans):
        gap = html.escape(text[end:a])
        opens, closes = n in wanted and n - 1 not in wanted, n - 1 in wanted and n not in wanted
        parts.append((f"</mark>{gap}" if closes else gap) + (MARK if opens else "") + html.escape(text[a:b]))
        end = b
    return "".join(parts) + ("</mark>" if len(spans) - 1 in wanted else "") + html.escape(text[end:])

def html_table(headings, rows, widths):
    """Return an HTML table of cells that are HTML already; `widths` are the columns' shares in percent."""
    style = "text-align:left;vertical-align:top;white-space:pre-wrap;padding:6px;border-bottom:1px solid #999"
    sizes = [f"width:{width}%;" for width in widths]
    def line(tag, row):
        cells = (f'<{tag} style="{size}{style}">{one}</{tag}>' for size, one in zip(sizes, row))
        return f"<tr>{''.join(cells)}</tr>"
    return ('<table style="width:100%;table-layout:fixed;border-collapse:collapse">' + line("th", headings)
            + "".join(line("td", row) for row in rows) + "</table>")

def excerpt(text, first, words, around=25):
    """Return (the run of `words` words from word `first` and `around` more on either side, its new first word)."""
    spans = [match.span() for match in _TOKEN_PLACE.finditer(text)]
    a, b = max(0, first - around), first + words + around
    opens, closes = spans[a][0] if a else 0, spans[b - 1][1] if b < len(spans) else len(text)
    return ("… " if a else "") + text[opens:closes] + (" …" if b < len(spans) else ""), first - a
