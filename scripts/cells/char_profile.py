import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

NGRAM = 4            # characters; Stamatatos 2013 finds 3 to 5 best
MAX_NGRAMS = 20_000  # the most frequent; the rest are mostly subject matter

def char_profile(author, others):
    """Return (vectorizer, centre) from two lists of texts: TF-IDF of character runs, and the author's mean as
    an array of length 1. Raises ValueError where no text has NGRAM characters."""
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(NGRAM, NGRAM), max_features=MAX_NGRAMS,
                                 sublinear_tf=True).fit([*author, *others])
    centre = np.asarray(vectorizer.transform(author).mean(axis=0)).ravel()
    return vectorizer, centre / (np.linalg.norm(centre) or 1)

def char_similarity(texts, vectorizer, centre):
    """Return each text's cosine (0 to 1) with `centre`; 0.0 for an empty text."""
    return (vectorizer.transform(texts) @ centre).tolist() if len(texts) else []

if __name__ == "__main__":
    with plain_errors():
        char_vectorizer, char_centre = char_profile(author_texts, other_texts)
    measures["char_ngrams"] = score_measure(
        lambda texts: char_similarity(texts, char_vectorizer, char_centre), cut, "higher", "Character runs",
        "cosine", "cosine of 4-character runs (TF-IDF) with the author's mean passage; Stamatatos 2013")
    print_means(measures["char_ngrams"])
