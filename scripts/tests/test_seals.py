"""Sealed lines: read as they were written, or not at all."""

import pytest

from cache_attacks import attack_lines, changed_lines
from chapters.reading import json_line
from chapters.seals import open_line, pack_lines, sealed_line, unpack_lines

SHAPE = {"raw": str, "nats": (float, float)}


def test_a_line_is_read_as_it_was_written():
    line = {"key": "k", "raw": "Ça — 🙂\n", "nats": [1.5, 2]}
    assert open_line(sealed_line(line), SHAPE) == line
    assert open_line(sealed_line(line), {"needs": dict}, SHAPE) == line
    with pytest.raises(ValueError, match="of another kind"):
        open_line(sealed_line(line), {"needs": dict})
    with pytest.raises(ValueError, match="changed, or of an older notebook"):
        open_line(json_line(line), SHAPE)
    with pytest.raises(ValueError):
        sealed_line({"key": "k", "nats": [float("nan")]})


def test_every_changed_bit_is_seen():
    line = {"key": "k", "raw": "Ça", "nats": [1.5, 2]}
    data = sealed_line(line)
    for place in range(len(data) - 1):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            try:
                assert open_line(bytes(changed), SHAPE) == line  # a space for a line end
            except ValueError:
                continue


def test_packed_rows_are_unpacked_one_by_one():
    rows = unpack_lines(pack_lines([1, {"a": ["é"]}]))
    assert next(rows) == 1 and list(rows) == [{"a": ["é"]}]
    assert list(unpack_lines(pack_lines([]))) == []


def test_some_changed_lines_do_no_harm():
    attack_lines(changed_lines(range(500)), SHAPE)


@pytest.mark.slow
def test_twenty_thousand_changed_lines_do_no_harm():
    attack_lines(changed_lines(range(20_000)), SHAPE)
