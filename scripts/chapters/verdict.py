# %% id="verdict-imports"
"""From figures to words: four questions, answered by fixed rules, and the answers to read."""

from chapters.copying import excerpt, mark_words
from chapters.differences import compare_measure
from chapters.memory import BookText, CopyCounts, where_it_stands
from chapters.preparation import PLAIN_TEXT, html_table, told_difference
from chapters.questions import ranks_by_chance

# %% [markdown] id="verdict-rules-text"
# #### Six questions
# The rules by which figures become words, the same for every author and model. What no interval
# shows is not said.

# %% id="verdict-rules"
import html
from typing import Any, TypedDict

VOICE = ("author_classifier", "burrows_delta", "char_ngrams")  # what does not depend on the subject
BROKEN_SHARE = 0.05  # one broken answer in twenty is more than a reader forgives
LONG_COPY = 2  # a run twice as long as any that the author's unseen text shares with his books ...
LEAST_LONG = 12  # ... and of more words than this: fewer are a turn of phrase


class Finding(TypedDict):
    """One line of a verdict."""

    question: str
    answer: str
    figures: list[str]


def in_figures(row: Any) -> str:
    """Return a difference as text: base → tuned, the author's value, difference and interval."""
    author = "" if row["author"] is None else f" (author {row['author']:.3g})"
    means = f"{row['label']} {row['base']:.3g} → {row['tuned']:.3g}{author}"
    return f"{means}, {told_difference(row)}"


def sounds_like(rows: list[Any]) -> str:
    """Answer "sounds like the author?" from the differences of VOICE."""
    better = sum(row["verdict"] == "better" for row in rows)
    worse = sum(row["verdict"] == "worse" for row in rows)
    if better and worse:
        return "In part: more by some measures, less by others"
    if not better and not worse:
        return "No difference from the base model shown"
    word = "Yes, more" if better else "No, less"
    return f"{word} than the base model, by {better or worse} of {len(rows)} measures"


def fits_question(row: Any, excess: float) -> str:
    """Answer "answers the question?" from the difference of 1 / rank, and the lower end of the
    interval by which the tuned model's is above chance."""
    if excess <= 0:
        return "Not shown: its words fit its questions no better than chance"
    endings = {
        "better": ", better than the base model's",
        "worse": ", but less well than the base model's",
        "no difference shown": "; no difference from the base model shown",
    }
    return "Its words fit the question" + endings[row["verdict"]]


def copies_it(counts: CopyCounts) -> str:
    """Answer "copies?": "Yes" only where there are long runs, and more answers with a run than the
    author's unseen texts have."""
    limit = max(LEAST_LONG, LONG_COPY * max(counts["author_longest"]))
    many, all_of = sum(run > limit for run in counts["longest"]), len(counts["longest"])
    if not many:
        return f"No: none of {all_of} answers has over {limit} words in a row from the books"
    word = "Yes" if counts["low"] > 0 else "In places"
    has = "answer has" if many == 1 else "answers have"
    return f"{word}: {many} of {all_of} {has} over {limit} words in a row from the books"


def remembers(rows: list[Any], measures: list[Any]) -> str:
    """Answer "knows them by heart?" from the differences and measures of what is extractable of
    training and held-out text, in this order; both may be missing."""
    counts = [int(sum(measure["tuned"])) for measure in measures]
    sizes = [len(measure["tuned"]) for measure in measures]
    if not sum(sizes):
        return "Not measured: the texts are too short, or MEMORY_WINDOWS is 0"
    if not sum(counts):
        return f"No: at none of {sum(sizes)} places does it say on as the books do"
    kinds = ("text that it was trained on", "held-out text")
    told = [f"{n} of {size} places of {kind}" for n, size, kind in zip(counts, sizes, kinds)]
    more = any(row["verdict"] == "worse" for row in rows)
    word = "Yes, more than the base model" if more else "In places, not shown to be the training's"
    return f"{word}: {', '.join(told)}"


def broken_it(broken: list[int], base: list[int]) -> str:
    """Answer "broken?" from the tuned and the base model's lists of 0 and 1."""
    word = "No"
    if sum(broken):
        word = "Yes" if sum(broken) >= BROKEN_SHARE * len(broken) else "Seldom"
    counted = f"{int(sum(broken))} of {len(broken)} answers, and {int(sum(base))}"
    return f"{word}: {counted} of the base model's"


# %% [markdown] id="verdict-written-text"
# #### The verdict, written
# Each answer has the figures that it rests on beside it.

# %% id="verdict-written"


def copy_figures(row: Any, measure: Any, counts: CopyCounts) -> list[str]:
    """Return what the answer to "copies?" rests on: shares of texts, words, longest runs."""
    author, tuned = counts["shares"]
    texts = f"{len(counts['longest'])} answers and {len(counts['author_longest'])} passages"
    apart = f"difference {tuned - author:+.3g} [{counts['low']:+.3g}, {counts['high']:+.3g}]"
    runs = [f"{side} {max(measure[side]):.0f} words" for side in ("base", "tuned", "author")]
    return [
        f"With a run of 5 words or more: author {author:.0%}, tuned {tuned:.0%} of the texts "
        f"({texts}, cut alike), {apart}",
        in_figures(row),
        f"Longest run of all: {', '.join(runs)}",
    ]


