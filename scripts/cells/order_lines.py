def join_pieces(lines, column):
    """Return lines top to bottom, the pieces of a printed line joined (MuPDF cuts it at a wide space)."""
    rows = []
    for line in sorted(lines, key=lambda line: (line["y"], line["x0"])):
        last = rows[-1][0] if rows else line
        reach = max if line["text"].isdigit() or last["text"].isdigit() else min  # a note's mark
        rows += [] if rows and line["y"] - last["y"] < 0.4 * reach(line["size"], last["size"]) else [[]]
        rows[-1].append(line)
    for number, row in enumerate(rows):
        if len(row) > 1:
            row.sort(key=lambda line: line["x0"])
            main = max(row, key=lambda line: len(line["text"]))
            row = [line for line in row if line["size"] > 0.8 * main["size"] or not line["text"].isdigit()]
            text = row[0]["text"]
            for before, piece in zip(row, row[1:]):
                gap = (piece["x0"] - before["x1"]) / piece["size"]
                if piece["text"] != before["text"] or piece["x0"] > before["x0"] + 1:  # not printed twice
                    text += " " * (not -0.3 < gap < 0.1) + piece["text"]
            row[0] = {**main, "text": text, "x0": row[0]["x0"], "x1": max(piece["x1"] for piece in row),
                      "mark": row[0]["mark"], "marks": sum(piece["marks"] for piece in row)}
        row[0]["column"], rows[number] = column, row[0]
    return rows

def order_page(lines, gutter):
    """Return a page's lines in reading order, with "column" 0 (the whole width), 1 or 2.

    A line across the `gutter` (the second column's x, or None) ends the columns and begins new ones.
    """
    def column(line):
        return 1 + (line["x0"] >= gutter) if line["x0"] > gutter - 1 or line["x1"] < gutter + 1 else 0
    across = [line for line in lines if gutter is not None and column(line) == 0]
    if gutter is None or 2 * len(across) > len(lines):
        return join_pieces(lines, 0)
    ordered, top = [], float("-inf")
    for whole in [*join_pieces(across, 0), {"y": float("inf")}]:
        between = [line for line in lines if top <= line["y"] < whole["y"]]
        for side in (1, 2):
            ordered += join_pieces([line for line in between if column(line) == side], side)
        ordered, top = ordered + [whole], whole["y"]
    return ordered[:-1]
