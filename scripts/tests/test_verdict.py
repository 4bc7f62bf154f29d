"""The verdict: its rules, and the whole chain of measures on answers whose verdict is known."""

import json
import re
import warnings
from typing import Any

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbclient import NotebookClient

import build_notebooks
from chapters import verdict
from chapters.differences import compare_measures, persona_effects
from chapters.intervals import rates_apart
from chapters.memory import count_copies
from chapters.scales import curves_plot, place_of, scale_rows
from chapters.verdict import VOICE
from figure_rows import row
from style_data import CLERK, POET, answers_of

# Rules


@pytest.mark.parametrize(
    "found, said",
    [
        (["better", "better"], "Yes, more"),
        (["better", "no difference shown"], "Yes, more"),
        (["worse"], "No, less"),
        (["better", "worse"], "In part"),
        (["no difference shown"], "No difference"),
    ],
)
def test_sounds_like(found, said):
    assert verdict.sounds_like([row(said=one) for one in found]).startswith(said)


def test_rules():
    assert verdict.fits_question(row(said="worse"), 0.1).startswith(
        "Its words fit the question, but less well"
    )
    assert verdict.fits_question(row(said="better"), 0.1).startswith(
        "Its words fit the question, better"
    )
    assert verdict.fits_question(row(said="better"), 0.0).startswith("Not shown")
    counts = {"longest": [0, 5, 40], "author_longest": [5, 7], "low": 0.1}
    long = "1 of 3 answer has over 14 words in a row from the books"
    assert verdict.copies_it(counts) == f"Yes: {long}"
    assert verdict.copies_it({**counts, "low": 0.0}) == f"In places: {long}"
    assert verdict.copies_it({**counts, "longest": [3, 4, 14]}).startswith("No: none of 3")
    assert verdict.copies_it({**counts, "author_longest": [0], "longest": [12]}).endswith(
        "has over 12 words in a row from the books"
    )
    assert [verdict.broken_it([1] * n + [0] * (40 - n), [1, 0]) for n in (0, 1, 2, 10)] == [
        f"{said} of 40 answers, and 1 of the base model's"
        for said in ("No: 0", "Seldom: 1", "Yes: 2", "Yes: 10")
    ]
    assert verdict.in_figures(row()) == "Measure a 1 → 1.3 (author 1), difference +0.3 [+0.1, +0.5]"


def test_the_verdict_is_escaped():
    shown = verdict.verdict_table(
        [{"question": "A <b>?", "answer": "x & y", "figures": ["1 < 2"]}], "<i>"
    )
    assert (
        "A &lt;b&gt;?" in shown
        and "x &amp; y" in shown
        and "1 &lt; 2" in shown
        and "&lt;i&gt;" in shown
    )


def test_the_verdict_reaches_the_top_of_a_saved_notebook():
    """An output made later replaces the one that waits for it, as the runner saves the notebook."""
    steps = {cell.id: cell.source for cell in build_notebooks.essay_cells("Comparison")}
    slot = steps["verdict-slot"]
    show = "update_display(HTML('<b>the verdict</b>'), display_id='verdict')"
    late = f"from IPython.display import HTML, update_display\n{show}"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(slot), nbformat.v4.new_code_cell(late)]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's start
        NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    assert notebook.cells[0].outputs[0].data["text/html"] == "<b>the verdict</b>"


# Words and figures agree, whatever the results


