from collections import Counter
import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

N_KEYWORDS = 30     # as many as a heatmap shows legibly
PRIOR_WORDS = 1000  # the prior weighs as much as a text of this many words
MIN_COUNT = 5       # a word that the author uses less often may be chance

def log_odds(author, others, prior_words=PRIOR_WORDS):
    """Return {word: z} for two Counters of words, above zero for the author's: the log-odds ratio with an
    informative Dirichlet prior, over its standard deviation (Monroe, Colaresi & Quinn 2008, equations 16 to
    22).

    The prior is in proportion to both texts together, which need two different words.
    """
    vocabulary = sorted(author + others)
    ours, theirs = (np.array([counts[word] for word in vocabulary], float) for counts in (author, others))
    prior = (ours + theirs) * prior_words / (ours + theirs).sum()
    def odds(counts):
        return np.log((counts + prior) / (counts.sum() + prior_words - counts - prior))
    z = (odds(ours) - odds(theirs)) / np.sqrt(1 / (ours + prior) + 1 / (theirs + prior))
    return dict(zip(vocabulary, z.tolist()))

def find_keywords(texts, others, split, count=N_KEYWORDS):
    """Return the `count` words most typical of `texts` against `others`, the best first.

    `split` gives a text's words. Left out: stop words, words of one or two letters, and names (mostly
    capitalised). Without any word in `others` the most frequent words are taken.
    """
    author, other = (Counter(word for text in group for word in split(text)) for group in (texts, others))
    pieces = [piece for text in texts for piece in text.split() if piece.lstrip("\"'“‘([—-")[:1].islower()]
    small = Counter(word for piece in pieces for word in split(piece))
    scores = log_odds(author, other) if author and other else author
    return [word for word in sorted(scores, key=lambda word: (-scores[word], word))
            if author[word] >= MIN_COUNT and scores[word] > 0 and len(word) > 2
            and word not in ENGLISH_STOP_WORDS and 2 * small[word] >= author[word]][:count]
