# %% id="authorship-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="other_texts-text"
# ### Find out what is not the author
# What marks an author shows against other writing: other authors' texts, and the plain answers that the untrained model gave while the training rows were made. None of these is scored here.

# %% id="other_texts"
import statistics

MAX_TEXTS = 600  # of either side, evenly spread; more costs time and changes nothing

def spread_out(texts, count):
    """Return at most `count` of the texts, evenly spread."""
    return [texts[i * len(texts) // count] for i in range(count)] if len(texts) > count else list(texts)

# MAIN if __name__ == "__main__":
# MAIN     author_texts = spread_out(training_texts, MAX_TEXTS)
# MAIN     plain_answers = [row["text"] for row in passages if row["split"] == "base_answer" and row["text"].strip()]
# MAIN     plain_answers = spread_out(plain_answers, MAX_TEXTS // 2)
# MAIN     usual_words = round(statistics.mean(len(text.split()) for text in author_texts))
# MAIN     other_texts = [row["text"] for row in draw_controls(other_authors("..", AUTHOR_KEY), MAX_TEXTS // 2,
# MAIN                                                         usual_words, SEED)] + plain_answers
# MAIN     print(f"{len(author_texts)} training passages by {AUTHOR}; {len(other_texts)} texts by others, "
# MAIN           f"{len(plain_answers)} of them plain answers of the untrained model.")
# MAIN

# %% [markdown] id="word_rates-text"
# ### Count the smallest words
# How often someone writes *the*, *of*, *but* and *not* gives an author away better than any rare word, whatever the subject. First: which words are the most frequent of all, how often the author uses each, and how much that usually varies from text to text.

# %% id="word_rates"
from collections import Counter
import numpy as np

FREQUENT_WORDS = 150  # as in Burrows 2002

def count_words(texts, vocabulary):
    """Return two arrays for lists of words: (texts, vocabulary) counts and (texts, 1) numbers of words."""
    counts = np.array([[count[word] for word in vocabulary] for count in map(Counter, texts)])
    return counts.reshape(len(texts), len(vocabulary)), np.array([[len(words)] for words in texts])

def word_profile(author, others, count=FREQUENT_WORDS):
    """Return {"words", "rates", "spread"} from two lists of lists of words: the most frequent words of all
    texts, the author's rates of them, and the rates' standard deviations over the texts (ddof 1).

    Words that never vary are left out. Raises ValueError where all texts are the same.
    """
    texts = [words for words in [*author, *others] if words]
    frequent = Counter(word for words in texts for word in words).most_common(count)
    vocabulary = [word for word, _ in frequent]
    rates = np.divide(*count_words(texts, vocabulary))
    spread = rates.std(axis=0, ddof=1) if len(texts) > 1 else np.zeros(len(vocabulary))
    if not spread.any():
        raise ValueError("Word rates need different passages: raise MAX_PASSAGES in the FineTuning notebook.")
    counts, sizes = count_words(author, vocabulary)
    kept, author_rates = np.flatnonzero(spread), counts.sum(0) / max(sizes.sum(), 1)
    words = [vocabulary[place] for place in kept]
    return {"words": words, "rates": author_rates[kept], "spread": spread[kept]}

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         habits = word_profile(*(list(map(text_words, texts)) for texts in (training_texts, other_texts)))
# MAIN     print(f"{len(habits['words'])} words; the author's uses in 1,000 words:", ", ".join(
# MAIN         f"{word} {1000 * rate:.0f}" for word, rate in list(zip(habits["words"], habits["rates"]))[:20]))
# MAIN

# %% [markdown] id="burrows_delta-text"
# ### Compare the smallest words
# Burrows' Delta is the mean distance of those rates from the author's, each in its own usual spread; 0 would be the author's average itself. One answer is too short for a rate, so the answers of one kind are counted together, and an answer's value is its share in the result (a jackknife pseudo-value; their mean is the Delta).

# %% id="burrows_delta"
import numpy as np

def burrows_delta(counts, sizes, profile):
    """Return the mean |z - z of the author| over the profile's words, the last axis of `counts` (Burrows
    2002; the means cancel out). No words at all are as far off as a text that uses none of the profile's."""
    return (np.abs(counts / np.maximum(sizes, 1) - profile["rates"]) / profile["spread"]).mean(-1)

def delta_shares(counts, sizes, profile):
    """Return a pseudo-value for each text: n * Delta(all together) - (n - 1) * Delta(all but this one)."""
    n, without = len(counts), burrows_delta(counts.sum(0) - counts, sizes.sum(0) - sizes, profile)
    return (n * burrows_delta(counts.sum(0), sizes.sum(0), profile) - (n - 1) * without).tolist()

# MAIN if __name__ == "__main__":
# MAIN     measures["burrows_delta"] = score_measure(
# MAIN         lambda texts: delta_shares(*count_words(list(map(text_words, texts)), habits["words"]), habits),
# MAIN         cut, "lower", "Burrows' Delta", "SD",
# MAIN         f"distance from the author's rates of the {len(habits['words'])} most frequent words; Burrows 2002")
# MAIN     print_means(measures["burrows_delta"])
# MAIN

# %% [markdown] id="char_profile-text"
# ### Compare letters
# Runs of four characters catch spelling, endings, punctuation and small words at once; few traces of an author are stronger (Stamatatos 2013). Each answer is compared with the mean of the training passages.

# %% id="char_profile"
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

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         char_vectorizer, char_centre = char_profile(author_texts, other_texts)
# MAIN     measures["char_ngrams"] = score_measure(
# MAIN         lambda texts: char_similarity(texts, char_vectorizer, char_centre), cut, "higher", "Character runs",
# MAIN         "cosine", "cosine of 4-character runs (TF-IDF) with the author's mean passage; Stamatatos 2013")
# MAIN     print_means(measures["char_ngrams"])
# MAIN

# %% [markdown] id="author_classifier-text"
# ### Ask a classifier who wrote it
# A logistic regression learns to tell the author's training passages from the other texts. How well it does on passages it has not seen says what its opinion is worth; then it gives every answer a probability of being the author's.

# %% id="author_classifier"
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

HELD_BACK = 5  # every fifth of the other texts tests the classifier

def train_classifier(author, others, seed):
    """Return a fitted pipeline with the classes 1 (author) and 0 (others), both of the same weight.

    Raises ValueError for fewer than two texts on either side.
    """
    if min(len(author), len(others)) < 2:
        raise ValueError(f"The classifier needs texts of both sides and has {len(author)} of the author, "
                         f"{len(others)} of others: run another author's FineTuning, or raise BASE_ANSWERS.")
    runs = TfidfVectorizer(analyzer="char", ngram_range=(3, 4), max_features=20_000, sublinear_tf=True)
    line = LogisticRegression(C=10, class_weight="balanced", max_iter=1000, random_state=seed)
    return make_pipeline(runs, line).fit([*author, *others], [1] * len(author) + [0] * len(others))

def author_probability(texts, model):
    """Return each text's probability of being the author's; 0.0 for an empty text."""
    chances = model.predict_proba(texts)[:, 1] if len(texts) else []
    return [float(chance) if text.strip() else 0.0 for text, chance in zip(texts, chances)]

# MAIN if __name__ == "__main__":
# MAIN     unseen = other_texts[::HELD_BACK]
# MAIN     with plain_errors():
# MAIN         seen = [text for number, text in enumerate(other_texts) if number % HELD_BACK]
# MAIN         classifier = train_classifier(author_texts, seen, SEED)
# MAIN     classifier_accuracy = float(np.mean([np.mean(classifier.predict(cut["author"]) == 1),
# MAIN                                          np.mean(classifier.predict(unseen) == 0)]))
# MAIN     measures["author_classifier"] = score_measure(
# MAIN         lambda texts: author_probability(texts, classifier), cut, "higher", "Classifier", "probability",
# MAIN         f"logistic regression on 3- and 4-character runs, {classifier_accuracy:.0%} right on unseen texts")
# MAIN     print(f"Of {len(cut['author'])} unseen passages by {AUTHOR} and {len(unseen)} unseen texts by others it "
# MAIN           f"tells {classifier_accuracy:.0%} right (mean of both sides; guessing gives 50%).\n")
# MAIN     print_means(measures["author_classifier"])
# MAIN
