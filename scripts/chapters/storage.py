# %% id="storage-imports"
"""Results are written whole or not at all, known by what they depend on, and made only once."""

from chapters.keys import describe_changes, fingerprint
from chapters.preparation import Mistake, progress

# %% [markdown] id="storage-files-text"
# #### Write whole files, keep what was made
# `cached_batches` makes what takes long only once. Each batch goes to the disk under a key of
# everything it depends on, so an interrupted run goes on where it was. Whole results are written
# under another name and then renamed: not even a power cut leaves half of one.

# %% id="storage-files"
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def _write_to_disk(path: Path | str, data: bytes, append: bool) -> None:
    target = path if append else f"{path}.{os.getpid()}.part"
    try:
        with open(target, "ab" if append else "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not append:
            os.replace(target, path)  # at once, on one file system
    except OSError as error:
        told = f"{path} cannot be written ({error.strerror}): mend that and run this cell again."
        raise Mistake(told) from None


def write_whole(path: Path | str, data: bytes | str) -> None:
    """Write bytes, or text as UTF-8: a reader finds the old file or the whole new one, even after
    a power cut. Raises Mistake if the system refuses."""
    _write_to_disk(path, data.encode() if isinstance(data, str) else data, append=False)


def write_json(path: Path | str, value: Any) -> None:
    """Write `value` as indented JSON. Raises ValueError for NaN and infinities: JSON has none."""
    write_whole(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_lines(path: Path) -> dict[str, dict[str, Any]]:
    """Return {key: line} of a JSON-lines cache in its order, the first line of a key; cuts off a
    half-written last line, which a killed run leaves. Raises Mistake if the file is damaged."""
    data = path.read_bytes() if path.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        os.truncate(path, len(whole))
    try:
        lines: dict[str, dict[str, Any]] = {}
        for line in map(json.loads, whole.splitlines()):
            lines.setdefault(line["key"], line)
        return lines
    except (ValueError, KeyError, TypeError):
        raise Mistake(f"{path} is damaged: delete it, and what it held is made again.") from None


def _append_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    texts = [json.dumps(line, ensure_ascii=False) + "\n" for line in lines]
    _write_to_disk(path, "".join(texts).encode(), append=True)


def cached_batches(
    path: Path,
    needs: dict[str, Any],
    items: list[Any],
    contents: list[Any],
    make: Callable[[list[Any]], list[dict[str, Any]]],
    batch_size: int,
    label: str | None,
) -> list[dict[str, Any]]:
    """Return a dict for each item: what the cache has for it, else what make(batch) returns.

    An item is known by its own one of `contents`, plain values, and by `needs`, {name: plain value}
    of all else that it depends on; where those are new, what has changed is printed. One JSON line
    an item, on the disk before the next batch begins. A batch holds the same items in every run: a
    run that was killed and started again gives what one run gives.
    """
    known = read_lines(path)
    made_with = fingerprint(needs)
    if items and made_with not in known:
        earlier = [line["needs"] for line in known.values() if "needs" in line]
        if earlier:
            print(f"{path.name}: made again, changed: {describe_changes(earlier[-1], needs)}.")
        _append_lines(path, [{"key": made_with, "needs": needs}])
    keys = [fingerprint(made_with, content) for content in contents]
    order = sorted(range(len(items)), key=lambda i: len(str(items[i])))  # less padding
    batches = [order[at : at + batch_size] for at in range(0, len(order), batch_size)]
    for batch in progress(batches, label):
        if all(keys[i] in known for i in batch):
            continue
        made = zip(batch, make([items[i] for i in batch]), strict=True)
        new = {keys[i]: {"key": keys[i], **one} for i, one in made if keys[i] not in known}
        _append_lines(path, new.values())
        known |= new
    return [known[key] for key in keys]
