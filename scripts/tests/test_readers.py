"""A file that crashes, hangs, fills the memory or is damaged stops only itself, and is told."""

import faulthandler
import multiprocessing
import os
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pymupdf
import pytest
from rapidfuzz.distance import LCSseq

import build_notebooks
from chapters import extraction, files, pdfs, readers, typography
from chapters.extraction import describe_damage, extract_book, extract_books
from chapters.files import find_books
from chapters.pdfs import first_readable, read_scans
from chapters.preparation import Mistake
from chapters.readers import read_apart
from mutations import base_books, mutate, surround
from typesetter import Typesetter, prose, sound_book, text_of

CORES = min(4, len(os.sched_getaffinity(0)))


@pytest.fixture
def good(tmp_path):
    return sound_book(tmp_path / "good.pdf")


# ---- Processes


def crash(path):
    faulthandler.disable()  # pytest's would fill a page
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(path):
    while True:
        pass


def fill_memory(path):
    return bytearray(10**12)


def leave(path):
    sys.exit(3)


def stumble(path):
    return {}["page"]


def wait_and_name(path, seconds):
    time.sleep(seconds)
    return path.name, os.getpid()


@pytest.mark.parametrize(
    "work, told",
    [
        (crash, "crashes what reads it (signal 11): copy it again or take it away."),
        (hang, "was not read within 1 seconds: print it anew to a PDF, or save it in parts."),
        (fill_memory, "takes more than 4 GB of memory to read: save it with smaller images, or in"),
        (leave, "crashes what reads it (exit 3): copy it again or take it away."),
        (stumble, "cannot be read (KeyError: 'page'): take it out of the folder."),
    ],
)
def test_a_reader_that_fails_is_told_and_the_others_go_on(monkeypatch, work, told):
    monkeypatch.setattr(readers, "READ_SECONDS", 1)
    found = list(
        read_apart(wait_or(work), [(Path(name),) for name in ("a.pdf", "bad.pdf", "c.pdf")])
    )
    assert [found[0], found[2]] == ["a.pdf", "c.pdf"]
    assert isinstance(found[1], Mistake) and str(found[1]).startswith(f"bad.pdf {told}")
    assert not multiprocessing.active_children()


def wait_or(work):
    """Work that fails for bad.pdf alone."""
    return lambda path: work(path) if path.name == "bad.pdf" else path.name


@pytest.mark.slow  # twenty seconds, and only a small process of its own has so little to spare
def test_memory_that_mupdf_lacks_is_told_as_such(tmp_path, monkeypatch):
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((50, 50), "hello world")
    content = page.get_contents()[0]
    document.update_stream(content, 200_000 * document.xref_stream(content))
    document.save(tmp_path / "bomb.pdf")
    monkeypatch.setattr(readers, "READ_MEMORY", 2**26)
    (found,) = read_apart(pdfs.read_book, [(tmp_path / "bomb.pdf",)])
    assert str(found).startswith("bomb.pdf takes more than 0.0625 GB of memory to read")


def test_results_come_in_order_as_many_at_a_time_as_there_are_cores():
    jobs = [(Path(f"{number}.pdf"), 0.6 if number == 0 else 0.05) for number in range(2 * CORES)]
    start = time.perf_counter()
    found = list(read_apart(wait_and_name, jobs))
    spent = time.perf_counter() - start
    assert [name for name, _ in found] == [path.name for path, _ in jobs]
    assert len({process for _, process in found}) == len(jobs) and os.getpid() not in found
    assert spent < 0.6 + CORES * 0.05 + 1.5


def test_long_results_come_whole():
    (found,) = read_apart(lambda path: 10**7 * path.name, [(Path("a.pdf"),)])
    assert len(found) == 5 * 10**7


def test_interrupted_it_leaves_no_process_behind():
    found = read_apart(wait_and_name, [(Path("a.pdf"), 0), (Path("b.pdf"), 60)])
    assert next(found)[0] == "a.pdf"
    found.close()  # ty: ignore[missing-attribute]  # it is a generator
    assert not multiprocessing.active_children()


def test_what_a_reader_prints_goes_nowhere(capfd):
    list(read_apart(lambda path: print("noise", flush=True), [(Path("a.pdf"),)]))
    assert capfd.readouterr() == ("", "")


def test_each_scanned_page_begins_the_time_limit_anew(good, monkeypatch):
    monkeypatch.setattr(pdfs, "recognise", lambda picture: b"")
    with pymupdf.open(good) as document:
        read_scans(document, [0, 1])
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0  # without a limit none is set
        signal.alarm(5)
        read_scans(document, [0, 1])
        assert signal.alarm(0) > 80


# ---- Files that are no books


@pytest.fixture
def odd_folder(tmp_path):
    """A sound book among a folder, bad links, a pipe, a device, files too large or empty."""
    folder = tmp_path / "Books"
    (folder / "folder.pdf").mkdir(parents=True)
    (folder / "dangling.pdf").symlink_to(tmp_path / "gone.pdf")
    (folder / "loop.pdf").symlink_to(folder / "loop.pdf")
    os.mkfifo(folder / "pipe.pdf")
    (folder / "device.pdf").symlink_to("/dev/zero")
    (folder / "empty.pdf").touch()
    with (folder / "large.pdf").open("wb") as file:
        file.truncate(5 * 10**9)
    with (folder / "blank.pdf").open("wb") as file:
        file.truncate(10**8)
    sound_book(folder / "sound.pdf")
    return folder


