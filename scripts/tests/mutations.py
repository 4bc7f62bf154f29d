"""Damaged PDFs for the tests: small sound books, and what can befall their bytes."""

import random
import re

from typesetter import Typesetter, prose, set_chapters

_NUMBERS = [b"0", b"-1", b"1", b"7", b"65536", b"2147483647", b"99999999999999"]


def base_books(folder):
    """Save a few sound books of 5 pages or so, each kept in a file in another way; their paths."""
    plain = Typesetter(head="A Made-up Book")
    set_chapters(plain, chapters=2, paragraphs=8, notes=True)
    narrow = Typesetter(columns=2)
    set_chapters(narrow, chapters=2, paragraphs=8)
    pictured = Typesetter()
    for chapter in range(2):
        pictured.chapter(f"Chapter {chapter + 1}")
        for text in prose(50 + chapter, 8):
            pictured.paragraph(text)
    pictured.finish_page()
    document = pictured.document
    picture = document[0].get_pixmap(dpi=30)
    for page in document:
        page.insert_image((300, 500, 340, 530), pixmap=picture)
    document.set_toc([[1, f"Chapter {number}", number] for number in range(1, 3)])
    ways = {"plain": {}, "deflated": {"deflate": 1, "garbage": 3}, "packed": {"use_objstms": 1}}
    for name, setter in {"plain": plain, "narrow": narrow, "pictured": pictured}.items():
        setter.finish_page()
        for way, how in ways.items():
            setter.document.save(folder / f"{name} {way}.pdf", **how)
    return sorted(folder.glob("*.pdf"))


def flip(content, rng):
    made = bytearray(content)
    for _ in range(rng.choice([1, 5, 20, 80, 300])):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def overwrite(content, rng):
    size = rng.choice([1, 16, 200, 3000, 9000])
    at = rng.randrange(len(content))
    filling = rng.choice([bytes(size), rng.randbytes(size), b" " * size])
    return content[:at] + filling + content[at + size :]


def cut_end(content, rng):
    return content[: rng.randrange(len(content))] + rng.choice([b"", b"\n%%EOF\n", b"%%EOF" * 9])


def cut_out(content, rng):
    at, size = rng.randrange(len(content)), rng.choice([1, 30, 1000, 8000])
    return content[:at] + content[at + size :]


def move(content, rng):
    a, b, c = sorted(rng.sample(range(len(content)), 3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def splice_xref(content, rng):
    """Other offsets in the cross-reference table, or another start of it."""
    start = content.rfind(b"startxref")
    if rng.random() < 0.4:
        return content[:start] + b"startxref\n%d\n%%%%EOF\n" % rng.randrange(2 * len(content))
    table = max(content.rfind(b"\nxref", 0, start), 0) or start - 400
    made = re.sub(
        rb"\d{10}(?= 0000)",
        lambda one: b"%010d" % rng.randrange(len(content)) if rng.random() < 0.3 else one[0],
        content[table:],
    )
    return content[:table] + made


def cycle(content, rng):
    """References that lead elsewhere: page trees in circles, pages without their text …"""
    found = list(re.finditer(rb"(\d+) 0 R", content))
    if not found:
        return flip(content, rng)
    key = rng.choice([b"", b"", b"/Kids", b"/Parent", b"/Contents", b"/Pages", b"/Font"])
    near = [one for one in found if key in content[max(0, one.start() - 12) : one.start()]] or found
    for one in rng.sample(near, min(len(near), rng.choice([1, 2, 9]))):
        other = rng.choice(found)[1].rjust(len(one[1]), b"0")[-len(one[1]) :]
        content = content[: one.start(1)] + other + content[one.end(1) :]
    return content


def renumber(content, rng):
    """Other numbers in dictionaries: lengths, counts, widths, types of things."""
    found = list(re.finditer(rb"/[A-Z][A-Za-z]+ ?(\d+)(?! \d+ R)", content))
    if not found:
        return flip(content, rng)
    for one in sorted(rng.sample(found, min(len(found), 3)), key=lambda one: -one.start()):
        content = content[: one.start(1)] + rng.choice(_NUMBERS) + content[one.end(1) :]
    return content


def surround(content, rng):
    """Nothing damaged: bytes before the head or after the end."""
    junk = rng.choice([b"HTTP/1.1 200 OK\r\n", b"\0", b"<html></html>\n", b"\xef\xbb\xbf"])
    size = rng.choice([1, 20, 1000])
    return junk * size + content if rng.random() < 0.5 else content + junk * size


MUTATIONS = [flip, flip, overwrite, cut_end, cut_out, move, splice_xref, cycle, renumber, surround]


def mutate(content, seed):
    """Return a mutated copy of a PDF's bytes and what was done; the same seed gives the same."""
    rng = random.Random(seed)
    kind = MUTATIONS[seed % len(MUTATIONS)]
    return kind(content, rng), kind.__name__
