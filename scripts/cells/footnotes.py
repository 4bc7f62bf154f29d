import re
from collections import Counter

_NOTE_START = re.compile(r"[\[(]?\d{1,3}[.)\]]?(\s|$)|[*∗†‡§¶‖]")
_NOTE_END = ".?!:)]”’\""

def find_note(lines, size, marked):
    """Return where in a column's `lines` its notes begin (their number: nowhere) and where small type does.

    A note opens with a raised mark; or any mark, after a sentence in small type, if the page's text is
    `marked`. In type as large as the text it comes after a line with a mark.
    """
    small = next((n for n in range(len(lines), 0, -1) if lines[n - 1]["size"] > 0.93 * size), 0)
    first = next((n for n, line in enumerate(lines) if line["marks"]), len(lines))
    for n, line in enumerate(lines):
        fresh = n == small or lines[n - 1]["text"][-1] in _NOTE_END
        opens = line["mark"] or marked and fresh and _NOTE_START.match(line["text"])
        if opens and n >= small > 0 or line["mark"] and n > first and line["above"] > 1.1:
            return n, small
    return len(lines), small

def mark_footnotes(pages, size):
    """Mark the notes at the feet of columns, and the notes that go on there from the page before."""
    feet = []
    for index, page in enumerate(pages):
        marked = any(line["marks"] for line in page["lines"]) \
            or re.search(r"[*∗†‡]|\[\d+\]", "".join(line["text"] for line in page["lines"]))
        for column in {line["column"] for line in page["lines"]}:
            lines = [line for line in page["lines"] if line["column"] == column]
            lines = [line for line in lines if line["use"] in ("body", "heading")]
            heads = [n for n, line in enumerate(lines, 1) if line["use"] == "heading"]
            lines = lines[heads[-1]:] if heads else lines
            feet += [(index, lines, *find_note(lines, size, marked))] if lines else []
    sizes = Counter(round(2 * lines[note]["size"]) for _, lines, note, _ in feet if note < len(lines))
    usual, last, over = sizes.most_common(1)[0][0] / 2 if sizes else 0, -2, True
    for index, lines, note, small in feet:
        margin = min(line["x0"] for line in lines)
        follows = small < note and index - last < 2 and abs(lines[small]["size"] - usual) < 0.6
        goes_on = follows and (lines[small]["x0"] - margin < size or not over)
        for line in lines[small if goes_on else note:]:
            line["use"], last, over = "note", index, line["text"][-1] in _NOTE_END
