from scipy.stats import wasserstein_distance

def rhythm_distance(lengths, author_lengths):
    """Return how many words an answer's sentences would have to gain or lose, on average, to be distributed
    like the author's: the Wasserstein distance of two lists of lengths. No sentence counts as one without
    words."""
    return float(wasserstein_distance(lengths or [0], author_lengths))

if __name__ == "__main__":
    author_lengths = [length for text in author_texts for length in sentence_lengths(text)]
    measures["sentence_rhythm"] = score_measure(
        lambda texts: [rhythm_distance(sentence_lengths(text), author_lengths) for text in texts], cut,
        "lower", "Sentence rhythm", "words", "Wasserstein distance of sentence lengths from the author's")
    print_means(measures["sentence_rhythm"], digits=1)
