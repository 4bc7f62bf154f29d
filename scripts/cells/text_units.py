import re

SPEECH = re.compile(r"[A-Z][A-Z .’'-]+[.:] ")  # "FIRST LORD. Come in.": a speech of a play

def text_units(paragraphs, sentence_spans, is_closed):
    """Return the sentences of one book as dicts: the units that passages are made of.

    "at" counts the words before it, "opens" says that it begins its paragraph, "closed" that it ends like a
    sentence, "verse" that it is of verse or of a speech of a play.
    """
    units, at = [], 0
    for i, paragraph in enumerate(paragraphs):
        text, spans = paragraph["text"], sentence_spans(paragraph["text"])
        for start, end in spans:
            words = len(text[start:end].split())
            units.append({"paragraph": i, "start": start, "end": end, "at": at, "words": words,
                          "opens": start == spans[0][0], "closed": is_closed(text[start:end]),
                          "chapter": paragraph["chapter"],
                          "verse": paragraph["verse"] or "\n" in text or bool(SPEECH.match(text))})
            at += words
    return units

if __name__ == "__main__":
    units = {book["stem"]: text_units(book["paragraphs"], lambda text: sentence_spans(text, punkt), is_closed)
             for book in books}
    for book in books:
        own = units[book["stem"]]
        print(f"{book['title']}: {len({u['chapter'] for u in own})} chapters, {len(own):,} sentences, "
              f"{sum(u['words'] for u in own):,} words, {max(u['words'] for u in own)} in the longest sentence")
