"""Damaged, foreign and hand-made caches, and what none of them may do."""

import contextlib
import copy
import hashlib
import json
import os
import pickle
import random
import resource
import struct
import sys
import time

from chapters.reading import json_line
from chapters.results import PARTS, read_results
from chapters.seals import open_line, pack_lines, sealed_line
from result_rows import results

ODD = [None, True, -1, 0.5, 2**70, "", "x" * 999, "\ud800", [], [[]], {}, {"a": 1}, [1, "2"]]
ODD += [float("nan"), float("inf"), 10**400, -0.0, "\0", "é\u2028", {"__class__": "os.system"}]
RUNS_CODE = ("exec", "compile", "import", "pickle.find_class", "os.system", "subprocess.Popen")
_watching: list[str] = []
_seen: list[str] = []


def _watch(event, _):
    if _watching and event in RUNS_CODE:
        _seen.append(event)


sys.addaudithook(_watch)  # there is no way to take it away again


@contextlib.contextmanager
def harmless():
    """Fail where what runs inside takes a second or 500 MB, or runs code."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    _watching.append("on")
    try:
        yield
    finally:
        _watching.clear()
    # a second; two where torch fills the process that pytest shares among the tests
    assert time.process_time() - started < (2 if "torch" in sys.modules else 1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - highest < 500 << 10
    assert not _seen


def change_bytes(data, rnd):
    """Return data with some bits, bytes or pieces changed."""
    data, place = bytearray(data), rnd.randrange(len(data))
    piece = data[place : place + rnd.randrange(1, 40)]
    kind = rnd.randrange(6)
    if kind == 0:
        for _ in range(rnd.randint(1, 4)):
            data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
    elif kind == 1:
        data[place] = rnd.randrange(256)
    elif kind == 2:
        del data[place : place + len(piece)]
    elif kind == 3:
        data[place:place] = rnd.choice([piece, rnd.randbytes(len(piece)), b"[" * 5000, b"."])
    elif kind == 4:
        other = rnd.randrange(len(data))
        data[other : other + len(piece)] = piece
    else:
        del data[place:]
    return bytes(data)


def change_value(rows, rnd):
    """Return rows with one value replaced by an odd one, or a name more or less."""
    rows = copy.deepcopy(rows)
    row = rnd.choice(rows)
    name = rnd.choice(list(row))
    if rnd.random() < 0.1:
        del row[name]
    else:
        row[rnd.choice([name, name, name, "other"])] = rnd.choice(ODD)
    return rows


def unchecked_pack(rows):
    """Return what pack_lines does of anything that Python's json writes, with the right digest."""
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    text = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    return b"\x80\x03B" + struct.pack("<I", len(text)) + text + b"."


def rows_of(one):
    head = {name: value for name, value in one.items() if not isinstance(value, list)}
    return [head, *one["answers"], *one["likelihoods"], *one["recitals"]]


def changed_files(seeds):
    """Yield (bytes, the results that may be read from them, or None)."""
    one = results()
    rows, data, old = rows_of(one), pack_lines(rows_of(one)), pickle.dumps(one, 4)
    for seed in seeds:
        rnd = random.Random(seed)
        kind = rnd.random()
        if kind < 0.6:
            yield change_bytes(data, rnd), one
        elif kind < 0.7:
            yield change_bytes(old, rnd), None
        else:  # somebody made up a digest
            changed = change_value(rows, rnd)
            first, *rest = changed
            told: dict = {"answers": [], "likelihoods": [], "recitals": []}
            for row in rest:
                kinds = [told[kind] for key, kind in PARTS.items() if key in row]
                (kinds or [told["answers"]])[0].append(row)
            yield unchecked_pack(changed), {**first, **told}


def made_up_files():
    """Yield (bytes, None): what crashes, fills or holds up those who unpickle it."""
    rows = rows_of(results())
    line = json_line(rows[1])
    texts = [
        b"]" * 100_000 + b".",
        b"\x80\x02" + b"]" * 500_000 + b"a" * 499_999 + b".",
        b"\x80\x04\x8e" + struct.pack("<Q", 8 << 30) + b".",
        b"\x80\x04\x96" + struct.pack("<Q", 8 << 30) + b".",
        b"\x80\x03B" + struct.pack("<I", 2**32 - 1) + b".",
        b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b".",
        b"I" + b"9" * 1_000_000 + b"\n.",
        b"\x80\x02]q\x00" + b"(h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00lq\x00" * 60 + b".",
        b"cos\nsystem\n(S'touch made'\ntR.",
        b'c__builtin__\neval\n(S\'open("made", "w")\'\ntR.',
        b"\x80\x04r\xff\xff\xff\x7f.",
        b"",
        b"\x80\x03B",
        b"\n" * (60 << 20),
        bytes(60 << 20),
    ]
    bodies = [
        b"",
        b"\n",
        b"[" * 1_000_000,
        b'{"a":' * 150_000,
        b"[" + b"[]," * 320_000 + b"[]]",
        b"[" + b"{}," * 320_000 + b"{}]",
        b'["\xf0\x9f\x98\x80' + b"a" * 1_000_000 + b'"]',
        b"[" + (b"9" * 4000 + b",") * 250 + b"9]",
        b"9" * 1_000_000,
        b"1." + b"9" * 1_000_000,
        b"1e" + b"9" * 1_000_000,
        b"[" + b"1e999," * 150_000 + b"1]",
        b'{"' + b'":1,"'.join(b"%d" % n for n in range(80_000)) + b'":1}',
        json_line(rows[0]) + b"[[" * 100_000,
        json_line(rows[0]) + line + b'{"set":' * 100_000,
        json_line(rows[0]) + line.replace(b"So.", b"\\ud800.."),
        b"x" * (60 << 20),
    ]
    for body in bodies:
        text = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
        texts.append(b"\x80\x03B" + struct.pack("<I", len(text)) + text + b".")
    yield from ((text, None) for text in texts)


def attack_results(files, folder):
    """Read files as results: no harm is done, and what is accepted is what is expected."""
    path, accepted = folder / "base_results.pkl", 0
    for data, expected in files:
        path.write_bytes(data)
        with harmless():
            found, why = read_results(path)
        assert (found is None) == bool(why) and "\n" not in why and len(why) < 400
        if found:
            accepted += 1
            head = {name: expected[name] for name in found}
            assert json.dumps(found, sort_keys=True) == json.dumps(head, sort_keys=True)
            assert all(type(row["tokens"]) is int for row in found["answers"])
        assert os.listdir(folder) == [path.name]
    return accepted


def changed_lines(seeds):
    """Yield (bytes, the line that may be read from them, or None)."""
    line = {"key": "0123456789abcdef", "nats": [1.25, 2.0], "raw": "What is “love”?"}
    for seed in seeds:
        rnd = random.Random(seed)
        if rnd.random() < 0.7:
            yield change_bytes(sealed_line(line), rnd), line
        else:
            (changed,) = change_value([line], rnd)
            with contextlib.suppress(ValueError):
                yield sealed_line(changed), changed


def attack_lines(lines, shape):
    """Read lines: no harm is done, and what is accepted is what was written."""
    accepted = 0
    for data, expected in lines:
        found = None
        with harmless(), contextlib.suppress(ValueError):
            found = open_line(data, shape)
        if found is not None:
            accepted += 1
            assert json.dumps(found) == json.dumps(expected)
            assert [type(one) for one in (found["key"], found["raw"])] == [str, str]
            assert all(type(one) in (int, float) for one in found["nats"])
    return accepted
