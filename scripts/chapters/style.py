# %% id="style-imports"
"""What the words and sentences of an answer are like, beside the author's own."""

from chapters.measures import CONDITIONS, Measure, score_measure

# %% [markdown] id="style-counts-text"
# #### Counting words, sentences and vocabulary
# One number for every text, an empty one too. The plain type-token ratio falls as a text grows,
# whoever wrote it; MATTR (the mean over windows of equal length) and MTLD (after how many words the
# vocabulary begins to repeat) hardly do, so they stand beside it. None of these is good or bad in
# itself: the nearer to the author's own passages, the better.

# %% id="style-counts"
import re
import statistics
from collections import Counter
from typing import Any

import numpy as np

MATTR_WINDOW = 50  # words: answers are short
MTLD_THRESHOLD = 0.72  # type-token ratio, from McCarthy & Jarvis 2010
_STYLE_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # letters, inner apostrophes and hyphens
# A sentence ends at a stop before a capital or digit (not after a title or an initial) and with a
# paragraph.
_STOP = re.compile(
    r"(?<=[.!?…])(?<!\b[A-HJ-Z]\.)(?<!\bMr\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bMrs\.)[\"'”’)\]]*\s+"
    r"(?=[\"'“‘(\[]*[^\W_a-z])|\n\s*\n"
)
TEXT_MEASURES = {  # key of compute_text_stats: label, unit, definition and source
    "type_token_ratio": ("Type-token ratio", "ratio", "different words / words"),
    "mattr": (
        "MATTR",
        "ratio",
        "mean type-token ratio of all runs of 50 words; Covington & McFall 2010",
    ),
    "mtld": (
        "MTLD",
        "words",
        "mean run with a type-token ratio above 0.72; McCarthy & Jarvis 2010",
    ),
    "mean_sentence_length": ("Sentence length", "words", "mean number of words in a sentence"),
    "sentence_length_sd": (
        "Sentence variety",
        "words",
        "standard deviation of the sentences' words",
    ),
}


def text_words(text: str) -> list[str]:
    """Return the text's words of letters in lower case: what style is counted in."""
    return [word.replace("’", "'") for word in _STYLE_WORD.findall(text.lower())]


def sentence_lengths(text: str) -> list[int]:
    """Return how many words each sentence has, those without any left out."""
    return [len(words) for words in map(text_words, _STOP.split(text)) if words]


def mattr(words: list[str], window: int = MATTR_WINDOW) -> float:
    """Return the mean type-token ratio of runs of `window` words (Covington & McFall 2010)."""
    size = min(window, len(words)) or 1
    starts = range(max(len(words) - size, 0) + 1)
    return statistics.fmean(len(set(words[start : start + size])) / size for start in starts)


def _count_runs(words: list[str], threshold: float) -> float:
    """Return how many runs keep a type-token ratio above `threshold`, the last one in part."""
    count, run = 0.0, []
    for word in words:
        run.append(word)
        if len(set(run)) / len(run) <= threshold:
            count, run = count + 1, []
    return count + ((1 - len(set(run)) / len(run)) / (1 - threshold) if run else 0)


def mtld(words: list[str], threshold: float = MTLD_THRESHOLD) -> float:
    """Return the mean length of runs that keep a type-token ratio above `threshold`, read both ways
    (McCarthy & Jarvis 2010); the text's length where no word is repeated, 0.0 for no words."""
    ways = (words, words[::-1])
    return statistics.fmean(len(words) / (_count_runs(way, threshold) or 1) for way in ways)


def compute_text_stats(text: str) -> dict[str, float]:
    """Return the counts of a text, lengths in words; all 0.0 where there is no word."""
    words, sizes = text_words(text), sentence_lengths(text) or [0]
    return {
        "words": float(len(words)),
        "type_token_ratio": len(set(words)) / (len(words) or 1),
        "mattr": mattr(words),
        "mtld": mtld(words),
        "sentences": float(sum(map(bool, sizes))),
        "mean_sentence_length": statistics.fmean(sizes),
        "sentence_length_sd": statistics.pstdev(sizes),
    }


