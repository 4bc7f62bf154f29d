from pathlib import Path
from types import SimpleNamespace

def extract_book(path, parts, by_hand=None, progress=lambda items, label, total=None: items):
    """Read one PDF and return {"stem", "title", "path", "paragraphs", "n_pages", "report"}.

    `parts` maps the names of the functions above to them; `by_hand` is [first, last], the PDF pages of the
    body, or None. Raises ValueError if the file holds no readable book.
    """
    do, path = SimpleNamespace(**parts), Path(path)
    document = do.open_book(path)
    do.check_range(path.name, by_hand, len(document))
    pages = [do.read_page(page, do.read_line) for page in progress(document, path.stem, len(document))]
    scans = [number for number, page in enumerate(pages) if do.is_scan(page)]
    for number in progress(scans, f"{path.stem}: reading images") if scans and do.has_ocr() else ():
        pages[number] = do.read_page(document[number], do.read_line, ocr=True)
    do.check_text(path.name, pages)
    style, words = do.body_style(pages), do.count_vocabulary(pages)
    size = style["size"]
    for page, gutter in zip(pages, do.find_gutters(pages)):
        page["lines"] = do.order_page(do.join_capitals(page["lines"], size, words), gutter)
    rows = [do.page_rows(page["lines"], size) for page in pages]
    folios = do.find_folios(rows)
    do.mark_running_heads(rows, style, folios)
    do.measure_gaps(pages, style["leading"])
    titles = do.mark_contents(pages, size, [entry[1] for entry in document.get_toc()])
    do.mark_captions(pages, size)
    do.mark_heading_lines(pages, style, titles, do.plain_title, do.section_kind)
    do.mark_title_lines(pages, size, titles, do.plain_title)
    headings = do.group_headings(pages, do.section_kind)
    do.mark_footnotes(pages, size)
    do.choose_body(pages, headings, folios, do, by_hand)
    flow = do.text_flow(pages, headings, path.name)
    do.measure_places(flow, size)
    groups = do.group_lines(flow, style, do.find_habits(flow, size), do.has_ended, do.join_kind)
    paragraphs = [do.build_paragraph(group, size, words, do.join_words) for group in groups]
    report = {**do.report_book(pages), "doubts": do.judge_paragraphs(paragraphs, groups, style)}
    return {"stem": path.stem, "title": document.metadata.get("title") or path.stem.replace("_", " "),
            "path": str(path), "paragraphs": paragraphs, "n_pages": len(pages), "report": report}
