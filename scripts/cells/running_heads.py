import re
from collections import Counter

def mark_running_heads(book_rows, style, folios):
    """Mark what stands at the top or foot of many pages: "running head" or "page number".

    Rows at one height are judged together, from the outside in: six in ten must hold their page's number
    (`folios`), or words that return and stand off from the text by more than a line.
    """
    left, known, numbers = [list(rows) for rows in book_rows], set(), dict(folios)
    enough = max(2, min(3, len(left) / 3), 0.04 * len(left))
    for end, inner in 3 * ((0, 1), (-1, -2)):
        found = []
        for index, rows in enumerate(left):
            text = " ".join(line["text"] for line in rows[end]) if rows else ""
            words = re.findall(r"[^\W_]+", text.lower())
            if 0 < len(words) < 16:
                number, row = numbers.get(index, ("", 0, ""))[2], rows[end]
                gap = abs(rows[inner][0]["y"] - row[0]["y"]) / style["leading"] if len(rows) > 1 else 9
                face = " ".join(word for word in words if word != number), round(row[0]["size"])
                found.append((row[0]["y"], index, face, number in words, gap))
        found.sort()
        cuts = [n for n in range(1, len(found)) if found[n][0] - found[n - 1][0] > 0.3 * style["size"]]
        for group in (found[a:b] for a, b in zip([0, *cuts], [*cuts, len(found)])):
            again = Counter(face for _, _, face, _, _ in group)
            sure = [numbered or gap > 1.25 and (again[face] > 1 or face in known)
                    for _, _, face, numbered, gap in group]
            many = len(group) >= enough and sum(sure) >= 0.6 * len(group)
            for (_, index, face, numbered, _), fits in zip(group, sure):
                plain = numbered and not face[0] and face[1] <= 1.12 * style["size"]
                if many or fits and (face in known or plain):
                    known.update({face} if many and face[0] and again[face] > 1 else ())
                    numbers.pop(index if numbered else None, None)
                    for line in left[index].pop(end):
                        line["use"] = "running head" if face[0] else "page number"
