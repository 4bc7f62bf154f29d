def split_sections(pages, headings, page_one):
    """Return the parts between headings, [{"page", "title", "rank", "lines", "words"}], pages from 0.

    The first has no heading; another begins on `page_one` (or None), where Arabic page numbers begin.
    """
    starts = {id(heading["lines"][0]): heading for heading in headings}
    sections = [{"page": 0, "title": "", "rank": 0, "lines": [], "words": 0}]
    for index, page in enumerate(pages):
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        if index == page_one and not (lines and id(lines[0]) in starts):
            sections.append({"page": index, "title": "", "rank": 99, "lines": [], "words": 0})
        for line in lines:
            heading = starts.get(id(line))
            if heading:
                sections.append({**heading, "page": index, "title": heading["text"], "lines": [], "words": 0})
            sections[-1]["lines"].append(line)
            sections[-1]["words"] += line["text"].count(" ") + 1 if line["use"] == "body" else 0
    return sections

def find_start(sections, kinds, page_one):
    """Return the number of the section where the author's text begins, and why what is before is left out.

    With Roman page numbers in front it is the one on page 1, or a preface or the like by the author before;
    else the first chapter by name, unless a seventh of the words come before it; else the first section of 60
    words or more that has no other name.
    """
    named = [n for n, kind in enumerate(kinds) if kind == "chapter"]
    early = sum(part["words"] for part, kind in zip(sections[:named[0] if named else 0], kinds) if not kind)
    if page_one is not None:
        first = next((n for n, part in enumerate(sections) if part["page"] >= page_one and part["lines"]), 0)
        return min([first, *named]), "before the page numbered 1"
    if len(named) > 1 and early < sum(part["words"] for part in sections) / 7:
        return named[0], f"before the heading “{sections[named[0]]['title']}”"
    long = (n for n, part in enumerate(sections) if part["words"] >= 60 and kinds[n] in ("", "chapter"))
    return next(long, 0), "before the first running text"
