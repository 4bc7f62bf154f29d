# %% id="summary-imports"
"""Page one: which model answered, what came out, three answers to one question, what is next."""

from chapters.preparation import PLAIN_TEXT, html_table

# %% [markdown] id="summary-page-text"
# #### Page one
# What a reader wants to know first, at the top of the notebook and of its report. It is computed
# last; the report takes its title from here, since only a run knows which model answered.

# %% id="summary-page"
import html
import re
from collections import Counter
from typing import Any

from IPython.display import HTML

SHOWN_WORDS = 120  # of an answer on page one; all of it is further down


def answering_model(model: str, model_key: str, variant: str, demo: bool) -> str:
    """Return the name of the model that answers, of a demo its small model's, and its variant."""
    name = model.rstrip("/").rpartition("/")[2] if demo else model_key.replace("_", "-")
    return f"{name} ({variant})" if variant else name


def stands_in(model_key: str, demo: bool) -> str:
    """Return a sentence for a demo, whose small model answers in another's place, else ""."""
    told = f" This is a demo: it stands in for {model_key} and shows that all works, not how well."
    return told if demo else ""


def clip(text: str) -> str:
    """Return a text's first SHOWN_WORDS words, all in their lines; "(empty)" for no word."""
    start = re.match(rf"\s*(?:\S+\s*){{1,{SHOWN_WORDS}}}", text)
    shown = start[0].strip() if start else "(empty)"
    return f"{shown} …" if start and start.end() < len(text) else shown


def training_facts(books: list[Any], passages: list[Any]) -> dict[str, str]:
    """Return what a training had, {name: fact}: its books, words and passages."""
    titles = [book["title"] for book in books]
    words = sum(book["report"]["words_kept"] for book in books)
    splits = {"train": "to train on", "validation": "to watch it", "held_out": "held out"}
    counts = Counter(row["split"] for row in passages)
    parts = ", ".join(f"{counts[split]} {what}" for split, what in splits.items())
    return {
        "Books": ", ".join(titles[:6]) + (f" and {len(titles) - 6} more" if titles[6:] else ""),
        "Words of running text": f"{words:,}",
        "Passages": f"{len(passages):,}: {parts}",
    }


def summary_page(
    title: str, told: str, facts: dict[str, str], asked: dict[str, dict[str, str]], after: str
) -> HTML:
    """Return page one to display: a lead, {name: fact}, the {who: answer} to each question that was
    asked, and what comes next; `title` is the report's. All are plain text."""
    items = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(fact)}</dd>" for name, fact in facts.items()
    )
    tables = []
    for question, answers in asked.items():
        texts = [html.escape(clip(text)) for text in answers.values()]
        shares = [100 // len(answers)] * len(answers)
        table = html_table([*map(html.escape, answers)], [texts], shares)
        tables.append(f'<p class="question">{html.escape(question)}</p>{table}')
    heading = "One question" if len(asked) == 1 else f"{len(asked)} questions"
    lines = [
        f'<p class="lead">{html.escape(told)}</p><dl class="facts">{items}</dl>',
        f"<h3>{heading}, {sum(map(len, asked.values()))} answers</h3>",
        *tables,
        f'<p class="next">{html.escape(after)}</p>',
    ]
    page = f'<div class="summary {PLAIN_TEXT}">{"".join(lines)}</div>'
    return HTML(page, metadata={"title": title})
