import re
from collections import Counter

_FOLIO = re.compile(r"\b(?:\d+|[ivxlc]+)\b")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

def page_rows(lines, size):
    """Return a page's lines as rows over all columns, top to bottom: lists of lines on one baseline."""
    rows = []
    for line in sorted(lines, key=lambda line: line["y"]):
        rows += [] if rows and line["y"] - rows[-1][0]["y"] < 0.6 * size else [[]]
        rows[-1].append(line)
    return rows

def read_numbers(text):
    """Return the numbers in a line as (kind, value, as printed): ("1", 12, "12") or ("i", 12, "xii")."""
    found = []
    for number in _FOLIO.findall(text.lower()):
        digits = [] if number.isdigit() else [_ROMAN_VALUES[letter] for letter in number]
        value = sum(-a if a < b else a for a, b in zip(digits, digits[1:] + [0])) if digits else int(number)
        found.append(("i" if digits else "1", value, number))
    return found

def find_folios(book_rows):
    """Return {page index: (kind, value, as printed)}, the printed page numbers, from all pages' rows.

    One stands in the first or last row and keeps its distance to the PDF's own count on several pages.
    """
    numbers, votes, folios = [], Counter(), {}
    for index, rows in enumerate(book_rows):
        edges = [line["text"] for row in (rows[:1] + rows[1:][-1:]) for line in row]
        numbers.append([number for text in edges if len(text) < 90 for number in read_numbers(text)])
        votes.update({(kind, value - index) for kind, value, _ in numbers[-1]})
    for index, found in enumerate(numbers):
        best = max(found, key=lambda number: votes[number[0], number[1] - index], default=None)
        if best and votes[best[0], best[1] - index] >= max(2, 0.02 * len(book_rows)):
            folios[index] = best
    return folios
