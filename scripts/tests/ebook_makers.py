"""Made-up books with a known text, as different makers write them: EPUB, HTML, Markdown …"""

import html
import random
import zipfile

from typesetter import prose, sentences

AUTHOR, TITLE = "Ada Quill", "The Made-up Voyage"
NOTE_WORD = "Editorial"  # begins every note
FRONT = [  # kind, heading, text
    ("copyright-page", "Copyright", "Copyright © 2001 by Ada Quill. All rights reserved. ISBN 0."),
    ("dedication", "Dedication", "For the one who never reads forewords."),
    (
        "foreword",
        "Foreword",
        "Forewordish praise of the voyage by a well known critic of our time.",
    ),
]
BACK = [
    ("endnotes", "Notes", ""),
    ("glossary", "Glossary", "Glossaryword: a word in a glossary."),
    ("index", "Index", "Indexword, 3, 5, 7"),
    ("contributors", "About the Author", "Biographyword was born in a town and lives there."),
]
LEAKS = "Editorial Forewordish Glossaryword Indexword Biographyword reserved forewords".split()


def made_chapters(chapters=6, paragraphs=12, seed=1):
    """[(title, [(kind, text or lines, note or "")])]: prose, verse, a quotation, notes."""
    rng = random.Random(seed)
    book = []
    for number in range(chapters):
        items = []
        for count, text in enumerate(prose(1000 * seed + number, paragraphs)):
            note = f"{NOTE_WORD} {sentences(number * 100 + count, 1)[0]}" if count % 3 == 1 else ""
            kind = "quote" if count == 4 else "p"
            if count == 7:
                kind, note = "verse", ""
                text = "\n".join(line.rstrip(".?!")[:40] + "," for line in sentences(count, 5))
            if count % 5 == 2:
                text = f"“{text[:-1]},” she said—“{rng.choice(['no', 'yes'])}!”"
            items.append((kind, text, note))
        book.append((f"Chapter {number + 1}", items))
    return book


def truth_of(book):
    return "\n\n".join(text for _, items in book for _, text, _ in items)


def notes_of(book):
    return [note for _, items in book for _, _, note in items if note]


def escape(text):
    return html.escape(text, quote=False)


def write_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            archive.writestr(name, content)
    return path


CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" '
    'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
    'full-path="{}" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html '
    'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head>'
    "<title>{title}</title></head>{body}</html>"
)


def make_package(parts, nav="", ncx="", guide=""):
    """The package file of `parts` (names), in reading order."""
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(parts)
    )
    if nav:
        items += (
            f'<item id="nav" href="{nav}" properties="nav" media-type="application/xhtml+xml"/>'
        )
    if ncx:
        items += f'<item id="ncx" href="{ncx}" media-type="application/x-dtbncx+xml"/>'
    order = "".join(f'<itemref idref="i{n}"/>' for n in range(len(parts)))
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{TITLE}</dc:title><dc:creator>'
        f"{AUTHOR}</dc:creator></metadata><manifest>{items}</manifest><spine>{order}</spine>"
        f"{guide}</package>"
    )


def make_ncx(entries):
    points = "".join(
        f"<navPoint><navLabel><text>{title}</text></navLabel><content src='{name}'/></navPoint>"
        for name, title in entries
    )
    return f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'


