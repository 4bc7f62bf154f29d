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

if __name__ == "__main__":
    for key, (label, unit, definition) in TEXT_MEASURES.items():
        score = functools.partial(text_stat, key=key, stats=compute_text_stats)
        measures[key] = score_measure(score, cut, "nearer", label, unit, definition)
    display(pandas.DataFrame({condition: pandas.DataFrame(map(compute_text_stats, texts)).mean()
                              for condition, texts in cut.items()}).round(2))
