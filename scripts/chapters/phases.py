# %% id="phases-imports"
"""Both models' answers and scores: made once, kept, and made anew when what they need changes."""

from chapters.adapter import load_with_adapter
from chapters.chat import ChatModel, read_format
from chapters.generation import ask, decoding_settings, log_likelihoods
from chapters.prompts import Prompt
from chapters.storage import fingerprint, folder_fingerprint, write_whole

# %% [markdown] id="phases-results-text"
# #### Keep results safely
# Generation takes hours on a large model, so each phase is kept in a pickle. One from elsewhere
# could run any program while it is read; this reader admits plain values only, and a damaged or
# foreign file is said so and made again.

# %% id="phases-results"
import contextlib
import dis
import inspect
import io
import pickle
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple, TypedDict


class PhaseResults(TypedDict):
    """What is kept of a phase; its `parts` are those that are done."""

    key: str
    phase: str  # "base" or "tuned"
    complete: bool
    parts: dict[str, str]  # part -> the key that it was made under
    answers: list[dict[str, Any]]  # Answer and "prompt_id"; "system" is the part
    likelihoods: list[dict[str, Any]]  # TextScore and "id"; "set" is the part
    timings: dict[str, float]  # seconds
    settings: dict[str, Any]


_RESULT_FIELDS = {str: "key phase", dict: "parts timings settings", list: "answers likelihoods"}
_ANSWER_FIELDS = "prompt_id question system answer thinking raw finish_reason tokens bytes seconds"
_RECORD_FIELDS = {
    "answers": _ANSWER_FIELDS,
    "likelihoods": "id set log_likelihood tokens bytes words",
}


class PlainUnpickler(pickle.Unpickler):
    """Reads plain values only: any pickle can have any function called, here it may have none."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")


def gather_results(
    phase: str,
    keys: dict[str, str],
    records: dict[str, list[Any]],
    timings: dict[str, float],
    settings: dict[str, Any],
) -> PhaseResults:
    """Return the results of the parts in `records`, in the order of `keys`."""
    rows = [row for part in keys for row in records.get(part, [])]
    return PhaseResults(
        key="-".join(keys.values()),
        phase=phase,
        complete=len(records) == len(keys),
        parts={part: keys[part] for part in keys if part in records},
        answers=[row for row in rows if "system" in row],
        likelihoods=[row for row in rows if "set" in row],
        timings=timings,
        settings=settings,
    )


def read_results(path: Path) -> tuple[PhaseResults | None, str]:
    """Return (results, "") of a phase's pickle, or (None, a sentence why not)."""
    if not path.exists():
        return None, f"{path.name} is not there yet."
    try:
        results = PlainUnpickler(io.BytesIO(path.read_bytes())).load()
        wrong = []
        for kind, names in _RESULT_FIELDS.items():
            wrong += [name for name in names.split() if not isinstance(results[name], kind)]
        for name, fields in _RECORD_FIELDS.items():
            wrong += [name for row in results[name] if not set(fields.split()) <= set(row)]
    except Exception as error:  # whatever a damaged or foreign file makes the reader stumble over
        problem = f"{type(error).__name__}: {error}"
        return None, f"{path.name} is damaged or not ours ({problem}): it is made again."
    if wrong:
        return None, f"{path.name} has unknown {wrong[0]}: it is made again."
    return results, ""


def write_results(path: Path, results: PhaseResults) -> None:
    """Pickle `results` and write them whole. Raises ValueError for what is not a plain value."""
    data = pickle.dumps(results, protocol=4)
    try:
        PlainUnpickler(io.BytesIO(data)).load()
    except pickle.UnpicklingError as error:
        raise ValueError(f"{path} may hold plain values only, but {error}.") from None
    write_whole(path, data)


# %% [markdown] id="phases-keys-text"
# #### Make only what is missing or stale
# A phase has four parts: the answers with the plain and with the persona prompt, and the scores of
# the two sets of texts. Each is kept as soon as it is done, under a key made of everything it
# depends on, so that an interrupted run goes on where it stopped. The code is among that: its
# fingerprint changes with what any function in it does, and not with comments.

# %% id="phases-keys"
_ONLY_SHOWN = {"progress", "Mistake"}  # however these change, results stay what they are


def _constant(value: Any) -> Any:
    """Return a constant as JSON values, the same in every process."""
    if isinstance(value, CodeType):
        constants = [_constant(one) for one in value.co_consts]
        return [value.co_code.hex(), value.co_exceptiontable.hex(), value.co_names, constants]
    if isinstance(value, re.Pattern):
        return [value.pattern, value.flags]
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *map(_constant, value)]
    if isinstance(value, dict):
        return [[_constant(key), _constant(one)] for key, one in value.items()]
    is_plain = value is None or isinstance(value, (str, bytes, int, float, complex))
    return repr(value) if is_plain else type(value).__name__


