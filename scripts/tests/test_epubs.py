"""EPUBs that lie, lock or explode are told; what they say of themselves is read."""

import zipfile

import pytest

import ebook_makers as makers
from chapters.epubs import parse_markup, read_epub, resolve_link
from chapters.preparation import Mistake

pytest.importorskip("lxml")


def message(path):
    with pytest.raises(Mistake) as error:
        read_epub(path)
    return str(error.value)


@pytest.fixture
def files(tmp_path):
    """The files of a sound EPUB, {name: content}."""
    path = makers.semantic_epub(tmp_path / "sound.epub", makers.made_chapters(2))
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "mimetype"}


def test_what_a_sound_one_says_of_itself(tmp_path, files):
    package = read_epub(makers.write_zip(tmp_path / "a.epub", files))
    assert (package["title"], package["author"]) == (makers.TITLE, makers.AUTHOR)
    assert package["start"] == "epub/text/chapter-1.xhtml"
    assert [part["name"] for part in package["parts"]][4:6] == [
        "epub/text/chapter-1.xhtml",
        "epub/text/chapter-2.xhtml",
    ]


@pytest.mark.parametrize(
    "way, locked",
    [
        ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", True),
        ("http://www.idpf.org/2008/embedding", False),
        ("http://ns.adobe.com/pdf/enc#RC", False),
    ],
)
def test_a_locked_book_is_told_and_hidden_fonts_are_none(tmp_path, files, way, locked):
    files["META-INF/encryption.xml"] = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><enc:EncryptedData '
        f'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptionMethod Algorithm="{way}"/>'
        "</enc:EncryptedData></encryption>"
    )
    path = makers.write_zip(tmp_path / "a.epub", files)
    if locked:
        assert message(path) == (
            "a.epub is locked (by its shop's DRM or a password) and cannot be read: put a copy "
            "without a lock, or the same book as PDF or text, in its place."
        )
    else:
        assert read_epub(path)["parts"]


def test_a_missing_or_damaged_part_is_told(tmp_path, files):
    gone = {name: files[name] for name in files if "chapter-2" not in name}
    told = message(makers.write_zip(tmp_path / "a.epub", gone))
    assert told.startswith("a.epub is damaged or cut short") and "chapter-2.xhtml" in told
    path = makers.write_zip(tmp_path / "b.epub", files)
    content = bytearray(path.read_bytes())
    content[content.find(b"chapter-1.xhtml") + 60] ^= 4  # in the compressed bytes of the first
    path.write_bytes(content)
    assert message(path).startswith("b.epub is damaged or cut short (")


def test_no_epub(tmp_path):
    (tmp_path / "a.epub").write_bytes(b"%PDF-1.7")
    assert message(tmp_path / "a.epub") == (
        "a.epub is no EPUB, whatever its name says: take it out of the folder."
    )


def test_a_zip_bomb_is_not_unpacked(tmp_path, files):
    files["epub/text/chapter-1.xhtml"] = bytes(101_000_000)
    assert message(makers.write_zip(tmp_path / "a.epub", files)) == (
        "a.epub would unpack to 101 MB of text, more than any book holds: take it out of the "
        "folder."
    )


def test_entities_are_never_resolved(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secretword")
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">{bomb}<!ENTITY x SYSTEM '
        f'"file://{secret}">]><html><body><p>One &l11; &x; two caf&eacute; &amp; three</p></body>'
        "</html>"
    )
    text = "".join(parse_markup(page.encode()).itertext())
    assert len(text) < 100 and "secretword" not in text
    assert "One" in text and "café & three" in text


@pytest.mark.parametrize(
    "content, text",
    [
        ("<p>naïve</p>".encode("utf-16"), "naïve"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><p>naïve</p>'.encode("latin-1"), "naïve"),
        ("<html><p>one<br>two &nbsp;“x”<p>three".encode("cp1252"), "onetwo \xa0“x”three"),
    ],
)
def test_encodings_and_bad_markup(content, text):
    assert "".join(parse_markup(content).itertext()) == text


def test_links_are_resolved_inside_the_book():
    assert resolve_link("text/a.xhtml", "../notes/n%201.xhtml#n1") == ("notes/n 1.xhtml", "n1")
    assert resolve_link("a.xhtml", "#n1") == ("a.xhtml", "n1")
    assert resolve_link("a.xhtml", "../../../etc/passwd") == ("etc/passwd", "")
