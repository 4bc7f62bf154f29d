def keyword_density(words, keywords):
    """Return how many of a hundred `words` are among `keywords`; 0.0 for no words."""
    return 100 * sum(word in keywords for word in words) / (len(words) or 1)

if __name__ == "__main__":
    keywords = [word.lower() for word in KEYWORDS] or find_keywords(training_texts, other_texts, text_words)
    measures["keyword_density"] = score_measure(
        lambda texts: [keyword_density(text_words(text), set(keywords)) for text in texts], cut, "nearer",
        "Keyword density", "per 100 words", "the author's keywords, found by " + (
            "hand" if KEYWORDS else "log-odds; Monroe et al. 2008"))
    print(f"{len(keywords)} keywords: {', '.join(keywords)}\n")
    print_means(measures["keyword_density"], digits=1)
