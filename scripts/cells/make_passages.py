BARE_WORDS = 12  # a paragraph of so few words that ends unlike a sentence is a heading or a stage direction

def join_units(paragraphs, units):
    """Return the text of consecutive units, paragraphs apart by a blank line, without bare ones at its ends."""
    pieces = {}
    for unit in units:
        start = pieces.setdefault(unit["paragraph"], (unit["start"],))[0]
        pieces[unit["paragraph"]] = (start, unit["end"], unit["closed"])
    texts = [(paragraphs[i]["text"][start:end], closed) for i, (start, end, closed) in pieces.items()]
    bare = [not closed and len(text.split()) <= BARE_WORDS for text, closed in texts]
    while texts and (bare[0] or bare[-1]):
        where = 0 if bare[0] else -1
        del texts[where], bare[where]
    return "\n\n".join(text for text, _ in texts)

def book_passages(book, units, regions, words, overlap, cut_units, overlap_start):
    """Return the passages of one book in order: dicts as in passages.jsonl, still without instructions.

    Training passages have `words` words of their own and `overlap` of the one before; others as many in all.
    """
    passages, paragraphs = [], book["paragraphs"]
    for split, begin, end in regions:
        own = [unit for unit in units if begin <= unit["at"] < end and split != "gap"]
        is_train = split == "train"
        for first, last in cut_units(own, words if is_train else words + overlap):
            first = overlap_start(own, first, overlap if is_train else 0)
            text, middle = join_units(paragraphs, own[first:last]), own[(first + last) // 2]
            pages = [paragraphs[unit["paragraph"]]["pages"] for unit in (own[first], own[last - 1])]
            passages.append({"id": f"{book['stem']}-{len(passages) + 1:04d}", "book": book["stem"],
                             "chapter": middle["chapter"], "pages": [pages[0][0], pages[1][1]],
                             "split": split, "text": text, "words": len(text.split())})
    return passages

if __name__ == "__main__":
    passages = [passage for book in books for passage in book_passages(
        book, units[book["stem"]], regions[book["stem"]], PASSAGE_WORDS, OVERLAP_WORDS, cut_units, overlap_start)]
    print(f"{len(passages)} passages. The third one, {passages[2]['id']}:\n\n{passages[2]['text']}")
