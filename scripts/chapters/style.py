# %% id="style-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="text_stats-text"
# ### Count words, sentences and vocabulary
# One number for every text, an empty one too. The plain type-token ratio falls as a text grows, whoever wrote it; MATTR (the mean over windows of equal length) and MTLD (after how many words the vocabulary begins to repeat) hardly do, so they stand beside it.

# %% id="text_stats"
import re, statistics

MATTR_WINDOW, MTLD_THRESHOLD = 50, 0.72  # words (answers are short); ratio, from McCarthy & Jarvis 2010
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # letters, joined by inner apostrophes and hyphens
# A sentence ends at a stop before a capital or digit (not after a title or an initial) and with a paragraph.
_STOP = re.compile(r"(?<=[.!?…])(?<!\b[A-HJ-Z]\.)(?<!\bMr\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bMrs\.)[\"'”’)\]]*\s+"
                   r"(?=[\"'“‘(\[]*[^\W_a-z])|\n\s*\n")

def text_words(text):
    """Return the text's words in lower case."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]

def sentence_lengths(text):
    """Return how many words each sentence has, those without any left out."""
    return [len(words) for words in map(text_words, _STOP.split(text)) if words]

def mattr(words, window=MATTR_WINDOW):
    """Return the mean type-token ratio of runs of `window` words (Covington & McFall 2010); 0.0 for no
    words."""
    size = min(window, len(words)) or 1
    return statistics.fmean(len(set(words[i:i + size])) / size for i in range(max(len(words) - size, 0) + 1))

def mtld(words, threshold=MTLD_THRESHOLD):
    """Return the mean length of runs that keep a type-token ratio above `threshold`, read both ways (McCarthy
    & Jarvis 2010). Where no word is repeated it is the text's length; 0.0 for no words."""
    def runs(sequence):
        count, run = 0.0, []
        for word in sequence:
            run.append(word)
            if len(set(run)) / len(run) <= threshold:
                count, run = count + 1, []
        return count + ((1 - len(set(run)) / len(run)) / (1 - threshold) if run else 0)
    return statistics.fmean(len(words) / (runs(way) or 1) for way in (words, words[::-1]))

def compute_text_stats(text):
    """Return a float for each key below, for every text; all 0.0 where there is no word. Lengths in words."""
    words, sizes = text_words(text), sentence_lengths(text) or [0]
    return {"words": float(len(words)), "type_token_ratio": len(set(words)) / (len(words) or 1),
            "mattr": mattr(words), "mtld": mtld(words), "sentences": float(sum(map(bool, sizes))),
            "mean_sentence_length": statistics.fmean(sizes), "sentence_length_sd": statistics.pstdev(sizes)}

# %% [markdown] id="text_measures-text"
# ### Vocabulary and sentences of the answers
# None of these is good or bad in itself: the nearer to the author's own passages, the better.

# %% id="text_measures"
import functools
import pandas
from IPython.display import display

TEXT_MEASURES = {  # key of compute_text_stats: label, unit, definition and source
    "type_token_ratio": ("Type-token ratio", "ratio", "different words / words"),
    "mattr": ("MATTR", "ratio", "mean type-token ratio of all runs of 50 words; Covington & McFall 2010"),
    "mtld": ("MTLD", "words", "mean run with a type-token ratio above 0.72; McCarthy & Jarvis 2010"),
    "mean_sentence_length": ("Sentence length", "words", "mean number of words in a sentence"),
    "sentence_length_sd": ("Sentence variety", "words", "standard deviation of the sentences' words"),
}

def text_stat(texts, key, stats):
    """Return the value of `key` in stats(text) for each text."""
    return [stats(text)[key] for text in texts]

# MAIN if __name__ == "__main__":
# MAIN     for key, (label, unit, definition) in TEXT_MEASURES.items():
# MAIN         score = functools.partial(text_stat, key=key, stats=compute_text_stats)
# MAIN         measures[key] = score_measure(score, cut, "nearer", label, unit, definition)
# MAIN     display(pandas.DataFrame({condition: pandas.DataFrame(map(compute_text_stats, texts)).mean()
# MAIN                               for condition, texts in cut.items()}).round(2))
# MAIN

# %% [markdown] id="tfidf-text"
# ### Compare words with the held-out passages
# TF-IDF weighs a word by how often it stands in a text and how rare it is elsewhere; the cosine of two such profiles is 1 for the same words and 0 for none in common. Every answer meets every held-out passage, and no passage meets itself.

# %% id="tfidf"
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

# MAIN if __name__ == "__main__":
# MAIN     measures["tfidf"] = score_measure(
# MAIN         lambda texts: mean_tfidf(texts, answers["author"]), cut, "higher", "TF-IDF similarity", "cosine",
# MAIN         "mean cosine with all held-out passages; Salton & Buckley 1988")
# MAIN     print_means(measures["tfidf"])
# MAIN

# %% [markdown] id="keywords-text"
# ### Find the author's keywords
# Words that the author uses far more than others do, by log-odds with a prior that keeps rare words from shouting (Monroe, Colaresi & Quinn 2008). Names and everyday function words are left out. A list in `KEYWORDS` of the parameters cell takes their place.

# %% id="keywords"
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

# %% [markdown] id="keyword_density-text"
# ### Count the keywords
# How many of a hundred words are the author's keywords. More is not better: a model that says them twice as often as the author does is a caricature.

# %% id="keyword_density"
def keyword_density(words, keywords):
    """Return how many of a hundred `words` are among `keywords`; 0.0 for no words."""
    return 100 * sum(word in keywords for word in words) / (len(words) or 1)

# MAIN if __name__ == "__main__":
# MAIN     keywords = [word.lower() for word in KEYWORDS] or find_keywords(training_texts, other_texts, text_words)
# MAIN     measures["keyword_density"] = score_measure(
# MAIN         lambda texts: [keyword_density(text_words(text), set(keywords)) for text in texts], cut, "nearer",
# MAIN         "Keyword density", "per 100 words", "the author's keywords, found by " + (
# MAIN             "hand" if KEYWORDS else "log-odds; Monroe et al. 2008"))
# MAIN     print(f"{len(keywords)} keywords: {', '.join(keywords)}\n")
# MAIN     print_means(measures["keyword_density"], digits=1)
# MAIN

# %% [markdown] id="sentence_rhythm-text"
# ### Compare the rhythm
# Two texts with the same mean sentence length can sound quite different: all of ten words, or short and long by turns. So the whole distribution of an answer's sentence lengths is held against the author's.

# %% id="sentence_rhythm"
from scipy.stats import wasserstein_distance

def rhythm_distance(lengths, author_lengths):
    """Return how many words an answer's sentences would have to gain or lose, on average, to be distributed
    like the author's: the Wasserstein distance of two lists of lengths. No sentence counts as one without
    words."""
    return float(wasserstein_distance(lengths or [0], author_lengths))

# MAIN if __name__ == "__main__":
# MAIN     author_lengths = [length for text in author_texts for length in sentence_lengths(text)]
# MAIN     measures["sentence_rhythm"] = score_measure(
# MAIN         lambda texts: [rhythm_distance(sentence_lengths(text), author_lengths) for text in texts], cut,
# MAIN         "lower", "Sentence rhythm", "words", "Wasserstein distance of sentence lengths from the author's")
# MAIN     print_means(measures["sentence_rhythm"], digits=1)
# MAIN
