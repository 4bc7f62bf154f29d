import re

_LAST_PARTS = ("index", "about the author", "bibliography", "appendix", "praise", "copyright")  # end a book

def is_list(lines):
    """Tell whether one in five of the lines begins with a number, as in a list of notes."""
    return sum(line["text"][0].isdigit() for line in lines) >= 0.2 * len(lines) + 2

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
        if kind not in ("", "chapter"):
            state, rank = kind, section["rank"]
        elif state and title not in seen and not is_list(section["lines"]):
            signs = (kind == "chapter") + (section["words"] > 300)
            again = kinds[start:].count(state) > 1 or signs > (state in _LAST_PARTS)
            if section["rank"] > rank + 0.3 or again and section["rank"] > rank - 0.3:
                state = ""
        labels.append(state)
        seen.update([] if state else [title])
    return labels
