from collections import Counter
import matplotlib.pyplot as plt
from wordcloud import STOPWORDS, WordCloud

CLOUD_WORDS = 80  # more would be too small to read

def cloud_counts(texts, split):
    """Return {word: count} of the most frequent words that are no stop words and longer than two letters."""
    counts = Counter(word for text in texts for word in split(text))
    counts = {word: count for word, count in counts.items() if len(word) > 2 and word not in STOPWORDS}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CLOUD_WORDS])

def word_clouds(counts, seed, columns=3):
    """Return a figure with a cloud for each {title: {word: count}}, the same for the same arguments."""
    rows = -(-len(counts) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(12, 3.6 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, words) in zip(axes.flat, counts.items()):
        axis.set_title(title if words else f"{title}: no words")
        if words:
            cloud = WordCloud(width=800, height=640, background_color="white", random_state=seed,
                              color_func=lambda *_, **__: "black")
            axis.imshow(cloud.generate_from_frequencies(words), interpolation="bilinear")
    return fig
