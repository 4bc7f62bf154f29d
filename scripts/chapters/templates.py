# %% id="templates-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="distinctive_phrases-text"
# ### What is this passage about?
# The words that set a passage apart from the rest of the author's text, with the words beside them: *Christian burial* says more than *burial*.

# %% id="distinctive_phrases"
import re
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

COMMON, LONGEST_PHRASE = 0.03, 3  # words in more of the author's paragraphs say little; words in a phrase
TERM = r"\b[^\W\d_][^\W\d_]{2,}(?:-[^\W\d_]+)*\b"

def candidate_phrases(text, weights):
    """Return [(words, weight)]: the runs of up to three words that carry weight, nothing else between them.

    Words in capitals, such as the names before speeches, are passed over; `weights` is {lower-case word: weight}.
    """
    found = []
    for piece in re.split(r"[^\w\s-]|\n", text):
        run = []
        for word in [*re.findall(TERM + r"|\S+", piece), ""]:
            if word.lower() in weights and not word.isupper():
                run.append(word)
                continue
            if 0 < len(run) <= LONGEST_PHRASE:
                found.append((run, sum(weights[each.lower()] for each in run)))
            run = []
    return found

def distinctive_phrases(texts, corpus, most=12):
    """Return for each text up to `most` of its phrases by falling TF-IDF weight in the author's `corpus`, a list of
    paragraphs; no two share a word. What the corpus also writes small is written small."""
    vectorizer = TfidfVectorizer(stop_words="english", token_pattern=TERM).fit(corpus)
    matrix, words = vectorizer.transform(texts).tocsr(), vectorizer.get_feature_names_out()
    rare = vectorizer.idf_ >= min(1 - np.log(COMMON), np.median(vectorizer.idf_))
    made, small = [], {word for text in corpus for word in re.findall(TERM, text) if word.islower()}
    for row, text in zip(matrix, texts):
        phrases, used = [], set()
        weights = {words[i]: weight for i, weight in zip(row.indices, row.data) if rare[i]}
        for run, _ in sorted(candidate_phrases(text, weights), key=lambda one: -one[1]):
            if not used & {word.lower() for word in run} and len(phrases) < most:
                phrases.append(" ".join(word.lower() if word.lower() in small else word for word in run))
                used |= {word.lower() for word in run}
        made.append(phrases)
    return made

# %% [markdown] id="fallback_instructions-text"
# ### When the model finds none
# A template names the chapter and what the passage is about. It is a poor question, so only a quarter of the training passages may end up with one, and the others are left out. In the demo, whose model is too small to write many, all may.

# %% id="fallback_instructions"
import hashlib, re

TEMPLATES = {"question": "What can you say about {}{}?", "brief": "Tell me about {}{}.", "topic": "Write about {}{}."}
NAMED = 3  # phrases in a template; more where two passages would get the same one

def plain_chapter(chapter):
    """Return a chapter's title as one would say it: "ACT V: SCENE I A hall." is "Act V: Scene I A hall"."""
    return re.sub(r"\b(?![IVXLC]+\b)[A-Z]{2,}\b", lambda word: word[0].title(), chapter.strip()).rstrip(".")

def template_instructions(passages, phrases, kind_of):
    """Return {id: instruction} of the passages' chapters and `phrases`, a list for each; all are different."""
    made = {}
    for passage, own in zip(passages, phrases, strict=True):
        where = f", as in “{plain_chapter(passage['chapter'])}”" if passage["chapter"] else ""
        for count in range(min(NAMED, len(own)), len(own) + 1):
            listed = ", ".join(own[:count - 1]) + " and " * (count > 1) + "".join(own[count - 1:count])
            made[passage["id"]] = TEMPLATES[kind_of(passage["id"])].format(listed or "this", where)
            if list(made.values()).count(made[passage["id"]]) == 1:
                break
    return made

def capped_templates(passages, written, most):
    """Return the passages without so many training ones that at most the share `most` of them need a template.

    A hash of the id decides which ones stay; validation and held-out passages all do.
    """
    training = [p["id"] for p in passages if p["split"] == "train"]
    by_hash = sorted(training, key=lambda key: hashlib.sha256(key.encode()).digest())
    without = [key for key in by_hash if key not in written]
    room = int(most / (1 - most) * (len(training) - len(without))) if most < 1 else len(without)
    left_out = set(without[room:])
    return [p for p in passages if p["id"] not in left_out]

# %% [markdown] id="add_instructions-text"
# ### Passages with instructions
# `INSTRUCTIONS = "rotating"` gives eight fixed requests in turn that say nothing about the passage. It is there to compare with: a model trained so has no reason to heed the question.

# %% id="add_instructions"
import pandas
from IPython.display import display

ROTATING = ("Explain this concept in detail.", "Share your thoughts on this.", "What is your view of this?",
            "Tell me more about this topic.", "Continue.", "Write in your own style.", "Describe what this means.",
            "Go deeper into this idea.")
MOST_TEMPLATES = {False: 0.25, True: 1}  # share of the training passages kept; the demo's small model fails at most

def add_instructions(passages, written, templates, kind_of):
    """Return the passages with their instruction, its source and kind: the model's, else the template."""
    return [{**p, "instruction": written.get(p["id"]) or templates[p["id"]],
             "instruction_source": "model" if p["id"] in written else "template",
             "instruction_kind": kind_of(p["id"])} for p in passages]

def rotating_instructions(passages, kind_of):
    """Return the passages with the eight contentless instructions in turn: the scheme to compare with."""
    return [{**p, "instruction": ROTATING[i % len(ROTATING)], "instruction_source": "rotating",
             "instruction_kind": kind_of(p["id"])} for i, p in enumerate(passages)]

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         if INSTRUCTIONS not in ("model", "rotating"):
# MAIN             raise ValueError(f"INSTRUCTIONS is {INSTRUCTIONS!r}: set it to 'model' or 'rotating'.")
# MAIN     before = len(passages)
# MAIN     if INSTRUCTIONS == "model":
# MAIN         passages = capped_templates(passages, instructions, MOST_TEMPLATES[DEMO_RUN])
# MAIN         corpus = [paragraph["text"] for book in books for paragraph in book["paragraphs"]]
# MAIN         phrases = distinctive_phrases([p["text"] for p in passages], corpus)
# MAIN         templates = template_instructions(passages, phrases, kind_of)
# MAIN         passages = add_instructions(passages, instructions, templates, kind_of)
# MAIN     else:
# MAIN         passages = rotating_instructions(passages, kind_of)
# MAIN     print(f"{before - len(passages)} training passages left out, for too many had a template.")
# MAIN     sources = pandas.DataFrame(passages)[["split", "instruction_source"]].value_counts().unstack(fill_value=0)
# MAIN     display(sources.rename_axis(index="passages", columns="instruction from"))
# MAIN

# %% [markdown] id="show_instructions-text"
# ### Read some pairs
# No filter replaces reading. If these instructions do not fit their passages, the fine-tuned model will not fit its answers to questions.

# %% id="show_instructions"
import random
import pandas
from IPython.display import display

PAIRS = 20

def instruction_pairs(passages, count, seed):
    """Return a table of `count` random passages: id, how the instruction was made, it, the passage's start."""
    chosen = random.Random(seed).sample(passages, min(count, len(passages)))
    return pandas.DataFrame([{
        "passage": p["id"], "made by": p["instruction_source"], "instruction": p["instruction"],
        "starts": " ".join(p["text"].split()[:40]) + " …"} for p in chosen])

# MAIN if __name__ == "__main__":
# MAIN     display(text_table(instruction_pairs(passages, PAIRS, SEED)))
# MAIN
