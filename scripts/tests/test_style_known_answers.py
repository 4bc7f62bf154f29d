"""The whole chain of measures on answers whose verdict is known: identical ones, the author's own, empty ones, pasted ones."""
import json
import re
import warnings

import pytest

from cells.setup import plain_errors
from cells.verdict_rules import VOICE
from style_data import CLERK, POET, answers_of

STYLE = ["answer_texts", "score_measure", "text_stats", "text_measures", "tfidf", "other_texts", "keywords", "keyword_density",
         "word_rates", "burrows_delta", "char_profile", "author_classifier", "sentence_rhythm"]
# the other measures, from their own tests' side
CONTENT = ["perplexity", "held_out_scores", "answers_question", "answer_ranks", "find_copies", "copied_runs", "copying",
           "degeneracy", "broken_answers"]
STATISTICS = ["text_table", "intervals", "paired_tests", "mean_difference", "compare_measure", "paired_differences", "persona_effect", "verdict_rules", "verdict"]
PROMPTS = [{"id": f"prompt-{n:03d}", "question": f"What of {word} number {n}?", "source": "held_out", "passage_id": f"h-{n}"}
           for n, word in enumerate("mercy war kings love ships fools ghosts gold night music".split() * 4)]


def likelihoods(texts, nats):
    return [{"id": f"{part}-{n}", "set": part, "log_likelihood": -nats * len(text.split()), "tokens": len(text.split()),
             "bytes": len(text), "words": len(text.split())} for part in ("held_out", "control") for n, text in enumerate(texts)]


@pytest.fixture(scope="module")
def texts():
    return {"train": POET.passages("train", 60), "held": POET.passages("held", 40), "other": CLERK.passages("other", 60),
            "modern": CLERK.passages("modern", 40), "mixed": [poem[:300] + " " + prose for poem, prose in zip(
                POET.passages("mix", 40), CLERK.passages("mix", 40))]}


@pytest.fixture
def notebook(run_cells, texts, tmp_path):
    """Return a function that runs the steps on given answers and returns the notebook's names."""
    def run(base, tuned, plain_base=None, plain_tuned=None, nats=(3.0, 3.0), prompts=PROMPTS, **changed):
        size = len(prompts)
        sides = {"base": (base, plain_base or base), "tuned": (tuned, plain_tuned or tuned)}
        results = {phase: {"answers": [row for system, group in zip(("persona", "plain"), groups)
                                       for row in answers_of(group[:size], phase, system, prompts)],
                           "likelihoods": likelihoods(texts["held"][:20], nats[phase == "tuned"])}
                   for phase, groups in sides.items()}
        passages = [{"id": f"p-{n}", "book": "b", "pages": [1, 1], "split": "train", "text": text} for n, text in enumerate(texts["train"])]
        passages += [{"id": f"a-{n}", "split": "base_answer", "text": text} for n, text in enumerate(texts["other"][:20])]
        names = {"results": results, "prompts": prompts, "passages": passages, "training_texts": texts["train"],
                 "training": passages[:len(texts["train"])],
                 "held_out": [{"id": f"h-{n}", "book": "b", "text": text, "instruction": "?"} for n, text in enumerate(texts["held"])],
                 "draw_controls": lambda sources, count, words, seed: [{"text": text} for text in texts["other"][20:]],
                 "other_authors": lambda folder, key: {}, "AUTHOR": "A Poet", "AUTHOR_KEY": "APoet", "MODEL_KEY": "Qwen3_14B", "MODEL_NAME": "Qwen3_14B",
                 "SEED": 1, "BOOTSTRAP": 400, "KEYWORDS": [], "DEMO_RUN": False, "OUT_DIR": tmp_path, "settings": {}, "questions": [prompt["question"] for prompt in prompts],
                 "SYSTEMS": {"plain": "p", "persona": "q"}, "plain_errors": plain_errors, **changed}
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            return run_cells(STYLE + CONTENT + STATISTICS, **names)
    return run


def verdicts(space):
    return {row["name"]: row["verdict"] for row in space["differences"]}


def test_identical_answers_show_no_difference_anywhere(notebook, texts):
    space = notebook(texts["mixed"], texts["mixed"])
    for row in space["differences"]:
        assert (row["difference"], row["low"], row["high"], row["p_holm"], row["verdict"]) == (0, 0, 0, 1, "no difference shown"), row
    for effect in space["persona_effect"]:
        assert {effect[key]["verdict"] for key in ("prompting", "tuning", "tuning_on_top")} == {"no difference shown"}
    assert space["verdict"][0]["answer"] == "No difference from the base model shown"


