# %% id="storage-imports"
"""Results are written whole or not at all, known by what they depend on, and made only once."""

from chapters.preparation import Mistake, progress

# %% [markdown] id="storage-files-text"
# #### Write whole files, keep what was made
# `cached_batches` makes what takes long only once. Each batch goes to the disk under a key of
# everything it depends on, so an interrupted run goes on where it was. Whole results are written
# under another name and then renamed: not even a power cut leaves half of one. A cached result is
# worth keeping only as long as everything behind it is unchanged (model, adapter, prompts,
# settings, libraries); a fingerprint stands for all of that in 16 digits.

# %% id="storage-files"
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

SAMPLE_BYTES = 1 << 20  # read at each of 8 places of a large file: other weights differ everywhere


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


def fingerprint(*values: Any) -> str:
    """Return 16 hex digits that stand for plain values: equal exactly when their JSON is equal."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def folder_fingerprint(folder: Path | str, pattern: str = "*") -> str:
    """Return 16 hex digits for names, sizes and contents (of large files, samples) of its files
    whose names fit `pattern`."""
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(folder).glob(pattern) if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.name} {size} ".encode())
        with open(path, "rb") as file:
            for place in range(0, size, max(SAMPLE_BYTES, size // 8)):
                file.seek(place)
                digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()[:16]


def read_lines(path: Path) -> dict[str, dict[str, Any]]:
    """Return {key: line} of a JSON-lines cache, the first line of a key; cuts off a half-written
    last line, which a killed run leaves. Raises Mistake if the file is damaged."""
    data = path.read_bytes() if path.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        os.truncate(path, len(whole))
    try:
        return {line["key"]: line for line in map(json.loads, reversed(whole.splitlines()))}
    except (ValueError, KeyError, TypeError):
        raise Mistake(f"{path} is damaged: delete it, and what it held is made again.") from None


def cached_batches(
    path: Path, items: list, keys: list[str], make: Callable, batch_size: int, label: str | None
) -> list[dict[str, Any]]:
    """Return a dict for each item: what the cache has under its key, else what make(batch) returns.

    One JSON line an item, on the disk before the next batch begins. A batch holds the same items
    in every run: a run that was killed and started again gives what one run gives.
    """
    known = read_lines(path)
    order = sorted(range(len(items)), key=lambda i: len(str(items[i])))  # less padding
    batches = [order[at : at + batch_size] for at in range(0, len(order), batch_size)]
    for batch in progress(batches, label):
        if all(keys[i] in known for i in batch):
            continue
        made = zip(batch, make([items[i] for i in batch]), strict=True)
        new = {keys[i]: {"key": keys[i], **one} for i, one in made if keys[i] not in known}
        lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in new.values()]
        _write_to_disk(path, "".join(lines).encode(), append=True)
        known |= new
    return [known[key] for key in keys]
