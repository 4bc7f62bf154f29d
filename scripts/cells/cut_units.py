MID_PARAGRAPH, MID_SPEECH = 0.01, 0.1  # a cut there costs as much as 10 % or 32 % too many words
NEW_CHAPTER, OPEN_END = 0.15, 0.25     # a chapter's end inside 39 %, an end without a full stop 50 %
LONGEST = 1.5                          # times the wanted words; only a single sentence may be longer

def cut_units(units, goal):
    """Return [(first, end)]: the cheapest cut of consecutive units into pieces of about `goal` words.

    Dynamic programming: the sum of squared relative errors of the length and of the costs above is least.
    """
    best, back = [0.0], [0]
    for end in range(1, len(units) + 1):
        words, chapters, costs = 0, 0, []
        for first in range(end - 1, -1, -1):
            unit = units[first]
            words += unit["words"]
            if costs and words > LONGEST * goal:
                break
            chapters += first + 1 < end and unit["chapter"] != units[first + 1]["chapter"]
            inside = 0 if unit["opens"] else MID_SPEECH if unit["verse"] else MID_PARAGRAPH
            costs.append((best[first] + (words / goal - 1) ** 2 + inside + NEW_CHAPTER * chapters, first))
        cost, first = min(costs)
        best.append(cost + (0 if units[end - 1]["closed"] else OPEN_END))
        back.append(first)
    cuts, end = [], len(units)
    while end:
        cuts.append((back[end], end))
        end = back[end]
    return cuts[::-1]

def overlap_start(units, first, overlap):
    """Return where about `overlap` words before unit `first` begin: at a sentence, in verse at a speech."""
    best, words, here = (overlap, first), 0, first
    while here and words < 2 * overlap and units[here - 1]["chapter"] == units[first]["chapter"]:
        here, words = here - 1, words + units[here - 1]["words"]
        if units[here]["opens"] or not units[here]["verse"]:
            best = min(best, (abs(words - overlap), here))
    return best[1]
