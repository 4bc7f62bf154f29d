# %% id="reading-imports"
"""No file is believed: what is read is bounded, plain data, and of the shape that its use needs."""

from chapters.preparation import Mistake

# %% [markdown] id="reading-json-text"
# #### Read nothing but plain data
# A file may be cut off, changed by a failing disk, older than its notebook or somebody else's. So
# no more of it is read than such a file can have; what is read is JSON, which can hold values but
# no code; and every value is checked to be of the type that its use expects.

# %% id="reading-json"
import json
import typing
from pathlib import Path
from typing import Any

MAX_FILE = 64 << 20  # bytes; the results of a thousand long answers take some 10 MB
# Bytes parsed at once: Python's values take up to 25 times as much memory
MAX_LINE, MAX_JSON = 1 << 20, 16 << 20
MAX_WHOLE = 2**53  # no count comes near, and floats hold whole numbers up to here


def read_bounded(path: Path | str, limit: int) -> bytes:
    """Return the bytes of a file. Raises ValueError for one that cannot be read, has more than
    `limit` bytes or is no file: a folder, a pipe."""
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise ValueError("it is no file")
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ValueError(error.strerror) from None
    if len(data) > limit:
        raise ValueError(f"it has more than {limit >> 20} MB")
    return data


def json_line(value: Any) -> bytes:
    """Return a value as a line of JSON. Raises ValueError or TypeError for what JSON has not."""
    return (json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse_json(data: bytes, limit: int = MAX_LINE) -> Any:
    """Return the value of JSON in UTF-8. Raises ValueError for anything else, such as NaN, 1e999,
    halves of surrogate pairs, deep nesting, and for more than `limit` bytes."""
    if len(data) > limit:
        raise ValueError("it is too long")
    try:
        value = json.loads(data.decode())
        json_line(value)  # Python reads more than it writes
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:
        raise ValueError("it is no JSON") from None
    return value


def misfit(value: Any, shape: Any, name: str = "it") -> str:
    """Return "" if a value of JSON has a shape, otherwise what has not: "answers[3].tokens is …".

    A shape is a type (float takes whole numbers too), a union of types, a set of texts, [the shape
    of every item], (the shape of each item, …) or {name: the shape of its value, …, str: that of
    the values of all other names}; without a str, other names may have anything.
    """
    if isinstance(shape, set):
        return "" if type(value) is str and value in shape else f"{name} is none of its words"
    if not isinstance(shape, (list, tuple, dict)):
        kinds = typing.get_args(shape) or (shape,)
        fits = type(value) in kinds or (float in kinds and type(value) is int)
        huge = type(value) is int and abs(value) >= MAX_WHOLE
        return "" if fits and not huge else f"{name} is of another type"
    if type(value) is not (dict if isinstance(shape, dict) else list):
        return f"{name} is of another type"
    if isinstance(shape, tuple) and len(shape) != len(value):
        return f"{name} is of another length"
    if isinstance(shape, dict):
        missing = [key for key in shape if key not in value and key is not str]
        if missing:
            return f"{name} has no {missing[0]}"
        keys = value if str in shape else shape
        parts = ((f"{name}.{key[:40]}", value[key], shape.get(key, shape.get(str))) for key in keys)
    else:
        shapes = shape if isinstance(shape, tuple) else shape * len(value)
        parts = ((f"{name}[{n}]", *pair) for n, pair in enumerate(zip(value, shapes)))
    return next(filter(None, (misfit(one, kind, where) for where, one, kind in parts)), "")


def read_json(path: Path | str, shape: Any, mend: str) -> Any:
    """Return the value of a JSON file. Raises Mistake, which ends with `mend`, if it is none or of
    another shape (see `misfit`)."""
    try:
        value = parse_json(read_bounded(path, MAX_JSON), MAX_JSON)
        wrong = misfit(value, shape)
    except ValueError as error:
        wrong = str(error)
    if wrong:
        raise Mistake(f"{path} cannot be used ({wrong}): {mend}")
    return value
