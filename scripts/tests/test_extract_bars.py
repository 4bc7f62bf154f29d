"""How good the text is, on the sample's plays and, where they are there, on books with a known text."""
from pathlib import Path

import pytest
from extraction import extract, f1, text_of, words_of

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "books"
BOOKS = sorted(SHARED.glob("*.pdf")) if SHARED.exists() else []


@pytest.mark.parametrize("play", ["Hamlet", "Macbeth", "Romeo and Juliet", "Much Ado About Nothing"])
def test_sample_play(play):
    path = ROOT / "Books" / "WilliamShakespeare" / f"{play}.pdf"
    if not path.exists():
        pytest.skip("the sample is not made: uv run scripts/prepare_sample.py --books")
    prepare = pytest.importorskip("prepare_sample")
    try:
        truth = prepare.truth_text(play)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    book = extract(path)
    assert f1(truth, text_of(book)) >= 0.998
    same = {paragraph["text"] for paragraph in book["paragraphs"]} & set(truth.strip().split("\n\n"))
    assert len(same) > 0.75 * len(book["paragraphs"])  # speeches are whole, in their printed lines


@pytest.mark.skipif(not BOOKS, reason="no books with a known text beside the repository")
@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_book_with_known_text(path):
    from rapidfuzz.distance import LCSseq
    truth, found = words_of(path.with_suffix(".truth.txt").read_text()), words_of(text_of(extract(path)))
    common = LCSseq.similarity(truth, found)
    assert 2 * common / (len(truth) + len(found)) >= 0.997 and common / len(truth) >= 0.998
    assert common / len(found) >= 0.999  # nothing of the notes, the index, the foreword and so on
