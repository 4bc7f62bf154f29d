# %% id="lines-imports"
"""Puts the pieces of a printed line together."""

from chapters.pages import NOTE_MARK, Line

# %% [markdown] id="lines-rows-text"
# #### Pieces of a line
# The pieces of one printed line are put together, from left to right; small raised numbers among
# them are marks of notes.

# %% id="lines-rows"
from itertools import pairwise


def join_row(row: list[Line]) -> Line:
    """Return the pieces of one printed line as one line; small numbers among them are marks."""
    row = sorted(row, key=lambda line: line["x0"])
    main = max(row, key=lambda line: len(line["text"]))
    small = [one for one in row if one["size"] <= 0.8 * main["size"]]
    small = [one for one in small if NOTE_MARK.fullmatch(one["text"])]
    row = [one for one in row if one not in small]
    first = small[0]["text"] if small and small[0]["x0"] < row[0]["x0"] else row[0]["mark"]
    text, right = row[0]["text"], max(piece["x1"] for piece in row)
    for before, piece in pairwise(row):
        gap = (piece["x0"] - before["x1"]) / piece["size"]
        if piece["text"] != before["text"] or piece["x0"] > before["x0"] + 1:  # not printed twice
            text += piece["text"] if -0.3 < gap < 0.1 else " " + piece["text"]
    whole: Line = {**main, "text": text, "x0": row[0]["x0"], "x1": right}
    whole["mark"] = first
    later = small[first != row[0]["mark"] :]
    whole["marks"] = [mark for piece in row for mark in piece["marks"]]
    whole["marks"] += [piece["text"] for piece in later]
    wide = [after["x0"] - before["x1"] > 0.8 * main["size"] for before, after in pairwise(row)]
    if any(wide):
        whole["cells"] = 1 + sum(wide)
    return whole


def join_pieces(lines: list[Line], column: int) -> list[Line]:
    """Return the lines of a `column` top to bottom, the pieces of a printed line joined."""
    rows = []
    for line in sorted(lines, key=lambda line: (line["y"], line["x0"])):
        last = rows[-1][0] if rows else line
        step, sizes = line["y"] - last["y"], (line["size"], last["size"])
        level = step < 0.4 * max(sizes) and (
            step < 0.4 * min(sizes) or any(NOTE_MARK.fullmatch(one["text"]) for one in (line, last))
        )
        if rows and level:
            rows[-1].append(line)
        else:
            rows.append([line])
    joined = [join_row(row) if len(row) > 1 else row[0] for row in rows]
    for line in joined:
        line["column"] = column
    return joined


def page_rows(lines: list[Line], size: float) -> list[list[Line]]:
    """Return a page's lines as rows over all columns, top to bottom: lists on one baseline."""
    rows = []
    for line in sorted(lines, key=lambda line: line["y"]):
        if not rows or line["y"] - rows[-1][0]["y"] >= 0.6 * size:
            rows.append([])
        rows[-1].append(line)
    return rows
