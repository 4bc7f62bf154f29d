"""Vocabulary, sentences, TF-IDF, keywords, rhythm: any text, against other implementations."""

import math
import random
import statistics
from collections import Counter

import nltk
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from chapters import style
from style_data import CLERK, POET

POEMS, FILES = POET.passages("train", 30), CLERK.passages("train", 30)
UNSEEN = POET.passages("unseen", 12)
KEYS = {
    "words",
    "sentences",
    "mean_sentence_length",
    "sentence_length_sd",
    "type_token_ratio",
    "mattr",
    "mtld",
}


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "…", "?!.", "123 456.", "\u200b", "<|im_end|>", "—"]
)
def test_a_text_without_words_gets_zeros(text):
    stats = style.compute_text_stats(text)
    assert set(stats) >= KEYS
    if not style.text_words(text):
        assert set(stats.values()) == {0.0}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_every_text_gets_finite_floats(text):
    stats = style.compute_text_stats(text)
    assert all(
        type(value) is float and math.isfinite(value) and value >= 0 for value in stats.values()
    )
    assert (
        (stats["words"] == 0)
        == (stats["mattr"] == 0)
        == (stats["mtld"] == 0)
        == (stats["sentences"] == 0)
    )


def test_words():
    assert style.text_words("Don’t—I'll go, o'er well-known HILLS; 3 times") == [
        "don't",
        "i'll",
        "go",
        "o'er",
        "well-known",
        "hills",
        "times",
    ]


@pytest.mark.parametrize(
    "text, lengths",
    [
        ("One two. Three four five!", [2, 3]),
        ("He said, “Go now.” Then he went.", [4, 3]),
        ("Mr. Hyde met Dr. Lanyon in St. James. It rained.", [8, 2]),
        ("It was I. Then we left.", [3, 3]),
        ("J. S. Bach wrote it.", [5]),
        ("A first line\n\nand a second paragraph", [3, 4]),
        ("Wait… what? No", [2, 1]),
        ("no stop at all", [4]),
        ("A verse line\nand one more.", [6]),
        ("... !", []),
    ],
)
def test_sentences(text, lengths):
    assert style.sentence_lengths(text) == lengths


def random_words(seed, size, vocabulary):
    rnd = random.Random(seed)
    return [f"w{min(rnd.randrange(vocabulary), rnd.randrange(vocabulary))}" for _ in range(size)]


SAMPLES = [
    (seed, size, vocabulary)
    for seed in range(4)
    for size in (5, 60, 400)
    for vocabulary in (4, 40, 400)
]


@pytest.mark.parametrize("seed, size, vocabulary", SAMPLES)
def test_diversity_equals_lexicalrichness(seed, size, vocabulary):
    lexicalrichness = pytest.importorskip(
        "lexicalrichness", reason="lexicalrichness is not installed"
    )
    words = random_words(seed, size, vocabulary)
    lex = lexicalrichness.LexicalRichness(words, preprocessor=None, tokenizer=None)
    assert style.mtld(words) == pytest.approx(lex.mtld(threshold=0.72), abs=1e-6)
    assert style.mattr(words) == pytest.approx(lex.mattr(window_size=min(50, size)), abs=1e-6)


@pytest.mark.parametrize("seed, size, vocabulary", SAMPLES)
def test_ratio_equals_nltk(seed, size, vocabulary):
    words = random_words(seed, size, vocabulary)
    counts = nltk.FreqDist(nltk.wordpunct_tokenize(" ".join(words)))
    letters = [
        word.replace("w", "a").translate(str.maketrans("0123456789", "abcdefghij"))
        for word in words
    ]
    stats = style.compute_text_stats(" ".join(letters))
    assert stats["type_token_ratio"] == pytest.approx(counts.B() / counts.N(), abs=1e-6)
    windows = [nltk.FreqDist(run).B() / 50 for run in nltk.ngrams(letters, 50)]
    if windows:
        assert stats["mattr"] == pytest.approx(statistics.fmean(windows), abs=1e-6)


def test_mtld_by_hand():
    # a a a a: every pair is a run (1/2 <= 0.72), four words make two runs either way
    assert style.mtld(["a"] * 4) == 2
    # a b a: 2/3 <= 0.72 after three words, one run; no rest
    assert style.mtld(["a", "b", "a"]) == 3
    # nothing repeated: no run at all, the text's length is the lower bound
    assert style.mtld(["a", "b", "c"]) == 3 and style.mtld([]) == 0