def random_results(seed):
    """Return (measures, differences, effects, counts) with values of any kind."""
    rnd = np.random.default_rng(seed)
    size, own = int(rnd.choice([1, 5, 8, 40])), int(rnd.choice([1, 8, 15]))

    def values(count, kind):
        shift = rnd.choice([-1, -0.2, 0, 0.2, 1])
        drawn = {
            "real": lambda: rnd.normal(0.4 + shift, 0.3, count),
            "rate": lambda: (rnd.random(count) < rnd.choice([0, 0.05, 0.3, 1])).astype(int),
            "words": lambda: rnd.choice([0, 0, 5, 9, 13, 60], count),
            "none": lambda: np.zeros(count),
        }[kind]()
        empty = 0.05 if kind == "real" else 0
        return [None if rnd.random() < empty else float(one) for one in drawn]

    kinds = {"reciprocal_rank": "real", "first_rank": "rate", "broken": "rate", "cut_off": "rate"}
    kinds |= {"longest_copy": "words", "copied_share": "real"} | dict.fromkeys(VOICE, "real")
    better = {"reciprocal_rank": "higher", "first_rank": "higher"} | dict.fromkeys(VOICE, "nearer")
    measures: dict[str, Any] = {}
    for name, kind in kinds.items():
        kind = "none" if kind == "real" and rnd.random() < 0.2 else kind
        sides: Any = {side: values(size, kind) for side in ("base", "tuned")}
        sides["plain"] = {side: values(size, kind) for side in ("base", "tuned")}
        sides["author"] = values(own, "none" if name == "longest_copy" else kind)
        about = {"better": better.get(name, "lower"), "label": name, "unit": "u", "definition": "d"}
        measures[name] = {**sides, **about}
    measures["cut_off"]["author"] = None
    with_run = [(rnd.random(n) < rnd.random()).astype(int) for n in (own, size)]
    low, high = rates_apart(*with_run)
    counts = {
        "longest": [int(rnd.choice([0, 5, 9, 13, 60])) * int(one) for one in with_run[1]],
        "author_longest": [int(rnd.choice([0, 0, 5, 9]))] * own,
        "shares": [float(one.mean()) for one in with_run],
        "low": low,
        "high": high,
    }
    differences = compare_measures(measures, 100, 1)
    return measures, differences, persona_effects(measures, 100, 1), counts


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_no_verdict_contradicts_itself_or_its_figures(seed):
    measures, differences, effects, counts = random_results(seed)
    row_of = {row["name"]: row for row in differences}
    found = verdict.write_verdict("A", measures, differences, effects, counts, 100, 1)
    said = {one["question"]: one["answer"] for one in found}
    for sentence in said.values():
        assert not (sentence.startswith("Yes") and re.search(r": (0 of|none)", sentence))
        assert not (re.match("No|Not shown", sentence) and re.search(r": [1-9]\d* of", sentence))
        assert not {"better", "worse"} <= {*re.findall(r"\w+", sentence)}, sentence
    for one in differences:  # what is told as judged has the sign that its verdict has
        told = verdict.told_difference(one)
        down = re.search(r"([+-])[\d.e+-]+ \[", told)[1] == "-"
        if one["verdict"] in ("better", "worse"):
            assert (one["low"] > 0) != (one["high"] < 0)
            assert down == ((one["better"] == "higher") == (one["verdict"] == "worse"))
    voice = [row_of[name]["verdict"] for name in VOICE]
    if number := re.search(r"by (\d) of 3", said["Sounds like A?"]):
        word = "better" if "more" in said["Sounds like A?"] else "worse"
        assert voice.count(word) == int(number[1]) and len({*voice} & {"better", "worse"}) == 1
    limit = int(re.search(r"over (\d+) words", said["Copies the books?"])[1])
    many = sum(run > limit for run in counts["longest"])
    told = re.match(r"(No: none|(Yes|In places): (\d+)) of", said["Copies the books?"])
    assert int(told[3] or 0) == many and (told[2] == "Yes") == (many > 0 and counts["low"] > 0)
    broken = sum(measures["broken"]["tuned"])
    assert said["Broken?"].startswith("No") == (broken == 0)


def test_the_author_has_uncertainty_too():
    """Of 40 answers 8 have a run, of 15 passages none: that may be chance, of 200 it is not."""
    some = [1] * 8 + [0] * 32
    assert rates_apart([0] * 15, some)[0] < 0 < rates_apart([0] * 200, some)[0]


# The whole chain: identical answers, the author's own, empty ones, pasted ones

PROMPTS = [
    {
        "id": f"prompt-{n:03d}",
        "question": f"What of {word} number {n}?",
        "source": "held_out",
        "passage_id": f"h-{n}",
    }
    for n, word in enumerate("mercy war kings love ships fools ghosts gold night music".split() * 4)
]


