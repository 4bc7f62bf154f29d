# %% id="verdict-imports"
"""From figures to words: four questions, answered by fixed rules, and the answers to read."""

from chapters.copying import excerpt, mark_words
from chapters.differences import compare_measure
from chapters.preparation import PLAIN_TEXT, html_table, in_brackets
from chapters.questions import ranks_by_chance
from chapters.words import words_of

# %% [markdown] id="verdict-rules-text"
# #### Four questions
# The rules by which figures become words, the same for every author and model. What no interval
# shows is not said.

# %% id="verdict-rules"
import html
from typing import Any, TypedDict

VOICE = ("author_classifier", "burrows_delta", "char_ngrams")  # what does not depend on the subject
BROKEN_SHARE = 0.05  # one broken answer in twenty is more than a reader forgives
LONG_COPY = 2  # a run twice as long as any that the author's unseen text shares with the training


class Finding(TypedDict):
    """One line of a verdict."""

    question: str
    answer: str
    figures: list[str]


def in_figures(row: Any) -> str:
    """Return a difference as text: base → tuned, the author's value, difference and interval."""
    author = "" if row["author"] is None else f" (author {row['author']:.3g})"
    means = f"{row['label']} {row['base']:.3g} → {row['tuned']:.3g}{author}"
    return f"{means}, difference {in_brackets(row)}"


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


def copies_it(longest: list[float], author_longest: list[float], excess: float) -> str:
    """Answer "copies?" from the longest runs (words) of the answers and of the author's unseen
    text, and the lower end of the interval by which the answers copy more than that text."""
    limit = LONG_COPY * max(author_longest)
    many = sum(run > limit for run in longest)
    word = "In places" if many else "No"
    if excess > 0:
        word = "Yes"
    counted = f"{many} of {len(longest)} answers"
    return f"{word}: {counted} have over {limit:.0f} words in a row from the books"


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


def write_verdict(
    author: str,
    measures: dict[str, Any],
    differences: list[Any],
    effects: list[Any],
    resamples: int,
    seed: int,
) -> list[Finding]:
    """Return the answers to the four questions, with their figures, of one comparison."""
    row_of, longest = {row["name"]: row for row in differences}, measures["longest_copy"]
    figures = {name: in_figures(row) for name, row in row_of.items()}
    count, chance = len(longest["tuned"]), ranks_by_chance(len(longest["tuned"]))[0]

    def above(name: str, value: float) -> float:  # by how much at least the tuned mean is above
        tuned = measures[name]["tuned"]
        return compare_measure([value] * count, tuned, {"better": "higher"}, resamples, seed)["low"]

    means = next(row["means"].items() for row in effects if row["name"] == VOICE[0])
    all_four = ", ".join(f"{condition} {mean:.2f}" for condition, mean in means)
    runs = [f"{side} {max(longest[side]):.0f} words" for side in ("base", "tuned", "author")]
    voice = [figures[name] for name in VOICE]
    voice.append(f"Classifier of all four kinds: {all_four}")
    voice.append(f"{row_of[VOICE[0]]['n']} of {count} prompts have no empty answer and count")
    fits = fits_question(row_of["reciprocal_rank"], above("reciprocal_rank", chance))
    by_chance = f"1 / rank by chance: {chance:.2g}"
    excess = above("copied_share", row_of["copied_share"]["author"])
    copied = copies_it(longest["tuned"], longest["author"], excess)
    longest_runs = f"Longest run of all: {', '.join(runs)}"
    broken = broken_it(measures["broken"]["tuned"], measures["broken"]["base"])
    said = [
        (f"Sounds like {author}?", sounds_like([row_of[name] for name in VOICE]), voice),
        (
            "Answers the question?",
            fits,
            [figures["reciprocal_rank"], figures["first_rank"], by_chance],
        ),
        ("Copies the books?", copied, [figures["copied_share"], longest_runs]),
        ("Broken?", broken, [figures["broken"], figures["cut_off"]]),
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
# No figure replaces reading. Runs of five or more words from the training text are marked; five or
# six words in a row are mostly idiom, a whole clause is memory. What is broken is said below the
# answer.

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
    training: list[Any],
    joined: list[Any],
) -> str:
    """Return the SHOWN_COPIES longest copied runs as HTML, each beside its place in the book;
    `joined` is what `join_passages` made of the `training` passages."""
    found = []
    for condition in ("tuned persona", "tuned plain", "base persona"):
        for number, copy in enumerate(copies[condition]):
            found += [(copy["runs"][0], condition, number)] if copy["runs"] else []
    rows = []
    for run, condition, number in sorted(found, key=lambda one: -one[0]["words"])[:SHOWN_COPIES]:
        passage, first = joined[run["source"]]["origin"][run["place"]]
        source = training[passage]
        words = min(run["words"], len(words_of(source["text"])) - first)  # the rest is in the next
        said, said_first = excerpt(answers[condition][number], run["start"], run["words"])
        book, book_first = excerpt(source["text"], first, words)
        begin, end = source["pages"]
        pages = f"page {begin}" if begin == end else f"pages {begin}–{end}"
        title = source.get("title") or source["book"]
        place = ", ".join(filter(None, [title, source["chapter"], pages]))
        question = html.escape(prompts[number]["question"])
        rows.append(
            [
                f"{run['words']} words<br>{condition}<br>{question}",
                mark_words(said, [(said_first, run["words"])]),
                f"{mark_words(book, [(book_first, words)])}<br><i>{html.escape(place)}</i>",
            ]
        )
    if not rows:
        return "<p>No answer has five words in a row from the training text.</p>"
    return html_table(["Run", "Answer", "Book"], rows, [16, 42, 42])
