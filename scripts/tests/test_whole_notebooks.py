"""Both kinds of notebook from end to end on tiny random models and a small made-up book."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pymupdf
import pytest

import build_notebooks
import new_author
import run_notebooks
from browser import why_missing
from chapters.results import read_results
from tiny_models import make_tiny

AUTHOR = "Ada Example"
ODD_AUTHOR = "Ada <img src=x onerror=window.ran=1> $Example$"
NAMES = [
    "the miller",
    "a widow",
    "the old captain",
    "my brother",
    "the schoolmaster",
    "a stranger",
    "the carpenter",
    "her cousin",
    "the cooper <img src=x onerror=window.ran=1> $\\frac",  # text is text, in every report
]
VERBS = [
    "remembered",
    "mended",
    "painted",
    "carried",
    "lost",
    "found",
    "sold",
    "described",
    "measured",
    "hid",
]
THINGS = [
    "a lantern",
    "the broken clock",
    "seven letters",
    "an orchard wall",
    "the northern road",
    "a wooden boat",
    "the winter barley",
    "some blue glass",
    "a map of the marsh",
    "the church bell",
]
ENDS = [
    "before the frost came",
    "while nobody was watching",
    "because the river had risen",
    "and said nothing about it",
    "as if it were a holiday",
    "though the harvest was late",
    "until the lamps were lit",
    "for the third time that year",
]


def make_book(path, seed, chapters=4, paragraphs=14):
    """Typeset a book of random sentences, no 8 words of which come again, as a publisher would."""
    rng, document = random.Random(seed), pymupdf.open()

    def place():
        return "".join(rng.choice("bdfgklmnprstv") + rng.choice("aeiou") for _ in range(4))

    def sentence():
        who = f"{rng.choice(NAMES)} of {place()}"
        first = f"{who} {rng.choice(VERBS)} {rng.choice(THINGS)} at {place()}"
        second = f"{rng.choice(ENDS)}, and {place()} {rng.choice(VERBS)} {rng.choice(THINGS)}"
        return f"{first} {second} in {place()}.".capitalize()

    document.new_page(width=400, height=600).insert_text((120, 200), path.stem, fontsize=20)
    folio = 0
    for chapter in range(1, chapters + 1):
        lines = []
        for _ in range(paragraphs):
            words, line = " ".join(sentence() for _ in range(rng.randint(3, 6))).split(), "    "
            for word in words:
                if len(line) + len(word) > 62:
                    lines.append(line)
                    line = ""
                line += word + " "
            lines.append(line)
        for start in range(0, len(lines), 34):
            page, folio = document.new_page(width=400, height=600), folio + 1
            page.insert_text((50, 40), path.stem if folio % 2 else AUTHOR, fontsize=8)
            page.insert_text((340, 40), str(folio), fontsize=8)
            top = 80
            if start == 0:
                page.insert_text((50, 80), f"Chapter {chapter}", fontsize=16)
                top = 110
            for k, line in enumerate(lines[start : start + 34]):
                page.insert_text(
                    (50 + 4 * (len(line) - len(line.lstrip())), top + 13 * k),
                    line.strip(),
                    fontsize=10,
                )
    document.save(path)


def run_command(*arguments):
    runner = build_notebooks.ROOT / "scripts/run_notebooks.py"
    return [sys.executable, str(runner), *map(str, arguments)]


def run(*arguments):
    return subprocess.run(run_command(*arguments), capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A collection of its own with one author's books and notebooks."""
    root = tmp_path_factory.mktemp("collection")
    new_author.make_author(
        AUTHOR, root=root, values={"THEMES": ["rivers", "winter", "work", "letters"]}
    )
    make_book(root / "Books/AdaExample/Volume 1.pdf", 1)
    make_book(root / "Books/AdaExample/Volume 2 <script>window.ran=1<script>.pdf", 2)
    return root


SMALL = ["PASSAGE_WORDS=60", "OVERLAP_WORDS=10", "MAX_PASSAGES=24", "MAX_STEPS=3"]
SMALL += ["MAX_NEW_TOKENS=12", "MAX_SEQ_LENGTH=1024"]
TRAINED_SMALL = ["--profile", "demo", *(part for one in SMALL for part in ("--set", one))]
SETTINGS = [*TRAINED_SMALL, "--set", "BOOTSTRAP=200"]
SETTINGS += ["--set", "N_PROMPTS=20", "--set", "MEMORY_WINDOWS=4"]