# %% [markdown] id="style-likeness-text"
# #### Likeness in vocabulary, sentences and rhythm
# TF-IDF weighs a word by how often it stands in a text and how rare it is elsewhere; the cosine of
# two such profiles is 1 for the same words and 0 for none in common. Every answer meets every
# held-out passage, and no passage meets itself. Two texts with the same mean sentence length can
# sound quite different: all of ten words, or short and long by turns. So the whole distribution of
# an answer's sentence lengths is held against the author's as well.

# %% id="style-likeness"


def text_measures(cut: dict[str, list[str]]) -> dict[str, Measure]:
    """Return TEXT_MEASURES of {condition: texts}.

    The type-token ratio is MATTR's twin where half of the texts are no longer than its window."""
    sizes = [len(text_words(text)) for texts in cut.values() for text in texts]
    made = {}
    for key, (label, unit, definition) in TEXT_MEASURES.items():

        def score(texts: list[str], key: str = key) -> list[float]:
            return [compute_text_stats(text)[key] for text in texts]

        made[key] = score_measure(
            score, cut, better="nearer", label=label, unit=unit, definition=definition
        )
    if statistics.median(sizes) <= MATTR_WINDOW:
        made["type_token_ratio"]["twin"] = "mattr"
    return made


def tfidf_similarities(texts: list[str], references: list[str]) -> Any:
    """Return an array (texts, references) of cosine similarities, 0 to 1.

    Words weigh by their rarity in `references`, English stop words nothing. A text without a word
    that some reference has gets 0.0.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # not sooner: slow to import

    vectorizer = TfidfVectorizer(stop_words="english")  # rows of length 1: a product is a cosine
    try:
        known = vectorizer.fit_transform(references)
    except ValueError:  # no reference has a word
        return np.zeros((len(texts), len(references)))
    if not texts:
        return np.zeros((0, len(references)))
    return (vectorizer.transform(texts) @ known.T).toarray()


def compute_tfidf_similarity(text: str, references: list[str], how: str = "mean") -> float:
    """Return the mean (how="max": the greatest) cosine of `text` with `references`; 0.0 if none."""
    similarities = tfidf_similarities([text], list(references))
    return float(getattr(similarities, how)()) if similarities.size else 0.0


def mean_tfidf(texts: list[str], references: list[str]) -> list[float]:
    """Return each text's mean cosine with those `references` that do not contain it."""
    similarities = tfidf_similarities(texts, references)
    pairs = [text not in known or not text.strip() for text in texts for known in references]
    other = np.array(pairs).reshape(similarities.shape)
    return ((similarities * other).sum(1) / np.maximum(other.sum(1), 1)).tolist()


def tfidf_measure(cut: dict[str, list[str]], prompts: list[Any], references: list[str]) -> Measure:
    """Return the mean TF-IDF cosine with the held-out passages `references` as a measure; None for
    answers to prompts from templates, which name the passages' own words."""
    free = {}
    for condition, texts in cut.items():
        free[condition] = list(texts)
        for n, prompt in enumerate(prompts if condition in CONDITIONS else []):
            if prompt["source"] == "template":
                free[condition][n] = ""
    return score_measure(
        lambda texts: mean_tfidf(texts, references),
        free,
        better="higher",
        label="TF-IDF similarity",
        unit="cosine",
        definition="mean cosine with all held-out passages; Salton & Buckley 1988",
    )


def rhythm_distance(lengths: list[int], author_lengths: list[int]) -> float:
    """Return how many words an answer's sentences would have to gain or lose, on average, to be
    distributed like the author's: the Wasserstein distance. No sentence counts as one of none."""
    from scipy.stats import wasserstein_distance  # not sooner: slow to import

    return float(wasserstein_distance(lengths or [0], author_lengths))


def rhythm_measure(cut: dict[str, list[str]], author_texts: list[str]) -> Measure:
    """Return the distance of sentence lengths from those of `author_texts` as a measure."""
    author_lengths = [length for text in author_texts for length in sentence_lengths(text)]
    return score_measure(
        lambda texts: [rhythm_distance(sentence_lengths(text), author_lengths) for text in texts],
        cut,
        better="lower",
        label="Sentence rhythm",
        unit="words",
        definition="Wasserstein distance of sentence lengths from the author's",
    )