def write_verdict(
    author: str,
    measures: dict[str, Any],
    differences: list[Any],
    effects: list[Any],
    counts: CopyCounts,
    resamples: int,
    seed: int,
) -> list[Finding]:
    """Return the answers to the six questions, with their figures, of one comparison."""
    row_of = {row["name"]: row for row in differences}
    figures = {name: in_figures(row) for name, row in row_of.items()}
    asked = [value for value in measures["reciprocal_rank"]["tuned"] if value is not None]
    chance = ranks_by_chance(len(asked))[0] if asked else 1.0
    fixed = {"better": "higher"}
    above = compare_measure([chance] * len(asked), asked, fixed, resamples, seed)["low"]
    means = next(row["means"].items() for row in effects if row["name"] == VOICE[0])
    all_four = ", ".join(f"{condition} {mean:.2f}" for condition, mean in means)
    voice = [figures[name] for name in VOICE]
    voice.append(f"Classifier of all four kinds: {all_four}")
    both = f"{row_of[VOICE[0]]['n']} of {len(counts['longest'])} prompts"
    voice.append(f"{both} have no empty answer and count")
    fits = [figures["reciprocal_rank"], figures["first_rank"]]
    fits.append(f"1 / rank by chance: {chance:.2g}; {len(asked)} prompts that no template made")
    copied = copy_figures(row_of["copied_share"], measures["longest_copy"], counts)
    memory = [f"extractable_{name}" for name in ("training", "held_out", "control")]
    memory = [name for name in memory if name in measures]
    own = [name for name in memory if name != "extractable_control"]
    heart = remembers([row_of[name] for name in own], [measures[name] for name in own])
    broken = broken_it(measures["broken"]["tuned"], measures["broken"]["base"])
    said = [
        (f"Sounds like {author}?", sounds_like([row_of[name] for name in VOICE]), voice),
        ("Answers the question?", fits_question(row_of["reciprocal_rank"], above), fits),
        ("Copies the books?", copies_it(counts), copied),
        ("Knows them by heart?", heart, [figures[name] for name in memory]),
        ("Broken?", broken, [figures["broken"], figures["cut_off"]]),
        ("Does it make sense?", "No figure measures that: read the answers", []),
    ]
    return [Finding(question=asked, answer=told, figures=shown) for asked, told, shown in said]


def verdict_table(verdict: list[Finding], title: str) -> str:
    """Return a verdict as HTML."""
    rows = []
    for finding in verdict:
        small = "<br>".join(map(html.escape, finding["figures"]))
        rows.append(
            [html.escape(finding["question"]), f"<b>{html.escape(finding['answer'])}</b>", small]
        )
    table = html_table(["Question", "Answer", "Figures, base → tuned"], rows, [16, 30, 54])
    return f'<h3 class="{PLAIN_TEXT}">{html.escape(title)}</h3>{table}'


# %% [markdown] id="verdict-answers-text"
# #### The answers, to read
# No figure replaces reading. Runs of five or more words from the books are marked where they are no
# idiom; a whole clause is memory. What is broken is said below the answer.

# %% id="verdict-answers"
SHOWN_COPIES = 5


def answers_table(
    prompts: list[Any],
    answers: dict[str, list[str]],
    copies: dict[str, list[Any]],
    ways: dict[str, list[list[str]]],
    own_texts: dict[str, str],
    author: str,
) -> str:
    """Return all answers under the persona prompt as HTML, a row a prompt, copied runs marked;
    `own_texts` has the author's text for the passages that prompts were made of, {id: text}."""
    rows = []
    for number, prompt in enumerate(prompts):
        cells = [html.escape(prompt["question"])]
        for condition in ("base persona", "tuned persona"):
            runs = [(run["start"], run["words"]) for run in copies[condition][number]["runs"]]
            broken = ", ".join(ways[condition][number])
            note = f"<br><i>[{broken}]</i>" if broken else ""
            cells.append(mark_words(answers[condition][number], runs) + note)
        cells.append(html.escape(own_texts.get(prompt["passage_id"], "–")))
        rows.append(cells)
    headings = ["Prompt", "Base model", "Tuned model", f"{html.escape(author)}, held out"]
    return html_table(headings, rows, [16, 28, 28, 28])


def copies_table(
    prompts: list[Any],
    answers: dict[str, list[str]],
    copies: dict[str, list[Any]],
    books: list[BookText],
) -> str:
    """Return the SHOWN_COPIES longest copied runs as HTML, each beside its place in a book."""
    found = []
    for condition in ("tuned persona", "tuned plain", "base persona"):
        for number, copy in enumerate(copies[condition]):
            found += [(copy["runs"][0], condition, number)] if copy["runs"] else []
    rows = []
    for run, condition, number in sorted(found, key=lambda one: -one[0]["words"])[:SHOWN_COPIES]:
        book, size = books[run["source"]], run["words"]
        said, said_first = excerpt(answers[condition][number], run["start"], size)
        read, read_first = excerpt(book["text"], run["place"], size)
        place = html.escape(where_it_stands(book, run["place"]))
        question = html.escape(prompts[number]["question"])
        rows.append(
            [
                f"{size} words<br>{condition}<br>{question}",
                mark_words(said, [(said_first, size)]),
                f"{mark_words(read, [(read_first, size)])}<br><i>{place}</i>",
            ]
        )
    if not rows:
        return "<p>No answer has five words in a row from the books that are no idiom.</p>"
    return html_table(["Run", "Answer", "Book"], rows, [16, 42, 42])
