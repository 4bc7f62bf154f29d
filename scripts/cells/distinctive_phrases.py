import re
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

COMMON, LONGEST_PHRASE = 0.03, 3  # words in more of the author's paragraphs say little; words in a phrase
TERM = r"\b[^\W\d_][^\W\d_]{2,}(?:-[^\W\d_]+)*\b"

def candidate_phrases(text, weights):
    """Return [(words, weight)]: the runs of up to three words that carry weight, nothing else between them.

    Words in capitals, such as the names before speeches, are passed over; `weights` is {lower-case word: weight}.
    """
    found = []
    for piece in re.split(r"[^\w\s-]|\n", text):
        run = []
        for word in [*re.findall(TERM + r"|\S+", piece), ""]:
            if word.lower() in weights and not word.isupper():
                run.append(word)
                continue
            if 0 < len(run) <= LONGEST_PHRASE:
                found.append((run, sum(weights[each.lower()] for each in run)))
            run = []
    return found

def distinctive_phrases(texts, corpus, most=12):
    """Return for each text up to `most` of its phrases by falling TF-IDF weight in the author's `corpus`, a list of
    paragraphs; no two share a word. What the corpus also writes small is written small."""
    vectorizer = TfidfVectorizer(stop_words="english", token_pattern=TERM).fit(corpus)
    matrix, words = vectorizer.transform(texts).tocsr(), vectorizer.get_feature_names_out()
    rare = vectorizer.idf_ >= min(1 - np.log(COMMON), np.median(vectorizer.idf_))
    made, small = [], {word for text in corpus for word in re.findall(TERM, text) if word.islower()}
    for row, text in zip(matrix, texts):
        phrases, used = [], set()
        weights = {words[i]: weight for i, weight in zip(row.indices, row.data) if rare[i]}
        for run, _ in sorted(candidate_phrases(text, weights), key=lambda one: -one[1]):
            if not used & {word.lower() for word in run} and len(phrases) < most:
                phrases.append(" ".join(word.lower() if word.lower() in small else word for word in run))
                used |= {word.lower() for word in run}
        made.append(phrases)
    return made
