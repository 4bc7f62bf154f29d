"""All measures of answers whose figures are known, as the essay takes them, and single steps."""

import math
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chapters.measures import (
    CONDITIONS,
    MIN_CUT_WORDS,
    TEXT_SETS,
    align_answers,
    corpus_scores,
    cut_answers,
    first_words,
    length_measure,
    likelihood_measures,
    make_measure,
    means_table,
    score_measure,
    scored_texts,
    usual_length,
)
from chapters.memory import find_memory
from chapters.preparation import Mistake
from chapters.questions import (
    broken_measures,
    broken_table,
    copy_measures,
    find_broken,
    rank_measures,
)
from chapters.words import words_of

# All measures, as the essay takes them

TOPICS = [
    "ambition",
    "jealousy",
    "oceans",
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
RND = random.Random(4)
VOCABULARY = [
    "".join(RND.choice("abcdefghijklmnoprstuvwyz") for _ in range(RND.randint(3, 9)))
    for _ in range(400)
]


def prose(rnd, words):
    return " ".join(rnd.choice(VOCABULARY) for _ in range(words)).capitalize() + "."


def passage(n, split, text):
    return {
        "id": f"book-{n:04d}",
        "book": "book",
        "chapter": "Act <I>" if n % 2 else None,
        "pages": [n, n + 1],
        "split": split,
        "text": text,
        "words": len(text.split()),
        "instruction": f"Write about {TOPICS[n % len(TOPICS)]}.",
    }


def result(side, said, prompts, controls):
    """`said(side, system, number)` gives an answer or (answer, finish reason)."""
    rows = []
    for system in ("plain", "persona"):
        for number, prompt in enumerate(prompts):
            text = said(side, system, number)
            text, reason = text if isinstance(text, tuple) else (text, "stop")
            rows.append(
                {
                    "prompt_id": prompt["id"],
                    "question": prompt["question"],
                    "system": system,
                    "answer": text,
                    "thinking": "",
                    "raw": text,
                    "finish_reason": reason,
                    "tokens": 5,
                    "bytes": len(text.encode()),
                    "seconds": 0.1,
                }
            )
    scores = [
        {
            "id": row["id"],
            "set": name,
            "log_likelihood": -100.0 - 10 * (side == "base") * (name == "held_out"),
            "tokens": 50,
            "bytes": 200,
            "words": 40,
        }
        for name, passages in controls.items()
        for row in passages
    ]
    return {
        "key": "k",
        "phase": side,
        "parts": {},
        "answers": rows,
        "likelihoods": scores,
        "timings": {},
        "settings": {},
    }


def notebook(said, instructions=True):
    """Take the steps of the essay; return what they made."""
    rnd = random.Random(7)
    held_out = [passage(n, "held_out", f"{TOPICS[n]}! " + prose(rnd, 120)) for n in range(10)]
    training = [passage(n, "train", prose(rnd, 120)) for n in range(100, 140)]
    prompts = [
        {
            "id": f"prompt-{n:03d}",
            "question": f"What do you think about {TOPICS[n]}?",
            "source": "theme",
            "passage_id": held_out[n]["id"] if n < 10 and instructions else None,
        }
        for n in range(len(TOPICS))
    ]
    control = [{"id": f"control-{n}", "text": prose(rnd, 50)} for n in range(10)]
    sets = {"held_out": held_out, "control": control}
    results = {}
    for side in ("base", "tuned"):
        results[side] = result(side, lambda *at: said(*at, training, held_out), prompts, sets)
    answers = align_answers(results, prompts)
    cut = cut_answers(answers)
    answers["author"] = [row["text"] for row in held_out]
    cut["author"] = [first_words(text, usual_length(cut)) for text in answers["author"]]
    measures, perplexity = {}, {}
    for name in TEXT_SETS:
        base, tuned = (scored_texts(results[side], name) for side in ("base", "tuned"))
        perplexity[name] = {"base": corpus_scores(base), "tuned": corpus_scores(tuned)}
        measures |= likelihood_measures(base, tuned, name, name)
    measures |= rank_measures(answers, prompts, held_out)
    texts = {**answers, "author": cut["author"]}
    copies = find_memory(texts, [words_of(row["text"]) for row in training], [])
    measures |= copy_measures(copies)
    ways = find_broken(results, prompts, answers["author"])
    measures |= broken_measures(ways, texts)
    return SimpleNamespace(**locals())


def on_topic(side, system, number, training, held_out):
    return f"{TOPICS[number]} is what I know best. " + prose(random.Random(f"{number}"), 60)


def test_every_measure_is_whole():
    measures = notebook(on_topic).measures
    assert set(measures) == {
        "held_out_perplexity",
        "held_out_bits_per_byte",
        "control_perplexity",
        "control_bits_per_byte",
        "reciprocal_rank",
        "first_rank",
        "longest_copy",
        "copied_share",
        "broken",
        "cut_off",
        "repetition",
    }
    for name, measure in measures.items():
        assert (
            measure["better"] in ("higher", "lower", "not higher")
            and measure["label"]
            and measure["unit"]
            and measure["definition"]
        ), name
        pairs = 10 if "_per" in name else len(TOPICS)
        for values in (measure["base"], measure["tuned"], *measure.get("plain", {}).values()):
            assert len(values) == pairs and all(
                type(v) in (int, float) and math.isfinite(v) for v in values
            ), name
        assert measure["author"] is None or len(measure["author"]) == 10


def test_equal_answers_measure_equal():
    measures = notebook(on_topic).measures
    assert all(
        measure["base"] == measure["tuned"]
        for name, measure in measures.items()
        if not name.startswith("held_out")
    )
    assert measures["reciprocal_rank"]["tuned"] == [1.0] * len(TOPICS)
    assert sum(measures["broken"]["tuned"]) == sum(measures["cut_off"]["tuned"]) == 0


def test_perplexity_is_that_of_the_corpus():
    space = notebook(on_topic)
    assert space.perplexity["held_out"]["base"]["perplexity"] == pytest.approx(math.exp(110 / 50))
    assert space.perplexity["held_out"]["tuned"] == space.perplexity["control"]["base"]
    assert space.measures["held_out_bits_per_byte"]["tuned"] == pytest.approx(
        [100 / math.log(2) / 200] * 10
    )


def test_ten_empty_answers_are_reported_as_broken():
    def said(side, system, number, training, held_out):
        return (
            ""
            if side == "tuned" and system == "persona" and number < 10
            else on_topic(side, system, number, training, held_out)
        )

    space = notebook(said)
    assert (
        sum(space.measures["broken"]["tuned"]) == 10 and sum(space.measures["broken"]["base"]) == 0
    )
    assert sum("empty" in one for one in space.ways["tuned persona"]) == 10
    table = broken_table(space.ways, space.answers).set_index("answers")
    assert table.loc["tuned persona", ["empty", "of", "the first"]].tolist() == [
        10,
        len(TOPICS),
        "''",
    ]
    assert table.loc["base persona", ["empty", "the first"]].tolist() == [0, "–"]


def test_cut_off_and_leaking_answers_are_told_apart():
    def said(side, system, number, training, held_out):
        text = on_topic(side, system, number, training, held_out)
        return (text, "length") if side == "base" else text + "<|im_end|>" if number == 3 else text

    measures = notebook(said).measures
    assert (
        sum(measures["cut_off"]["base"]) == len(TOPICS) and sum(measures["cut_off"]["tuned"]) == 0
    )
    assert (
        measures["broken"]["tuned"] == [int(n == 3) for n in range(len(TOPICS))]
        and sum(measures["broken"]["base"]) == 0
    )


def test_pasted_training_text_is_caught_and_shown_beside_the_book():
    def said(side, system, number, training, held_out):
        text = on_topic(side, system, number, training, held_out)
        if side == "tuned" and number == 4:
            return text + " " + " ".join(training[8]["text"].split()[10:50]) + " <end>"
        return text

    space = notebook(said)
    assert space.measures["longest_copy"]["tuned"][4] == 40
    assert max(space.measures["longest_copy"]["base"]) < 6
    run = space.copies["tuned persona"][4]["runs"][0]
    assert (run["source"], run["place"]) == (8, 10) and space.measures["copied_share"]["tuned"][
        4
    ] > 0.3


def test_nothing_copied_nothing_asked_of_held_out_passages():
    measures = notebook(
        lambda side, system, number, *rest: f"{TOPICS[number]}!", instructions=False
    ).measures
    assert (
        measures["reciprocal_rank"]["author"] is None and measures["first_rank"]["author"] is None
    )
    assert measures["copied_share"]["tuned"] == [0.0] * len(TOPICS)


def test_answers_to_other_questions_are_at_chance():
    def said(side, system, number, training, held_out):
        return on_topic(
            side,
            system,
            (number + 7) % len(TOPICS) if side == "tuned" else number,
            training,
            held_out,
        )

    measures = notebook(said).measures
    assert sum(measures["first_rank"]["tuned"]) == 0 and sum(measures["first_rank"]["base"]) == len(
        TOPICS
    )
    assert sum(measures["reciprocal_rank"]["tuned"]) / len(TOPICS) < 0.3


# Single steps


def test_a_missing_answer_is_told():
    results = {"base": {"answers": []}, "tuned": {"answers": []}}
    with pytest.raises(Mistake, match="The base plain answer to p is missing: delete this model's"):
        align_answers(results, [{"id": "p"}])


def test_answers_to_one_prompt_are_cut_to_the_shortest():
    long, short = "word " * 300 + "\n\nend", "w " * 150
    cut = cut_answers({"a": [long, "one"], "b": [short, long]})
    assert [len(text.split()) for text in cut["a"] + cut["b"]] == [150, 1, 150, MIN_CUT_WORDS]
    assert usual_length(cut) == 125 and usual_length({"a": ["", ""]}) == MIN_CUT_WORDS // 4
    assert first_words("One two\n\nthree  four", 3) == "One two\n\nthree"


def test_a_text_without_words_has_no_style():
    texts = {one: ["a bc", "…", ""] for one in CONDITIONS} | {"author": ["a", "7"]}
    about = {"better": "lower", "label": "L", "unit": "u", "definition": "d"}
    measure = score_measure(lambda texts: [len(text) for text in texts], texts, **about)
    assert measure == {
        "base": [4.0, None, None],
        "tuned": [4.0, None, None],
        "author": [1.0, None],
        "plain": {"base": [4.0, None, None], "tuned": [4.0, None, None]},
        **about,
        "family": "style",
    }
    assert length_measure(texts)["base"] == [2.0, None, None]
    empty = score_measure(lambda texts: 1 / 0, {one: ["…"] for one in CONDITIONS}, **about)
    assert empty["base"] == [None] and empty["author"] is None


def test_a_measure_is_told_by_its_means():
    values = {one: [n, n + 1, None] for n, one in enumerate(CONDITIONS)}
    measure = make_measure(values, better="lower", label="L", unit="u", definition="d")
    assert "family" not in measure and measure["author"] is None
    (row,) = means_table({"name": measure}, ["name"]).to_dict("records")
    assert row == {
        "measure": "L (u)",
        **{one: f"{n}.5" for n, one in enumerate(CONDITIONS)},
        "author": "",
        "others": "",
    }


# From log-likelihoods to figures


def rows(values, tokens=10, size=40):
    return [
        {
            "id": str(n),
            "set": "held_out",
            "log_likelihood": v,
            "tokens": tokens * (n + 1),
            "bytes": size * (n + 1),
            "words": 7,
        }
        for n, v in enumerate(values)
    ]


def test_a_uniform_model_has_its_vocabulary_as_perplexity():
    uniform = [
        {**row, "log_likelihood": -row["tokens"] * math.log(256)}
        for row in rows([0, 0, 0], size=10)
    ]
    assert corpus_scores(uniform) == {
        "perplexity": pytest.approx(256),
        "bits_per_byte": pytest.approx(8),
    }


def test_tokens_and_bytes_weigh():
    scores = corpus_scores(rows([-10.0, -60.0]))  # 10 and 20 tokens, 40 and 80 bytes
    assert scores["perplexity"] == pytest.approx(math.exp(70 / 30))
    assert scores["bits_per_byte"] == pytest.approx(70 / math.log(2) / 120)


def test_nothing_scored_is_an_error():
    with pytest.raises(ValueError, match="no scored text"):
        corpus_scores([])


def test_the_weighted_mean_of_a_measure_is_the_figure_of_the_corpus():
    rnd = random.Random(3)
    base, tuned = (rows([-rnd.uniform(20, 90) for _ in range(12)]) for _ in range(2))
    made: dict[str, Any] = dict(likelihood_measures(base, tuned, "held_out", "x"))
    for side, records in (("base", base), ("tuned", tuned)):
        scores = corpus_scores(records)
        mean = {name: np.average(m[side], weights=m["weights"]) for name, m in made.items()}
        assert np.exp(mean["held_out_perplexity"]) == pytest.approx(scores["perplexity"], abs=1e-9)
        assert mean["held_out_bits_per_byte"] == pytest.approx(scores["bits_per_byte"], abs=1e-9)
    assert all(m["better"] == "lower" and m["author"] is None for m in made.values())


def test_sides_that_scored_different_texts_are_refused():
    base = rows([-10, -20])
    for changed in (base[::-1], base[:1], [{**base[0], "tokens": 11}, base[1]]):
        with pytest.raises(Mistake, match="different texts"):
            likelihood_measures(base, changed, "held_out", "x")
