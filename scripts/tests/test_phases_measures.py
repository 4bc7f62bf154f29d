"""The measuring steps as the notebook runs them, on made-up results whose figures are known."""
import math
import random

import pytest

STEPS = ["setup", "answer_texts", "perplexity", "held_out_scores", "answers_question", "answer_ranks", "find_copies",
         "copied_runs", "copying", "degeneracy", "broken_answers", "side_by_side", "worst_copies", "all_answers"]
TOPICS = ["ambition", "jealousy", "oceans", "winter", "music", "honour", "gardens", "money", "sleep", "letters",
          "horses", "silence", "bread", "mountains", "anger", "children", "mirrors", "bridges", "thunder", "medicine"]
RND = random.Random(4)
VOCABULARY = ["".join(RND.choice("abcdefghijklmnoprstuvwyz") for _ in range(RND.randint(3, 9))) for _ in range(400)]


def prose(rnd, words):
    return " ".join(rnd.choice(VOCABULARY) for _ in range(words)).capitalize() + "."


def passage(n, split, text):
    return {"id": f"book-{n:04d}", "book": "book", "chapter": "Act <I>" if n % 2 else None, "pages": [n, n + 1], "split": split,
            "text": text, "words": len(text.split()), "instruction": f"Write about {TOPICS[n % len(TOPICS)]}."}


def result(side, said, prompts, controls):
    """`said(side, system, number)` gives an answer or (answer, finish reason)."""
    rows = []
    for system in ("plain", "persona"):
        for number, prompt in enumerate(prompts):
            text = said(side, system, number)
            text, reason = text if isinstance(text, tuple) else (text, "stop")
            rows.append({"prompt_id": prompt["id"], "question": prompt["question"], "system": system, "answer": text, "thinking": "",
                         "raw": text, "finish_reason": reason, "tokens": 5, "bytes": len(text.encode()), "seconds": 0.1})
    scores = [{"id": row["id"], "set": name, "log_likelihood": -100.0 - 10 * (side == "base") * (name == "held_out"),
               "tokens": 50, "bytes": 200, "words": 40} for name, passages in controls.items() for row in passages]
    return {"key": "k", "phase": side, "parts": {}, "answers": rows, "likelihoods": scores, "timings": {}, "settings": {}}


@pytest.fixture
def notebook(run_cells):
    def run(said, instructions=True):
        rnd = random.Random(7)
        held_out = [passage(n, "held_out", f"{TOPICS[n]}! " + prose(rnd, 120)) for n in range(10)]
        training = [passage(n, "train", prose(rnd, 120)) for n in range(100, 140)]
        prompts = [{"id": f"prompt-{n:03d}", "question": f"What do you think about {TOPICS[n]}?", "source": "theme",
                    "passage_id": held_out[n]["id"] if n < 10 and instructions else None} for n in range(len(TOPICS))]
        control = [{"id": f"control-{n}", "text": prose(rnd, 50)} for n in range(10)]
        sets = {"held_out": held_out, "control": control}
        results = {side: result(side, lambda *at: said(*at, training, held_out), prompts, sets) for side in ("base", "tuned")}
        return run_cells(STEPS, results=results, prompts=prompts, questions=[p["question"] for p in prompts], held_out=held_out,
                         training=training, passages=training + held_out, control=control, AUTHOR="Ada <Example>")
    return run


def on_topic(side, system, number, training, held_out):
    return f"{TOPICS[number]} is what I know best. " + prose(random.Random(f"{number}"), 60)


def test_every_measure_is_whole(notebook):
    measures = notebook(on_topic)["measures"]
    assert set(measures) == {"held_out_perplexity", "held_out_bits_per_byte", "control_perplexity", "control_bits_per_byte",
                             "reciprocal_rank", "first_rank", "longest_copy", "copied_share", "broken", "cut_off", "repetition"}
    for name, measure in measures.items():
        assert measure["better"] in ("higher", "lower", "not higher") and measure["label"] and measure["unit"] and measure["definition"], name
        pairs = 10 if "_per" in name else len(TOPICS)
        for values in (measure["base"], measure["tuned"], *measure.get("plain", {}).values()):
            assert len(values) == pairs and all(type(v) in (int, float) and math.isfinite(v) for v in values), name
        assert measure["author"] is None or len(measure["author"]) == 10


