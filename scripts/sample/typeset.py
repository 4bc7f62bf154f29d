"""Sets a play as a book, from Items to a PDF: lines, pages, notes, front matter, index.

Text carries light markup: _italic_, *bold*, ~small capitals~, ^12 for the mark of note 12.
Lengths are points. The same input gives the same bytes.
"""

import functools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import pymupdf

# Roman, italic and bold: PyMuPDF's built-in Times, or fonts that matplotlib brings along.
FAMILIES = {
    "times": ("tiro", "tiit", "tibo"),
    "stix": ("STIXGeneral.ttf", "STIXGeneralItalic.ttf", "STIXGeneralBol.ttf"),
    "dejavu": ("DejaVuSerif.ttf", "DejaVuSerif-Italic.ttf", "DejaVuSerif-Bold.ttf"),
}

PLACES = """Arragon Birnam Cawdor Cyprus Denmark Dunsinane Elsinore England Fife Florence
Forres France Germany Glamis Inverness Ireland Mantua Messina Norway Padua Poland Rome Scotland
Venice Verona Vienna Wittenberg""".split()
INNER, OUTER, TOP, BOTTOM = 54, 48, 62, 60  # margins
NOTE_SIZE, NOTE_RULE = 0.8, 9  # of the text size; white above the first footnote, where its rule is
CREATOR = "prepare_sample.py"  # in every PDF, so that a reader's own file is told from it
DATE = "D:20240101000000Z"  # of every PDF: the clock must not change its bytes


@dataclass
class Row:
    """A printed line: runs of (x, rise, text, face, size), and what the page maker must know."""

    runs: list
    height: float
    notes: list  # numbers of the notes marked in it
    space: float = 0  # white above it, but not at the top of a page
    below: float = 0  # and below it
    keep: bool = False  # no page break after it
    fresh: bool = False  # begins a page
    marks: tuple = ()  # (kind, text) for running heads, contents and index


def tokens(markup):
    """[(space before?, [(text, style)])]: the pieces between which a line may break."""
    found, spaced = [], True
    for run in re.split(r"(_[^_]+_|\*[^*]+\*|~[^~]+~)", markup):
        style = {"_": "i", "*": "b", "~": "sc"}.get(run[:1], "r")
        for part in re.findall(r"\s+|[^\s—-]*[—-]+|[^\s—-]+", run if style == "r" else run[1:-1]):
            if part.isspace():
                spaced = True
                continue
            texts = re.split(r"\^(\d+)", part)
            pieces = [(text, "sup" if k % 2 else style) for k, text in enumerate(texts) if text]
            if spaced or found[-1][1][-1][0][-1] in "—-":
                found.append((spaced, pieces))
            else:
                found[-1][1].extend(pieces)
            spaced = False
    return found


def break_points(word):
    """Where a word may be divided: after a usual beginning, before a usual ending, and before the
    consonant or cluster that begins a syllable. A rule of thumb, unlike any dictionary's."""
    match = re.fullmatch(r"[“‘(\[]*([a-z]{6,})[^a-z]*", word)
    if not match:
        return []
    start, letters = match.start(1), match[1]
    beginning = re.match(
        r"(?:dis|mis|some|there|here|where|whore|fore|over|under|after)(?=[a-z]{4})", letters
    )
    ending = re.search(
        r"(?:(?:(?<![bcdfgkpt]l)ing|ness|ment|less|ful|ship|ward|self)s?|[st]ions?|ly)$", letters
    )
    first, last, points = (
        beginning.end() if beginning else 0,
        len(letters),
        [beginning.end()] if beginning else [],
    )
    if ending and re.search("[aeiouy]", letters[: ending.start()]):
        cut = ending.start()
        doubled = re.search(r"([^aeiouls])\1$", letters[:cut]) is not None  # run-ning, but tell-ing
        points, last = [*points, cut - doubled], cut - 2
    for found in re.finditer(r"(?=[aeiouy]([^aeiouy]{1,3})[aeiouy])", letters[:last]):
        onset = re.search(r"(?:[cpgtws]h|[bcdfgpt]r|[bcdfgkpst]l|[ts]w|wr|qu|.)$", found[1])
        if onset and found.start() >= first:
            points.append(found.start() + 1 + onset.start())
    return sorted(
        {
            start + p
            for p in points
            if 2 <= p <= len(letters) - 3
            and re.search("[aeiouy]", re.sub(r"e[ds]?$", "", letters[p:]))
        }
    )  # a silent e is no syllable


