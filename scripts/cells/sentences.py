import re
from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer

STRAIGHT = str.maketrans("“”„«»‘’", "\"\"\"\"\"''")  # Punkt knows no others; lengths stay
ABBREVIATIONS = set("mr mrs ms dr prof st rev hon capt col gen lt vs etc cf ed vol fig e.g i.e a.m p.m".split())
PUNKT_WORDS = 300_000  # learning is the slow part, and more text changes no abbreviation that matters
CLOSED = re.compile(r"[.!?…][\"'”’»)\]]*\s*$")
CONTINUES = re.compile(r"[\"'“‘«(\[—-]*\s*[a-z,;:]")

def is_closed(text):
    """Return whether `text` ends like a sentence: on . ! ? or …, with closing quotes or brackets after it."""
    return bool(CLOSED.search(text))

def train_punkt(texts):
    """Return a Punkt tokenizer that has learnt the abbreviations of `texts` (an iterable of str)."""
    trainer, words = PunktTrainer(), 0
    for text in texts:
        if words < PUNKT_WORDS:
            trainer.train(text.translate(STRAIGHT), finalize=False)
            words += len(text.split())
    trainer.finalize_training()
    parameters = trainer.get_params()
    parameters.abbrev_types |= ABBREVIATIONS
    return PunktSentenceTokenizer(parameters)

def sentence_spans(text, punkt):
    """Return [(start, end)], the character positions of the sentences of one paragraph, in order."""
    spans = []
    for start, end in punkt.span_tokenize(text.translate(STRAIGHT)):
        last = text[slice(*spans[-1])] if spans else ""
        is_name = last.isupper() and len(last.split()) < 4  # "FIRST LORD." belongs to what the lord says
        if spans and (CONTINUES.match(text, start) or is_name or not is_closed(last)):
            start = spans.pop()[0]  # "… what?" said he: it goes on in lower case
        spans.append((start, end))
    return spans

if __name__ == "__main__":
    punkt = train_punkt(paragraph["text"] for book in books for paragraph in book["paragraphs"])
    longest = max((paragraph["text"] for paragraph in books[0]["paragraphs"][:40]), key=len)
    print(*[longest[start:end] for start, end in sentence_spans(longest, punkt)][:5], sep="\n---\n")
