def page_one(folios):
    """Return the index of the page numbered 1 if pages before it are numbered in Roman, else None."""
    ones = [index - value + 1 for index, (kind, value, _) in folios.items() if kind == "1"]
    ones = [one for one in ones if one >= 0]
    first = max(set(ones), key=lambda one: (ones.count(one), -one)) if ones else -1
    return first if any(kind == "i" and index < first for index, (kind, _, _) in folios.items()) else None

def leave_out(lines, what, why):
    """Mark the lines still taken for text or a heading with `what` they are and `why`."""
    for line in lines:
        if line["use"] in ("body", "heading"):
            line.update(use=what, why=why)

def choose_body(pages, headings, folios, do, by_hand=None):
    """Mark every line outside the author's text with the kind of its section and the reason.

    `do` has the functions of the cells before; `by_hand` is [first, last], the PDF pages of the
    body, which then rules, but for notes in between.
    """
    one = page_one(folios)
    sections = do.split_sections(pages, headings, one)
    kinds = [do.section_kind(section["title"]) for section in sections]
    start, why = do.find_start(sections, kinds, one)
    labels = do.label_sections(sections, kinds, start, do.plain_title)
    for number, page in enumerate(pages, 1):
        if by_hand and not by_hand[0] <= number <= by_hand[1]:
            leave_out(page["lines"], "outside BOOK_PAGES", "set by hand")
        outer = number < 13 or number > len(pages) - 8
        if not by_hand and outer and do.is_legal_page(page["lines"]):
            leave_out(page["lines"], "copyright", "the set phrases of a copyright page")
    for section, kind, label in zip(sections, kinds, labels):
        if label and (not by_hand or label == "notes"):
            named = f"heading “{section['title']}”" if kind == label else f"follows the {label}"
            leave_out(section["lines"], label, why if label == "front matter" else named)