def semantic_epub(path, book):
    """As careful publishers do: epub:type for everything, notes in a part of their own."""
    files, order, notes, number = {}, [], [], 0
    body = '<body epub:type="{}"><section id="{}" epub:type="{}">{}</section></body>'
    front = '<h2 epub:type="title">{}</h2><p>{}</p>'

    def add(name, where, kind, inner):
        files[f"epub/text/{name}.xhtml"] = PAGE.format(
            title=name, body=body.format(where, name, kind, inner)
        )
        order.append(f"text/{name}.xhtml")

    add("titlepage", "frontmatter", "titlepage", f"<h1>{TITLE}</h1><p>{AUTHOR}</p>")
    for kind, title, text in FRONT:
        add(kind, "frontmatter", kind, front.format(title, escape(text)))
    for count, (title, items) in enumerate(book, 1):
        inner = f'<h2 epub:type="title">{title}</h2>'
        for kind, text, note in items:
            mark = ""
            if note:
                number += 1
                mark = f'<a href="endnotes.xhtml#note-{number}" id="noteref-{number}" '
                mark += f'epub:type="noteref">{number}</a>'
                notes.append(
                    f'<li id="note-{number}" epub:type="endnote"><p>{escape(note)} '
                    f'<a href="chapter-{count}.xhtml#noteref-{number}" epub:type="backlink">↩</a>'
                    "</p></li>"
                )
            if kind == "verse":
                rows = "<br/>".join(f"<span>{escape(row)}</span>" for row in text.split("\n"))
                inner += f'<blockquote epub:type="z3998:verse"><p>{rows}</p></blockquote>'
            elif kind == "quote":
                inner += f"<blockquote><p>{escape(text)}{mark}</p></blockquote>"
            else:
                words = text.split(" ", 1)
                page = f'<span epub:type="pagebreak" id="p{number}">{number + 90}</span>'
                inner += f"<p><i>{escape(words[0])}</i> {page}{escape(words[1])}{mark}</p>"
        add(f"chapter-{count}", "bodymatter", "chapter", inner)
    for kind, title, text in BACK:
        inner = f"<h2>{title}</h2>" + (
            f"<ol>{''.join(notes)}</ol>" if not text else f"<p>{text}</p>"
        )
        add(kind, "backmatter", kind, inner)
    links = "".join(f'<li><a href="{name}">{name}</a></li>' for name in order)
    files["epub/toc.xhtml"] = PAGE.format(
        title="toc",
        body=f'<body><nav epub:type="toc"><ol>{links}</ol></nav><nav epub:type="landmarks"><ol><li>'
        '<a href="text/chapter-1.xhtml" epub:type="bodymatter z3998:fiction">Text</a></li></ol>'
        "</nav></body>",
    )
    files["epub/content.opf"] = make_package(order, nav="toc.xhtml")
    files["META-INF/container.xml"] = CONTAINER.format("epub/content.opf")
    return write_zip(path, files)


def calibre_epub(path, book):
    """As converters do: nothing but paragraphs with numbered classes, notes linked both ways."""
    files, order, entries, notes, number = {}, [], [], "", 0
    plain = '<body class="calibre">{}</body>'

    def add(inner, title=""):
        name = f"part{len(order):04}.html"
        files[name] = PAGE.format(title="Unknown", body=plain.format(inner))
        order.append(name)
        if title:
            entries.append((name, title))

    add(f'<p class="calibre_1"><b>{TITLE}</b></p><p class="calibre_1">{AUTHOR}</p>', "Title Page")
    for _, title, text in FRONT:
        add(f'<p class="calibre_2">{title}</p><p class="calibre3">{escape(text)}</p>', title)
    last = f"part{len(FRONT) + len(book) + 1:04}.html"
    for title, items in book:
        inner = f'<p class="calibre_4"><span class="bold">{title}</span></p>'
        for kind, text, note in items:
            mark = ""
            if note:
                number += 1
                mark = f'<a id="filepos{number}"></a><a href="{last}#note{number}"><sup '
                mark += f'class="calibre7">{number}</sup></a>'
                notes += (
                    f'<p class="calibre6" id="note{number}"><a href="part{len(order):04}.html'
                    f'#filepos{number}"><sup>{number}</sup></a> {escape(note)}</p>'
                )
            if kind == "verse":
                rows = '<br class="calibre8"/>'.join(escape(row) for row in text.split("\n"))
                inner += f'<p class="calibre9">{rows}</p>'
            else:
                inner += f'<p class="calibre5">{escape(text)}{mark}</p>'
        add(inner, title)
    for _, title, text in BACK:
        add(f'<p class="calibre_4">{title}</p>' + (notes if not text else f"<p>{text}</p>"), title)
    files["toc.ncx"] = make_ncx(entries)
    files["content.opf"] = make_package(order, ncx="toc.ncx")
    files["META-INF/container.xml"] = CONTAINER.format("content.opf")
    return write_zip(path, files)