def test_sentence_numbers_equal_numpy():
    import numpy

    stats = style.compute_text_stats("One two three. Four five. Six seven eight nine ten. Eleven.")
    assert stats["mean_sentence_length"] == pytest.approx(numpy.mean([3, 2, 5, 1]), abs=1e-6)
    assert stats["sentence_length_sd"] == pytest.approx(numpy.std([3, 2, 5, 1]), abs=1e-6)


# TF-IDF


@pytest.mark.parametrize(
    "text, references",
    [
        ("", ["some words here"]),
        ("the of and", ["some words here"]),
        ("words", []),
        ("words", [""]),
        ("words", ["the and of"]),
        ("…", ["words"]),
        ("unknown", ["words"]),
    ],
)
def test_tfidf_is_zero_where_nothing_is_in_common(text, references):
    assert style.compute_tfidf_similarity(text, references) == 0.0
    assert style.mean_tfidf([text, text], references) == [0.0, 0.0]


def test_tfidf_equals_scikit_learn():
    vectorizer = TfidfVectorizer(stop_words="english")
    wanted = cosine_similarity(vectorizer.fit_transform(POEMS), vectorizer.transform(UNSEEN)).T
    assert style.tfidf_similarities(UNSEEN, POEMS) == pytest.approx(wanted, abs=1e-6)
    assert style.compute_tfidf_similarity(UNSEEN[0], POEMS) == pytest.approx(
        wanted[0].mean(), abs=1e-6
    )
    assert style.compute_tfidf_similarity(UNSEEN[0], POEMS, how="max") == pytest.approx(
        wanted[0].max(), abs=1e-6
    )
    assert style.mean_tfidf(UNSEEN, POEMS) == pytest.approx(wanted.mean(1), abs=1e-6)


def test_tfidf_of_the_same_text_is_one_but_counts_not_for_itself():
    assert style.compute_tfidf_similarity(POEMS[3], POEMS, how="max") == pytest.approx(1)
    others = [text for text in POEMS if text != POEMS[3]]
    full = style.tfidf_similarities([POEMS[3]], POEMS)[0]
    assert style.mean_tfidf([POEMS[3]], POEMS)[0] == pytest.approx(
        np.delete(full, 3).mean(), abs=1e-6
    )
    assert len(others) == 29 and style.mean_tfidf([], POEMS) == []


# Keywords


def test_log_odds_follow_the_formula():
    ours, theirs = (
        Counter("thou thou thou art the the king".split()),
        Counter("you are the the the boss".split()),
    )
    z = style.log_odds(ours, theirs, prior_words=50)
    n, m, both = sum(ours.values()), sum(theirs.values()), ours + theirs
    for word in both:
        prior = 50 * both[word] / (n + m)
        first = math.log((ours[word] + prior) / (n + 50 - ours[word] - prior))
        second = math.log((theirs[word] + prior) / (m + 50 - theirs[word] - prior))
        spread = math.sqrt(1 / (ours[word] + prior) + 1 / (theirs[word] + prior))
        assert z[word] == pytest.approx((first - second) / spread, abs=1e-6)
    assert z["thou"] > 0 > z["you"] and style.log_odds(ours, ours, 50)["king"] == pytest.approx(
        0, abs=1e-12
    )


def test_keywords_are_the_authors_and_no_names():
    ours = [
        "Hamlet thinks of mercy. The mercy of kings, and Hamlet waits for mercy, says Hamlet."
    ] * 5
    theirs = ["The report of the office is on the table, and the office waits for kings."] * 5
    found = style.find_keywords(ours, theirs)
    assert found[0] == "mercy" and not {"hamlet", "the", "of", "office", "kings"} & set(found)
    assert style.find_keywords(ours, theirs, count=1) == ["mercy"]
    assert style.find_keywords(ours, [])[0] == "mercy"
    assert style.find_keywords([], theirs) == style.find_keywords(["Rare."], theirs) == []


def test_keywords_find_the_made_up_author():
    found = style.find_keywords(POEMS, FILES)
    assert len(found) == style.N_KEYWORDS and all(word.endswith("eth") for word in found)


def test_keyword_density():
    assert style.keyword_density("a thou b thou".split(), {"thou"}) == 50
    assert style.keyword_density([], {"thou"}) == style.keyword_density(["a"], set()) == 0


def test_rhythm():
    assert style.rhythm_distance([3, 9], [3, 9, 3, 9]) == 0
    assert style.rhythm_distance([5, 5], [3, 9]) == pytest.approx(3)  # 5 -> 3 and 5 -> 9
    assert style.rhythm_distance([], [4, 6]) == pytest.approx(5)
    a, b = [4, 8, 15], [16, 23, 42, 7]
    assert style.rhythm_distance(a, b) == pytest.approx(wasserstein_distance(a, b), abs=1e-6)
