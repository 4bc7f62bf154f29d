# %% id="phases-imports"
"""Both models' answers and scores: made once, kept, and made anew when what they need changes."""

from chapters.adapter import load_with_adapter
from chapters.chat import ChatModel, read_format
from chapters.generation import ask, decoding_settings, log_likelihoods
from chapters.keys import code_fingerprint, describe_changes, fingerprint, folder_fingerprint
from chapters.prompts import Prompt
from chapters.recital import recite
from chapters.results import PhaseResults, part_of, read_results, write_results

# %% [markdown] id="phases-results-text"
# #### What goes in, and what is done
# Generation takes hours on a large model, so each part of a phase is kept as soon as it is done.

# %% id="phases-results"
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class PhaseInputs(NamedTuple):
    """All that the answers and scores of both models depend on."""

    model: str  # a name on the model hub, or a folder
    model_id: str  # what stands for its weights, see identify_model
    adapter: Path
    demo: bool
    versions: dict[str, str]
    systems: dict[str, str]  # part -> system prompt: "plain", "persona"
    prompts: list[Prompt]
    texts: dict[str, list[Any]]  # part -> passages: "held_out", "control"
    decoding: dict[str, Any]  # thinking, reasoning_effort, temperature, top_p, top_k (None: as
    # recommended), max_new_tokens, batch, seed
    max_seq_length: int
    memory: dict[str, list[Any]] = {}  # part -> passages to recite from
    windows: int = 0  # so many of each


def gather_results(
    phase: str,
    needs: dict[str, dict[str, Any]],
    records: dict[str, list[Any]],
    timings: dict[str, float],
    settings: dict[str, Any],
) -> PhaseResults:
    """Return the results of the parts in `records`, in the order of `needs`."""
    rows = [row for part in needs for row in records.get(part, [])]
    return PhaseResults(
        key=fingerprint(needs),
        phase=phase,
        complete=len(records) == len(needs),
        parts={part: needs[part] for part in needs if part in records},
        answers=[row for row in rows if "system" in row],
        likelihoods=[row for row in rows if "set" in row],
        recitals=[row for row in rows if "memory" in row],
        timings=timings,
        settings=settings,
    )


# %% [markdown] id="phases-keys-text"
# #### Make only what is missing or stale
# A phase has seven parts: the answers with the plain and with the persona prompt, the scores of two
# sets of texts, and what is recited of three. Each is kept as soon as it is done, with all that it
# depends on, so that an interrupted run goes on where it stopped. What is made again says what has
# changed.


# %% id="phases-keys"
def run_phase(
    path: Path,
    phase: str,
    needs: dict[str, dict[str, Any]],
    make_records: Callable[[str], list[dict[str, Any]]],
    settings: dict[str, Any],
) -> PhaseResults:
    """Return a phase's results; only the parts not kept with the same `needs` are made.

    `make_records(part)` returns a part's records: answers have its name as "system", likelihoods as
    "set", recitals as "memory". The file is written after every part: an interruption loses one.
    """
    old, why = read_results(path)
    if why:
        print(f"{phase}: {why}")
    if not old or old["phase"] != phase:
        old = gather_results(phase, {}, {}, {}, settings)
    known = old["answers"] + old["likelihoods"] + old["recitals"]
    records, timings = {}, {}
    for part in needs:
        if old["parts"].get(part) == needs[part]:
            records[part] = [row for row in known if part_of(row) == part]
            timings[part] = old["timings"].get(part, 0.0)
    for part in needs:
        if part in records:
            print(f"{phase}, {part}: kept.")
            continue
        started = time.perf_counter()
        records[part] = make_records(part)
        timings[part] = time.perf_counter() - started
        write_results(path, gather_results(phase, needs, records, timings, settings))
        changed = describe_changes(old["parts"].get(part, needs[part]), needs[part])
        again = f" again, changed: {changed}" if changed else ""
        print(f"{phase}, {part}: made{again}; {timings[part]:.0f} s.")
    return gather_results(phase, needs, records, timings, settings)


# %% [markdown] id="phases-models-text"
# #### Both models, on equal terms
# Base and tuned model get the same prompts, the same system prompts, the same decoding settings and
# the same seed. Base is the model as it was before the training: the adapter is switched off. The
# base model's answers do not depend on the adapter: training again does not cost them. Nothing is
# loaded if all of it has been kept.


