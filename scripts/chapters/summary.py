# %% id="summary-imports"
"""Page one: which model answered, what came out, three answers to one question, what is next."""

from chapters.preparation import PLAIN_TEXT, html_table

# %% [markdown] id="summary-page-text"
# #### Page one
# What a reader wants to know first, at the top of the notebook and of its report. It is computed
# last; the report takes its title from here, since only a run knows which model answered.

# %% id="summary-page"
import html
from collections import Counter
from typing import Any

from IPython.display import HTML


def answering_model(model: str, model_key: str, demo: bool) -> str:
    """Return the name of the model that answers: of a demo its small model's."""
    return model.rstrip("/").rpartition("/")[2] if demo else model_key.replace("_", "-")


def stands_in(model_key: str, demo: bool) -> str:
    """Return what to say of a demo's model beside its name, "" for the real one."""
    return f", in a demo that shows no more than that all works, for {model_key}" if demo else ""


def training_facts(books: list[Any], passages: list[Any]) -> dict[str, str]:
    """Return what a training had, {name: fact}: its books, words and passages."""
    words = sum(book["report"]["words_kept"] for book in books)
    splits = {"train": "to train on", "validation": "to watch it", "held_out": "held out"}
    counts = Counter(row["split"] for row in passages)
    parts = ", ".join(f"{counts[split]} {what}" for split, what in splits.items())
    return {
        "Books": ", ".join(book["title"] for book in books),
        "Words of running text": f"{words:,}",
        "Passages": f"{len(passages):,}: {parts}",
    }


def summary_page(
    title: str, told: str, facts: dict[str, str], question: str, answers: dict[str, str], after: str
) -> HTML:
    """Return page one to display: a lead, {name: fact}, the {who: answer} to one question, and
    what comes next; `title` is the report's. All are plain text."""
    items = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(fact)}</dd>" for name, fact in facts.items()
    )
    texts = [html.escape(text.strip() or "(empty)") for text in answers.values()]
    table = html_table([*map(html.escape, answers)], [texts], [100 // len(answers)] * len(answers))
    lines = [
        f'<p class="lead">{html.escape(told)}</p><dl class="facts">{items}</dl>',
        f"<h3>One question, {len(answers)} answers</h3>",
        f'<p class="question">{html.escape(question)}</p>{table}',
        f'<p class="next">{html.escape(after)}</p>',
    ]
    page = f'<div class="summary {PLAIN_TEXT}">{"".join(lines)}</div>'
    return HTML(page, metadata={"title": title})
