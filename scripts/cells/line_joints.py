def join_kind(before, line, ended, style, habits, verse):
    """Return how a line follows the one before: "new" (paragraph), "break" (a line of verse) or "" (runs on).

    A gap, an indent (in a hanging style the margin) or another slant begins a paragraph. A line that stops
    although the next word would have fitted was ended on purpose: a paragraph's end if it has `ended` like a
    sentence, else a line of verse; `verse` tells that the lines before were.
    """
    size, text, shift = style["size"], line["text"], line["in"] - before["in"]
    lower = text[0].islower()
    near = before["page"] == line["page"] and before["column"] == line["column"] and before["y"] < line["y"]
    gap = (line["y"] - before["y"]) / style["leading"] if near and line["above"] < 9 else 0
    word = (len(text.split(maxsplit=1)[0]) + 1) * (line["x1"] - line["x0"]) / len(text) + 0.5 * size
    short = before["free"] > word + (3 * size if lower and not ended else 0)
    slant = before["italic"] != line["italic"] and abs(shift) > 1.2 * size and (short or not lower)
    aside = abs(shift) > 4 * size and (ended and short or shift < 0 and before["italic"])
    if before["text"][-1] in "-\u00ad\u2010" and before["text"][-2:-1].isalpha() and text[0].isalpha():
        return ""  # a broken word
    if before["chapter"] != line["chapter"] or line.get("speaker"):
        return "new"
    if before.get("speaker"):
        return "break"
    if gap > 1.3 or ended and (gap > 1.1 or line["first"]) or slant:
        return "new"
    if habits["margin"] is not None and (short or abs(shift) > 0.6 * size):
        if abs(line["in"] - habits["margin"]) < 0.6 * size and (ended or shift < -0.6 * size):
            return "new"
        if 0.6 * size < abs(shift) < 4 * size:
            return "break" * (short or habits["verse"] and text[0].isupper())
    if aside or shift > 0.6 * size and ended:
        return "new"
    if habits["verse"] and abs(shift) < 0.6 * size and (text[0].isupper() or short):
        return "break"
    return "" if not short else "break" if not ended or verse and shift > -0.6 * size else "new"
