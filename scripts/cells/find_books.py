from pathlib import Path
import pymupdf

def find_books(folder):
    """Return the PDF files in `folder`, sorted by name. Raises FileNotFoundError if there is none."""
    paths = [path for path in Path(folder).glob("*") if path.suffix.lower() == ".pdf"]
    if not paths:
        raise FileNotFoundError(f"There is no PDF in {Path(folder).resolve()}: put the author's books "
                                "there, one PDF a book.")
    return sorted(paths, key=lambda path: (path.stem, path.suffix))

def open_book(path):
    """Open one PDF. Raises ValueError (a sentence) if it is none, cut short, damaged, locked or empty."""
    name, content = Path(path).name, Path(path).read_bytes()
    if b"%PDF-" not in content[:1024]:
        raise ValueError(f"{name} is no PDF, whatever its name says: take it out of the folder.")
    if b"%%EOF" not in content[-2048:]:
        raise ValueError(f"{name} is cut short (the end of the file is missing): copy it again.")
    try:
        document = pymupdf.open(path, filetype="pdf")
        locked, count = document.needs_pass, document.page_count
    except Exception:  # MuPDF has several kinds
        raise ValueError(f"{name} is damaged and cannot be opened: copy it again.") from None
    if locked:
        raise ValueError(f"{name} is locked by a password: save a copy without one, for example with "
                         "`qpdf --decrypt`, and put it in its place.")
    if not count:
        raise ValueError(f"{name} has no pages: copy it again or take it out of the folder.")
    return document

if __name__ == "__main__":
    pymupdf.TOOLS.mupdf_display_errors(False)  # what is wrong is said in a sentence, not in MuPDF's words
    pymupdf.TOOLS.mupdf_display_warnings(False)
    with plain_errors():
        book_paths = find_books(BOOKS_DIR)
    for path in book_paths:
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