def likelihoods(texts, nats):
    return [
        {
            "id": f"{part}-{n}",
            "set": part,
            "log_likelihood": -nats * len(text.split()),
            "tokens": len(text.split()),
            "bytes": len(text),
            "words": len(text.split()),
        }
        for part in ("held_out", "control")
        for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def texts():
    return {
        "train": POET.passages("train", 60),
        "held": POET.passages("held", 40),
        "new": POET.passages("new", 40),
        "other": CLERK.passages("other", 60),
        "clerk": CLERK.passages("control", 20),
        "modern": CLERK.passages("modern", 40),
        "mixed": [
            poem[:300] + " " + prose
            for poem, prose in zip(POET.passages("mix", 40), CLERK.passages("mix", 40))
        ],
    }


@pytest.fixture
def notebook(run_steps, texts, tmp_path):
    """Return a function that runs the steps on given answers and returns the notebook's names."""

    def run(
        base,
        tuned,
        plain_base=None,
        plain_tuned=None,
        nats=(3.0, 3.0),
        prompts=PROMPTS,
        recitals=None,
        **changed,
    ):
        size = len(prompts)
        sides = {"base": (base, plain_base or base), "tuned": (tuned, plain_tuned or tuned)}
        results = {}
        for phase, groups in sides.items():
            rows = []
            for system, group in zip(("persona", "plain"), groups, strict=True):
                rows += answers_of(group[:size], phase, system, prompts)
            scored = likelihoods(texts["held"][:20], nats[phase == "tuned"])
            results[phase] = {"answers": rows, "likelihoods": scored, "settings": {}}
            results[phase]["recitals"] = recitals or []
        train = [
            {
                "id": f"p-{n}",
                "book": "b",
                "chapter": "c",
                "pages": [1, 1],
                "split": "train",
                "text": text,
            }
            for n, text in enumerate(texts["train"])
        ]
        (tmp_path / "books").mkdir(exist_ok=True)
        (tmp_path / "books/b.txt").write_text("\n\n".join(texts["train"] + texts["held"]))
        plain = [
            {"id": f"a-{n}", "split": "base_answer", "text": text}
            for n, text in enumerate(texts["other"][:20])
        ]
        held_out = [
            {"id": f"h-{n}", "book": "b", "text": text, "split": "held_out", "pages": [2, 2]}
            for n, text in enumerate(texts["held"])
        ]
        names = {
            "results": results,
            "base_results": results["base"],
            "prompts": prompts,
            "rows": train + held_out + plain,
            "training": train,
            "held_out": held_out,
            "others": [],
            "control": [{"text": text} for text in texts["clerk"]],
            "learned_others": [],
            "CONTROL_NAME": "manuals",
            "draw_controls": lambda *_: [{"text": text} for text in texts["other"][20:]],
            "AUTHOR": "A Poet",
            "MODEL": "small",
            "MODEL_KEY": "Qwen3_14B",
            "SEED": 1,
            "BOOTSTRAP": 400,
            "KEYWORDS": [],
            "STYLE_MODEL": "",
            "IS_DEMO": False,
            "OUT_DIR": tmp_path,
            "read_rows": [],  # no reader's vote
            "show_figure": lambda *_: None,
            **changed,
        }
        left_out = ["scale", "curves", "forest", "spread", "bars", "clouds", "keyword-map", "radar"]
        left_out += ["blind", "blind-written", "votes"]
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            return run_steps(
                "Comparison", "example", "verdict", without=left_out, MODEL_NAME="M", **names
            )

    return run


def verdicts(space):
    return {row["name"]: row["verdict"] for row in space["differences"]}


def test_identical_answers_show_no_difference_anywhere(notebook, texts):
    space = notebook(texts["mixed"], texts["mixed"])
    for difference in space["differences"]:
        assert (
            difference["difference"],
            difference["low"],
            difference["high"],
            difference["p_holm"],
            difference["verdict"],
        ) == (0, 0, 0, 1, "no difference shown"), difference
    for effect in space["effects"]:
        assert {effect[key]["verdict"] for key in ("prompting", "tuning", "tuning_on_top")} == {
            "no difference shown"
        }
    assert space["verdict"][0]["answer"] == "No difference from the base model shown"


def test_the_authors_own_text_wins_style_and_loses_nothing(notebook, texts):
    space = notebook(texts["modern"], texts["new"])
    found = verdicts(space)
    style = {
        name for name, measure in space["measures"].items() if measure.get("family") == "style"
    }
    assert {found[name] for name in style - {"words"}} <= {"better", "no difference shown"}
    assert all(
        found[name] == "better"
        for name in (*VOICE, "tfidf", "keyword_density", "sentence_rhythm", "mean_sentence_length")
    )
    assert "worse" not in found.values(), found
    assert space["verdict"][0]["answer"] == "Yes, more than the base model, by 3 of 3 measures"
    assert space["classifier_accuracy"] > 0.95


def test_tries_are_written_as_plain_numbers():
    tries = [round(10 ** (step / 4)) for step in range(9)]
    (axis,) = curves_plot(tries, {"training, base": [0.0] * 9}, "A title").axes
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels == ["1", "10", "100"] and not axis.get_xticklabels(minor=True)


def test_the_authors_text_reaches_the_ceiling_and_anothers_the_floor(notebook, texts):
    """As answers: of every measure that tells them apart, the intervals meet those of the ends."""
    measures = notebook(texts["modern"], texts["new"])["measures"]
    names = [name for name in measures if measures[name].get("family") == "style"]
    rows = [found for found in scale_rows(measures, names, 400, 1) if found["told_apart"]]
    assert {*VOICE, "sentence_rhythm", "mean_sentence_length"} <= {found["name"] for found in rows}
    for found in rows:
        for side, end, place in (("tuned", "ceiling", 1), ("base", "floor", 0)):
            one, other = found[side], found[end]
            assert one["low"] <= other["high"] and other["low"] <= one["high"], (found, side)
            if found["name"] in VOICE:
                assert place_of(found, one["mean"]) == pytest.approx(place, abs=0.15), found


def test_losing_the_style_is_said(notebook, texts):
    space = notebook(texts["held"], texts["modern"])
    assert all(verdicts(space)[name] == "worse" for name in VOICE)
    assert space["verdict"][0]["answer"] == "No, less than the base model, by 3 of 3 measures"


def test_prompting_is_not_taken_for_tuning(notebook, texts):
    """The persona prompt alone makes both models write like the author."""
    held = texts["held"]
    space = notebook(
        held, held[20:] + held[:20], plain_base=texts["modern"], plain_tuned=texts["modern"]
    )
    for effect in space["effects"]:
        if effect["name"] in VOICE:
            assert (
                effect["prompting"]["verdict"] == "better"
                and effect["tuning"]["verdict"] == "no difference shown"
            )
            assert effect["tuning_on_top"]["verdict"] == "no difference shown"


def test_ten_empty_answers_are_reported_as_broken(notebook, texts):
    space = notebook(texts["mixed"], [""] * 10 + texts["mixed"][10:])
    assert verdicts(space)["broken"] == "worse" and space["verdict"][4]["answer"].startswith(
        "Yes: 10 of 40 answers"
    )
    assert set(verdicts(space).values()) == {"worse", "no difference shown"}
    assert "30 of 40 prompts have no empty answer" in space["verdict"][0]["figures"][-1]


def test_empty_answers_win_nothing(notebook, texts):
    for base in (texts["modern"], texts["new"]):
        space = notebook(base, [""] * 40)
        assert set(verdicts(space).values()) <= {"worse", "no difference shown"}
        assert {row["n"] for row in space["differences"] if row["name"] in VOICE} == {0}
    assert space["verdict"][1]["answer"].startswith("Not shown")


def test_pasted_passages_are_told_from_style(notebook, texts):
    mixed, train = texts["mixed"], texts["train"]
    space = notebook(mixed, train[:40])
    assert verdicts(space)["copied_share"] == "worse"
    assert space["verdict"][2]["answer"].startswith("Yes: 40 of 40 answers have")
    one = notebook(mixed, [train[0]] + mixed[1:])
    assert one["verdict"][2]["answer"].startswith("In places: 1 of 40 answer has")


def test_pages_that_were_never_trained_on_are_copies_too(notebook, texts):
    space = notebook(texts["modern"], texts["held"])
    assert space["verdict"][2]["answer"].startswith("Yes: 40 of 40")
    assert {one["longest"] for one in space["copies"]["author"]} == {0}
    share = {row["answers"]: row["coverage"] for row in space["coverage"]}
    assert share["tuned persona"] > 0.35 and share["base persona"] == 0


def test_perplexity_reaches_the_report(notebook, texts):
    found = {
        row["name"]: row
        for row in notebook(texts["mixed"], texts["mixed"], nats=(3.0, 2.5))["differences"]
    }
    assert found["held_out_perplexity"]["verdict"] == "better" and found["held_out_perplexity"][
        "tuned"
    ] == pytest.approx(2.718281828**2.5)


@pytest.mark.parametrize("answers", ["", "One.", "<|im_end|>", "na " * 300])
def test_a_single_prompt_and_odd_answers_run_through(notebook, answers):
    space = notebook([answers], ["Another answer, a short one."], prompts=PROMPTS[:1])
    content = [row for row in space["differences"] if row["n"] <= 1]
    assert len(content) > 15 and {row["verdict"] for row in content} == {"no difference shown"}
    json.dumps(
        [space["differences"], space["effects"], space["verdict"], space["measures"]],
        allow_nan=False,
    )


def test_keywords_by_hand(notebook, texts):
    space = notebook(texts["mixed"], texts["held"], KEYWORDS=["The", "of"])
    assert (
        space["keywords"] == ["the", "of"]
        and "found by hand" in space["measures"]["keyword_density"]["definition"]
    )


def test_definitions_are_one_line_and_labels_differ(notebook, texts):
    measures = notebook(texts["mixed"], texts["held"])["measures"]
    assert all(
        measure["definition"] and "\n" not in measure["definition"] for measure in measures.values()
    )
    labels = [measure["label"] for measure in measures.values()]
    assert len(set(labels)) == len(labels) and all(len(label) < 32 for label in labels)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in measures)


