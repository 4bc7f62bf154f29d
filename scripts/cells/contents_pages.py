import re

_CONTENTS_NAME = re.compile(r"(table of )?contents|(list of )?(figures|illustrations|tables|maps)", re.I)
_CONTENTS_ENTRY = re.compile(r".*?[\s.…·_]+(\d+|[ivxlc]+)$", re.I)

def plain_title(text):
    """Return a title's letters only, small, a space between words: the form in which titles are compared."""
    return " ".join(re.findall(r"[^\W\d_]+", text.lower()))

def mark_contents(pages, size, outline=()):
    """Mark the contents and lists of figures near the front; return the plain titles they name, a set.

    They go on while lines are short or end in a number; a page without such lines, a line in larger type or
    a run of long lines ends them. `outline` holds the titles of the PDF's bookmarks.
    """
    titles, inside = {plain_title(title) for title in outline}, False
    for page in pages[:max(12, len(pages) // 5)]:
        lines = [line for line in page["lines"] if line["use"] == "body"]
        entry = [bool(_CONTENTS_ENTRY.match(line["text"])) for line in lines]
        heads = [n for n, line in enumerate(lines) if _CONTENTS_NAME.fullmatch(line["text"].strip(" :."))]
        inside = inside and sum(entry) >= 0.3 * len(lines) > 0
        for n, line in enumerate(lines):
            large = heads and n > heads[-1] + 1 and line["size"] > 1.3 * size
            if n in heads:
                inside = True
            elif inside and not any(entry[n:n + 4]) and (len(line["text"]) > 60 or large):
                inside = False
            if inside:
                line["use"] = "contents"
                titles.add(plain_title(line["text"]))
    return titles - {""}
