def has_ended(line):
    """Tell whether a line ends like a sentence."""
    return line["text"][-1] in ".?!:…—”’\"')]"

def find_habits(flow, size):
    """Return how a book sets its paragraphs, {"margin", "verse"}.

    "margin" is where they begin (points, as "in") if they go on indented, else None; "verse" tells whether
    most lines after an unfinished one begin with a capital.
    """
    pairs = [(before, line) for before, line in zip(flow, flow[1:]) if before["page"] == line["page"]]
    inward = [(round(before["in"]), has_ended(before)) for before, line in pairs
              if 0.6 * size < line["in"] - before["in"] < 4 * size]
    hanging = len(inward) > 10 and sum(ended for _, ended in inward) < 0.7 * len(inward)
    places = [place for place, _ in inward]
    margin = max(set(places), key=lambda place: (places.count(place), place)) if hanging else None
    capital = [line["text"][0].isupper() for before, line in pairs if not has_ended(before)]
    return {"margin": margin, "verse": 2 * sum(capital) > len(capital)}