# Bar 2: the author against himself


def himself(notebook, size):
    """Return the notebook's names after a comparison of the author's unseen passages against
    others of his, `size` of each."""
    prompts = [
        {**PROMPTS[n % 40], "id": f"p-{n}", "question": f"{PROMPTS[n % 40]['question']} And {n}?"}
        for n in range(size)
    ]
    sides = [POET.passages(side, size) for side in ("one side", "other side")]
    return notebook(*sides, prompts=prompts)


def drawn_again(space, seed):
    """Return the verdict and the differences of a comparison of 40 against 40 passages, drawn anew
    from both sides of `space`, for the question of copies beside 15 further ones as the author's.
    """
    size = len(space["prompts"])
    order = np.random.default_rng(seed).permutation(2 * size)
    places = {"base": order[:40], "tuned": order[40:80]}
    measures = {}
    for name, measure in space["measures"].items():
        both = [*measure["base"], *measure["tuned"]]
        if len(both) == 2 * size and "weights" not in measure:  # no likelihood: it is alike
            drawn = {side: [both[n] for n in places[side]] for side in places}
            measures[name] = {**measure, **drawn, "plain": drawn}
    both = [space["asked"][f"{side} persona"] for side in places]
    texts, copies = sum(both, []), sum((space["copies"][f"{side} persona"] for side in places), [])
    places["author"] = order[80:95]
    asked = {f"{side} persona": [texts[n] for n in places[side]] for side in ("base", "tuned")}
    asked["base plain"] = asked["base persona"]
    found = {f"{side} persona": [copies[n] for n in places[side]] for side in ("base", "tuned")}
    found |= {"base plain": found["base persona"], "author": [copies[n] for n in order[80:95]]}
    counts = count_copies(asked, found, space["cut_words"])
    differences = compare_measures(measures, 1000, seed)
    effects = persona_effects({name: measures[name] for name in VOICE[:1]}, 100, seed)
    said = verdict.write_verdict("A", measures, differences, effects, counts, 1000, seed)
    return said, differences


