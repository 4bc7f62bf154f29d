"""Measures of style: known answers, and agreement with scikit-learn, scipy and faststylometry."""
import math
from collections import Counter

import numpy as np
import pytest
from scipy.stats import wasserstein_distance
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from cells import author_classifier, burrows_delta, char_profile, keyword_density, keywords, other_texts, sentence_rhythm, tfidf, word_rates
from cells.text_stats import text_words
from style_data import CLERK, POET

POEMS, FILES = POET.passages("train", 30), CLERK.passages("train", 30)
UNSEEN = POET.passages("unseen", 12)


# TF-IDF

@pytest.mark.parametrize("text, references", [
    ("", ["some words here"]), ("the of and", ["some words here"]), ("words", []), ("words", [""]), ("words", ["the and of"]),
    ("…", ["words"]), ("unknown", ["words"])])
def test_tfidf_is_zero_where_nothing_is_in_common(text, references):
    assert tfidf.compute_tfidf_similarity(text, references) == 0.0
    assert tfidf.mean_tfidf([text, text], references) == [0.0, 0.0]


def test_tfidf_equals_scikit_learn():
    vectorizer = TfidfVectorizer(stop_words="english")
    wanted = cosine_similarity(vectorizer.fit_transform(POEMS), vectorizer.transform(UNSEEN)).T
    assert tfidf.tfidf_similarities(UNSEEN, POEMS) == pytest.approx(wanted, abs=1e-6)
    assert tfidf.compute_tfidf_similarity(UNSEEN[0], POEMS) == pytest.approx(wanted[0].mean(), abs=1e-6)
    assert tfidf.compute_tfidf_similarity(UNSEEN[0], POEMS, how="max") == pytest.approx(wanted[0].max(), abs=1e-6)
    assert tfidf.mean_tfidf(UNSEEN, POEMS) == pytest.approx(wanted.mean(1), abs=1e-6)


def test_tfidf_of_the_same_text_is_one_but_counts_not_for_itself():
    assert tfidf.compute_tfidf_similarity(POEMS[3], POEMS, how="max") == pytest.approx(1)
    others = [text for text in POEMS if text != POEMS[3]]
    full = tfidf.tfidf_similarities([POEMS[3]], POEMS)[0]
    assert tfidf.mean_tfidf([POEMS[3]], POEMS)[0] == pytest.approx(np.delete(full, 3).mean(), abs=1e-6)
    assert len(others) == 29 and tfidf.mean_tfidf([], POEMS) == []


# Keywords

def test_log_odds_follow_the_formula():
    ours, theirs = Counter("thou thou thou art the the king".split()), Counter("you are the the the boss".split())
    z = keywords.log_odds(ours, theirs, prior_words=50)
    n, m, both = sum(ours.values()), sum(theirs.values()), ours + theirs
    for word in both:
        prior = 50 * both[word] / (n + m)
        first = math.log((ours[word] + prior) / (n + 50 - ours[word] - prior))
        second = math.log((theirs[word] + prior) / (m + 50 - theirs[word] - prior))
        spread = math.sqrt(1 / (ours[word] + prior) + 1 / (theirs[word] + prior))
        assert z[word] == pytest.approx((first - second) / spread, abs=1e-6)
    assert z["thou"] > 0 > z["you"] and keywords.log_odds(ours, ours, 50)["king"] == pytest.approx(0, abs=1e-12)


def test_keywords_are_the_authors_and_no_names():
    ours = ["Hamlet thinks of mercy. The mercy of kings, and Hamlet waits for mercy, says Hamlet."] * 5
    theirs = ["The report of the office is on the table, and the office waits for kings."] * 5
    found = keywords.find_keywords(ours, theirs, text_words)
    assert found[0] == "mercy" and not {"hamlet", "the", "of", "office", "kings"} & set(found)
    assert keywords.find_keywords(ours, theirs, text_words, count=1) == ["mercy"]
    assert keywords.find_keywords(ours, [], text_words)[0] == "mercy"
    assert keywords.find_keywords([], theirs, text_words) == keywords.find_keywords(["Rare."], theirs, text_words) == []


def test_keywords_find_the_made_up_author():
    found = keywords.find_keywords(POEMS, FILES, text_words)
    assert len(found) == keywords.N_KEYWORDS and all(word.endswith("eth") for word in found)


def test_keyword_density():
    assert keyword_density.keyword_density("a thou b thou".split(), {"thou"}) == 50
    assert keyword_density.keyword_density([], {"thou"}) == keyword_density.keyword_density(["a"], set()) == 0


# Burrows' Delta

def delta_by_hand(text, author, texts, count):
    """Mean |z - z| with z-scores as in the paper, word by word."""
    frequent = [word for word, _ in Counter(word for words in texts for word in words).most_common(count)]
    rate = lambda words, word: words.count(word) / len(words)
    deltas = []
    for word in frequent:
        rates = [rate(words, word) for words in texts]
        mean, spread = np.mean(rates), np.std(rates, ddof=1)
        deltas.append(abs((rate(text, word) - mean) / spread - (rate(author, word) - mean) / spread))
    return np.mean(deltas)


def pooled(texts, profile):
    counts, sizes = word_rates.count_words(texts, profile["words"])
    return float(burrows_delta.burrows_delta(counts.sum(0), sizes.sum(0), profile))


