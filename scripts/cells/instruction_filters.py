import re
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

FEWEST, MOST = 4, 45  # words
SHARED = 5            # words in a row that an instruction may have in common with its passage
NEAREST = 3           # the passage must be among so many that are most like the instruction
TELLTALE = re.compile(r"\b(passages?|excerpts?|paragraphs?|fictional|above|as an ai|(an?|the|this|given) "
                      r"(texts?|extract|story|scene|author|narrator|speaker|character|quotes?))\b", re.I)

def plain_words(text):
    """Return the words of a text in lower case, without punctuation."""
    return re.findall(r"\w+(?:'\w+)*", text.lower().replace("’", "'"))

def content_words(text):
    """Return the set of a text's words that carry meaning."""
    return {word for word in plain_words(text) if word not in ENGLISH_STOP_WORDS and len(word) > 2}

def passage_ranker(texts):
    """Return rank(instruction, i): how many texts are more like it than text i is, by TF-IDF cosine.

    Where it has no word in common with text i, that is all of them.
    """
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    matrix = vectorizer.fit_transform(texts)
    def rank(instruction, i):
        scores = (matrix @ vectorizer.transform([instruction]).T).toarray()[:, 0]
        return int((scores > scores[i]).sum()) if scores[i] > 0 else len(texts)
    return rank

def instruction_fault(instruction, text, rank):
    """Return the filter that an instruction fails, or ""; `rank` texts are more like it than its own one."""
    words, own = plain_words(instruction), f" {' '.join(plain_words(text))} "
    if not FEWEST <= len(words) <= MOST or len(content_words(instruction)) < 2:
        return "length"
    if TELLTALE.search(instruction) or 2 * len(set(words)) < len(words):
        return "wording"
    if any(f" {' '.join(words[i:i + SHARED + 1])} " in own for i in range(len(words) - SHARED)):
        return "copied words"
    return "" if rank < NEAREST else "another passage is nearer"