def load_font(name):
    if not name.endswith(".ttf"):
        return pymupdf.Font(name)
    import matplotlib  # not sooner: slow to import

    return pymupdf.Font(fontfile=str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)))


class Setter:
    """Sets markup as rows in one book's type."""

    def __init__(self, book):
        self.book = book
        self.faces = {style: load_font(name) for style, name in zip("rib", FAMILIES[book.family])}
        self.advance = functools.cache(lambda face, char: self.faces[face].glyph_advance(ord(char)))

    def glyphs(self, pieces, size):
        """[(text, face, size, rise, width)] of a token's pieces."""
        found = []
        for text, style in pieces:
            if style == "sc" and not re.fullmatch(r"[IVX]+\.?", text):
                parts = [(text[0].upper(), "r", size, 0), (text[1:].upper(), "r", size * 0.8, 0)]
            elif style == "sup":
                parts = [(text, "r", size * 0.62, size * 0.34)]
            else:
                parts = [(text, "r" if style == "sc" else style, size, 0)]
            for text, face, size_, rise in parts:
                if self.book.ligatures and face != "b":
                    text = text.replace("fi", "ﬁ").replace("fl", "ﬂ")
                found.append(
                    (
                        text,
                        face,
                        size_,
                        rise,
                        size_ * sum(self.advance(face, char) for char in text),
                    )
                )
        return found

    def rows(self, markup, width, size=None, align="justify", indents=(0,), leading=None, **first):
        """Rows of a paragraph; `indents` of the first, second … line, the last for all after.

        Further arguments (space, fresh, marks) belong to the first row.
        """
        size = size or self.book.size
        leading = leading or self.book.leading * size / self.book.size
        blank, todo = size * self.advance("r", " "), tokens(markup)[::-1]
        rows, line, used = [], [], 0.0
        while todo:
            indent = indents[min(len(rows), len(indents) - 1)]
            spaced, pieces = todo.pop()
            gap, glyphs = blank if spaced and line else 0, self.glyphs(pieces, size)
            wide = sum(glyph[-1] for glyph in glyphs)
            left = width - indent - used
            if gap + wide <= left or not line:
                line.append((gap, glyphs))
                used += gap + wide
                if todo:
                    continue
            else:
                head, tail = [], pieces
                if align == "justify" and left > 0.04 * size * len(
                    line
                ):  # loose enough to be worth a division
                    head, tail = self.divide(pieces, size, left - gap) if spaced else ([], pieces)
                if head:
                    line.append((gap, self.glyphs(head, size)))
                    used += gap + sum(glyph[-1] for glyph in line[-1][1])
                todo.append((not head and spaced, tail))
            rows.append(
                self.place(line, width - indent - used, indent, align, leading, last=not todo)
            )
            line, used = [], 0.0
        for name, value in first.items():
            setattr(rows[0], name, value)
        if (
            len(rows) > 1
        ):  # neither the first nor the last line of a paragraph stands alone on a page
            rows[0].keep = rows[-2].keep = True
        return rows

    def divide(self, pieces, size, room):
        (text, style), *rest = pieces
        if text.endswith("-"):  # a compound is divided at its own hyphen only
            return [], pieces
        for point in reversed(break_points(text)):
            head = [(text[:point] + "-", style)]
            if sum(glyph[-1] for glyph in self.glyphs(head, size)) <= room:
                return head, [(text[point:], style), *rest]
        return [], pieces

    @staticmethod
    def place(line, slack, indent, align, leading, last):
        gaps = sum(gap > 0 for gap, _ in line)
        extra = slack / gaps if align == "justify" and gaps and not last else 0
        x, runs, notes = indent + {"center": slack / 2, "right": slack}.get(align, 0), [], []
        for gap, glyphs in line:
            # the space is really there, as in most PDFs; what justifies the line comes on top of it
            if gap:
                runs[-1][2] += " "
                x += gap + extra
            for text, face, size, rise, wide in glyphs:
                notes += [int(text)] if rise else []
                if runs and not extra and runs[-1][1] == rise and runs[-1][3:] == [face, size]:
                    runs[-1][2] += text
                else:
                    runs.append([x, rise, text, face, size])
                x += wide
        return Row(runs, leading, notes)