def test_the_authors_own_text_wins_style_and_loses_nothing(notebook, texts):
    space = notebook(texts["modern"], texts["held"])
    found = verdicts(space)
    style = {name for name, measure in space["measures"].items() if measure.get("family") == "style"}
    assert {found[name] for name in style - {"words"}} <= {"better", "no difference shown"}
    assert all(found[name] == "better" for name in (*VOICE, "tfidf", "keyword_density", "sentence_rhythm", "mean_sentence_length"))
    assert "worse" not in found.values(), found
    assert space["verdict"][0]["answer"] == "Yes, more than the base model, by 3 of 3 measures"
    assert space["classifier_accuracy"] > 0.95


def test_losing_the_style_is_said(notebook, texts):
    space = notebook(texts["held"], texts["modern"])
    assert all(verdicts(space)[name] == "worse" for name in VOICE)
    assert space["verdict"][0]["answer"] == "No, less than the base model, by 3 of 3 measures"


def test_prompting_is_not_taken_for_tuning(notebook, texts):
    """The persona prompt alone makes both models write like the author."""
    held = texts["held"]
    space = notebook(held, held[20:] + held[:20], plain_base=texts["modern"], plain_tuned=texts["modern"])
    for effect in space["persona_effect"]:
        if effect["name"] in VOICE:
            assert effect["prompting"]["verdict"] == "better" and effect["tuning"]["verdict"] == "no difference shown"
            assert effect["tuning_on_top"]["verdict"] == "no difference shown"


def test_ten_empty_answers_are_reported_as_broken(notebook, texts):
    space = notebook(texts["mixed"], [""] * 10 + texts["mixed"][10:])
    assert verdicts(space)["broken"] == "worse" and space["verdict"][3]["answer"].startswith("Yes: 10 of 40 answers")
    assert set(verdicts(space).values()) == {"worse", "no difference shown"}
    assert "30 of 40 prompts have no empty answer" in space["verdict"][0]["figures"][-1]


def test_empty_answers_win_nothing(notebook, texts):
    for base in (texts["modern"], texts["held"]):
        space = notebook(base, [""] * 40)
        assert set(verdicts(space).values()) <= {"worse", "no difference shown"}
        assert {row["n"] for row in space["differences"] if row["name"] in VOICE} == {0}
    assert space["verdict"][1]["answer"].startswith("Not shown")


def test_pasted_passages_are_told_from_style(notebook, texts):
    space = notebook(texts["held"], texts["train"][:40])
    assert verdicts(space)["copied_share"] == "worse" and space["verdict"][2]["answer"].startswith("Yes: 40 of 40")
    one = notebook(texts["held"], [texts["train"][0]] + texts["held"][1:])
    assert one["verdict"][2]["answer"].startswith("In places: 1 of 40")
    none = notebook(texts["held"], texts["held"])
    assert none["verdict"][2]["answer"].startswith("No: 0 of 40")


def test_perplexity_reaches_the_report(notebook, texts):
    found = {row["name"]: row for row in notebook(texts["mixed"], texts["mixed"], nats=(3.0, 2.5))["differences"]}
    assert found["held_out_perplexity"]["verdict"] == "better" and found["held_out_perplexity"]["tuned"] == pytest.approx(2.718281828**2.5)


@pytest.mark.parametrize("answers", ["", "One.", "<|im_end|>", "na " * 300])
def test_a_single_prompt_and_odd_answers_run_through(notebook, answers):
    space = notebook([answers], ["Another answer, a short one."], prompts=PROMPTS[:1])
    content = [row for row in space["differences"] if row["n"] <= 1]
    assert len(content) > 15 and {row["verdict"] for row in content} == {"no difference shown"}
    json.dumps([space["differences"], space["persona_effect"], space["verdict"], space["measures"]], allow_nan=False)


def test_keywords_by_hand(notebook, texts):
    space = notebook(texts["mixed"], texts["held"], KEYWORDS=["The", "of"])
    assert space["keywords"] == ["the", "of"] and "found by hand" in space["measures"]["keyword_density"]["definition"]


def test_definitions_are_one_line_and_labels_differ(notebook, texts):
    measures = notebook(texts["mixed"], texts["held"])["measures"]
    assert all(measure["definition"] and "\n" not in measure["definition"] for measure in measures.values())
    labels = [measure["label"] for measure in measures.values()]
    assert len(set(labels)) == len(labels) and all(len(label) < 32 for label in labels)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in measures)
