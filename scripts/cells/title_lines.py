import re

_COUNTED_TITLE = re.compile(r"(chapter|part|book|act|scene|canto|rule|section|letter|day)\s+\S+", re.I)

def mark_title_lines(pages, size, titles, plain_title):
    """Mark the line after a heading as part of it: in the same large type; or if the two make a title in the
    contents (`titles`); or close under "Chapter 1" in bold, italic or capitals, with white below.
    """
    pairs = [pair for page in pages for pair in zip(page["lines"], page["lines"][1:])]
    for before, line in pairs:
        if before["use"] == "heading" and line["use"] == "body" and line["above"] < 9:
            under = line["bold"] or line["italic"] or line["text"].isupper()
            under = under and line["above"] < 1.6 and line["below"] > 1.12
            alike = line["size"] > 1.12 * size and abs(line["size"] - before["size"]) < 0.5
            listed = plain_title(before["text"] + " " + line["text"]) in titles
            if alike or listed or under and _COUNTED_TITLE.fullmatch(before["text"]):
                line["use"] = "heading"
