from collections import Counter

_LINE_REASONS = {
    "running head": "returns at the same height from page to page",
    "page number": "counts the pages at the same height",
    "heading": "kept as the chapter's title",
    "caption": "labelled and apart, or at an image",
    "note": "small type with a mark at the foot",
    "contents": "lines that end in page numbers",
    "ornament": "no letter in it"}

def report_book(pages):
    """Return what became of the lines: {"decisions", "page_uses", "words_kept", "words_dropped"}.

    A decision is {"page" (from 1), "what", "reason", "words", "text"}, one for each use but the body on each
    page; "page_uses" gives for each page what most of its words were taken for.
    """
    decisions, uses, total = [], [], Counter()
    for number, page in enumerate(pages, 1):
        here = {}
        for line in page["lines"]:
            here.setdefault(line["use"], []).append(line)
        counts = {use: sum(line["text"].count(" ") + 1 for line in lines) for use, lines in here.items()}
        total.update(counts)
        for use, lines in here.items():
            if use != "body":
                reason = lines[0].get("why") or _LINE_REASONS[use]
                decisions.append({"page": number, "what": use, "reason": reason, "words": counts[use],
                                  "text": "\n".join(line["text"] for line in lines)})
        bare = "image" if page["images"] else "empty"
        if bare == "image" and not here:
            decisions.append({"page": number, "what": bare, "reason": "no text", "words": 0, "text": ""})
        likely = {use: count for use, count in counts.items() if use not in ("running head", "page number")}
        uses.append(max(likely, key=likely.get) if likely else bare)
    return {"decisions": decisions, "page_uses": uses, "words_kept": total.pop("body", 0),
            "words_dropped": dict(total.most_common())}
