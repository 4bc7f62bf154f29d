import re

_CAPTION_LABEL = re.compile(r"(figs?\.|figure|plate|table|map|illustration|photo(graph)?|chart|diagram)\s*"
                            r"[\divxlc]+([.\-–][\divxlc]+)*\s*([:.—–|]|$|(?-i:[A-Z“]))", re.I)

def mark_captions(pages, size):
    """Mark captions: a labelled line that stands apart, with the words in a drawing above it; small or
    slanted lines under an image; text in an image. Mark a line without a letter (stars) as ornament.
    """
    for page in pages:
        lines = [line for line in page["lines"] if line["use"] == "body"]
        half = page["width"] * page["height"] / 2  # a larger image is the scanned page itself
        images = [(x0, y0, x1, y1) for x0, y0, x1, y1 in page["images"] if (x1 - x0) * (y1 - y0) < half]
        for n, line in enumerate(lines):
            inside = under = False
            for x0, y0, x1, y1 in images:
                inside |= x0 <= line["x0"] and line["x1"] <= x1 and y0 < line["y"] < y1
                close = x0 - 2 * size < line["x0"] and line["x1"] < x1 + 2 * size
                under |= close and 0 < line["y"] - y1 < 3 * size
            label = line["above"] > 1.25 and _CAPTION_LABEL.match(line["text"])
            small = line["size"] < 0.95 * size
            if label or under and (line["italic"] or small):
                for part in reversed(lines[:n]):
                    if not label or min(part["above"], part["below"]) < 1.4 or len(part["text"]) > 40:
                        break
                    part["use"] = "caption"
                for part in lines[n:]:
                    part["use"] = "caption"
                    if part["below"] > 1.2 or abs(part["size"] - line["size"]) > 0.5:
                        break
            elif inside and small:
                line["use"] = "caption"
            elif not any(letter.isalnum() or letter in "“”‘’\"'.…" for letter in line["text"]):
                line["use"] = "ornament"
