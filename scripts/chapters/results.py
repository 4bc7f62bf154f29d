# %% id="results-imports"
"""Both models' answers and scores in a file that can be nothing else."""

from chapters.preparation import Mistake
from chapters.reading import MAX_FILE, misfit, read_bounded
from chapters.seals import pack_lines, unpack_lines
from chapters.storage import write_whole

# %% [markdown] id="results-files-text"
# #### Files of results
# A phase and each of its records are a line of a sealed pickle. A file that is damaged, foreign or
# of an older notebook is said so, and made again.

# %% id="results-files"
from pathlib import Path
from typing import Any, TypedDict


class PhaseResults(TypedDict):
    """What is kept of a phase; its `parts` are those that are done."""

    key: str
    phase: str  # "base" or "tuned"
    complete: bool
    parts: dict[str, dict[str, Any]]  # part -> all that it depends on
    answers: list[dict[str, Any]]  # Answer and "prompt_id"; "system" is the part
    likelihoods: list[dict[str, Any]]  # TextScore and "id"; "set" is the part
    recitals: list[dict[str, Any]]  # Recital; "memory" is the part
    timings: dict[str, float]  # seconds
    settings: dict[str, Any]


HEAD_SHAPE = {
    "key": str,
    "phase": {"base", "tuned"},
    "complete": bool,
    "parts": {str: dict},
    "timings": {str: float},
    "settings": dict,
}
ANSWER_SHAPE = {
    **dict.fromkeys(("prompt_id", "question", "system", "answer", "thinking", "raw"), str),
    **dict.fromkeys(("tokens", "bytes"), int),
    "finish_reason": {"stop", "length"},
    "seconds": float,
}
LIKELIHOOD_SHAPE = {
    **dict.fromkeys(("id", "set"), str),
    **dict.fromkeys(("tokens", "bytes", "words"), int),
    "log_likelihood": float,
}


RECITAL_SHAPE = {
    **dict.fromkeys(("id", "memory", "prefix", "suffix"), str),
    "log_probability": float | None,
}
PARTS = {"system": "answers", "set": "likelihoods", "memory": "recitals"}  # key of the part: kind
SHAPES = {"answers": ANSWER_SHAPE, "likelihoods": LIKELIHOOD_SHAPE, "recitals": RECITAL_SHAPE}


def part_of(row: Any) -> str:
    """Return the part that a record belongs to."""
    return next(row[key] for key in PARTS if key in row)


def record_kind(row: Any) -> str:
    """Return which one of SHAPES a record is of. Raises ValueError for anything else."""
    has = [kind for key, kind in PARTS.items() if isinstance(row, dict) and key in row]
    kind = has[0] if has else "answers"
    wrong = misfit(row, SHAPES[kind], "a record")
    if not wrong and len(has) > 1:
        wrong = "a record is of two kinds"
    if not wrong and kind == "answers" and row["bytes"] != len(row["answer"].encode()):
        wrong = "an answer has another length"
    if wrong:
        raise ValueError(wrong)
    return kind


# %% [markdown] id="results-whole-text"
# #### Whole files
# A file is read as a whole or not at all.

# %% id="results-whole"


def unpack_results(data: bytes) -> PhaseResults:
    """Return what `write_results` packed. Raises ValueError for anything else."""
    rows = unpack_lines(data)
    head: Any = next(rows, None)
    if wrong := misfit(head, HEAD_SHAPE):
        raise ValueError(wrong)
    results: Any = {name: head[name] for name in HEAD_SHAPE} | {kind: [] for kind in SHAPES}
    for row in rows:
        results[record_kind(row)].append(row)
    return results


def read_results(path: Path) -> tuple[PhaseResults | None, str]:
    """Return (results, "") of a phase's file, or (None, a sentence why not)."""
    if not path.exists():
        return None, f"{path.name} is not there yet."
    try:
        return unpack_results(read_bounded(path, MAX_FILE)), ""
    except ValueError as error:
        return None, f"{path.name} is damaged or not ours ({error}): it is made again."


def write_results(path: Path, results: PhaseResults) -> None:
    """Pack `results` and write them whole. Raises Mistake for a score that is no number, ValueError
    for what is no plain value."""
    head = {name: value for name, value in results.items() if name in HEAD_SHAPE}
    try:
        rows = [*results["answers"], *results["likelihoods"], *results["recitals"]]
        data = pack_lines([head, *rows])
    except ValueError:  # a score is NaN
        mend = "run the FineTuning notebook again, since the weights are damaged"
        raise Mistake(f"The {results['phase']} model gives no numbers: {mend}.") from None
    if unpack_results(data) != results:
        raise ValueError(f"{path} may hold plain values only.")
    write_whole(path, data)