def shares(texts, profile):
    return burrows_delta.delta_shares(*word_rates.count_words(list(map(text_words, texts)), profile["words"]), profile)


def test_delta_equals_the_paper():
    ours, theirs = [text_words(text) for text in POEMS], [text_words(text) for text in FILES]
    profile = word_rates.word_profile(ours, theirs, count=40)
    everything = [word for words in ours for word in words]
    for text in UNSEEN[:4]:
        words = text_words(text)
        assert pooled([words], profile) == pytest.approx(delta_by_hand(words, everything, ours + theirs, 40), abs=1e-6)


def test_delta_equals_faststylometry():
    faststylometry = pytest.importorskip("faststylometry", reason="faststylometry is not installed")
    from faststylometry.burrows_delta import calculate_burrows_delta
    # words of one letter are no words for faststylometry
    books = {name: [word for word in text_words(" ".join(texts)) if len(word) > 1] for name, texts in (
        ("poet", POEMS), ("clerk", FILES), ("both", POEMS[:9] + FILES[:9]), ("unknown", UNSEEN))}
    train, test = faststylometry.Corpus(), faststylometry.Corpus()
    for name, words in books.items():
        corpus = test if name == "unknown" else train
        corpus.add_book(name, "book", " ".join(words))
    train.tokens, test.tokens = [books[name] for name in ("poet", "clerk", "both")], [books["unknown"]]
    wanted = calculate_burrows_delta(train, test, vocab_size=50).iloc[:, 0]
    for name in ("poet", "clerk", "both"):
        others = [books[other] for other in ("poet", "clerk", "both") if other != name]
        profile = word_rates.word_profile([books[name]], others, count=50)
        assert pooled([books["unknown"]], profile) == pytest.approx(wanted[name], abs=1e-6)


def test_delta_tells_authors_apart():
    profile = word_rates.word_profile(*(list(map(text_words, texts)) for texts in (POEMS, FILES)))
    near, far, empty = (shares(texts, profile) for texts in (UNSEEN, CLERK.passages("x", 12), [""] * 12))
    assert np.mean(near) < 0.3 * min(np.mean(far), np.mean(empty)) and len(near) == 12 and np.isfinite(near).all()
    assert empty == pytest.approx([np.mean(profile["rates"] / profile["spread"])] * 12)


def test_delta_shares_are_pseudo_values():
    profile = word_rates.word_profile(*(list(map(text_words, texts)) for texts in (POEMS, FILES)))
    texts = list(map(text_words, UNSEEN))
    wanted = [12 * pooled(texts, profile) - 11 * pooled(texts[:i] + texts[i + 1:], profile) for i in range(12)]
    assert shares(UNSEEN, profile) == pytest.approx(wanted, abs=1e-9)
    assert shares(UNSEEN[:1], profile) == pytest.approx([pooled(texts[:1], profile)])


@pytest.mark.parametrize("author, others", [([], []), ([["a"]], []), ([["a"]], [["a"]]), ([[]], [["a", "b"]])])
def test_word_rates_need_different_texts(author, others):
    with pytest.raises(ValueError, match="different passages"):
        word_rates.word_profile(author, others)


# Characters, classifier, rhythm

def test_char_similarity_equals_scikit_learn():
    vectorizer, centre = char_profile.char_profile(POEMS, FILES)
    other = TfidfVectorizer(analyzer="char", ngram_range=(4, 4), max_features=20_000, sublinear_tf=True).fit(POEMS + FILES)
    wanted = cosine_similarity(other.transform(UNSEEN), np.asarray(other.transform(POEMS).mean(0)))[:, 0]
    assert char_profile.char_similarity(UNSEEN, vectorizer, centre) == pytest.approx(wanted, abs=1e-6)
    assert char_profile.char_similarity(["", "ab"], vectorizer, centre) == [0, 0] and char_profile.char_similarity([], vectorizer, centre) == []
    assert min(wanted) > max(char_profile.char_similarity(CLERK.passages("x", 12), vectorizer, centre))


def test_classifier_knows_the_author():
    model = author_classifier.train_classifier(POEMS, FILES, seed=1)
    ours, theirs = (author_classifier.author_probability(texts, model) for texts in (UNSEEN, CLERK.passages("x", 12)))
    assert min(ours) > 0.5 > max(theirs) and author_classifier.author_probability(["", " \n"], model) == [0, 0]
    assert author_classifier.author_probability([], model) == []
    assert ours == author_classifier.author_probability(UNSEEN, author_classifier.train_classifier(POEMS, FILES, seed=1))
    with pytest.raises(ValueError, match="0 of others"):
        author_classifier.train_classifier(POEMS, [], seed=1)


def test_rhythm():
    assert sentence_rhythm.rhythm_distance([3, 9], [3, 9, 3, 9]) == 0
    assert sentence_rhythm.rhythm_distance([5, 5], [3, 9]) == pytest.approx(3)  # 5 -> 3 and 5 -> 9
    assert sentence_rhythm.rhythm_distance([], [4, 6]) == pytest.approx(5)
    a, b = [4, 8, 15], [16, 23, 42, 7]
    assert sentence_rhythm.rhythm_distance(a, b) == pytest.approx(wasserstein_distance(a, b), abs=1e-6)


def test_spread_out():
    assert other_texts.spread_out(list(range(10)), 4) == [0, 2, 5, 7] and other_texts.spread_out([1, 2], 4) == [1, 2]