def _globals_used(code: CodeType) -> set[str]:
    """Return the global names that a code object reads, and the code inside it."""
    lines = dis.get_instructions(code)
    names = {one.argval for one in lines if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    inner = [_globals_used(one) for one in code.co_consts if isinstance(one, CodeType)]
    return names.union(*inner) - _ONLY_SHOWN


def code_fingerprint(*functions: Any) -> str:
    """Return 16 hex digits for what functions do: their code and defaults, the CONSTANTS and the
    functions and classes of chapters or of the notebook that they use, and theirs in turn."""
    known: dict[str, Any] = {}
    queue = list(map(inspect.unwrap, functions))
    while queue:
        one = queue.pop()
        if one.__qualname__ in known:
            continue
        known[one.__qualname__] = None
        if not isinstance(one, FunctionType):  # a class
            queue += [member for member in vars(one).values() if isinstance(member, FunctionType)]
            continue
        code = one.__code__
        if one.__doc__ is not None:  # the first of the constants
            code = code.replace(co_consts=(None, *code.co_consts[1:]))
        known[one.__qualname__] = list(map(_constant, (code, one.__defaults__, one.__kwdefaults__)))
        for name in _globals_used(code):
            value = inspect.unwrap(one.__globals__.get(name))
            is_ours = str(getattr(value, "__module__", "")).startswith(("__main__", "chapters."))
            if is_ours and isinstance(value, (FunctionType, type)):
                queue.append(value)
            elif name.isupper():
                known[name] = _constant(value)
    return fingerprint(known)


def run_phase(
    path: Path,
    phase: str,
    keys: dict[str, str],
    make_records: Callable[[str], list[dict[str, Any]]],
    settings: dict[str, Any],
) -> PhaseResults:
    """Return a phase's results; only the parts not kept under their key in `keys` are made.

    `make_records(part)` returns a part's records: answers have its name as "system", likelihoods as
    "set". The file is written after every part, so an interruption loses one part at most.
    """
    old, why = read_results(path)
    if why:
        print(f"{phase}: {why}")
    if not old or old["phase"] != phase:
        old = gather_results(phase, {}, {}, {}, settings)
    known = old["answers"] + old["likelihoods"]
    records, timings = {}, {}
    for part in keys:
        if old["parts"].get(part) == keys[part]:
            records[part] = [row for row in known if part in (row.get("system"), row.get("set"))]
            timings[part] = old["timings"].get(part, 0.0)
    for part in keys:
        if part in records:
            print(f"{phase}, {part}: kept.")
            continue
        started = time.perf_counter()
        records[part] = make_records(part)
        timings[part] = time.perf_counter() - started
        write_results(path, gather_results(phase, keys, records, timings, settings))
        again = " again, as what it depends on has changed" if part in old["parts"] else ""
        print(f"{phase}, {part}: made{again}, {timings[part]:.0f} s.")
    return gather_results(phase, keys, records, timings, settings)


# %% [markdown] id="phases-models-text"
# #### Both models, on equal terms
# Base and tuned model get the same prompts, the same system prompts, the same decoding settings and
# the same seed. Base is the model as it was before the training: the adapter is switched off. The
# base model's keys leave the adapter out: training again does not cost its answers. Nothing is
# loaded if all of it has been kept.


# %% id="phases-models"
class PhaseInputs(NamedTuple):
    """All that the answers and scores of both models depend on."""

    model: str  # a name on the model hub, or a folder
    adapter: Path
    demo: bool
    versions: dict[str, str]
    systems: dict[str, str]  # part -> system prompt: "plain", "persona"
    prompts: list[Prompt]
    texts: dict[str, list[Any]]  # part -> passages: "held_out", "control"
    decoding: dict[str, Any]  # thinking, reasoning_effort, temperature, top_p, top_k (None: as
    # recommended), max_new_tokens, batch, seed
    max_seq_length: int


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


def part_keys(inputs: PhaseInputs, *weights: str) -> dict[str, str]:
    """Return {part: key}: a key changes with everything that its part depends on, and nothing else.

    `weights` are fingerprints of the model and, for the tuned one, of the adapter.
    """
    asking = code_fingerprint(ask, read_format, decoding_settings)
    scoring = code_fingerprint(log_likelihoods)
    questions = [prompt["question"] for prompt in inputs.prompts]
    needs: dict[str, list[Any]] = {}
    for part, system in inputs.systems.items():
        needs[part] = [asking, inputs.decoding, system, questions]
    for part, rows in inputs.texts.items():
        texts = [[row["id"], row["text"]] for row in rows]
        needs[part] = [scoring, inputs.max_seq_length, texts]
    same = weights, inputs.demo, inputs.versions
    return {part: fingerprint(*same, need) for part, need in needs.items()}


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
        questions = [prompt["question"] for prompt in inputs.prompts]
        answers = ask(chat_model, questions, inputs.systems[part], decoding)
    pairs = zip(inputs.prompts, answers, strict=True)
    return [{"prompt_id": prompt["id"], **answer, "system": part} for prompt, answer in pairs]


def run_side(inputs: PhaseInputs, side: str, folder: Path, model: LazyModel) -> PhaseResults:
    """Return the results of "base" or "tuned", kept in `folder`; the model is loaded at need."""
    weights = [inputs.model]
    if Path(inputs.model).is_dir():
        weights = [folder_fingerprint(inputs.model)]
    if side == "tuned":
        weights.append(folder_fingerprint(inputs.adapter, "adapter_*"))  # not its card

    def make_records(part: str) -> list[dict[str, Any]]:
        return make_part(model.get(), inputs, part, adapter=side == "tuned")

    names = ("model", "demo", "versions", "systems", "decoding")
    settings = {name: getattr(inputs, name) for name in names}
    path = Path(folder, f"{side}_results.pkl")
    return run_phase(path, side, part_keys(inputs, *weights), make_records, settings)
