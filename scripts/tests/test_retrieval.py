"""Does an answer find its own question: against scikit-learn, by hand, and at chance for shuffled and empty answers."""
import random
import statistics

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import label_ranking_average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

from cells.answers_question import question_ranks, ranks_by_chance, without_echo

TOPICS = ["ambition", "jealousy", "the sea", "winter", "music", "honour", "gardens", "money", "sleep", "letters",
          "horses", "silence", "bread", "mountains", "anger", "children", "mirrors", "bridges", "thunder", "medicine"]
QUESTIONS = [f"What do you think about {topic}?" for topic in TOPICS]
ANSWERS = [f"I have often feared {topic}, and yet {topic} gave me much. Nothing is like it." for topic in TOPICS]


def test_answers_that_name_their_subject_find_their_question():
    reciprocal, first = question_ranks(ANSWERS, QUESTIONS, range(len(TOPICS)))
    assert reciprocal == [1.0] * len(TOPICS) and first == [1] * len(TOPICS)


def test_equals_scikit_learn():
    rnd = random.Random(1)
    words = " ".join(ANSWERS).split()
    answers = [" ".join(rnd.choices(words, k=30)) for _ in QUESTIONS]
    found, _ = question_ranks(answers, QUESTIONS, range(len(TOPICS)))
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit(QUESTIONS)
    stripped = [without_echo(answer, question) for answer, question in zip(answers, QUESTIONS)]
    cosine = cosine_similarity(vectorizer.transform(stripped), vectorizer.transform(QUESTIONS))
    untied = [n for n in range(len(TOPICS)) if (cosine[n].round(9) == cosine[n, n].round(9)).sum() == 1]
    assert len(untied) > len(TOPICS) / 2  # ties are another test's subject
    # with one relevant label a row, scikit-learn's label ranking average precision is the mean reciprocal rank
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
    assert reciprocal == pytest.approx([ranks_by_chance(len(TOPICS))[0]] * len(TOPICS)) and sum(first) == 0
    assert without_echo("What do you think about the sea? The sea is wide.", QUESTIONS[2]) == "the sea is wide"
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
