def text_flow(pages, headings, name):
    """Return the kept lines in order with "page" (from 0), "side" and "chapter", the heading above them.

    Raises ValueError if the file `name` has none.
    """
    titles = {id(heading["lines"][0]): heading["text"] for heading in headings}
    flow, chapter = [], None
    for index, page in enumerate(pages):
        for line in page["lines"]:
            if line["use"] == "heading":
                chapter = titles.get(id(line), chapter)
            elif line["use"] == "body":
                line.update(page=index, chapter=chapter, side=(index % 2, line["column"]))
                flow.append(line)
    if not flow:
        raise ValueError(f"{name}: no running text was found: give its first and last page in BOOK_PAGES.")
    return flow