# %% [markdown] id="style-keywords-text"
# #### The author's keywords
# Words that the author uses far more than others do, by log-odds with a prior that keeps rare words
# from shouting (Monroe, Colaresi & Quinn 2008). Names and everyday function words are left out.
# More of them is not better: a model that says them twice as often as the author does is a
# caricature.

# %% id="style-keywords"
N_KEYWORDS = 30  # as many as a heatmap shows legibly
PRIOR_WORDS = 1000  # the prior weighs as much as a text of this many words
MIN_COUNT = 5  # a word that the author uses less often may be chance
CLOUD_WORDS = 80  # more would be too small to read in a cloud


def log_odds(
    author: Counter[str], others: Counter[str], prior_words: int = PRIOR_WORDS
) -> dict[str, float]:
    """Return {word: z}, above zero for the author's words: the log-odds ratio with an informative
    Dirichlet prior over its standard deviation (Monroe, Colaresi & Quinn 2008, equations 16 to 22).

    The prior is in proportion to both texts together, which need two different words.
    """
    vocabulary = sorted(author + others)
    ours = np.array([author[word] for word in vocabulary], float)
    theirs = np.array([others[word] for word in vocabulary], float)
    prior = (ours + theirs) * prior_words / (ours + theirs).sum()

    def odds(counts: Any) -> Any:
        return np.log((counts + prior) / (counts.sum() + prior_words - counts - prior))

    z = (odds(ours) - odds(theirs)) / np.sqrt(1 / (ours + prior) + 1 / (theirs + prior))
    return dict(zip(vocabulary, z.tolist(), strict=True))


def find_keywords(texts: list[str], others: list[str], count: int = N_KEYWORDS) -> list[str]:
    """Return the `count` words most typical of `texts` against `others`, the best first.

    Left out: stop words, words of one or two letters, and names (mostly capitalised). Without any
    word in `others` the most frequent words are taken.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # not sooner: slow to import

    author = Counter(word for text in texts for word in text_words(text))
    other = Counter(word for text in others for word in text_words(text))
    pieces = [piece for text in texts for piece in text.split()]
    lower = [piece for piece in pieces if piece.lstrip("\"'“‘([—-")[:1].islower()]
    small = Counter(word for piece in lower for word in text_words(piece))
    scores = log_odds(author, other) if author and other else author
    found = []
    for word in sorted(scores, key=lambda word: (-scores[word], word)):
        typical = author[word] >= MIN_COUNT and scores[word] > 0
        is_name = 2 * small[word] < author[word]
        if typical and len(word) > 2 and word not in ENGLISH_STOP_WORDS and not is_name:
            found.append(word)
    return found[:count]


def keyword_density(words: list[str], keywords: set[str]) -> float:
    """Return how many of a hundred `words` are among `keywords`; 0.0 for no words."""
    return 100 * sum(word in keywords for word in words) / (len(words) or 1)


def keyword_measure(cut: dict[str, list[str]], keywords: list[str], by_hand: bool) -> Measure:
    """Return the density of `keywords` as a measure; `by_hand`: given, not found by log-odds."""
    known, how = set(keywords), "hand" if by_hand else "log-odds; Monroe et al. 2008"
    return score_measure(
        lambda texts: [keyword_density(text_words(text), known) for text in texts],
        cut,
        better="nearer",
        label="Keyword density",
        unit="per 100 words",
        definition=f"the author's keywords, found by {how}",
    )


def keyword_rates(texts: list[str], keywords: list[str]) -> dict[str, float]:
    """Return {keyword: uses in a thousand words of all `texts` together}."""
    words = [word for text in texts for word in text_words(text)]
    return {keyword: 1000 * words.count(keyword) / (len(words) or 1) for keyword in keywords}


def cloud_counts(texts: list[str]) -> dict[str, int]:
    """Return {word: number of texts with it} of the most frequent words longer than two letters, no
    stop words. A text that says a word fifty times counts once: it may be a loop."""
    from wordcloud import STOPWORDS

    counts = Counter(word for text in texts for word in dict.fromkeys(text_words(text)))
    kept = [(w, count) for w, count in counts.items() if len(w) > 2 and w not in STOPWORDS]
    return dict(sorted(kept, key=lambda item: (-item[1], item[0]))[:CLOUD_WORDS])