def test_equal_answers_measure_equal(notebook):
    measures = notebook(on_topic)["measures"]
    assert all(measure["base"] == measure["tuned"] for name, measure in measures.items() if not name.startswith("held_out"))
    assert measures["reciprocal_rank"]["tuned"] == [1.0] * len(TOPICS)
    assert sum(measures["broken"]["tuned"]) == sum(measures["cut_off"]["tuned"]) == 0


def test_perplexity_is_that_of_the_corpus(notebook):
    space = notebook(on_topic)
    assert space["perplexity"]["held_out"]["base"]["perplexity"] == pytest.approx(math.exp(110 / 50))
    assert space["perplexity"]["held_out"]["tuned"] == space["perplexity"]["control"]["base"]
    assert space["measures"]["held_out_bits_per_byte"]["tuned"] == pytest.approx([100 / math.log(2) / 200] * 10)


def test_ten_empty_answers_are_reported_as_broken(notebook, capsys):
    def said(side, system, number, training, held_out):
        return "" if side == "tuned" and system == "persona" and number < 10 else on_topic(side, system, number, training, held_out)
    space = notebook(said)
    assert sum(space["measures"]["broken"]["tuned"]) == 10 and sum(space["measures"]["broken"]["base"]) == 0
    assert sum("empty" in one for one in space["ways"]["tuned persona"]) == 10
    assert "tuned persona, empty: ''" in capsys.readouterr().out


def test_cut_off_and_leaking_answers_are_told_apart(notebook):
    def said(side, system, number, training, held_out):
        text = on_topic(side, system, number, training, held_out)
        return (text, "length") if side == "base" else text + "<|im_end|>" if number == 3 else text
    measures = notebook(said)["measures"]
    assert sum(measures["cut_off"]["base"]) == len(TOPICS) and sum(measures["cut_off"]["tuned"]) == 0
    assert measures["broken"]["tuned"] == [int(n == 3) for n in range(len(TOPICS))] and sum(measures["broken"]["base"]) == 0


def test_pasted_training_text_is_caught_and_shown_beside_the_book(notebook):
    def said(side, system, number, training, held_out):
        text = on_topic(side, system, number, training, held_out)
        if side == "tuned" and number == 4:
            return text + " " + " ".join(training[8]["text"].split()[10:50]) + " <end>"
        return text
    space = notebook(said)
    assert space["measures"]["longest_copy"]["tuned"][4] == 40
    assert max(space["measures"]["longest_copy"]["base"]) < 6
    run = space["copies"]["tuned persona"][4]["runs"][0]
    origin = space["joined"][run["source"]]["origin"][run["place"]]
    assert origin == (8, 10) and space["rows"] and space["measures"]["copied_share"]["tuned"][4] > 0.3


def test_nothing_copied_nothing_asked_of_held_out_passages(notebook):
    measures = notebook(lambda side, system, number, *rest: f"{TOPICS[number]}!", instructions=False)["measures"]
    assert measures["reciprocal_rank"]["author"] is None and measures["first_rank"]["author"] is None
    assert measures["copied_share"]["tuned"] == [0.0] * len(TOPICS)


def test_answers_to_other_questions_are_at_chance(notebook):
    def said(side, system, number, training, held_out):
        return on_topic(side, system, (number + 7) % len(TOPICS) if side == "tuned" else number, training, held_out)
    measures = notebook(said)["measures"]
    assert sum(measures["first_rank"]["tuned"]) == 0 and sum(measures["first_rank"]["base"]) == len(TOPICS)
    assert sum(measures["reciprocal_rank"]["tuned"]) / len(TOPICS) < 0.3
