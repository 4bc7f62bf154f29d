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

if __name__ == "__main__":
    with plain_errors():
        habits = word_profile(*(list(map(text_words, texts)) for texts in (training_texts, other_texts)))
    print(f"{len(habits['words'])} words; the author's uses in 1,000 words:", ", ".join(
        f"{word} {1000 * rate:.0f}" for word, rate in list(zip(habits["words"], habits["rates"]))[:20]))
