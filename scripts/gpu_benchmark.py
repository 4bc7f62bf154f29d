"""What a card does with the original project's settings and with the notebooks' own chapters.

benchmark.py imports this with its command gpu alone. Each measurement has a process of its own, so
that none leaves memory or compiled kernels to the next. Texts are made up and weights may be
random: speed and memory do not depend on them.
"""

import argparse
import importlib
import itertools
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import build_notebooks

NOTEBOOKS = build_notebooks.parameters(build_notebooks.template_parameters("FineTuning"))
SYSTEM, LENGTH = NOTEBOOKS["SYSTEM_PROMPT"], NOTEBOOKS["MAX_SEQ_LENGTH"]
WORDS = (
    "love sea king night heart time death honour sword crown summer winter music friend fool world "
    "stage player ghost storm garden letter window river mother evening silver morning paper stone"
).split()
# The original project's settings; the notebooks' own on a card that has no room for activations;
# the notebooks' own, which keep activations where there is room (never those of experts)
WAYS = ("original", "small card", "roomy card")
# Of the original project: rows at a time, experts adapted, 8-bit optimizer, rows in random order
ORIGINAL_ROWS = {"qwen3": 2, "gpt_oss": 1}
ACTIVE = {"qwen3": 14.8e9, "gpt_oss": 3.6e9}  # parameters that a token passes, of 14B and 20B
WARM = 2  # steps that compile, told apart
ANSWERS, ANSWER_TOKENS, SINGLE = 40, 300, 4  # answers, their tokens, those asked one at a time


def passage_books() -> ModuleType:
    """Return the tests' module of made-up books and what is cut from them."""
    sys.path.insert(0, str(build_notebooks.ROOT / "scripts/tests"))
    return importlib.import_module("passage_books")


def made_up_rows(chat_model: Any, count: int) -> list[Any]:
    """Return training rows of 470 to 525 made-up words, which are 530 to 580 tokens."""
    from chapters.rows import build_rows

    draw = random.Random(1)
    passages = [
        {
            "id": f"row-{number}",
            "split": "train",
            "instruction": "Write about " + " ".join(draw.choices(WORDS, k=12)),
            "text": " ".join(draw.choices(WORDS, k=draw.randint(470, 525))),
        }
        for number in range(count)
    ]
    return build_rows(passages, ("train",), SYSTEM, "", chat_model.tokenizer, chat_model.chat)


def load(model: str) -> Any:
    from chapters.cards import use_card
    from chapters.software import prepare_imports

    prepare_imports()  # before PyTorch and Unsloth are imported, as in the notebooks
    use_card("gpu")
    from chapters.chat import load_chat_model

    return load_chat_model(model, LENGTH, False, False, "low")


def measure_matmul(size: int = 8192, repeats: int = 30) -> float:
    """Return the card's FLOP/s in bf16: 2 n³ of a product of two random n × n matrices."""
    import torch

    one, other = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for _ in range(5):
        one @ other
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(repeats):
        one @ other
    torch.cuda.synchronize()
    return 2 * size**3 * repeats / (time.perf_counter() - started)


def training_settings(model: str, kind: str, original: bool, steps: int) -> Any:
    """Return the notebooks' settings of a training, or the original project's."""
    size = NOTEBOOKS["BATCH_SIZE"]
    at_once = ORIGINAL_ROWS[kind] if original else size
    return {
        "model": model,
        "max_seq_length": LENGTH,
        "lora_r": NOTEBOOKS["LORA_R"],
        "lora_alpha": NOTEBOOKS["LORA_ALPHA"],
        "target_experts": original and kind == "gpt_oss",
        "learning_rate": NOTEBOOKS["LEARNING_RATE"],
        "epochs": 1,
        "max_steps": steps,
        "batch_size": at_once,
        "gradient_accumulation": size // at_once,
        "save_steps": 10**6,
        "seed": NOTEBOOKS["SEED"],
    }


def step_watch(spent: list[float]) -> Any:
    """Return a callback that adds the seconds of each step to `spent`."""
    import torch
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            torch.cuda.synchronize()
            self.began = time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            torch.cuda.synchronize()
            spent.append(time.perf_counter() - self.began)

    return Watch()


