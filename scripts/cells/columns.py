from collections import Counter

def find_gutter(lines, width):
    """Return the x (points) where a page's second column begins, or None: text on both sides, few across."""
    starts = Counter(round(line["x0"]) for line in lines if 0.35 * width < line["x0"] < 0.65 * width)
    for x in sorted(start for start, count in starts.items() if count > 2):
        left = sorted(line["x1"] - line["x0"] for line in lines if line["x1"] < x)
        right = sorted(line["x1"] - line["x0"] for line in lines if line["x0"] >= x - 1)
        if min(len(left), len(right)) > 3 and len(left) + len(right) >= 0.8 * len(lines):
            if right[len(right) // 2] > 0.5 * left[len(left) // 2] > 0.1 * width:
                return x - 2
    return None

def find_gutters(pages):
    """Return each page's gutter; a page with few lines in its second column takes that of pages like it."""
    found = [find_gutter(page["lines"], page["width"]) for page in pages]
    for side in (0, 1):  # left and right pages may be mirrored
        common = Counter(gutter for gutter in found[side::2] if gutter is not None).most_common(1)
        for index in range(side, len(pages), 2):
            lines = pages[index]["lines"]
            if common and common[0][1] > 2 and found[index] is None:
                usual = common[0][0]
                starts = any(abs(line["x0"] - usual) < 5 for line in lines)
                across = sum(line["x0"] < usual - 1 and line["x1"] > usual + 1 for line in lines)
                found[index] = usual if starts and across <= 0.2 * len(lines) else None
    return found
