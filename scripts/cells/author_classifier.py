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

if __name__ == "__main__":
    unseen = other_texts[::HELD_BACK]
    with plain_errors():
        seen = [text for number, text in enumerate(other_texts) if number % HELD_BACK]
        classifier = train_classifier(author_texts, seen, SEED)
    classifier_accuracy = float(np.mean([np.mean(classifier.predict(cut["author"]) == 1),
                                         np.mean(classifier.predict(unseen) == 0)]))
    measures["author_classifier"] = score_measure(
        lambda texts: author_probability(texts, classifier), cut, "higher", "Classifier", "probability",
        f"logistic regression on 3- and 4-character runs, {classifier_accuracy:.0%} right on unseen texts")
    print(f"Of {len(cut['author'])} unseen passages by {AUTHOR} and {len(unseen)} unseen texts by others it "
          f"tells {classifier_accuracy:.0%} right (mean of both sides; guessing gives 50%).\n")
    print_means(measures["author_classifier"])
