# %% id="storage-imports"
"""Results are written whole or not at all, known by what they depend on, and made only once."""

from chapters.keys import describe_changes, fingerprint
from chapters.preparation import Mistake, progress
from chapters.reading import MAX_FILE, read_bounded
from chapters.seals import open_line, sealed_line

# %% [markdown] id="storage-files-text"
# #### Write whole files, keep what was made
# `cached_batches` makes what takes long only once. Each batch goes to the disk under a key of
# everything it depends on, so an interrupted run goes on where it was. Whole results are written
# under another name and then renamed: not even a power cut leaves half of one.

# %% id="storage-files"
import io
import json
import os
from collections import Counter
from collections.abc import Callable
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
        if not append:
            Path(target).unlink(missing_ok=True)
        told = f"{path} cannot be written ({error.strerror}): mend that and run this cell again."
        raise Mistake(told) from None


def write_whole(path: Path | str, data: bytes | str) -> None:
    """Write bytes, or text as UTF-8: a reader finds the old file or the whole new one, even after
    a power cut. Raises Mistake if the system refuses."""
    _write_to_disk(path, data.encode() if isinstance(data, str) else data, append=False)


def write_json(path: Path | str, value: Any) -> None:
    """Write `value` as indented JSON. Raises ValueError for NaN and infinities: JSON has none."""
    write_whole(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


# %% [markdown] id="storage-lines-text"
# #### Lines of what was made
# A cache is a file of sealed lines. Those that are damaged, or were never written here, are told,
# taken out and made again; all others are kept.

# %% id="storage-lines"
MAX_LINES = 200_000  # each is an answer of the model


def read_lines(path: Path, *shapes: Any) -> dict[str, dict[str, Any]]:
    """Return {key: line} of a cache of sealed lines of these shapes, the first line of a key.

    Other lines are told, and taken out of the file; half a last line, which a killed run leaves, is
    cut off. Raises Mistake for a file that is no such cache."""
    known: dict[str, dict[str, Any]] = {}
    faults, sound = Counter(), []
    try:
        data = read_bounded(path, MAX_FILE) if path.exists() else b""
        if data.count(b"\n") > MAX_LINES:
            raise ValueError(f"it has more than {MAX_LINES:,} lines")
    except ValueError as error:
        mend = "delete it, and what it held is made again."
        raise Mistake(f"{path} cannot be used ({error}): {mend}") from None
    for raw in io.BytesIO(data[: data.rfind(b"\n") + 1]):
        try:
            line = open_line(raw, *shapes)
            if line["key"] in known:
                raise ValueError("there twice")
            known[line["key"]] = line
            sound.append(raw)
        except ValueError as error:
            faults[str(error)] += 1
    if faults:
        told = ", ".join(f"{count} {fault}" for fault, count in faults.items())
        print(f"{path.name}: {faults.total()} lines are left out, and made again ({told}).")
    if sum(map(len, sound)) != len(data):
        write_whole(path, b"".join(sound))
    return known


def borrow_lines(out: Path, variant: str, names: list[str]) -> None:
    """Copy the line caches `names` into a variant's folder `out`, where it has none, from the
    folder without `variant` in its name.

    Each line has its key, so only what would be written in the same way is used."""
    other = out.with_name(out.name.replace(f"-{variant}", "", 1))
    for name in names if variant else ():
        if (other / name).exists() and not (out / name).exists():
            write_whole(out / name, (other / name).read_text(errors="replace"))


def cached_batches(
    path: Path,
    needs: dict[str, Any],
    items: list[Any],
    contents: list[Any],
    make: Callable[[list[Any]], list[dict[str, Any]]],
    batch_size: int,
    label: str | None,
    shape: dict[str, Any],
) -> list[dict[str, Any]]:
    """Return a dict for each item: what the cache has for it, else what make(batch) returns.

    An item is known by its own one of `contents`, plain values, and by `needs`, {name: plain value}
    of all else that it depends on; where those are new, what has changed is printed. `shape` is
    that of what is made, see `misfit`. One line an item, on the disk before the next batch begins.
    A batch holds the same items in every run: a run that was killed and started again gives what
    one run gives.
    """
    known = read_lines(path, shape, {"needs": dict})
    made_with = fingerprint(needs)
    if items and made_with not in known:
        earlier = [line["needs"] for line in known.values() if "needs" in line]
        if earlier:
            print(f"{path.name}: made again, changed: {describe_changes(earlier[-1], needs)}.")
        _write_to_disk(path, sealed_line({"key": made_with, "needs": needs}), append=True)
    keys = [fingerprint(made_with, content) for content in contents]
    order = sorted(range(len(items)), key=lambda i: len(str(items[i])))  # less padding
    batches = [order[at : at + batch_size] for at in range(0, len(order), batch_size)]
    for batch in progress(batches, label):
        if all(keys[i] in known for i in batch):
            continue
        made = zip(batch, make([items[i] for i in batch]), strict=True)
        new = {keys[i]: {"key": keys[i], **one} for i, one in made if keys[i] not in known}
        _write_to_disk(path, b"".join(map(sealed_line, new.values())), append=True)
        known |= new
    return [known[key] for key in keys]
