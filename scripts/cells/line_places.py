from collections import Counter
from itertools import groupby

def measure_places(flow, size):
    """Give every line its place in its column, in points: "in" (indent) and "free" (white at its end).

    "first" tells whether it has a paragraph's usual indent. A block that is set in has edges of its own.
    """
    starts, ends = {}, {}
    for line in flow:
        starts.setdefault(line["side"], []).append(round(line["x0"]))
        ends.setdefault(line["side"], []).append(line["x1"])
    left = {side: Counter(found).most_common(1)[0][0] for side, found in starts.items()}
    right = {side: sorted(found)[int(0.95 * (len(found) - 1))] for side, found in ends.items()}
    for line in flow:
        line["in"], line["free"] = line["x0"] - left[line["side"]], right[line["side"]] - line["x1"]
        line["first"] = False
    indents = Counter(round(line["in"]) for line, after in zip(flow, flow[1:])
                      if line["in"] > 0.6 * size > abs(after["in"])) or Counter([0])
    usual = indents.most_common(1)[0][0]
    def block_key(line):
        return line["in"] > 0.6 * size and (line["page"], line["side"])
    for run in (list(run) for inside, run in groupby(flow, key=block_key) if inside):
        most, count = Counter(round(line["in"]) for line in run).most_common(1)[0]
        least = min(line["free"] for line in run)
        even = sum(line["free"] < least + 2 for line in run) > 0.5 * len(run) and least > 0.8 * size
        block = count > 1 and 2 * count >= len(run) and (even or abs(most - usual) > 1.5)
        for line in run:
            line["free"] -= least if block else 0
            line["first"] = not block and abs(line["in"] - usual) < 1.5
