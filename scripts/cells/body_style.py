from collections import Counter

def body_style(pages):
    """Return {"size", "leading", "family"} of the running text: the type (points) of most characters.

    Sizes within 6 % count as one, since justified type is stretched; the leading is the smallest step that a
    quarter of the lines have. A hundred pages tell; more are not looked at.
    """
    sizes, families, steps = Counter(), Counter(), Counter()
    pages = [page["lines"] for page in pages[::1 + len(pages) // 100] if page["lines"]] or \
            [page["lines"] for page in pages]
    for lines in pages:
        for line in lines:
            sizes[round(2 * line["size"]) / 2] += len(line["text"])
    size = max(sizes, key=lambda size: sum(sizes[near] for near in sizes if abs(near - size) <= 0.06 * size))
    for lines in pages:
        body = [line for line in lines if abs(line["size"] - size) <= 0.06 * size]
        steps.update(round(2 * (after["y"] - line["y"])) / 2 for line, after in zip(body, body[1:]))
        for line in body:
            families[line["family"]] += len(line["text"])
    steps = Counter({step: count for step, count in steps.items() if 0.8 * size < step < 3 * size})
    often = [step for step in steps if steps[step] + steps[step + 0.5] > steps.total() / 4]
    leading = min(often or [step for step, _ in steps.most_common(1)], default=1.2 * size)
    return {"size": size, "family": families.most_common(1)[0][0], "leading": leading}

def measure_gaps(pages, leading):
    """Give every line "above" and "below": the steps to its neighbours in leadings, 9 at a column's ends."""
    for page in pages:
        before = None
        for line in page["lines"]:
            if line["use"] == "body":
                near = before is not None and before["column"] == line["column"]
                line.update(above=(line["y"] - before["y"]) / leading if near else 9, below=9)
                if near:
                    before["below"] = line["above"]
                before = line