def gutenberg_html(book):
    """As Project Gutenberg does: its frame, anchors by name, notes at the end of each chapter."""
    number, links = 0, ""
    inner = f"<h1>{TITLE}</h1><h2>by {AUTHOR}</h2>"
    for _, title, text in FRONT[2:]:
        inner += f"<h2>{title}</h2><p>{escape(text)}</p>"
    for count, (title, _) in enumerate(book, 1):
        links += f'<tr><td><a href="#ch{count}">{title}</a></td><td>{count * 7}</td></tr>'
    inner += f"<h2>CONTENTS</h2><table>{links}</table>"
    for count, (title, items) in enumerate(book, 1):
        inner += f'<h2><a id="ch{count}"></a>{title.upper()}</h2>'
        notes = ""
        for kind, text, note in items:
            mark = ""
            if note:
                number += 1
                mark = f'<a id="FNanchor_{number}"></a><a href="#Footnote_{number}" '
                mark += f'class="fnanchor">[{number}]</a>'
                notes += f'<div class="footnote"><p><a id="Footnote_{number}"></a>'
                notes += f'<a href="#FNanchor_{number}"><span class="label">[{number}]</span></a> '
                notes += f"{escape(note)}</p></div>"
            if kind == "verse":
                rows = "".join(
                    f'<div class="verse indent0">{escape(row)}</div>' for row in text.split("\n")
                )
                inner += f'<div class="poem"><div class="stanza">{rows}</div></div>'
            else:
                page = f'<span class="pagenum"><a id="Page_{number}">[Pg {number}]</a></span>'
                inner += f"<p>{page}{escape(text)}{mark}</p>"
        inner += f'<div class="footnotes">{notes}</div>'
    for _, title, text in BACK[1:]:
        inner += f"<h2>{title}</h2><p>{text}</p>"
    start = "<p>*** START OF THE PROJECT GUTENBERG EBOOK THE MADE-UP VOYAGE ***</p>"
    end = "<p>*** END OF THE PROJECT GUTENBERG EBOOK THE MADE-UP VOYAGE ***</p>"
    rights = "<p>Gutenbergish licence, all rights reserved.</p>"
    return f"<body><p>The {TITLE} ebook.</p>{rights}{start}{inner}{end}{rights}</body>"


def gutenberg_epub(path, book):
    files = {"OEBPS/book.xhtml": PAGE.format(title=TITLE, body=gutenberg_html(book))}
    files["OEBPS/content.opf"] = make_package(["book.xhtml"])
    files["META-INF/container.xml"] = CONTAINER.format("OEBPS/content.opf")
    return write_zip(path, files)


def web_page(path, book):
    page = gutenberg_html(book).replace("<br/>", "<br>").replace("</td>", "").replace("</tr>", "")
    head = f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{TITLE}</title></head>"
    path.write_text(f"{head}{page}</html>", encoding="utf-8")
    return path


def markdown_of(book):
    notes, number = "", 0
    text = f"---\ntitle: {TITLE}\nauthor: {AUTHOR}\n---\n\n"
    for _, title, words in FRONT:
        text += f"# {title}\n\n{words}\n\n"
    for title, items in book:
        text += f"# {title}\n\n"
        for kind, words, note in items:
            mark = ""
            if note:
                number += 1
                mark = f"[^{number}]"
                notes += f"[^{number}]: {note}\n\n"
            if kind == "verse":
                text += words.replace("\n", "  \n") + "\n\n"
            else:
                first, second, rest = words.split(" ", 2)
                text += "> " if kind == "quote" else ""
                text += f"{first} *{second}* {rest}{mark}\n\n"
    for _, title, words in BACK[1:]:
        text += f"# {title}\n\n{words}\n\n"
    return text + notes


