import pandas as pd

def page_range(numbers):
    """Return "3–17" for a list of page numbers, "none" for an empty one."""
    first, last = (min(numbers), max(numbers)) if numbers else ("none", "none")
    return str(first) if first == last else f"{first}–{last}"

def extraction_table(books):
    """Return a data frame, a row a book: pages, body pages, words kept, words left out for each reason."""
    rows = []
    for book in books:
        report = book["report"]
        body = [number for number, use in enumerate(report["page_uses"], 1) if use == "body"]
        rows.append({"book": book["stem"], "pages": book["n_pages"], "body pages": page_range(body),
                     "words kept": report["words_kept"], **report["words_dropped"]})
    return pd.DataFrame(rows).set_index("book").fillna(0).convert_dtypes()

def section_table(books, skip=("running head", "page number", "note", "caption", "heading", "ornament")):
    """Return a data frame of the sections left out: book, pages, taken for, because, words."""
    rows = []
    for book in books:
        for decision in book["report"]["decisions"]:
            same = rows and rows[-1]["book"] == book["stem"] and rows[-1]["taken for"] == decision["what"]
            if decision["what"] not in skip and not same:
                rows.append({"book": book["stem"], "pages": [], "taken for": decision["what"],
                             "because": decision["reason"], "words": 0})
            if decision["what"] not in skip:
                rows[-1]["pages"].append(decision["page"])
                rows[-1]["words"] += decision["words"]
    return pd.DataFrame([{**row, "pages": page_range(row["pages"])} for row in rows])

if __name__ == "__main__":
    for book in books:
        kept = "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"])
        gone = map("page {page}, {what} ({reason}):\n{text}\n".format_map, book["report"]["decisions"])
        for folder, text in (("books", kept + "\n"), ("left_out", "\n".join(gone))):
            (OUT_DIR / folder).mkdir(parents=True, exist_ok=True)
            (OUT_DIR / folder / f"{book['stem']}.txt").write_text(text, encoding="utf-8")
    display(extraction_table(books), text_table(section_table(books)))
    print(f"The text that is used is in {OUT_DIR / 'books'}; what was left out, in {OUT_DIR / 'left_out'}.")