def test_odd_files_are_named_and_the_sound_book_is_read(odd_folder):
    books, bad = extract_books(find_books(odd_folder), {})
    assert [book["stem"] for book in books] == ["sound"]
    no_file = "a folder or a device, no book: take it out of the folder."
    no_link = "it is a link that leads to no file, put the book itself there."
    assert bad == [
        "blank.pdf is no PDF, whatever its name says: take it out of the folder.",
        f"dangling.pdf cannot be opened (No such file or directory): {no_link}",
        f"device.pdf is {no_file}",
        "empty.pdf is empty: copy it again or take it out of the folder.",
        f"folder.pdf is {no_file}",
        "large.pdf has 5.0 GB, too much to be one book: save it with smaller images, or in parts.",
        f"loop.pdf cannot be opened (Too many levels of symbolic links): {no_link}",
        f"pipe.pdf is {no_file}",
    ]


def test_the_first_book_is_one_that_can_be_read(odd_folder):
    assert first_readable(find_books(odd_folder)).name == "sound.pdf"


def test_the_steps_that_list_the_books_and_look_at_the_first(odd_folder, capsys):
    space = {**vars(files), **vars(pdfs), **vars(typography), "BOOKS_DIR": odd_folder}
    for cell in build_notebooks.read_source("notebooks", "FineTuning"):
        if cell.id in ("books-found", "first-type"):
            exec(cell.source, space)
    assert space["first_path"].name == "sound.pdf"
    said = capsys.readouterr().out
    assert "pipe.pdf: 0.0 MB" in said and "sound.pdf: " in said and "10 pt Times" in said


def test_a_file_without_the_right_to_read_it(good):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    good.chmod(0)
    with pytest.raises(Mistake, match="good.pdf may not be read by you: give yourself the right"):
        extract_book(good)


def test_the_same_name_with_another_ending(tmp_path, good):
    setter = Typesetter()
    setter.chapter("Another book")
    for text in prose(77, 1):
        setter.paragraph(text)
    setter.save(tmp_path / "good.PDF")
    books, bad = extract_books(find_books(tmp_path), {})
    assert [Path(book["path"]).name for book in books] == ["good.pdf"]  # of which more is text
    assert bad == ["good.PDF is named like good.pdf but for its ending: give it another name."]


# ---- Damaged books


@pytest.mark.parametrize(
    "junk", [b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n", b"<html></html>\n" * 900]
)
def test_bytes_around_a_sound_book_do_not_matter(tmp_path, good, junk):
    wanted = text_of(extract_book(good))
    for name, content in {
        "before": junk + good.read_bytes(),
        "after": good.read_bytes() + junk,
    }.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(content)
        book = extract_book(path)
        assert text_of(book) == wanted and not describe_damage([book])


def test_damage_is_told_with_its_pages(tmp_path, good):
    document = pymupdf.open(good)
    for number in (1, 2, 4):
        document.xref_set_key(document[number].get_contents()[0], "Filter", "/FlateDecode")
    document.save(tmp_path / "harmed.pdf")
    content = (tmp_path / "harmed.pdf").read_bytes()
    (tmp_path / "moved.pdf").write_bytes(re.sub(rb"startxref\n\d+", b"startxref\n7", content))
    (tmp_path / "other.pdf").write_bytes(content)
    books, _ = extract_books([good], {})
    assert books[0]["report"]["damage"] == {} and describe_damage(books) == []
    cure = "may be missing: put a sound copy in its place if you can."
    harmed, moved = (extract_book(tmp_path / name) for name in ("harmed.pdf", "moved.pdf"))
    assert describe_damage([harmed, moved]) == [
        f"harmed.pdf is damaged, text on pages 2–3, 5 {cure}",
        f"moved.pdf is damaged, text on pages 2–3, 5 and whole pages {cure}",
    ]


def run_mutations(folder, seeds):
    """Read a mutated book for each seed, each beside a sound one; check what the bar demands.

    Returns how often each kind of mutation ended how.
    """
    (folder / "base").mkdir()
    sound, path = sound_book(folder / "sound.pdf"), folder / "bad.pdf"
    bases = []
    for base in base_books(folder / "base"):
        bases.append((base.read_bytes(), text_of(extract_book(base)).split()))
    ends, silent = Counter(), []
    for seed in seeds:
        content, words = bases[seed % len(bases)]
        content, kind = mutate(content, seed)
        path.write_bytes(content)
        start = time.perf_counter()
        books, bad = extract_books([path, sound], {})
        assert time.perf_counter() - start < 31, seed
        assert books[-1]["stem"] == "sound" and len(books) + len(bad) == 2, (seed, bad)
        assert not any("Error" in sentence or "crashes" in sentence for sentence in bad), (
            seed,
            bad,
        )
        if bad:
            ends[kind, "refused"] += 1
            continue
        kept = LCSseq.similarity(words, text_of(books[0]).split()) / len(words)
        told = bool(describe_damage(books[:1]))
        lost = "lost over a fifth" if kept < 0.8 else "lost some" if kept < 1 else "whole"
        ends[kind, lost, "told" if told else "not told"] += 1
        if kept < 0.8 and not told:
            silent.append((seed, kind, kept))
    assert not silent
    return ends


@pytest.fixture
def no_progress(monkeypatch):
    monkeypatch.setattr(extraction, "progress", lambda items, label, total: items)


def test_mutated_books(tmp_path, no_progress):
    ends = run_mutations(tmp_path, range(30))
    assert all(end[1] == "whole" for end in ends if end[0] == surround.__name__)
    assert any(end[1] == "refused" for end in ends) and any(end[-1] == "told" for end in ends)


@pytest.mark.slow
def test_2000_mutated_books(tmp_path, no_progress):
    ends = run_mutations(tmp_path, range(2000))
    print(*sorted(f"{count:5} {', '.join(end)}" for end, count in ends.items()), sep="\n")
    assert all(end[1] == "whole" for end in ends if end[0] == surround.__name__)