def markdown_book(path, book):
    path.write_text(markdown_of(book), encoding="utf-8")
    return path


def wrap(text, width=70):
    import textwrap

    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def plain_text(book):
    """As Project Gutenberg does: wrapped lines, underscores for italics, notes in brackets."""
    number = 0
    text = f"The Project Gutenberg eBook of {TITLE}\n\nGutenbergish licence.\n\n"
    text += f"Title: {TITLE}\n\nAuthor: {AUTHOR}\n\n"
    text += "*** START OF THE PROJECT GUTENBERG EBOOK THE MADE-UP VOYAGE ***\n\n\n\n"
    text += f"Produced by a Typist\n\n\n\n{TITLE.upper()}\n\nby {AUTHOR}\n\n\n\nCONTENTS\n\n"
    text += "".join(f" {title.upper()}.\n" for title, _ in book)
    text += "\n\n\nFOREWORD\n\n" + FRONT[2][2] + "\n"
    for title, items in book:
        text += f"\n\n\n{title.upper()}.\n\n"
        for kind, words, note in items:
            mark = ""
            if note:
                number += 1
                mark = f"[{number}]"
            if kind == "verse":
                text += "\n" + "\n".join("    " + row for row in words.split("\n")) + "\n\n"
            else:
                first, rest = words.split(" ", 1)
                text += "\n" + wrap(f"_{first}_ {rest}{mark}") + "\n"
            if note:
                text += f"\n[Footnote {number}: {wrap(note)}]\n"
    for _, title, words in BACK[1:]:
        text += f"\n\n\n{title.upper()}\n\n{words}\n"
    text += "\n\n*** END OF THE PROJECT GUTENBERG EBOOK THE MADE-UP VOYAGE ***\n\nlicence\n"
    return text


def text_book(path, book):
    path.write_text(plain_text(book), encoding="utf-8")
    return path


def library_epub(path, book):
    """As EbookLib writes it: notes below their chapter, an NCX and a nav in the spine."""
    from ebooklib import epub

    made = epub.EpubBook()
    made.set_title(TITLE)
    made.add_author(AUTHOR)
    pages, number = [], 0

    def add(title, inner):
        page = epub.EpubHtml(title=title, file_name=f"p{len(pages)}.xhtml")
        page.content = f"<h1>{title}</h1>{inner}"
        made.add_item(page)
        pages.append(page)

    for _, title, text in FRONT:
        add(title, f"<p>{escape(text)}</p>")
    for title, items in book:
        inner, notes = "", ""
        for kind, text, note in items:
            mark = ""
            if note:
                number += 1
                mark = f'<sup><a href="#n{number}" id="r{number}">{number}</a></sup>'
                notes += f'<p id="n{number}"><a href="#r{number}">{number}.</a> {escape(note)}</p>'
            rows = "<br/>".join(map(escape, text.split("\n")))
            inner += f'<p class="{kind}">{rows}{mark}</p>'
        add(title, inner + "<hr/>" + notes)
    for _, title, text in BACK[1:]:
        add(title, f"<p>{text}</p>")
    made.toc, made.spine = list(pages), ["nav", *pages]
    made.add_item(epub.EpubNcx())
    made.add_item(epub.EpubNav())
    epub.write_epub(str(path), made)
    return path


def pandoc_book(path, book):
    """As pandoc writes it, from Markdown, in the format of the path's ending."""
    import subprocess

    source = path.with_suffix(".source.md")
    source.write_text(markdown_of(book), encoding="utf-8")
    subprocess.run(["pandoc", "-f", "markdown", "-s", "-o", path, source], check=True)
    source.unlink()
    return path