def measure_training(model: str, way: str, steps: int) -> dict[str, Any]:
    """Train `steps` steps after WARM others in a `way` of WAYS, and return what it cost.

    Returns seconds and losses a step, tokens/s by mean and median step, peak GiB reserved,
    and `warm_up`: seconds from the loaded model to the end of step WARM, less what such steps take
    later.
    """
    started = time.perf_counter()
    base = load(model)
    from chapters.adapter import add_adapter
    from chapters.cards import keeps_activations, memory_gib
    from chapters.rows import row_lengths
    from chapters.training import make_trainer, step_rows, train

    loaded = time.perf_counter()
    kind, original = base.model.config.model_type, way == "original"
    settings = training_settings(model, kind, original, steps + WARM)
    a_step = step_rows(settings)
    rows = made_up_rows(base, (steps + WARM) * a_step)
    lengths = row_lengths(base.tokenizer, rows)
    longest = sum(sorted(lengths.values())[-settings["batch_size"] :])
    roomy = way == "roomy card" and keeps_activations(base.model, longest)
    names = ("lora_r", "lora_alpha", "target_experts", "seed")
    tuned = add_adapter(base, *(settings[name] for name in names), roomy)
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        watches = [step_watch(spent)]
        trainer = make_trainer(
            tuned, rows, [], Path(folder), settings, demo=False, callbacks=watches
        )
        if original:
            trainer.args.optim, trainer.args.train_sampling_strategy = "adamw_8bit", "random"
        run = train(trainer, Path(folder))
    tokens = sum(lengths.values()) / len(lengths) * a_step
    later = sorted(spent[WARM:])
    mean, median = sum(later) / len(later), later[len(later) // 2]
    return {
        "way": way,
        "kind": kind,
        "load": loaded - started,
        "warm_up": time.perf_counter() - loaded - sum(later) - WARM * median,
        "seconds": spent,
        "losses": [entry["loss"] for entry in run["history"] if "loss" in entry],
        "mean": tokens / mean,
        "median": tokens / median,
        "peak": memory_gib(),
        "kept": roomy,
    }


def equal_start(ours: list[str], theirs: list[str]) -> float:
    """Return the share of letters that are equal before the first difference."""
    same = [len(os.path.commonprefix(pair)) for pair in zip(ours, theirs, strict=True)]
    return sum(same) / max(1, sum(map(len, ours)))


def measure_answers(model: str) -> list[dict[str, Any]]:
    """Return [{"what", "tokens_per_second", "peak", "equal"}] of answers of the model with an
    adapter and without: ANSWERS at once, one at a time as the original project asks ("equal" to
    those at once), and as many as the notebooks ask for at once, where the card has room."""
    base = load(model)
    import torch

    from chapters.adapter import add_adapter
    from chapters.cards import FASTER_ANSWERS, memory_gib
    from chapters.generation import ask

    tuned = add_adapter(base, NOTEBOOKS["LORA_R"], NOTEBOOKS["LORA_ALPHA"], False, 1, False)
    with torch.no_grad():
        for name, weight in tuned.model.named_parameters():
            if ".lora_B" in name:
                weight.normal_(0, 0.01)
    pairs = itertools.combinations(WORDS, 2)  # more than are asked
    asked = [f"What do you think about {one} and {two}?" for one, two in pairs]
    rows, most = [], NOTEBOOKS["GENERATION_BATCH"]

    def measure(what: str, count: int, tokens: int, at_once: int) -> list[str]:
        how: Any = {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "seed": 1}
        how |= {"max_new_tokens": tokens, "batch_size": at_once}
        ask(tuned, asked[:count], SYSTEM, {**how, "max_new_tokens": 8}, None)  # compiles
        torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
        started = time.perf_counter()
        made = ask(tuned, asked[:count], SYSTEM, how, None)
        rate = sum(one["tokens"] for one in made) / (time.perf_counter() - started)
        row = {"what": what, "tokens_per_second": rate, "peak": memory_gib(), "equal": None}
        rows.append(row)
        return [one["raw"] for one in made]

    for adapted in (True, False):
        name = "tuned" if adapted else "base"
        context = torch.no_grad() if adapted else tuned.model.disable_adapter()
        with context:
            whole = measure(f"{name}, {ANSWERS} at once", ANSWERS, ANSWER_TOKENS, ANSWERS)
            if adapted:
                os.environ.update(dict.fromkeys(FASTER_ANSWERS, "0"))
                single = measure(f"{name}, one at a time", SINGLE, ANSWER_TOKENS // 3, 1)
                os.environ.update(FASTER_ANSWERS)
                rows[-1]["equal"] = equal_start(
                    single, [one[: len(own)] for one, own in zip(whole, single, strict=False)]
                )
            measure(f"{name}, {most} at once", most, ANSWER_TOKENS, most)
    return rows


def whole_run(model: str, words: int, pairs: list[str]) -> list[dict[str, Any]]:
    """Run FineTuning and Comparison of a made-up author of so many words; return their stages.

    `pairs`: changed parameters, "NAME=VALUE". Returns what benchmark.stages does, with "notebook".
    """
    import benchmark  # which imports this module
    import new_author

    name = "GPT_OSS" if "gpt" in Path(model).name.lower() else "Qwen3"
    runner, rows = build_notebooks.ROOT / "scripts/run_notebooks.py", []
    themes = {"THEMES": ["love", "war", "music", "the sea", "work"]}
    with tempfile.TemporaryDirectory() as folder:
        new_author.make_author("Made Up", Path(folder), themes)
        for number in range(1, 5):
            title = f"Volume {number}"
            book = passage_books().made_up_book(title, words // 4)
            text = "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"])
            path = Path(folder, f"Books/MadeUp/{title}.txt")
            path.write_text(f"{title}\n\n\nChapter 1\n\n{text}", encoding="utf-8")
        for kind in ("FineTuning", "Comparison"):
            (path,) = Path(folder, "NoteBooks/MadeUp").glob(f"{name}*{kind}.ipynb")
            own = [f"MODEL={model}", *pairs] if kind == "FineTuning" else []
            changes = [word for pair in own for word in ("--set", pair)]
            command = [sys.executable, str(runner), str(path), "--profile", "gpu", *changes]
            subprocess.run(command, check=True)
            report = path.with_name(f"{path.stem}_executed.ipynb")
            rows += [{"notebook": kind, **row} for row in benchmark.stages(report)]
    return rows


# ---- The tables


def alone(work: Any, *arguments: Any) -> Any:
    """Return what a function returns, called in a new process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def card_line() -> str:
    """Return the card, the driver, the versions and today's date as a sentence."""
    from chapters.cards import find_cards

    cards = find_cards()
    if not cards:
        sys.exit("benchmark.py gpu needs an NVIDIA card; there is none that the driver tells of.")
    names = ("torch", "transformers", "unsloth", "trl", "bitsandbytes")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{cards[0].name}, driver {cards[0].driver}, {versions}, {time.strftime('%Y-%m-%d')}"


def print_training(rows: list[dict[str, Any]], rate: float) -> None:
    """Print the trainings as a table in Markdown; `rate`: see measure_matmul."""
    print(f"\nMatrix products in bf16: {rate / 1e12:,.0f} TFLOP/s\n")
    print("| training | tokens/s, mean | median step | of the first | of 6 N | GiB | warm-up |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        share = 6 * ACTIVE[row["kind"]] * row["mean"] / rate
        way = f"{row['way']}{', activations kept' if row['kept'] else ''}"
        mean, median, times = row["mean"], row["median"], row["mean"] / rows[0]["mean"]
        print(
            f"| {way} | {mean:,.0f} | {median:,.0f} | {times:.1f} × | {share:.0%} "
            f"| {row['peak']:.1f} | {row['warm_up']:.0f} s |"
        )
    for row in rows:
        print(f"\nLosses, {row['way']}: {' '.join(f'{loss:.3f}' for loss in row['losses'][::5])}")


def print_answers(rows: list[dict[str, Any]]) -> None:
    """Print the answers' speeds as a table in Markdown."""
    single = rows[1]["tokens_per_second"]
    print("\n| answers | tokens/s | of one at a time | GiB | equal |\n|---|---|---|---|---|")
    for row in rows:
        equal = "" if row["equal"] is None else f"{row['equal']:.0%}"
        rate, times = row["tokens_per_second"], row["tokens_per_second"] / single
        print(f"| {row['what']} | {rate:,.0f} | {times:.1f} × | {row['peak']:.1f} | {equal} |")


def draw_stages(runs: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Draw a bar for each notebook of each author, its parts from the first to the last, and save
    it as a picture."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    fig, axes = pyplot.subplots(len(runs), 2, figsize=(10, 2.4 * len(runs)), squeeze=False)
    for (words, rows), places in zip(runs.items(), axes, strict=True):
        for kind, ax in zip(("FineTuning", "Comparison"), places, strict=True):
            own = [row for row in rows if row["notebook"] == kind]
            parts = dict.fromkeys(row["part"] for row in own if row["part"])
            for part in parts:
                spent = sum(row["seconds"] for row in own if row["part"] == part)
                bar = ax.barh(part, spent, color="#0173b2")
                ax.bar_label(bar, [f"{spent:,.0f} s"], padding=3)
            ax.set(title=f"{kind}, {words}", xlabel="seconds")
            ax.invert_yaxis()
            ax.margins(x=0.25)  # room for the figures behind the bars
    fig.tight_layout()
    fig.savefig(path)
    pyplot.close(fig)


def measure_card(options: argparse.Namespace) -> dict[str, Any]:
    """Measure what `options` (see benchmark.main) ask for, print tables, and return all figures."""
    found: dict[str, Any] = {"card": card_line(), "model": options.model}
    print(found["card"], options.model, sep="\n", flush=True)
    found["matmul"], found["training"] = alone(measure_matmul), []
    for way in [way for way in WAYS if way in options.parts]:
        found["training"].append(alone(measure_training, options.model, way, options.steps))
        print(f"{way}: {found['training'][-1]['mean']:,.0f} tokens/s", flush=True)
    print_training(found["training"], found["matmul"])
    if "answers" in options.parts:
        found["answers"] = alone(measure_answers, options.model)
        print_answers(found["answers"])
    found["runs"] = {
        f"{words:,} words": whole_run(options.model, words, options.pairs)
        for words in options.words
    }
    if options.chart and found["runs"]:
        draw_stages(found["runs"], options.chart)
    return found
