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
