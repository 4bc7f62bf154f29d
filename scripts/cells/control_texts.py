import random, re
from pathlib import Path

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[.!?][\"'’”)])\s+")
_NO_PROSE = re.compile(r"^\s|::=|>>>|[=|~^]{3}", re.M)  # indented, grammar, a Python prompt, a table

def prose_paragraphs(text):
    """Return the prose of a reStructuredText page: no code, grammar, lists, tables, headings or markup."""
    plain = re.sub(r"(?<!\w)[*`]+|[*`]+(?!\w)", "", text)
    blocks = [block.strip() for block in re.split(r"\n\s*\n", plain) if not _NO_PROSE.search(block)]
    return [" ".join(block.split()) for block in blocks if len(block.split()) >= 15 and block[-1] in ".!?"]

def cut_passages(paragraphs, words):
    """Return texts of whole sentences, each at least `words` words long, cut one after another."""
    cut, current, size = [], [], 0
    for sentence in (s for paragraph in paragraphs for s in _SENTENCE_END.split(paragraph)):
        current, size = current + [sentence], size + len(sentence.split())
        if size >= words:
            cut.append(" ".join(current))
            current, size = [], 0
    return cut

def other_authors(notebooks, author_key):
    """Return {source: paragraphs}: other authors' books, as their runs left them in the folder `notebooks`, or,
    where there are none, the reference of the Python language, prose that is on every machine."""
    sources = {}
    for path in sorted(Path(notebooks).resolve().glob("*/outputs/*/books/*.txt")):
        if path.parts[-5] != author_key:  # the same book, read for two models, counts once
            sources[f"{path.parts[-5]}, {path.stem}"] = path.read_text(encoding="utf-8").split("\n\n")
    if not sources:
        from pydoc_data.topics import topics
        sources["the Python reference"] = [part for key in sorted(topics) for part in prose_paragraphs(topics[key])]
    return sources

def draw_controls(sources, count, words, seed):
    """Return up to `count` passages {"id", "source", "text", "words"} of `words` words or a few more."""
    pool = sorted({(name, text) for name, parts in sources.items() for text in cut_passages(parts, words)})
    return [{"id": f"control-{number:04d}", "source": source, "text": text, "words": len(text.split())}
            for number, (source, text) in enumerate(random.Random(seed).sample(pool, min(count, len(pool))), 1)]
