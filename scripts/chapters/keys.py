# %% id="keys-imports"
"""The key of a result: everything it depends on; and in words, what has changed since."""

# %% [markdown] id="keys-values-text"
# #### Known by what it depends on
# A kept result is worth believing only as long as everything behind it is unchanged: model,
# adapter, prompts, settings, libraries, code. All of that is listed by name (*needs*), and its
# fingerprint is the result's key. Where a key is new, the two lists tell what has changed.

# %% id="keys-values"
import hashlib
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_FINGERPRINT = re.compile("[0-9a-f]{16}")
_TOLD = 40  # characters of a value that a message shows


def fingerprint(*values: Any) -> str:
    """Return 16 hex digits that stand for plain values: equal exactly when their JSON is equal."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def folder_fingerprint(folder: Path | str, pattern: str = "*") -> str:
    """Return 16 hex digits for the names and the contents of a folder's files, every byte."""

    def digest(path: Path) -> list[str]:
        with open(path, "rb") as file:
            return [path.name, hashlib.file_digest(file, "sha256").hexdigest()]

    files = [path for path in sorted(Path(folder).glob(pattern)) if path.is_file()]
    with ThreadPoolExecutor() as threads:  # a model's 10 GB in 3 s instead of 9
        return fingerprint(list(threads.map(digest, files)))


def identify_model(model: str) -> str:
    """Return what stands for a model's weights: the name of a folder and the fingerprint of what
    is in it, or a name on the hub and the revision of it that is on the disk."""
    if Path(model).is_dir():
        return f"{Path(model).resolve().name} {folder_fingerprint(model)}"
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(model, "config.json")
    return f"{model} {Path(config).parent.name[:16]}" if isinstance(config, str) else model


def describe_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what differs between two lists of needs, as "EPOCHS 1 → 2, training rows"."""
    changes = []
    for name in {**old, **new}:
        sides = [str(needs.get(name, "nothing")) for needs in (old, new)]
        if sides[0] != sides[1]:
            hidden = any(_FINGERPRINT.fullmatch(side) or len(side) > _TOLD for side in sides)
            changes.append(name if hidden else f"{name} {sides[0]} → {sides[1]}")
    return ", ".join(changes)


# %% [markdown] id="keys-code-text"
# #### The code is among it
# What a function does is part of what its results depend on. The fingerprint of code changes with
# what any function in it does, and not with comments.

# %% id="keys-code"
import dis
import inspect
from types import CodeType, FunctionType

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


def asking_needs(
    model_id: str, chat: Mapping[str, Any], system: str, *code: FunctionType
) -> dict[str, Any]:
    """Return what a model's answers, or a text's likelihood as one, depend on beside the question
    and how tokens are drawn. `model_id`: see `identify_model`; `code`: what asks, or scores.

    The libraries' versions are left out: their next one makes no row worse.
    """
    return {
        "model": model_id,
        "chat format": fingerprint(chat),  # thinking and reasoning effort are in it
        "system prompt": system,
        "code": code_fingerprint(*code),
    }
