import re
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

ECHO_WORDS = 4  # so many words in a row from the question are taken for its repetition

def without_echo(answer, question):
    """Return the answer's words without runs of ECHO_WORDS or more that repeat the question."""
    words, asked = (re.findall(r"\w+", text.casefold()) for text in (answer, question))
    runs = {tuple(asked[i:i + ECHO_WORDS]) for i in range(len(asked) - ECHO_WORDS + 1)}
    starts = [i for i in range(len(words)) if tuple(words[i:i + ECHO_WORDS]) in runs]
    echo = {start + n for start in starts for n in range(ECHO_WORDS)}
    return " ".join(word for i, word in enumerate(words) if i not in echo)

def question_ranks(answers, questions, wanted):
    """Return two lists, an entry an answer: 1 / rank of its own question among `questions`, and 1 if it is first.

    `wanted[i]` is the place of answer i's question. Questions are ranked by TF-IDF cosine with the answer (pieces of
    3 to 5 letters inside words, so that "ambitious" finds "ambition"). Where questions tie, 1 / rank is the mean
    over their places and none is first: an answer that says nothing gets exactly `ranks_by_chance`.
    """
    if not answers:
        return [], []
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    known = vectorizer.fit_transform(questions)
    said = [without_echo(answer, questions[place]) for answer, place in zip(answers, wanted, strict=True)]
    cosine = (vectorizer.transform(said) @ known.T).toarray().round(12)
    own = cosine[np.arange(len(said)), wanted][:, None]
    better, tied = (cosine > own).sum(1), (cosine == own).sum(1)
    harmonic = np.concatenate([[0], np.cumsum(1 / np.arange(1, len(questions) + 1))])
    reciprocal = (harmonic[better + tied] - harmonic[better]) / tied
    return reciprocal.tolist(), (better + tied == 1).astype(int).tolist()

def ranks_by_chance(count):
    """Return (mean 1 / rank, share of firsts) of answers that have nothing to do with the `count` questions."""
    return sum(1 / rank for rank in range(1, count + 1)) / count, 1 / count
