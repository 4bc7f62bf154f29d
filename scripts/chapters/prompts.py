# %% id="prompts-imports"
"""What both models are asked, and the passages that they are scored on."""

from chapters.keys import folder_fingerprint
from chapters.preparation import Mistake
from chapters.reading import MAX_FILE, misfit, parse_json, read_bounded, read_json
from chapters.themes import QUESTIONS

# %% [markdown] id="prompts-texts-text"
# #### The author's passages
# What the training fixed is read from what it left. The passages are those that the model was
# trained on, and the held-out ones that it has never seen: these are the scale, for no model need
# be more like the author than the author's own other pages are.

# %% id="prompts-texts"
import io
import random
from pathlib import Path
from typing import Any, TypedDict

FIXED_SHAPE = {
    **dict.fromkeys(("author", "system_prompt", "plain_system_prompt", "reasoning_effort"), str),
    **dict.fromkeys(("seed", "max_seq_length"), int),
    "thinking": bool,
    "themes": [str],
    "sampling": dict.fromkeys(("temperature", "top_p", "top_k", "max_new_tokens", "seed"), float),
    "passages": str,  # the fingerprint of passages.jsonl
}
TRAINING_SHAPE = {"model": str, "date": str, "steps": int, "needs": dict, "fixed": FIXED_SHAPE}
PASSAGE_SHAPE = {
    **dict.fromkeys(("id", "split", "text"), str),
    **dict.fromkeys(("book", "chapter", "instruction", "instruction_source"), str | None),
}
HOW_TO_MAKE = "run this author's and model's FineTuning notebook"


def read_training(folder: Path | str) -> dict[str, Any]:
    """Return the record of the training in an output folder; the other notebooks take "fixed".

    Raises Mistake if there is none, or none that says this.
    """
    path = Path(folder, "adapter/training.json")
    if not path.exists():
        raise Mistake(f"{path} is missing: {HOW_TO_MAKE} first, under the same PROFILE.")
    return read_json(path, TRAINING_SHAPE, f"{HOW_TO_MAKE} again.")


def read_passages(folder: Path | str, fixed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the passages.jsonl in an output folder, in the file's order.

    Raises Mistake if there is none, if it is not what the adapter was trained with (`fixed` has its
    fingerprint), for a line that is no passage or one more of the same id, or if a split is empty.
    """
    path = Path(folder, "passages.jsonl")
    if not path.exists():
        raise Mistake(f"{path} is missing: {HOW_TO_MAKE} first, under the same PROFILE.")
    if folder_fingerprint(folder, path.name) != fixed["passages"]:
        raise Mistake(
            f"{path} is not the text that the adapter was trained with; what is held out in it may "
            f"have been trained on. To compare, {HOW_TO_MAKE} to its end."
        )
    rows: dict[str, dict[str, Any]] = {}
    try:
        for line in io.BytesIO(read_bounded(path, MAX_FILE)):
            row = parse_json(line)
            wrong = misfit(row, PASSAGE_SHAPE)
            if wrong or row["id"] in rows:
                raise ValueError(wrong or "its id is there twice")
            rows[row["id"]] = row
    except ValueError as error:
        place = f"line {len(rows) + 1}: {error}"
        raise Mistake(f"{path} cannot be used ({place}): {HOW_TO_MAKE} again.") from None
    for split, name in (("train", "training"), ("held_out", "held-out")):
        if not any(row["split"] == split for row in rows.values()):
            mend = "raise HELD_OUT or MAX_PASSAGES in the FineTuning notebook and run it again"
            raise Mistake(f"{path} has no {name} passages: {mend}.")
    return list(rows.values())


# %% [markdown] id="prompts-questions-text"
# #### Prompts
# Everything rests on them: each theme, and the instructions of held-out passages, to which the
# author's own passage is the answer. Base and tuned model get exactly the same ones.


# %% id="prompts-questions"
class Prompt(TypedDict):
    """A question to both models, and the held-out passage that it was made of, if any."""

    id: str
    question: str
    source: str  # "theme", "held_out" (an instruction that a model wrote) or "template"
    passage_id: str | None


def make_prompts(passages: list[Any], themes: list[str], count: int, seed: int) -> list[Prompt]:
    """Return `count` different prompts, the same for equal arguments.

    Every theme is asked once; then come instructions of (held-out) `passages`, drawn with `seed`;
    where they are too few, the themes in further ways. Raises Mistake if all of them are too few.
    """
    candidates = []  # (rank, question, source, passage id)
    for way in range(len(QUESTIONS)):
        for number, theme in enumerate(themes):  # neighbours are asked in different ways
            question = QUESTIONS[(way + number) % len(QUESTIONS)].format(theme)
            candidates.append((2 if way else 0, question, "theme", None))
    for row in random.Random(seed).sample(passages, len(passages)):
        question = " ".join((row.get("instruction") or "").split())
        written = row.get("instruction_source") == "model"
        candidates.append((1, question, "held_out" if written else "template", row["id"]))
    different = {}
    for candidate in candidates:
        key = " ".join(candidate[1].casefold().split()).rstrip("?.! ")
        if key:
            different.setdefault(key, candidate)
    chosen = sorted(different.values(), key=lambda candidate: candidate[0])[:count]
    if len(chosen) < count:
        written = sum(source != "theme" for _, _, source, _ in chosen)
        raise Mistake(
            f"N_PROMPTS is {count}, but {len(themes)} themes and {written} instructions of "
            f"held-out passages give only {len(chosen)} prompts: add THEMES in the FineTuning "
            "notebook and run it again (it does not train again), or lower N_PROMPTS."
        )
    return [
        Prompt(id=f"prompt-{n:03d}", question=question, source=source, passage_id=passage_id)
        for n, (_, question, source, passage_id) in enumerate(chosen, 1)
    ]
