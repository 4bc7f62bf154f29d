"""Web pages as makers of e-books write them: notes, marks, verse, tables, initials."""

import pytest

from chapters.epubs import Part, parse_markup
from chapters.marks import find_notes
from chapters.markup import read_markup

pytest.importorskip("lxml")


def read(page):
    """[(use, text)] of a page's body."""
    head = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
    tree = parse_markup(f"{head}<body>{page}</body></html>".encode())
    part = Part(name="p.xhtml", tree=tree, labels={}, kind="")
    return [(line["use"], line["text"]) for line in read_markup(part, 0, *find_notes([part]))]


@pytest.mark.parametrize(
    "mark, note",
    [
        (
            '<a epub:type="noteref" href="#n">1</a>',
            '<aside epub:type="footnote" id="n">Ed.</aside>',
        ),
        ('<sup><a id="r" href="#n">*</a></sup>', '<p><a id="n" href="#r">*</a> Ed.</p>'),
        ('<a id="r"/><a href="#n"><sup>1</sup></a>', '<p id="n"><a href="#r">1</a>. Ed.</p>'),
        ('<a href="#n" class="fnanchor">[A]</a>', '<div class="footnote"><p id="n">Ed.</p></div>'),
        ('<a id="r" href="#n">[1]</a>', '<ol><li id="n"><p>Ed. <a href="#r">↩︎</a></p></li></ol>'),
        ("<sup>1</sup>", '<p class="footnote">1 Ed.</p>'),
        ("", '<p class="endnote">Ed.</p>'),
    ],
)
def test_notes_of_every_kind_and_their_marks(mark, note):
    lines = read(f"<p>The text{mark} goes on.</p><p>More of it.</p>{note}")
    assert lines[:2] == [("body", "The text goes on."), ("body", "More of it.")]
    assert len(lines) == 3 and lines[2][0] == "note" and "Ed." in lines[2][1]


def test_a_note_inside_a_paragraph_does_not_cut_it():
    page = '<p>One <span class="footnote">As the editor has it.</span>two.</p>'
    assert read(page) == [("body", "One two."), ("note", "As the editor has it.")]


def test_a_number_that_leads_to_a_chapter_is_no_mark():
    page = '<p>See <a href="#c">2</a> below.</p><h2 id="c">2</h2><p>Text.</p>'
    assert read(page)[0] == ("body", "See 2 below.")


def test_exponents_and_ordinals_stay():
    assert read("<p>10<sup>2</sup> and the 1<sup>st</sup> of M<sup>r</sup> X.</p>") == [
        ("body", "102 and the 1st of Mr X.")
    ]


def test_verse_keeps_its_lines_and_prose_does_not():
    assert read("<p>Roses are red,<br/>violets are blue.</p>") == [
        ("body", "Roses are red,\nviolets are blue.")
    ]
    long = "word " * 30
    assert read(f"<p>{long}<br/>{long}</p>") == [("body", " ".join((long + long).split()))]
    stanzas = '<div class="stanza"><div class="line">A,</div><div class="line">b.</div></div>'
    assert read(f'<div class="poem">{2 * stanzas}</div>') == 2 * [("body", "A,\nb.")]


def test_initials_soft_hyphens_ligatures_and_white():
    page = '<p><span class="dropcap">C</span>all&#160;me\n  Ish&#173;mael of ﬁne &#8203;days.</p>'
    assert read(page) == [("body", "Call me Ishmael of fine days.")]
    assert read('<p><img alt="O" src="o.png"/>nce more.</p>') == [("body", "Once more.")]


def test_what_is_no_running_text():
    page = (
        '<nav epub:type="toc"><ol><li><a href="a">A</a></li></ol></nav>'
        '<p epub:type="epigraph">Another said so.</p><p>* * *</p><script>x()</script>'
        "<table><tr><td>1</td><td>2</td></tr></table>"
        '<figure><img src="a.png" alt="A ship"/><figcaption>A ship.</figcaption></figure>'
        '<p>Te<span epub:type="pagebreak" title="9">9</span>xt.</p>'
    )
    assert [use for use, _ in read(page)] == [
        *("contents", "dedication", "ornament", "caption", "caption", "caption"),
        *("body", "page number"),
    ]
    assert ("body", "Text.") in read(page)
