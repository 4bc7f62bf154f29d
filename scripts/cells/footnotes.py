import re
from collections import Counter

_NOTE_START = re.compile(r"[\[(]?\d{1,3}[.)\]]?(\s|$)|[*∗†‡§¶‖]")
_NOTE_END = ".?!:)]”’\""

def find_note(lines, size, marked):
    """Return where in a column's `lines` notes begin (their number: nowhere), and where small type does.

    A note opens with a raised mark; or any mark, after a sentence in small type, if the page is `marked`. In
    type as large as the text it comes after a line with a mark."""
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
        left = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        if all(line["size"] > 0.93 * size and not line["mark"] for line in left):
            continue
        marked = re.search(r"[*∗†‡]|\[\d+\]", "".join("*" * line["marks"] + line["text"] for line in left))
        for column in sorted({line["column"] for line in left}):
            lines = [line for line in left if line["column"] == column]
            head = max((n for n, line in enumerate(lines, 1) if line["use"] == "heading"), default=0)
            feet += [(index, lines[head:], *find_note(lines[head:], size, marked))] if lines[head:] else []
    sizes = Counter(round(2 * lines[note]["size"]) for _, lines, note, _ in feet if note < len(lines))
    usual, last, over = max(sizes, key=sizes.get, default=0) / 2, -2, True
    for index, lines, note, small in feet:
        margin = min(line["x0"] for line in lines)
        follows = small < note and index - last < 2 and abs(lines[small]["size"] - usual) < 0.6
        goes_on = follows and (lines[small]["x0"] - margin < size or not over)
        for line in lines[small if goes_on else note:]:
            line["use"], last, over = "note", index, line["text"][-1] in _NOTE_END
