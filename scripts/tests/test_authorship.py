"""Small words, letters, a classifier: against the papers, scikit-learn and faststylometry."""

from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from chapters import authorship
from chapters.preparation import Mistake
from chapters.style import text_words
from style_data import CLERK, POET

POEMS, FILES = POET.passages("train", 30), CLERK.passages("train", 30)
UNSEEN = POET.passages("unseen", 12)


# Burrows' Delta


def delta_by_hand(text, author, texts, count):
    """Mean |z - z| with z-scores as in the paper, word by word."""
    frequent = [
        word for word, _ in Counter(word for words in texts for word in words).most_common(count)
    ]

    def rate(words, word):
        return words.count(word) / len(words)

    deltas = []
    for word in frequent:
        rates = [rate(words, word) for words in texts]
        mean, spread = np.mean(rates), np.std(rates, ddof=1)
        deltas.append(
            abs((rate(text, word) - mean) / spread - (rate(author, word) - mean) / spread)
        )
    return np.mean(deltas)


def pooled(texts, profile):
    counts, sizes = authorship.count_words(texts, profile["words"])
    return float(authorship.burrows_delta(counts.sum(0), sizes.sum(0), profile))


def shares(texts, profile):
    return authorship.delta_shares(
        *authorship.count_words(list(map(text_words, texts)), profile["words"]), profile
    )


def test_delta_equals_the_paper():
    ours, theirs = [text_words(text) for text in POEMS], [text_words(text) for text in FILES]
    profile = authorship.word_profile(ours, theirs, count=40)
    everything = [word for words in ours for word in words]
    for text in UNSEEN[:4]:
        words = text_words(text)
        assert pooled([words], profile) == pytest.approx(
            delta_by_hand(words, everything, ours + theirs, 40), abs=1e-6
        )


def test_delta_equals_faststylometry():
    faststylometry = pytest.importorskip("faststylometry", reason="faststylometry is not installed")
    from faststylometry.burrows_delta import calculate_burrows_delta

    # words of one letter are no words for faststylometry
    books = {
        name: [word for word in text_words(" ".join(texts)) if len(word) > 1]
        for name, texts in (
            ("poet", POEMS),
            ("clerk", FILES),
            ("both", POEMS[:9] + FILES[:9]),
            ("unknown", UNSEEN),
        )
    }
    train, test = faststylometry.Corpus(), faststylometry.Corpus()
    for name, words in books.items():
        corpus = test if name == "unknown" else train
        corpus.add_book(name, "book", " ".join(words))
    train.tokens, test.tokens = (
        [books[name] for name in ("poet", "clerk", "both")],
        [books["unknown"]],
    )
    wanted = calculate_burrows_delta(train, test, vocab_size=50).iloc[:, 0]
    for name in ("poet", "clerk", "both"):
        others = [books[other] for other in ("poet", "clerk", "both") if other != name]
        profile = authorship.word_profile([books[name]], others, count=50)
        assert pooled([books["unknown"]], profile) == pytest.approx(wanted[name], abs=1e-6)


def test_delta_tells_authors_apart():
    profile = authorship.word_profile(*(list(map(text_words, texts)) for texts in (POEMS, FILES)))
    near, far, empty = (
        shares(texts, profile) for texts in (UNSEEN, CLERK.passages("x", 12), [""] * 12)
    )
    assert (
        np.mean(near) < 0.3 * min(np.mean(far), np.mean(empty))
        and len(near) == 12
        and np.isfinite(near).all()
    )
    assert empty == pytest.approx([np.mean(profile["rates"] / profile["spread"])] * 12)


def test_delta_shares_are_pseudo_values():
    profile = authorship.word_profile(*(list(map(text_words, texts)) for texts in (POEMS, FILES)))
    texts = list(map(text_words, UNSEEN))
    wanted = [
        12 * pooled(texts, profile) - 11 * pooled(texts[:i] + texts[i + 1 :], profile)
        for i in range(12)
    ]
    assert shares(UNSEEN, profile) == pytest.approx(wanted, abs=1e-9)
    assert shares(UNSEEN[:1], profile) == pytest.approx([pooled(texts[:1], profile)])


@pytest.mark.parametrize(
    "author, others", [([], []), ([["a"]], []), ([["a"]], [["a"]]), ([[]], [["a", "b"]])]
)
def test_word_rates_need_different_texts(author, others):
    with pytest.raises(Mistake, match="different passages"):
        authorship.word_profile(author, others)


# Characters, classifier, rhythm


def test_char_similarity_equals_scikit_learn():
    vectorizer, centre = authorship.char_profile(POEMS, FILES)
    other = TfidfVectorizer(
        analyzer="char", ngram_range=(4, 4), max_features=20_000, sublinear_tf=True
    ).fit(POEMS + FILES)
    wanted = cosine_similarity(other.transform(UNSEEN), np.asarray(other.transform(POEMS).mean(0)))[
        :, 0
    ]
    assert authorship.char_similarity(UNSEEN, vectorizer, centre) == pytest.approx(wanted, abs=1e-6)
    assert (
        authorship.char_similarity(["", "ab"], vectorizer, centre) == [0, 0]
        and authorship.char_similarity([], vectorizer, centre) == []
    )
    assert min(wanted) > max(
        authorship.char_similarity(CLERK.passages("x", 12), vectorizer, centre)
    )


def test_classifier_knows_the_author():
    model = authorship.train_classifier(POEMS, FILES, seed=1)
    ours, theirs = (
        authorship.author_probability(texts, model) for texts in (UNSEEN, CLERK.passages("x", 12))
    )
    assert min(ours) > 0.5 > max(theirs) and authorship.author_probability(["", " \n"], model) == [
        0,
        0,
    ]
    assert authorship.author_probability([], model) == []
    assert ours == authorship.author_probability(
        UNSEEN, authorship.train_classifier(POEMS, FILES, seed=1)
    )
    with pytest.raises(Mistake, match="0 of others"):
        authorship.train_classifier(POEMS, [], seed=1)


def test_spread_out():
    assert authorship.spread_out(list(range(10)), 4) == [0, 2, 5, 7] and authorship.spread_out(
        [1, 2], 4
    ) == [1, 2]
