def group_lines(flow, style, habits, has_ended, join_kind):
    """Return the paragraphs as lists of (kind, line); the kind is what `join_kind` gives."""
    groups, breaks = [], 0
    for before, line in zip([None, *flow], flow):
        verse = bool(groups) and 2 * breaks >= len(groups[-1]) > 1
        kind = join_kind(before, line, has_ended(before), style, habits, verse) if before else "new"
        if kind == "new":
            groups.append([])
            breaks = 0
        breaks += kind == "break"
        groups[-1].append((kind, line))
    return groups

def build_paragraph(group, size, words, join_words):
    """Return {"text", "pages" (from 1), "chapter", "verse"} for a group of lines.

    Prose is one line; verse, where three lines in ten end early, keeps its lines; so does a speaker's name.
    """
    breaks = sum(kind == "break" for kind, _ in group)
    verse = breaks > 0 and breaks >= 0.3 * (len(group) - 1)
    parts = [group[0][1]["text"]]
    for place, ((kind, line), (_, before)) in enumerate(zip(group[1:], group)):
        apart = kind == "break" and (verse or place == 0 and len(parts[0]) < 30)
        capital = verse and line["text"][0].isupper() and line["in"] - before["in"] < 0.6 * size
        if apart or capital and parts[-1][-1] not in "-\u00ad\u2010":
            parts += ["\n", line["text"]]
        else:
            parts += [join_words(parts.pop(), line["text"], words), line["text"]]
    return {"text": "".join(parts), "pages": [group[0][1]["page"] + 1, group[-1][1]["page"] + 1],
            "chapter": group[0][1]["chapter"], "verse": verse}
