"""Names, things and themes of made-up texts: what may stand in a question, and what may not."""

from chapters.topics import find_names, find_speakers, find_things, passage_topics, tokens_of

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
    passages = [{"id": f"a-{n}", "text": text} for n, text in enumerate(texts)]
    topics = passage_topics(passages, books)
    assert set(topics["a-0"]) == {"Starbuck", "the carpenter", "love"}
    assert topics["a-1"] == ["the cabin"]  # Starbuck is named but once
    assert topics["a-10"] == []