@pytest.mark.parametrize(
    "model_key, kind",
    [("Qwen3_14B", "qwen3"), pytest.param("GPT_OSS_20B", "gptoss", marks=pytest.mark.slow)],
)
def test_fine_tuning_then_comparison(place, model_key, kind, request):
    tiny = make_tiny(kind, place / f".cache/{kind}")
    notebooks = sorted((place / "NoteBooks/AdaExample").glob(f"{model_key}_*[gn].ipynb"))
    assert len(notebooks) == 2
    done = run(*notebooks, *SETTINGS, "--set", f"MODEL={tiny}", "--set", f"AUTHOR={ODD_AUTHOR}")
    assert done.returncode == 0, done.stdout + done.stderr
    out = place / f"NoteBooks/AdaExample/outputs/{model_key}-demo"

    passages = [json.loads(line) for line in (out / "passages.jsonl").read_text().splitlines()]
    assert {"train", "validation", "held_out"} <= {p["split"] for p in passages}
    assert all(p["instruction"] and p["text"] for p in passages)
    assert len(list((out / "books").glob("*.txt"))) == 2
    assert (out / "adapter/adapter_model.safetensors").exists()
    training = json.loads((out / "adapter/training.json").read_text())
    assert (
        training["steps"] == 3 and len(training["loss"]) == 3 and training["tokens_per_second"] > 0
    )

    compared = json.loads((out / "comparison.json").read_text())
    assert compared["n_prompts"] == 20 and compared["differences"] and compared["verdict"]
    cache = place / f"comparison_cache/AdaExample/{model_key}-demo"
    phases = {phase: read_results(cache / f"{phase}_results.pkl")[0] for phase in ("base", "tuned")}
    asked = {
        phase: [(a["prompt_id"], a["question"], a["system"]) for a in phases[phase]["answers"]]
        for phase in phases
    }
    assert asked["base"] == asked["tuned"] and len(asked["base"]) == 2 * compared["n_prompts"]
    assert [x["id"] for x in phases["base"]["likelihoods"]] == [
        x["id"] for x in phases["tuned"]["likelihoods"]
    ]
    assert phases["base"]["likelihoods"] != phases["tuned"]["likelihoods"]

    stamps = {
        p: p.stat().st_mtime_ns
        for p in [*cache.glob("*.pkl"), out / "adapter/training.json", out / "passages.jsonl"]
    }
    if kind == "gptoss":  # nothing is trained or asked again, whatever the model
        again = run(
            *notebooks, *SETTINGS, "--set", f"MODEL={tiny}", "--set", f"AUTHOR={ODD_AUTHOR}"
        )
        assert again.returncode == 0, again.stdout + again.stderr
        stamps.pop(out / "passages.jsonl")
        assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    for path in notebooks:
        report = nbformat.read(run_notebooks.report_paths(path)[0], as_version=4)
        assert not [
            o
            for c in report.cells
            if c.cell_type == "code"
            for o in c.outputs
            if o.output_type == "error"
        ]
        images = [
            o
            for c in report.cells
            if c.cell_type == "code"
            for o in c.outputs
            if "image/png" in o.get("data", {})
        ]
        assert images and all(o["metadata"]["image/png"].get("alt") for o in images)
    if kind == "qwen3" and not why_missing():
        browser = request.getfixturevalue("browser")
        pages = [run_notebooks.report_paths(path)[1] for path in notebooks]
        for page in (*pages, place / "NoteBooks/index.html"):
            tab, faults = browser.open(page)
            assert not faults and not tab.evaluate("window.ran"), page
            assert browser.printed_pages(page) < 15, page


def test_an_author_without_books_is_told_where_to_put_them(place):
    new_author.make_author("No Books", root=place)
    notebook = place / "NoteBooks/NoBooks/Qwen3_14B_NoBooks_FineTuning.ipynb"
    done = run(
        notebook,
        notebook.with_name("Qwen3_14B_NoBooks_Comparison.ipynb"),
        "--profile",
        "demo",
        "--set",
        f"MODEL={make_tiny('llama', place / '.cache/llama')}",
    )
    assert done.returncode == 1 and "Books/NoBooks" in done.stdout and "PDF" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def kernels_of(runner):
    """Return the process ids of a runner's children."""
    tasks = Path(f"/proc/{runner}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def trained(out):
    """Return what a training leaves, but for dates and times."""
    record = json.loads((out / "adapter/training.json").read_text())
    varying = ("date", "seconds", "resumed_from", "tokens_per_second", "peak_memory_gib")
    weights = (out / "adapter/adapter_model.safetensors").read_bytes()
    record = {name: value for name, value in record.items() if name not in varying}
    return record, weights, (out / "passages.jsonl").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_demo_training_killed_five_times_ends_as_one_that_was_not(place, seed):
    tiny = make_tiny("llama", place / ".cache/killed")
    notebook = place / "NoteBooks/AdaExample/Qwen3_14B_AdaExample_FineTuning.ipynb"
    changed = ["--set", f"MODEL={tiny}", "--set", "SAVE_STEPS=1", "--set", f"SEED={seed}"]
    command = [*run_command(notebook), *TRAINED_SMALL, *changed, "--set"]
    outs = [place / f"NoteBooks/AdaExample/outputs/{key}-demo" for key in ("Whole", "Killed")]
    for out in outs:
        shutil.rmtree(out, ignore_errors=True)
    started = time.monotonic()
    done = subprocess.run([*command, "MODEL_KEY=Whole"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    takes, draw = time.monotonic() - started, random.Random(seed)
    for _ in range(5):
        runner = subprocess.Popen([*command, "MODEL_KEY=Killed"], stdout=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.2, 0.95) * takes)
        for process in (*kernels_of(runner.pid), runner.pid):
            os.kill(process, signal.SIGKILL)
        runner.wait()
    done = subprocess.run([*command, "MODEL_KEY=Killed"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert trained(outs[1]) == trained(outs[0])
    for name in ("instruction_losses.jsonl", "base_answers.jsonl"):
        lines = (outs[1] / name).read_text().splitlines()
        assert len({json.loads(line)["key"] for line in lines}) == len(lines) > 0
    files = [{str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()} for out in outs]
    assert files[0] == files[1] and not list(place.rglob("*.part"))
