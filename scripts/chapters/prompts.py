# %% id="prompts-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="read_passages-text"
# ### Read the passages
# The passages that the model was trained on, and the held-out ones that it has never seen. The held-out text is the scale for everything below: no model need be more like the author than the author's own other pages are.

# %% id="read_passages"
import json
from pathlib import Path

def read_passages(path):
    """Return the rows of a `passages.jsonl` as dicts, in the file's order.

    Raises FileNotFoundError if there is none, ValueError for a line that is no passage or if a split is empty.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run this author's and model's FineTuning notebook first.")
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(json.loads(line))
            sound = rows[-1]["id"] and rows[-1]["split"] and isinstance(rows[-1]["text"], str)
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            raise ValueError(f"{path}, line {number}, is not a passage: run the FineTuning notebook again.")
    for split, name in (("train", "training"), ("held_out", "held-out")):
        if not any(row["split"] == split for row in rows):
            raise ValueError(f"{path} has no {name} passages: raise HELD_OUT or MAX_PASSAGES in the FineTuning "
                             "notebook and run it again.")
    return rows

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         passages = read_passages(OUT_DIR / "passages.jsonl")
# MAIN     training = [row for row in passages if row["split"] == "train"]
# MAIN     held_out = [row for row in passages if row["split"] == "held_out"]
# MAIN     training_texts = [row["text"] for row in training]
# MAIN     for name, rows in (("training", training), ("held-out", held_out)):
# MAIN         print(f"{len(rows)} {name} passages, {sum(len(row['text'].split()) for row in rows):,} words")
# MAIN     print(f"\nThe first held-out passage, {held_out[0]['id']}:\n{held_out[0]['text'][:400]} …")
# MAIN

# %% [markdown] id="control_texts-text"
# ### Find text by other authors
# Training on one author should make the model better at *this* author. A control tells whether it simply got better (or worse) at all English: books of other authors whose notebooks were run here, or else the reference of the Python language, which is on every machine.

# %% id="control_texts"
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

# %% [markdown] id="read_control-text"
# ### Draw the control passages
# As many as there are held-out passages and of the same length, so that the two can be set side by side.

# %% id="read_control"
import statistics

# MAIN if __name__ == "__main__":
# MAIN     control_words = round(statistics.mean(len(row["text"].split()) for row in held_out))
# MAIN     control = draw_controls(other_authors("..", AUTHOR_KEY), len(held_out), control_words, SEED)
# MAIN     print(f"{len(control)} control passages of {statistics.mean(row['words'] for row in control):.0f} words on "
# MAIN           f"average, from {', '.join(sorted({row['source'] for row in control}))}.")
# MAIN     print(f"\nThe first one:\n{control[0]['text'][:300]} …")
# MAIN

# %% [markdown] id="make_prompts-text"
# ### Write the prompts
# Everything below rests on these questions: each theme of the parameters cell, and the instructions of held-out passages, to which the author's own passage is the answer. Base and tuned model get exactly the same ones.

# %% id="make_prompts"
import random

# Questions that fit any noun phrase; a theme is asked in as many ways as N_PROMPTS needs.
QUESTIONS = """What do you think about {}?|What do most people get wrong about {}?|Why does {} matter in a life?
What would you tell a young person about {}?|Tell me a story that shows something true about {}.
What has your own experience taught you about {}?|How would you explain {} to a stranger?|What is hardest about {}?
Where do you see {} in the world around you?|Is {} a blessing or a curse?|When did you first think about {}?
What would a world without {} be like?""".replace("\n", "|").split("|")

def make_prompts(passages, themes, count, seed):
    """Return `count` different prompts {"id", "question", "source", "passage_id"}, the same for equal arguments.

    Every theme is asked once; then come instructions of (held-out) `passages`, drawn with `seed`; where they are
    too few, the themes are asked in further ways. Raises ValueError where all of them are fewer than `count`.
    """
    seen, asked, further, written = set(), [], [], []
    def new(question):
        key = " ".join(question.casefold().split()).rstrip("?.! ")
        return bool(key) and key not in seen and not seen.add(key)
    for way in range(len(QUESTIONS)):
        for number, theme in enumerate(themes):  # neighbours are asked in different ways
            question = QUESTIONS[(way + number) % len(QUESTIONS)].format(theme)
            if new(question):
                (further if way else asked).append((question, "theme", None))
    for row in random.Random(seed).sample(passages, len(passages)):
        if new(row.get("instruction") or ""):
            written.append((" ".join(row["instruction"].split()), "held_out", row["id"]))
    chosen = [*asked, *written, *further][:count]
    if len(chosen) < count:
        raise ValueError(f"N_PROMPTS is {count}, but {len(themes)} themes and {len(written)} instructions of "
                         f"held-out passages give only {len(chosen)} prompts: add THEMES or lower N_PROMPTS.")
    return [{"id": f"prompt-{number:03d}", "question": question, "source": source, "passage_id": passage_id}
            for number, (question, source, passage_id) in enumerate(chosen, 1)]

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         prompts = make_prompts(held_out, THEMES, N_PROMPTS, SEED)
# MAIN     print(f"{len(prompts)} prompts, {sum(row['source'] == 'held_out' for row in prompts)} from held-out passages:",
# MAIN           *(row["question"] for row in prompts[::8]), sep="\n  ")
# MAIN
