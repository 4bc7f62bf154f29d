# %% id="authorship-imports"
"""Who wrote it? Small words, letters and a classifier, which do not depend on the subject."""

from chapters.measures import Measure, score_measure
from chapters.preparation import Mistake
from chapters.style import text_words

# %% [markdown] id="authorship-words-text"
# #### The smallest words
# How often someone writes *the*, *of*, *but* and *not* gives an author away better than any rare
# word, whatever the subject. Burrows' Delta is the mean distance of those rates from the author's,
# each in its own usual spread; 0 would be the author's average itself. One answer is too short for
# a rate, so the answers of one kind are counted together, and an answer's value is its share in the
# result (a jackknife pseudo-value; their mean is the Delta).

# %% id="authorship-words"
from collections import Counter
from typing import Any, TypedDict

import numpy as np

MAX_TEXTS = 600  # of either side, evenly spread; more costs time and changes nothing
FREQUENT_WORDS = 150  # as in Burrows 2002


class WordProfile(TypedDict):
    """The most frequent words, the author's rates of them, and how much rates vary by text."""

    words: list[str]
    rates: Any  # an array, uses in a word
    spread: Any  # an array, standard deviations over the texts


def spread_out(texts: list[str], count: int) -> list[str]:
    """Return at most `count` of the texts, evenly spread."""
    if len(texts) <= count:
        return list(texts)
    return [texts[number * len(texts) // count] for number in range(count)]


def count_words(texts: list[list[str]], vocabulary: list[str]) -> tuple[Any, Any]:
    """Return (texts, vocabulary) counts and (texts, 1) numbers of words of lists of words."""
    counts = np.array([[count[word] for word in vocabulary] for count in map(Counter, texts)])
    return counts.reshape(len(texts), len(vocabulary)), np.array([[len(words)] for words in texts])


def word_profile(
    author: list[list[str]], others: list[list[str]], count: int = FREQUENT_WORDS
) -> WordProfile:
    """Return the profile of the `count` most frequent words of all texts, lists of words.

    Words that never vary are left out. Raises Mistake where all texts are the same.
    """
    texts = [words for words in [*author, *others] if words]
    frequent = Counter(word for words in texts for word in words).most_common(count)
    vocabulary = [word for word, _ in frequent]
    rates = np.divide(*count_words(texts, vocabulary))
    spread = rates.std(axis=0, ddof=1) if len(texts) > 1 else np.zeros(len(vocabulary))
    if not spread.any():
        problem = "Word rates need different passages"
        raise Mistake(f"{problem}: raise MAX_PASSAGES in the FineTuning notebook.")
    counts, sizes = count_words(author, vocabulary)
    kept, author_rates = np.flatnonzero(spread), counts.sum(0) / max(sizes.sum(), 1)
    words = [vocabulary[place] for place in kept]
    return WordProfile(words=words, rates=author_rates[kept], spread=spread[kept])


def describe_profile(profile: WordProfile) -> str:
    """Return the author's rates of the twenty most frequent words, in a thousand words."""
    pairs = list(zip(profile["words"], profile["rates"], strict=True))[:20]
    return ", ".join(f"{word} {1000 * rate:.0f}" for word, rate in pairs)


def burrows_delta(counts: Any, sizes: Any, profile: WordProfile) -> Any:
    """Return the mean |z - z of the author| over the profile's words, the last axis of `counts`
    (Burrows 2002; the means cancel out). No words are as far off as a text without these words."""
    rates = counts / np.maximum(sizes, 1)
    return (np.abs(rates - profile["rates"]) / profile["spread"]).mean(-1)


def delta_shares(counts: Any, sizes: Any, profile: WordProfile) -> list[float]:
    """Return each text's pseudo-value: n * Delta(all) - (n - 1) * Delta(all but this one)."""
    n, whole = len(counts), burrows_delta(counts.sum(0), sizes.sum(0), profile)
    without = burrows_delta(counts.sum(0) - counts, sizes.sum(0) - sizes, profile)
    return (n * whole - (n - 1) * without).tolist()


def delta_measure(cut: dict[str, list[str]], profile: WordProfile) -> Measure:
    """Return Burrows' Delta of {condition: texts} as a measure."""

    def score(texts: list[str]) -> list[float]:
        counts, sizes = count_words(list(map(text_words, texts)), profile["words"])
        return delta_shares(counts, sizes, profile)

    told = f"distance from the author's rates of the {len(profile['words'])} most frequent words"
    return score_measure(
        score,
        cut,
        better="lower",
        label="Burrows' Delta",
        unit="SD",
        definition=f"{told}; Burrows 2002",
    )


# %% [markdown] id="authorship-letters-text"
# #### Letters, and a classifier
# Runs of four characters catch spelling, endings, punctuation and small words at once; few traces
# of an author are stronger (Stamatatos 2013). Each answer is compared with the mean of the training
# passages. Then a logistic regression learns to tell the author's training passages from other
# texts. How well it does on passages it has not seen says what its opinion is worth; it gives every
# answer a probability of being the author's.

# %% id="authorship-letters"
NGRAM = 4  # characters; Stamatatos 2013 finds 3 to 5 best
MAX_NGRAMS = 20_000  # the most frequent; the rest are mostly subject matter
HELD_BACK = 5  # every fifth of the other texts tests the classifier


def char_profile(author: list[str], others: list[str]) -> tuple[Any, Any]:
    """Return (vectorizer, centre): TF-IDF of character runs, and the author's mean text as an array
    of length 1. Raises Mistake where no text has NGRAM characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # not sooner: slow to import

    vectorizer = TfidfVectorizer(
        analyzer="char", ngram_range=(NGRAM, NGRAM), max_features=MAX_NGRAMS, sublinear_tf=True
    )
    try:
        vectorizer.fit([*author, *others])
    except ValueError:
        problem = "The passages are too short to compare letters"
        raise Mistake(f"{problem}: raise PASSAGE_WORDS in the FineTuning notebook.") from None
    centre = np.asarray(vectorizer.transform(author).mean(axis=0)).ravel()
    return vectorizer, centre / (np.linalg.norm(centre) or 1)


def char_similarity(texts: list[str], vectorizer: Any, centre: Any) -> list[float]:
    """Return each text's cosine (0 to 1) with `centre`; 0.0 for an empty text."""
    return (vectorizer.transform(texts) @ centre).tolist() if texts else []


def char_measure(
    cut: dict[str, list[str]], author_texts: list[str], other_texts: list[str]
) -> Measure:
    """Return the likeness of character runs to the author's mean passage as a measure."""
    vectorizer, centre = char_profile(author_texts, other_texts)
    told = "cosine of 4-character runs (TF-IDF) with the author's mean passage"
    return score_measure(
        lambda texts: char_similarity(texts, vectorizer, centre),
        cut,
        better="higher",
        label="Character runs",
        unit="cosine",
        definition=f"{told}; Stamatatos 2013",
    )


def train_classifier(author: list[str], others: list[str], seed: int) -> Any:
    """Return a fitted pipeline with the classes 1 (author) and 0 (others) of the same weight.

    Raises Mistake for fewer than two texts on either side.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    if min(len(author), len(others)) < 2:
        raise Mistake(
            f"The classifier needs texts of both sides and has {len(author)} of the author, "
            f"{len(others)} of others: run another author's FineTuning, or raise BASE_ANSWERS."
        )
    runs = TfidfVectorizer(
        analyzer="char", ngram_range=(3, 4), max_features=20_000, sublinear_tf=True
    )
    line = LogisticRegression(C=10, class_weight="balanced", max_iter=1000, random_state=seed)
    return make_pipeline(runs, line).fit([*author, *others], [1] * len(author) + [0] * len(others))


def author_probability(texts: list[str], classifier: Any) -> list[float]:
    """Return each text's probability of being the author's; 0.0 for an empty text."""
    chances = classifier.predict_proba(texts)[:, 1] if texts else []
    pairs = zip(texts, chances, strict=True)
    return [float(chance) if text.strip() else 0.0 for text, chance in pairs]


def classifier_measure(
    cut: dict[str, list[str]], author_texts: list[str], other_texts: list[str], seed: int
) -> tuple[Measure, float]:
    """Return (the probabilities as a measure, the accuracy on unseen texts: 0 to 1, both sides)."""
    seen = [text for number, text in enumerate(other_texts) if number % HELD_BACK]
    classifier = train_classifier(author_texts, seen, seed)
    right = np.mean(classifier.predict(cut["author"]) == 1)
    rejected = np.mean(classifier.predict(other_texts[::HELD_BACK]) == 0)
    accuracy = float(np.mean([right, rejected]))
    told = f"logistic regression on 3- and 4-character runs, {accuracy:.0%} right on unseen texts"
    measure = score_measure(
        lambda texts: author_probability(texts, classifier),
        cut,
        better="higher",
        label="Classifier",
        unit="probability",
        definition=told,
    )
    return measure, accuracy
