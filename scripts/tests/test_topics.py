"""Names, things and themes of made-up texts: what may stand in a question, and what may not."""

from collections import Counter

from chapters.topics import (
    best_topics,
    find_names,
    find_speakers,
    find_things,
    passage_topics,
    tokens_of,
)

FILLER = "They waited. It rained all day, and nobody came."


def tokens(*texts):
    return [tokens_of(text) for text in texts]


def test_names_have_capitals_inside_sentences_and_keep_title_and_article():
    texts = tokens(
        *["Then old Mr. Darcy spoke to Mary Crane of London. Strangely it rained."] * 3,
        *["So we boarded the Pequod, and a Quaker met Captain Ahab; an English sailor sang."] * 3,
        *["They saw, Sir, on Monday, what I’ve seen in the sea."] * 3,
    )
    expected = {
        "Mr. Darcy": "Mr. Darcy",
        "Mary Crane of London": "Mary Crane of London",
        "Pequod": "the Pequod",
        "Captain Ahab": "Captain Ahab",
    }
    assert find_names(texts) == expected


def test_words_that_are_mostly_small_are_no_names():
    texts = tokens(*["I know the Truth, and the truth knows me; this truth."] * 4)
    assert find_names(texts) == {}


def test_speakers_keep_names_and_have_an_article_where_they_are_what_they_are():
    texts = ["LADY MACBETH\nCome.", "SECOND WITCH. Hail!", "ALL\nHail!"] * 3 + ["PORTER\nKnock."]
    texts += ["He saw Macbeth. He fears Macbeth. He knows Macbeth."]
    speakers = find_speakers(texts, {"Macbeth": "Macbeth"})
    assert speakers == {"LADY MACBETH": "Lady Macbeth", "SECOND WITCH": "the second witch"}


def test_things_are_whole_often_and_called_the():
    texts = tokens(
        *["He saw the carpenter. The carpenter and the white whale were in the cabin."] * 5,
        *["The captain of the ship went; the same man saw an elephant, and the old way."] * 9,
    )
    assert find_things(texts) == {"carpenter", "white whale", "cabin"}


def test_topics_are_what_a_passage_names_often_and_others_seldom():
    told = "So he met Starbuck. The carpenter is in love with Starbuck. "
    told += "Of love the carpenter has sung."
    cabin = "The cabin was full. He left the cabin, and Starbuck stayed."
    texts = [told, cabin] * 5 + [FILLER]
    books = [{"paragraphs": [{"text": text} for text in texts]}]
    passages = [{"id": f"a-{n}", "text": text, "words": 20} for n, text in enumerate(texts)]
    topics = passage_topics(passages, books)
    assert set(topics["a-0"]) == {"Starbuck", "the carpenter", "love"}
    assert topics["a-1"] == ["the cabin"]  # Starbuck is named but once
    assert topics["a-10"] == []
    passages[0]["words"] = 350  # so often a thing of a long passage is named by the way
    assert passage_topics(passages, books)["a-0"] == ["Starbuck"]


def test_what_is_one_of_many_or_a_part_of_a_book_is_no_name():
    texts = tokens(
        *["So the Lord Osric met Osric, the Dane, and some Danes, and a Grand Turk."] * 4,
        *["They saw Grand Turks. He reads in Book Ten of it."] * 4,
        *["He saw the Parsee, and the Parsee saw the ship."] * 4,
        "It was a Parsee.",
    )
    assert set(find_names(texts).values()) == {"Lord Osric", "Osric", "Danes"}


def test_a_speaker_is_no_part_of_a_book_and_french_keeps_its_capital():
    texts = ["FRENCH SAILOR. Hey, a French song!", "BOOK II. The same."] * 3
    assert find_speakers(texts, {}) == {"FRENCH SAILOR": "the French sailor"}


def test_two_topics_do_not_begin_alike():
    found = Counter({"the boat": 5, "the boats": 5, "Ahab": 2})
    weights = {"the boat": 3.0, "the boats": 2.0, "Ahab": 1.0}
    assert best_topics(found, weights, 3) == ["the boat", "Ahab"]


def test_what_stands_in_a_passage_once_is_no_topic():
    found, weights = Counter({"Japan": 1, "the sea": 2}), {"Japan": 5.0, "the sea": 1.0}
    assert best_topics(found, weights, 3) == ["the sea"]  # seldom, but twice
    assert best_topics(Counter({"Japan": 1}), weights, 3) == []


def test_who_speaks_once_is_a_topic():
    speech = "LAERTES\nWhere be his quiddities now? It rained all day."
    texts = [f"{speech}\n\nHORATIO\nEven so."] * 3 + [speech]
    books = [{"paragraphs": [{"text": text} for text in texts]}]
    passages = [{"id": f"a-{n}", "text": text, "words": 20} for n, text in enumerate(texts)]
    assert passage_topics(passages, books)["a-3"] == ["Laertes"]
