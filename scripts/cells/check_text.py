import re

GARBLED_SHARE = 0.05  # share of characters without meaning; a sound book has well under 1 in 1,000
_NO_LETTER = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")  # unknown, private use, control

def is_scan(page):
    """Tell whether a page that was read holds an image and no text."""
    return not page["lines"] and bool(page["images"])

def check_text(name, pages):
    """Raise ValueError if the `pages` of the file `name` hold no text (scans) or none that can be read."""
    text = "".join(line["text"] for page in pages for line in page["lines"])
    scans = sum(map(is_scan, pages))
    if scans > len(pages) / 2:
        raise ValueError(f"{name}: {scans} of its {len(pages)} pages are scanned images without text: "
                         "install Tesseract, which is then used here, or add the text with `ocrmypdf`.")
    if not text:
        raise ValueError(f"{name} holds no text on its {len(pages)} pages: take it out of the folder.")
    share = len(_NO_LETTER.findall(text)) / len(text)
    if share > GARBLED_SHARE:
        raise ValueError(f"{name}: {share:.0%} of its characters are unreadable (a font without a Unicode map, "
                         "or a damaged file): use another copy, or make its text anew with `ocrmypdf --force-ocr`.")

def check_range(name, by_hand, count):
    """Raise ValueError unless `by_hand` is None or [first, last], two pages of a book of `count` pages."""
    if by_hand is not None and not (len(by_hand) == 2 and 1 <= by_hand[0] <= by_hand[1] <= count):
        raise ValueError(f"{name}: BOOK_PAGES gives {list(by_hand)}, but its pages run from 1 to {count}: "
                         "give [first, last].")
