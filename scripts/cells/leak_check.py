def check_leaks(shared):
    """Raise ValueError, naming both places, if two splits have runs of words in common (`shared`)."""
    if shared:
        worst = max(shared, key=lambda run: run["words"])
        others = [run["text"] for run in shared if run is not worst]
        raise ValueError(
            f"{worst['words']} words of {worst['farther']}, kept out of training, stand in {worst['nearer']}: "
            f"{worst['text']!r}. Add a quotation to QUOTATIONS; if the books print a text twice, leave one of the "
            f"two out with BOOK_PAGES. There are {len(others)} more such places: {others[:20]}")

if __name__ == "__main__":
    with plain_errors():
        check_leaks(shared_sequences(passages, QUOTATIONS))
    print("No 8 words in a row are shared by two of training, validation and held-out text.")
    print("Quotations that may be:", "; ".join(QUOTATIONS) or "none")
