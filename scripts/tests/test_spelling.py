"""Words that look as if they were read badly, and how clean a text is."""

import random
from collections import Counter

import pytest

from chapters.spelling import clean_share, doubtful_words, is_english, printed_words
from makers import play_sentences


@pytest.mark.parametrize(
    "word", "happiness sobbed unmuzzled rowing don’t ship-master sails".split()
)
def test_forms_of_english_words(word):
    assert is_english(word)


@pytest.mark.parametrize("word", ["fecling", "tbe", "theit", "harpooncer", "kaiew"])
def test_words_that_english_has_not(word):
    assert not is_english(word)


def test_doubtful_words_are_broken_or_once_there_and_unknown():
    text = "The Pequod sailed. The d0g of Mr. McBride sat by.the fire, fqt, the 2nd time. gam gam"
    assert doubtful_words(Counter(printed_words(text))) == {"d0g", "by.the", "fqt"}


def test_noise_lowers_the_share_of_clean_words():
    rng, clean = random.Random(1), play_sentences("cymbeline")
    noisy = [
        "".join(rng.choice("qxz|~1{") if rng.random() < 0.02 else sign for sign in text)
        for text in clean
    ]
    assert clean_share(clean) > 0.985 > 0.95 > clean_share(noisy)
    assert clean_share([]) == 1
