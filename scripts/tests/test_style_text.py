"""Numbers of a text: for every text, against other implementations, and the cutting to equal length."""
import math
import random
import statistics

import nltk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cells import answer_texts, score_measure, text_stats

KEYS = {"words", "sentences", "mean_sentence_length", "sentence_length_sd", "type_token_ratio", "mattr", "mtld"}


@pytest.mark.parametrize("text", ["", " ", "\n\n", "…", "?!.", "123 456.", "\u200b", "<|im_end|>", "—"])
def test_a_text_without_words_gets_zeros(text):
    stats = text_stats.compute_text_stats(text)
    assert set(stats) >= KEYS
    if not text_stats.text_words(text):
        assert set(stats.values()) == {0.0}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_every_text_gets_finite_floats(text):
    stats = text_stats.compute_text_stats(text)
    assert all(type(value) is float and math.isfinite(value) and value >= 0 for value in stats.values())
    assert (stats["words"] == 0) == (stats["mattr"] == 0) == (stats["mtld"] == 0) == (stats["sentences"] == 0)


def test_words():
    assert text_stats.text_words("Don’t—I'll go, o'er well-known HILLS; 3 times") == [
        "don't", "i'll", "go", "o'er", "well-known", "hills", "times"]


@pytest.mark.parametrize("text, lengths", [
    ("One two. Three four five!", [2, 3]), ("He said, “Go now.” Then he went.", [4, 3]),
    ("Mr. Hyde met Dr. Lanyon in St. James. It rained.", [8, 2]), ("It was I. Then we left.", [3, 3]),
    ("J. S. Bach wrote it.", [5]), ("A first line\n\nand a second paragraph", [3, 4]), ("Wait… what? No", [2, 1]),
    ("no stop at all", [4]), ("A verse line\nand one more.", [6]), ("... !", [])])
def test_sentences(text, lengths):
    assert text_stats.sentence_lengths(text) == lengths


def random_words(seed, size, vocabulary):
    rnd = random.Random(seed)
    return [f"w{min(rnd.randrange(vocabulary), rnd.randrange(vocabulary))}" for _ in range(size)]


SAMPLES = [(seed, size, vocabulary) for seed in range(4) for size in (5, 60, 400) for vocabulary in (4, 40, 400)]


@pytest.mark.parametrize("seed, size, vocabulary", SAMPLES)
def test_diversity_equals_lexicalrichness(seed, size, vocabulary):
    lexicalrichness = pytest.importorskip("lexicalrichness", reason="lexicalrichness is not installed")
    words = random_words(seed, size, vocabulary)
    lex = lexicalrichness.LexicalRichness(words, preprocessor=None, tokenizer=None)
    assert text_stats.mtld(words) == pytest.approx(lex.mtld(threshold=0.72), abs=1e-6)
    assert text_stats.mattr(words) == pytest.approx(lex.mattr(window_size=min(50, size)), abs=1e-6)


@pytest.mark.parametrize("seed, size, vocabulary", SAMPLES)
def test_ratio_equals_nltk(seed, size, vocabulary):
    words = random_words(seed, size, vocabulary)
    counts = nltk.FreqDist(nltk.wordpunct_tokenize(" ".join(words)))
    letters = [word.replace("w", "a").translate(str.maketrans("0123456789", "abcdefghij")) for word in words]
    stats = text_stats.compute_text_stats(" ".join(letters))
    assert stats["type_token_ratio"] == pytest.approx(counts.B() / counts.N(), abs=1e-6)
    windows = [nltk.FreqDist(run).B() / 50 for run in nltk.ngrams(letters, 50)]
    if windows:
        assert stats["mattr"] == pytest.approx(statistics.fmean(windows), abs=1e-6)


def test_mtld_by_hand():
    # a a a a: every pair is a run (1/2 <= 0.72), four words make two runs either way
    assert text_stats.mtld(["a"] * 4) == 2
    # a b a: 2/3 <= 0.72 after three words, one run; no rest
    assert text_stats.mtld(["a", "b", "a"]) == 3
    # nothing repeated: no run at all, the text's length is the lower bound
    assert text_stats.mtld(["a", "b", "c"]) == 3 and text_stats.mtld([]) == 0


def test_sentence_numbers_equal_numpy():
    import numpy
    stats = text_stats.compute_text_stats("One two three. Four five. Six seven eight nine ten. Eleven.")
    assert stats["mean_sentence_length"] == pytest.approx(numpy.mean([3, 2, 5, 1]), abs=1e-6)
    assert stats["sentence_length_sd"] == pytest.approx(numpy.std([3, 2, 5, 1]), abs=1e-6)


@given(st.lists(st.sampled_from(["ab", "c'd", "é", "x."]), max_size=12), st.sampled_from([" ", "\n", "  \n\n"]), st.integers(1, 14))
def test_first_words_keep_the_text(words, gap, count):
    text = gap.join(words)
    cut = answer_texts.first_words(text, count)
    assert cut.split() == words[:count] and text.startswith(cut)


def test_answers_are_cut_to_the_shortest_of_a_prompt():
    long, short = " ".join(["word"] * 300), " ".join(["word"] * 140)
    cut = answer_texts.cut_answers({"a": [long, long, ""], "b": [short, "few words", long]})
    assert [len(text.split()) for text in cut["a"]] == [140, 100, 0]
    assert [len(text.split()) for text in cut["b"]] == [140, 2, 100]


def records(*kept):
    return {phase: {"answers": [{"prompt_id": prompt, "system": system, "answer": f"{phase} {system} {prompt}"}
                                for system in ("persona", "plain") for prompt in ("p2", "p1") if (phase, system, prompt) not in kept]}
            for phase in ("base", "tuned")}


def test_answers_are_paired_by_prompt_not_by_place():
    aligned = answer_texts.align_answers(records(), [{"id": "p1"}, {"id": "p2"}])
    assert aligned["tuned plain"] == ["tuned plain p1", "tuned plain p2"]
    with pytest.raises(ValueError, match="base persona answer to p2 is missing.*comparison_cache"):
        answer_texts.align_answers(records(("base", "persona", "p2")), [{"id": "p1"}, {"id": "p2"}])


def test_a_measure_keeps_all_sides():
    texts = {f"{phase} {system}": [f"{phase} {system}"] for phase in ("base", "tuned") for system in ("plain", "persona")}
    measure = score_measure.score_measure(lambda group: [len(text) for text in group], {**texts, "author": ["me", "mine"]},
                                          "nearer", "Letters", "letters", "counted")
    assert measure["base"] == [12.0] and measure["tuned"] == [13.0] and measure["author"] == [2.0, 4.0]
    assert measure["plain"] == {"base": [10.0], "tuned": [11.0]} and measure["better"] == "nearer"


@pytest.mark.parametrize("empty", ["", " \n", "…?!", "12 34", "<||>"])
def test_texts_without_words_are_not_scored(empty):
    texts = {f"{phase} {system}": ["one", empty, "three"] for phase in ("base", "tuned") for system in ("plain", "persona")}
    texts["author"], seen = [empty], []
    measure = score_measure.score_measure(lambda group: seen.extend(group) or [len(text) for text in group], texts,
                                          "higher", "Letters", "letters", "counted")
    assert measure["base"] == measure["plain"]["tuned"] == [3.0, None, 5.0] and measure["author"] == [None] and empty not in seen