# ---- Pages


@dataclass
class Page:
    """Rows at (x, y) of the text block, footnotes, and what stands around them."""

    rows: list = field(default_factory=list)
    used: float = 0
    feet: list = field(default_factory=list)
    head: str = ""
    folio: str = ""
    opening: bool = False  # of an act or section: no running head

    @property
    def marks(self):
        return [mark for _, _, row in self.rows for mark in row.marks]


def paginate(rows, height, footnotes=None):
    """Pages of rows, those kept together on one page with the footnotes that they mark."""
    pages, group = [], []
    for row in rows:
        group.append(row)
        if row.keep and row is not rows[-1]:
            continue
        feet = [
            foot
            for kept in group
            for number in kept.notes
            for foot in (footnotes or {}).get(number, ())
        ]
        tall = sum(kept.space + kept.height + kept.below for kept in group)
        tall += sum(foot.height for foot in feet + (pages[-1].feet if pages else [])) + NOTE_RULE
        if not pages or group[0].fresh or pages[-1].used + tall > height:
            pages.append(Page(opening=group[0].fresh))
        page = pages[-1]
        for kept in group:
            page.used += kept.space if page.rows or kept.fresh else 0
            page.rows.append((0, page.used, kept))
            page.used += kept.height + kept.below
        page.feet += feet
        group = []
    return pages


def in_columns(pages, shift):
    """Each two narrow pages side by side on one, the second moved right by `shift`."""
    for left, right in zip_longest(pages[::2], pages[1::2], fillvalue=Page()):
        left.rows += [(shift, y, row) for _, y, row in right.rows]
    return pages[::2]


def roman(number):
    digits = ""
    for value, letters in ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        digits += letters * (number // value)
        number %= value
    return digits


def page_ranges(numbers):
    """[3, 4, 5, 9] as "3–5, 9"."""
    ranges = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}–{last}" if last > first else str(first) for first, last in ranges)


# ---- The parts of a book


