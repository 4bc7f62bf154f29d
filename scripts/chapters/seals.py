# %% id="seals-imports"
"""A cache is read only if it is exactly what was written, and of the shape that its use needs."""

from chapters.reading import json_line, misfit, parse_json

# %% [markdown] id="seals-lines-text"
# #### Seals
# What took long to make is kept, and with it a digest. Where a single letter has changed, it is
# made again. A digest keeps nobody from making up a cache; but a made-up one holds plain data in
# the shape of a true one. A pickle stays one by its outside only: unpickling can run any program,
# so it is the pickle of a single text of JSON lines, and only those are read here.

# %% id="seals-lines"
import hashlib
import io
from collections.abc import Iterator
from typing import Any

# A pickle of bytes: protocol 3 and a bytes object, its length (4 bytes), the object, the end
PICKLE_HEAD, PICKLE_END = b"\x80\x03B", b"."
TEXT_START = len(PICKLE_HEAD) + 4 + 64 + 1  # behind a digest of 64 hex digits and a line end


def sealed_line(line: dict[str, Any]) -> bytes:
    """Return a dict of plain values as a line of JSON that ends with their "digest"."""
    return json_line({**line, "digest": hashlib.sha256(json_line(line)).hexdigest()[:16]})


def open_line(data: bytes, *shapes: Any) -> dict[str, Any]:
    """Return what `sealed_line` wrote, with a "key" and of one of these shapes (see `misfit`).

    Raises ValueError, with few different sentences, for any other line."""
    line = parse_json(data)
    digest = line.pop("digest", None) if isinstance(line, dict) else None
    if not digest or sealed_line(line) != json_line({**line, "digest": digest}):
        raise ValueError("changed, or of an older notebook")
    if all(misfit(line, {"key": str, **shape}) for shape in shapes):
        raise ValueError("of another kind")
    return line


def pack_lines(rows: list[Any]) -> bytes:
    """Return a pickle of bytes: a digest and each row as a line of JSON, at most 4 GB.

    Raises ValueError or TypeError for what JSON has not."""
    body = b"".join(map(json_line, rows))
    text = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    return PICKLE_HEAD + len(text).to_bytes(4, "little") + text + PICKLE_END


def unpack_lines(data: bytes) -> Iterator[Any]:
    """Yield the rows that `pack_lines` packed. Raises ValueError for any other bytes, before the
    first row."""
    body = data[TEXT_START : -len(PICKLE_END)]
    digest = hashlib.sha256(body).hexdigest().encode() + b"\n"
    size = (len(digest) + len(body)).to_bytes(4, "little")
    if data[:TEXT_START] != PICKLE_HEAD + size + digest or data[-1:] != PICKLE_END:
        raise ValueError("its digest is wrong, or it has none")
    yield from map(parse_json, io.BytesIO(body))
