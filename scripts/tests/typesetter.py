"""What the extraction tests share: a typesetter for small made-up books, and the text found."""

import random
from typing import Any

import pymupdf

FONTS = {"roman": "tiro", "italic": "tiit", "bold": "tibo"}


def sentences(seed, count):
    """`count` made-up sentences; the same seed gives the same ones."""
    rng = random.Random(seed)
    syllables = "ba ce di fo gu la me ni po ru sa te vi wo zu tra bel mor sin".split()
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(400)]
    made = (" ".join(rng.choices(words, k=rng.randint(6, 18))) for _ in range(count))
    return [line.capitalize() + rng.choice([".", ".", ".", "?", "!"]) for line in made]


def prose(seed, paragraphs=6, length=5):
    """Made-up paragraphs of `length` sentences each."""
    lines = sentences(seed, paragraphs * length)
    return [" ".join(lines[at : at + length]) for at in range(0, len(lines), length)]


def set_lines(text, width, size, indent=0, face="roman"):
    """Break a paragraph into lines that fit `width` points, the first less `indent`."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pymupdf.get_text_length(longer, FONTS[face], size) > width - (
            0 if lines else indent
        ):
            lines.append(line)
            longer = word
        line = longer
    return lines + [line]


class Typesetter:
    """Sets a book on pages of 360 x 540 points: chapters, paragraphs, notes, heads and folios."""

    def __init__(self, size=10, columns=1, head=None, folio="foot", first_folio=1, roman=0):
        self.document, self.size, self.columns = pymupdf.open(), size, columns
        self.head, self.folio, self.first_folio, self.roman = head, folio, first_folio, roman
        self.leading, self.left, self.top, self.bottom = 1.25 * size, 50, 70, 480
        self.width = (260 - 18 * (columns - 1)) / columns
        self.page: Any = None
        self.notes, self.y = [], 0

    def new_page(self, furniture=True):
        self.finish_page()
        self.page = self.document.new_page(width=360, height=540)
        self.column, self.y, self.floor, number = 0, self.top, self.bottom, len(self.document)
        printed = (
            ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"][number - 1]
            if number <= self.roman
            else str(number - self.roman + self.first_folio - 1)
        )
        if furniture and self.head:
            self.put(
                150,
                40,
                self.head(number) if callable(self.head) else self.head,
                0.9 * self.size,
                "italic",
            )
        if furniture and self.folio:
            self.put(176, 520 if self.folio == "foot" else 40, printed, 0.9 * self.size)

    def finish_page(self):
        for y, line in self.notes:
            self.put(self.left, y, line, 0.75 * self.size)
        self.notes = []

    def put(self, x, y, text, size=None, face="roman"):
        self.page.insert_text((x, y), text, fontsize=size or self.size, fontname=FONTS[face])

    def step(self, height):
        if self.page is None or self.y + height > self.floor:
            if self.page is not None and self.column + 1 < self.columns:
                self.column, self.y = self.column + 1, self.column_top
            else:
                self.new_page()
                self.column_top = self.y
        self.y += height

    def chapter(self, title, new_page=True, size=None):
        if new_page:
            self.new_page()
        self.y += 30
        self.put(self.left, self.y, title, size or 1.6 * self.size, "bold")
        self.y += 20
        self.column_top = self.y

    def paragraph(self, text, note=None, indent=12, size=None, margin=0, gap=0):
        lines = set_lines(text, self.width - 2 * margin, size or self.size, indent)
        self.y += gap
        for number, line in enumerate(lines):
            self.step(self.leading)
            x = self.left + margin + self.column * (self.width + 18)
            shift = indent if number == 0 else 0
            self.put(x + shift, self.y, line, size)
            if note and number == len(lines) - 1:
                end = x + shift + pymupdf.get_text_length(line, FONTS["roman"], size or self.size)
                self.put(end, self.y - 3.5, note.split()[0], 0.65 * self.size)
                self.floor -= 0.9 * self.size
                self.notes = [(y - 0.9 * self.size, kept) for y, kept in self.notes] + [
                    (self.bottom + 14, note)
                ]
        self.y += gap

    def save(self, path):
        self.finish_page()
        self.document.save(path)
        return path


def set_chapters(setter, chapters=4, paragraphs=9, title="Chapter {}", notes=False, **look):
    """Set made-up chapters and return the paragraphs that an extraction should give."""
    truth = []
    for chapter in range(chapters):
        setter.chapter(title.format(chapter + 1), **look)
        for number, text in enumerate(prose(100 + chapter, paragraphs)):
            note = (
                f"{number} Editorial: {sentences(chapter + number, 1)[0]}"
                if notes and number % 4 == 1
                else None
            )
            setter.paragraph(text, note=note)
            truth.append(text)
    return truth


def text_of(book):
    return "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"])


def paragraphs_of(book):
    return [paragraph["text"] for paragraph in book["paragraphs"]]


def sound_book(path):
    """Save a book of a few pages, three chapters of prose."""
    setter = Typesetter()
    for chapter in range(3):
        setter.chapter(f"Chapter {chapter + 1}")
        for text in prose(chapter, 8):
            setter.paragraph(text)
    return setter.save(path)