class Maker(Setter):
    """Makes one book; `width` and `height` are the text block's."""

    def __init__(self, book):
        super().__init__(book)
        self.width, self.height = book.page[0] - INNER - OUTER, book.page[1] - TOP - BOTTOM

    def heading(self, markup, marks=()):
        size = self.book.size * 1.6
        return self.rows(
            markup,
            self.width,
            size,
            "center",
            space=self.height * 0.1,
            below=self.book.leading,
            fresh=True,
            keep=True,
            marks=marks or [("section", markup)],
        )

    def prose(self, paragraphs, heading):
        rows = self.heading(heading)
        for k, text in enumerate(paragraphs):
            rows += self.rows(text, self.width, indents=(self.book.size * 1.4 * (k > 0), 0))
        return rows

    def body(self, items):
        rows, opening = [], False
        for item in items:
            if item.kind == "act":
                rows += self.heading(item.text, marks=[("act", item.text)])
                opening = True
            elif item.kind == "scene":
                number, _, place = item.text.partition(". ")
                space = 1.5 * self.book.leading * (not rows[-1].fresh)
                rows += self.rows(
                    f"~{number}~",
                    self.width,
                    align="center",
                    space=space,
                    keep=True,
                    marks=[("scene", item.text)],
                )
                rows += (
                    self.rows(f"_{place}_", self.width, align="center", keep=True) if place else []
                )
                rows[-1].below = 0.4 * self.book.leading
            elif item.kind == "direction":
                scene_just_opened = rows[-1].keep
                rows += self.direction(item.text)
                rows[-1].keep = scene_just_opened
            else:
                rows += self.speech(item, self.book.drop_capital and opening)
                opening = False
        return rows

    def direction(self, text):
        markup, space = f"_{text}_", self.book.leading * 0.3
        if re.match(r"(Exit|Exeunt|Dies|Retires)\b", text) and len(text) < 40:
            return self.rows(markup, self.width, align="right", space=space)
        if self.book.run_in:
            return self.rows(markup, self.width, align="left", indents=(24,), space=space)
        rows = self.rows(markup, self.width - 24, align="center", space=space)
        for run in (run for row in rows for run in row.runs):
            run[0] += 12
        return rows

    def speech(self, item, drop_capital):
        book, lines, name_rows, rows = self.book, list(item.lines), [], []
        turned, cap = 2 * book.size, ""
        indent = book.size if book.run_in or book.head == "outer" else 0
        space = book.leading * (0.25 if book.run_in else 0.4)
        marks = [("Speakers", name.title()) for name in item.text.split(" & ") if name]
        name = (
            ("~%s~" if book.small_caps else "*%s*") % (item.text + "." * book.run_in)
            if item.text
            else ""
        )
        if name and book.run_in:
            lines[0] = f"{name} {lines[0]}"
        elif name:
            align = "left" if book.head == "outer" else "center"
            name_rows = self.rows(
                name, self.width, align=align, space=space, keep=True, marks=marks
            )
        if (
            drop_capital and (len(lines) > 1 or len(lines[0]) > 70) and lines[0][0].isalpha()
        ):  # two lines at least
            cap, lines[0] = lines[0][0], lines[0][1:]
            cap_size = (book.leading + 0.7 * book.size) / 0.73
            cap_wide = cap_size * self.advance("r", cap) + 2
        for k, line in enumerate(lines):
            first = 0 if name and book.run_in and k == 0 else indent
            first, second = (
                (first + cap_wide, indent + cap_wide) if cap and k < 2 else (first, indent)
            )
            if item.prose:
                rows += self.rows(line, self.width, indents=(first, second, indent))
            else:
                rows += self.rows(line, self.width, align="left", indents=(first, indent + turned))
        if cap:
            rows[0].runs.insert(0, [indent, -book.leading, cap, "r", cap_size])
        if not name_rows:
            rows[0].space, rows[0].marks = space, marks
        if len(rows) > 1:
            rows[0].keep = rows[-2].keep = True
        return name_rows + rows

    def front(self, body, texts):
        """Title, copyright, contents, persons and the editor's note, as rows."""
        book, width = self.book, self.width

        def line(markup, size, space=0, **more):
            return self.rows(markup, width, size, "center", space=space, **more)

        rows = line("William Shakespeare", 14, self.height * 0.14, fresh=True)
        rows += line(book.title if book.small_caps else f"*{book.title}*", 27, 30)
        rows += line("_Edited, with notes and an index_", 11, 26)
        rows += line("~The Sample Library~", 11, self.height * 0.42)
        small, copyright_rows = book.size * 0.85, []
        for text in texts["copyright"]:
            copyright_rows += self.rows(text, width, small, "left", space=8)
        copyright_rows[0].space, copyright_rows[0].fresh = self.height * 0.5, True
        rows += copyright_rows
        rows += self.heading("Contents") + self.entry(
            "_A Note on the Text_", texts["note_folio"], 0
        )
        for page in body:
            for kind, text in page.marks:
                if kind in ("act", "scene"):
                    number, dot, place = text.partition(". ")
                    rows += self.entry(
                        f"{number}. _{place}_" if dot else text, page.folio, 14 * (kind == "scene")
                    )
        for section, folio in texts["back_folios"].items():
            rows += self.entry(f"_{section}_", folio, 0)
        rows += self.heading("The Persons of the Play")
        for name in dict.fromkeys(
            text for page in body for kind, text in page.marks if kind == "Speakers"
        ):
            rows += self.rows(
                f"~{name}~" if book.small_caps else name, width, small, "left", indents=(36,)
            )
        return rows + self.prose(texts["note"], "A Note on the Text")

    def entry(self, markup, folio, indent):
        """A line of the contents: text, dots, page number."""
        size = self.book.size * 0.85
        rows = self.rows(markup, self.width - 30, size, align="left", indents=(indent, indent + 14))
        end = rows[-1].runs[-1]
        start = end[0] + end[4] * sum(self.advance(end[3], char) for char in end[2]) + 4
        dots = int(
            (self.width - 24 - start) / (size * (self.advance("r", ".") + self.advance("r", " ")))
        )
        number = self.rows(folio, self.width, size, align="right")[0].runs
        rows[-1].runs += ([[start, 0, ". " * dots, "r", size]] if dots > 0 else []) + number
        return rows

    def index(self, body):
        """Two-column pages of who speaks and what is named where."""
        found = {"Speakers": defaultdict(list), "Places": defaultdict(list)}
        for page in body:
            text = " ".join(run[2] for _, _, row in page.rows for run in row.runs)
            places = [("Places", place) for place in PLACES if re.search(rf"\b{place}\b", text)]
            for kind, name in page.marks + places:
                if kind in found:
                    found[kind][name].append(int(page.folio))
        column, size, rows = self.width / 2 - 8, self.book.size * 0.8, []
        for kind, names in found.items():
            rows += self.rows(f"*{kind}*", column, size, "left", space=12, keep=True)
            for name in sorted(names):
                rows += self.rows(
                    f"{name}, {page_ranges(names[name])}", column, size, "left", indents=(0, 12)
                )
        top = self.heading("Index")
        taken = top[0].space + top[0].height + top[0].below
        pages = in_columns(paginate(rows, self.height - taken), self.width / 2 + 8)
        for page in pages:
            page.rows = [(x, y + taken * (page is pages[0]), row) for x, y, row in page.rows]
        pages[0].rows[:0] = [(0, top[0].space, top[0])]
        pages[0].opening = True
        return pages

    def make(self, items, notes, texts, path):
        """Writes the PDF; returns its number of pages."""
        small = self.book.size * NOTE_SIZE
        note_rows = {
            number: self.rows(f"{number}. _{word}_] {gloss}.", self.width, small, indents=(0, 10))
            for _, number, word, gloss in notes
        }
        body = paginate(self.body(items), self.height, None if self.book.endnotes else note_rows)
        back = {
            "Index": self.index(number_pages(body, self.book.title)),
            "About the Author": paginate(
                self.prose(texts["about"], "About the Author"), self.height
            ),
        }
        if self.book.endnotes:
            rows, act = self.heading("Notes"), ""
            for in_act, number, *_ in notes:
                if in_act != act:
                    rows += self.rows(f"~{in_act}~", self.width, align="center", space=9, keep=True)
                rows, act = rows + note_rows[number], in_act
            back = {"Notes": paginate(rows, self.height), **back}
        pages = list(body)
        for section, added in back.items():
            number_pages(added, section, start=len(pages) + 1)
            pages += added
        back_folios = {section: added[0].folio for section, added in back.items()}
        texts = {**texts, "back_folios": back_folios, "note_folio": "i"}
        for _ in range(2):  # the contents name the page of the note, which comes after the contents
            front = paginate(self.front(body, texts), self.height)
            number_pages(
                front, self.book.title, numeral=lambda number: roman(number) if number > 2 else ""
            )
            texts["note_folio"] = [page.folio for page in front if page.opening][-1]
        front += [Page()] * (len(front) % 2)  # page 1 is a right-hand page
        self.draw(front + pages, len(front), path)
        return len(front) + len(pages)

    def draw(self, pages, n_front, path):
        with pymupdf.open() as doc:
            width, height = self.book.page
            for index, page in enumerate(pages):
                self.draw_page(doc.new_page(width=width, height=height), page, recto=index % 2 == 0)
            doc.set_metadata(
                {
                    "title": self.book.title,
                    "author": "William Shakespeare",
                    "creator": CREATOR,
                    "producer": "PyMuPDF",
                    "creationDate": DATE,
                    "modDate": DATE,
                }
            )
            if self.book.outline:
                doc.set_toc(
                    [
                        [1 + (kind == "scene"), text, index]
                        for index, page in enumerate(pages, 1)
                        for kind, text in page.marks
                        if kind in ("act", "scene")
                    ]
                )
                doc.set_page_labels(
                    [
                        {"startpage": 0, "style": "r", "firstpagenum": 1},
                        {"startpage": n_front, "style": "D", "firstpagenum": 1},
                    ]
                )
            doc.save(path, garbage=3, deflate=True, no_new_id=True)

    def draw_page(self, pdf, page, recto):
        left, writer = INNER if recto else OUTER, pymupdf.TextWriter(pdf.rect)

        def put(x, y, row):
            for run_x, rise, text, face, size in row.runs:
                at = left + x + run_x, TOP + y + 0.78 * row.height - rise
                writer.append(at, text, font=self.faces[face], fontsize=size)

        for x, y, row in page.rows:
            put(x, y, row)
        y = self.height - sum(row.height for row in page.feet)
        if page.feet:
            pdf.draw_line((left, TOP + y - 4), (left + 60, TOP + y - 4), width=0.4)
        for row in page.feet:
            put(0, y, row)
            y += row.height
        for y, markup, align in self.furniture(page, "right" if recto else "left"):
            put(0, y, self.rows(markup, self.width, self.book.size * 0.9, align)[0])
            if self.book.head == "rule" and y < 0:
                pdf.draw_line((left, TOP - 12), (left + self.width, TOP - 12), width=0.5)
        writer.write_text(pdf)

    def furniture(self, page, outer):
        """[(y, markup, align)] of running head and folio; none on a blank or unnumbered page."""
        above, below, style = -30, self.height + 14, self.book.head
        if not page.folio or not page.rows:
            return []
        if page.opening:
            return [(below, page.folio, "center")]
        if style == "outer":
            return [(above, f"_{page.head}_", "center"), (above, page.folio, outer)]
        if style == "centre":
            return [(above, f"~{page.head}~", "center"), (below, page.folio, "center")]
        if style == "rule":
            return [(above, f"_{page.head}_", outer), (below, page.folio, outer)]
        both = f"{page.head} | {page.folio}" if outer == "right" else f"{page.folio} | {page.head}"
        return [(below, both, outer)]


def number_pages(pages, head, start=1, numeral=str):
    """Sets folios and running heads: `head` on left pages, the section or scene on right ones."""
    scene, act, section = "", "", head
    for number, page in enumerate(pages, start):
        for kind, text in page.marks if page.opening else ():
            section, act = (
                (text, act) if kind == "section" else (section, text if kind == "act" else act)
            )
        page.folio, page.head = (
            numeral(number),
            (f"{act}. {scene}" if scene else section) if number % 2 else head,
        )
        for kind, text in page.marks:
            scene = text.split(". ")[0] if kind == "scene" else scene
    return pages
