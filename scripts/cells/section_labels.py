import re

_LAST_PARTS = ("index", "about the author", "bibliography", "appendix", "praise", "copyright")  # end a book

def label_sections(sections, kinds, start, plain_title):
    """Return for each section why it is left out, "" where it is kept.

    Notes, an index and the like last until a heading of higher rank; or of the same rank, if it opens a
    chapter or 300 words of prose, and its title has not come before (a chapter's notes are headed like it).
    """
    labels, state, rank, seen = [], "", 0, set()
    for n, (section, kind) in enumerate(zip(sections, kinds)):
        if n < start:
            labels.append(kind if kind not in ("", "chapter") else "front matter")
            continue
        title = plain_title(re.sub(r"(?i)^(chapter|part)\b", "", section["title"])) or section["title"]
        listed = sum(bool(re.match(r"\d+[.\s]", line["text"])) for line in section["lines"])
        if kind not in ("", "chapter"):
            state, rank = kind, section["rank"]
        elif state and title not in seen and listed < 0.2 * len(section["lines"]) + 2:
            signs = (kind == "chapter") + (section["words"] > 300)
            again = kinds[start:].count(state) > 1 or signs > (state in _LAST_PARTS)
            if section["rank"] > rank + 0.3 or again and section["rank"] > rank - 0.3:
                state = ""
        labels.append(state)
        seen.update([] if state else [title])
    return labels