# %% id="phases-models"
class LazyModel:
    """The model with its adapter, loaded when it is first asked for."""

    def __init__(self, inputs: PhaseInputs) -> None:
        self._inputs = inputs
        self._loaded: ChatModel | None = None

    def get(self) -> ChatModel:
        """Return the loaded model."""
        if self._loaded is None:
            one = self._inputs
            mode = one.decoding["thinking"], one.decoding["reasoning_effort"]
            self._loaded = load_with_adapter(
                one.adapter, one.model, one.max_seq_length, one.demo, *mode
            )
        return self._loaded


def part_needs(inputs: PhaseInputs, side: str) -> dict[str, dict[str, Any]]:
    """Return {part: {name: plain value}}, all that each part of "base" or "tuned" depends on."""
    weights = {"model": inputs.model_id, "demo": inputs.demo}
    if side == "tuned":
        weights["adapter"] = folder_fingerprint(inputs.adapter, "adapter_*")
    asking = code_fingerprint(load_with_adapter, ask, read_format, decoding_settings)
    scoring = code_fingerprint(load_with_adapter, log_likelihoods)
    questions = [prompt["question"] for prompt in inputs.prompts]
    same, needs = {**weights, **inputs.versions}, {}
    for part, system in inputs.systems.items():
        asked = {"system prompt": system, "questions": fingerprint(questions)}
        needs[part] = {**same, **asked, **inputs.decoding, "asking code": asking}
    for part, rows in inputs.texts.items():
        texts = fingerprint([[row["id"], row["text"]] for row in rows])
        scored = {"texts": texts, "MAX_SEQ_LENGTH": inputs.max_seq_length}
        needs[part] = {**same, **scored, "scoring code": scoring}
    reciting = code_fingerprint(load_with_adapter, recite, read_format, decoding_settings)
    names = ("temperature", "top_p", "top_k", "thinking", "seed")
    sampling = {name: inputs.decoding[name] for name in names}
    for part, rows in inputs.memory.items():
        texts = fingerprint([[row["id"], row["text"]] for row in rows])
        recited = {"texts": texts, "MEMORY_WINDOWS": inputs.windows, **sampling}
        needs[part] = {**same, **recited, "reciting code": reciting}
    return needs


def make_part(
    chat_model: ChatModel, inputs: PhaseInputs, part: str, adapter: bool
) -> list[dict[str, Any]]:
    """Return a part's records, from the model with or without its adapter."""
    model, tokenizer, chat = chat_model
    with contextlib.nullcontext() if adapter else model.disable_adapter():
        if part in inputs.texts:
            rows = inputs.texts[part]
            texts = [row["text"] for row in rows]
            scores = log_likelihoods(model, tokenizer, texts, max_seq_length=inputs.max_seq_length)
            pairs = zip(rows, scores, strict=True)
            return [{"id": row["id"], "set": part, **score} for row, score in pairs]
        names = ("temperature", "top_p", "top_k", "max_new_tokens", "seed")
        own: Any = {name: inputs.decoding[name] for name in names}
        decoding = decoding_settings(chat, batch_size=inputs.decoding["batch"], **own)
        if part in inputs.memory:
            made = recite(model, tokenizer, inputs.memory[part], decoding, inputs.windows)
            return [{**one, "memory": part} for one in made]
        questions = [prompt["question"] for prompt in inputs.prompts]
        answers = ask(chat_model, questions, inputs.systems[part], decoding)
    pairs = zip(inputs.prompts, answers, strict=True)
    return [{"prompt_id": prompt["id"], **answer, "system": part} for prompt, answer in pairs]


def run_side(inputs: PhaseInputs, side: str, folder: Path, model: LazyModel) -> PhaseResults:
    """Return the results of "base" or "tuned", kept in `folder`; the model is loaded at need."""

    def make_records(part: str) -> list[dict[str, Any]]:
        return make_part(model.get(), inputs, part, adapter=side == "tuned")

    names = ("model", "demo", "versions", "systems", "decoding")
    settings = {name: getattr(inputs, name) for name in names}
    path = Path(folder, f"{side}_results.pkl")
    return run_phase(path, side, part_needs(inputs, side), make_records, settings)