def false_alarms(space, seeds):
    """Return (alarms, lines, alarms of copying). A line is a measure that is judged and counts, of
    which the values differ, or the question of copies."""
    alarms, lines, copying = 0, 0, 0
    for seed in seeds:
        said, differences = drawn_again(space, seed)
        yes = said[2]["answer"].startswith("Yes")
        rows = [row for row in differences if row["better"] != "neither" and not row["twin"]]
        rows = [row for row in rows if row["difference"] or row["low"] < row["high"]]
        assert len(rows) >= 10, [row["name"] for row in rows]
        alarms += yes + sum(row["verdict"] in ("better", "worse") for row in rows)
        lines, copying = lines + 1 + len(rows), copying + yes
    return alarms, lines, copying


def test_the_author_against_himself_raises_few_alarms(notebook):
    """A small share of the 200 below: three times the rate would be told."""
    alarms, lines, copying = false_alarms(himself(notebook, 48), range(8))
    assert copying == 0 and alarms <= 0.15 * lines, (alarms, lines)


@pytest.mark.slow
def test_the_author_against_himself_200_times(notebook):
    alarms, lines, copying = false_alarms(himself(notebook, 200), range(200))
    print(f"{alarms} alarms in {lines} lines, {copying} of copying")
    assert alarms <= 0.05 * lines and copying <= 0.05 * 200, (alarms, lines, copying)
