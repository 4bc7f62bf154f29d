"""What a reader would call a book, and which copy is better."""

import pytest

from chapters.quality import drop_copies, title_case, usable_title
from typesetter import prose


@pytest.mark.parametrize(
    "declared, title",
    [
        ("MANSFIELD PARK", "Mansfield Park"),
        ("henry iv, part ii", "Henry IV, Part II"),
        ("The Portrait of a Lady", "The Portrait of a Lady"),
        ("The Project Gutenberg eBook of Emma, by Jane Austen", "Emma"),
        ("Microsoft Word - draft.doc", ""),
        ("untitled", ""),
        ("book_final_v2", ""),
        ("Layout 1", ""),
    ],
)
def test_titles_as_readers_write_them(declared, title):
    assert title_case(usable_title(declared)) == title


def made(stem, suffix, clean=1.0, title="A Book", text="", uses=("body",)):
    return {
        "stem": stem,
        "path": f"{stem}{suffix}",
        "title": title,
        "paragraphs": [{"text": text or " ".join(prose(3))}],
        "report": {"clean": clean, "page_uses": list(uses), "words_kept": 300},
    }


@pytest.mark.parametrize(
    "books, kept",
    [
        ([made("a", ".pdf"), made("b", ".epub")], "b.epub"),
        ([made("a", ".txt"), made("b", ".docx")], "b.docx"),
        ([made("a", ".epub", clean=0.95), made("b", ".pdf")], "b.pdf"),
        ([made("a", ".pdf", uses=["body", "image"]), made("b", ".pdf")], "b.pdf"),
    ],
)
def test_the_better_copy_is_kept_and_said(books, kept):
    left, told = drop_copies(books)
    assert [book["path"] for book in left] == [kept]
    assert told == [
        f"{books[0]['path'] if books[0]['path'] != kept else books[1]['path']} is the same book as "
        f"{kept} (100% of the text is alike, and {kept} is used)."
    ]


def test_different_books_of_one_title_or_one_name():
    other = " ".join(prose(9))
    left, told = drop_copies([made("a", ".pdf"), made("b", ".pdf", text=other)])
    assert [book["title"] for book in left] == ["A Book (a)", "A Book (b)"] and not told
    left, told = drop_copies([made("a", ".pdf"), made("a", ".txt", text=other)])
    wanted = "a.pdf is named like a.txt but for its ending: give it another name."
    assert len(left) == 1 and told == [wanted]


def test_a_copy_of_the_third_of_many_books_is_found():
    texts = [" ".join(f"w{number}x{n}" for n in range(60)) for number in range(5)]
    books = [made(f"b{number}", ".epub", text=text) for number, text in enumerate(texts)]
    half = texts[2].split()[:45] + texts[3].split()[:30]
    left, told = drop_copies([*books, made("copy", ".txt", text=" ".join(half))])
    assert [book["stem"] for book in left] == ["b0", "b1", "b2", "b3", "b4"]
    assert told == [
        "copy.txt is the same book as b2.epub (72% of the text is alike, and b2.epub is used)."
    ]
