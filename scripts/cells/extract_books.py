from pathlib import Path

COPY_SHARE = 0.5  # of the smaller book's runs of 8 words; two books of an author share well under 1 %

def word_runs(book, length=8):
    """Return the set of a book's runs of `length` words, as tuples."""
    words = " ".join(paragraph["text"] for paragraph in book["paragraphs"]).lower().split()
    return set(zip(*(words[at:] for at in range(length))))

def extract_all(paths, extract, by_hand):
    """Return (books, bad): the books that `extract` gives, and a sentence for each file that is left out.
    Two files of one book count once. Raises ValueError if none is left, or if `by_hand`, {file name without
    .pdf: [first, last page]}, names one that is not there.
    """
    for stem in set(by_hand) - {Path(path).stem for path in paths}:
        raise ValueError(f"BOOK_PAGES names {stem}, but there is no {stem}.pdf: give names without .pdf.")
    kept, bad = [], []
    for path in map(Path, paths):
        try:
            book = extract(path, by_hand.get(path.stem))
            runs = word_runs(book)
            for other, there in kept:
                share = len(runs & there) / max(1, min(len(runs), len(there)))
                if share > COPY_SHARE:
                    raise ValueError(f"{path.name} is the same book as {Path(other['path']).name} "
                                     f"({share:.0%} of the text is alike): take one out of the folder.")
            kept.append((book, runs))
        except ValueError as error:
            bad.append(str(error))
        except RuntimeError as error:  # MuPDF's own, from the middle of a file
            bad.append(f"{path.name} is damaged ({error}): copy it again.")
    if not kept:
        raise ValueError("No book can be used. " + " ".join(bad))
    return [book for book, _ in kept], bad

if __name__ == "__main__":
    with plain_errors():
        books, bad_books = extract_all(
            book_paths, lambda path, by_hand: extract_book(path, globals(), by_hand, progress), BOOK_PAGES)
    print(f"{len(books)} of {len(book_paths)} books read.", *map("Left out: {}".format, bad_books), sep="\n")
