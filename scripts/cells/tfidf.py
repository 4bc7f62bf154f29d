import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

def tfidf_similarities(texts, references):
    """Return an array (texts, references) of cosine similarities, 0 to 1.

    Words weigh by their rarity in `references`, English stop words nothing. A text without a word that some
    reference has gets 0.0.
    """
    vectorizer = TfidfVectorizer(stop_words="english")  # rows of length 1: a product is a cosine
    try:
        known = vectorizer.fit_transform(references)
    except ValueError:  # no reference has a word
        return np.zeros((len(texts), len(references)))
    return (vectorizer.transform(texts) @ known.T).toarray() if len(texts) else np.zeros((0, len(references)))

def compute_tfidf_similarity(text, references, how="mean"):
    """Return the mean (how="max": the greatest) cosine of `text` with `references`; 0.0 where either is
    empty."""
    similarities = tfidf_similarities([text], list(references))
    return float(getattr(similarities, how)()) if similarities.size else 0.0

def mean_tfidf(texts, references):
    """Return each text's mean cosine with those `references` that do not contain it."""
    similarities = tfidf_similarities(texts, references)
    other = np.array([text not in known or not text.strip() for text in texts for known in references])
    other = other.reshape(similarities.shape)
    return ((similarities * other).sum(1) / np.maximum(other.sum(1), 1)).tolist()

if __name__ == "__main__":
    measures["tfidf"] = score_measure(
        lambda texts: mean_tfidf(texts, answers["author"]), cut, "higher", "TF-IDF similarity", "cosine",
        "mean cosine with all held-out passages; Salton & Buckley 1988")
    print_means(measures["tfidf"])
