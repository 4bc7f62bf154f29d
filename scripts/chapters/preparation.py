# %% id="preparation-imports"
"""What every step leans on: plain sentences for mistakes, progress, tables, figures, profile."""

# %% [markdown] id="preparation-tools-text"
# #### Tools of every step
# A mistake that you can put right is told in one sentence, without a traceback. Long work shows how
# much time is left. A figure is saved together with a description of what it shows.

# %% id="preparation-tools"
import html
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from IPython.display import HTML, DisplayHandle, Image, display


def one_line(text: Any) -> str:
    """Return text without what steers a screen: line ends, escape codes, marks of direction."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text))


class Mistake(ValueError):
    """Something the reader can put right; Jupyter shows its sentence alone."""

    def _render_traceback_(self) -> list[str]:  # IPython's hook for exceptions that draw themselves
        return [f"\x1b[1;31m{one_line(self)}\x1b[0m"]


def clock(seconds: float) -> str:
    """Return seconds as minutes and seconds: 75 -> "1:15"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def progress(items: Iterable[Any], label: str | None, total: int | None = None) -> Iterator[Any]:
    """Yield `items`, keeping one line up to date: count, elapsed time, time left at the mean pace.

    Without a label nothing is shown. `total` is needed where `items` has no length.
    """
    if label is None:
        yield from items
        return
    label = one_line(label)
    count = len(items) if total is None else total  # ty: ignore[invalid-argument-type]
    start = shown = time.time()
    handle = DisplayHandle()
    handle.display({"text/plain": f"{label}: 0/{count}"}, raw=True)
    for done, item in enumerate(items, 1):
        yield item
        spent = time.time() - start
        if time.time() - shown > 0.5:  # not faster than an eye reads
            shown, left = time.time(), spent / done * (count - done)
            line = f"{label}: {done}/{count}, {clock(spent)} elapsed, {clock(left)} left"
            handle.update({"text/plain": line}, raw=True)
    handle.update(
        {"text/plain": f"{label}: {count}/{count} in {clock(time.time() - start)}"}, raw=True
    )


def show_figure(fig: Any, path: Path, alt: str) -> None:
    """Save `fig` as PNG and show it with `alt` as its alternative text, sharp on dense screens."""
    from matplotlib import pyplot, text  # not sooner: half a second

    for label in fig.findobj(text.Text):
        label.set_parse_math(False)  # a title with two dollars is no formula
    fig.savefig(path, dpi=200, bbox_inches="tight")
    pyplot.close(fig)  # else Jupyter would draw it a second time
    display(Image(filename=str(path), alt=one_line(alt), retina=True))  # at half its pixels


# %% [markdown] id="preparation-tables-text"
# #### Tables and numbers, as text
# What a book, a model, a parameter or a file is called is text wherever it is shown: escaped, so
# that a page can't take it for its own markup, and passed over by MathJax, which makes formulas of
# what stands between two dollars.

# %% id="preparation-tables"
PLAIN_TEXT = "tex2jax_ignore mathjax_ignore"  # classes that keep MathJax away


def html_table(headings: list[str], rows: list[list[str]], widths: list[int] | None = None) -> str:
    """Return an HTML table; headings and cells are HTML already. With `widths`, the columns' shares
    in percent, it is one of long texts, whose lines are kept."""
    style = "text-align:left;vertical-align:top;padding:6px;border-bottom:1px solid #999"
    kind, share = "data", [""] * len(headings)
    if widths:
        kind, style = "texts", f"{style};white-space:pre-wrap"
        share = [f' width="{width}%"' for width in widths]
    heads = [
        f'<th scope="col" style="{style}"{wide}>{cell}</th>'
        for cell, wide in zip(headings, share, strict=True)
    ]
    lines = [
        "".join(
            f'<td data-label="{heading}" style="{style}"{wide}>{cell}</td>'
            for heading, cell, wide in zip(headings, row, share, strict=True)
        )
        for row in rows
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    head = f"<thead><tr>{''.join(heads)}</tr></thead>"
    return f'<table class="{kind} {PLAIN_TEXT}">{head}<tbody>{body}</tbody></table>'


def side_by_side(questions: list[str], columns: dict[str, list[str]]) -> str:
    """Return an HTML table: a row a question, a column for each {heading: an answer to each}."""
    rows = [list(map(html.escape, row)) for row in zip(questions, *columns.values(), strict=True)]
    headings = ["Question", *map(html.escape, columns)]
    return html_table(headings, rows, [100 // len(headings)] * len(headings))


def text_table(frame: Any) -> HTML:
    """Return a data frame to display: read from the left, no row numbers, one decimal; escaped."""
    rows = [
        [html.escape(f"{cell:.1f}" if isinstance(cell, float) else str(cell)) for cell in row]
        for row in frame.itertuples(index=False, name=None)
    ]
    return HTML(html_table([html.escape(str(name)) for name in frame.columns], rows))


def in_brackets(row: Any) -> str:
    """Return a difference and its interval as text: "+0.12 [+0.01, +0.23]"."""
    return f"{row['difference']:+.3g} [{row['low']:+.3g}, {row['high']:+.3g}]"


def told_difference(row: Any) -> str:
    """Return what of a difference is judged, as text with its interval: the change, or where
    nearness counts, how far both means are from the author's."""
    if row["better"] == "nearer" and row["author"] is not None:
        base, tuned = (abs(row[side] - row["author"]) for side in ("base", "tuned"))
        return f"distance {base:.3g} → {tuned:.3g}: {in_brackets(row)}"
    return f"difference {in_brackets(row)}"


def short_number(value: float | None) -> str:
    """Return a number in three digits, "" for None."""
    return "" if value is None else f"{value:.3g}"


# %% [markdown] id="preparation-profile-text"
# #### Profile and folders
# With a CUDA GPU a notebook uses the real 4-bit model; without one it runs as a demo, with a small
# real model and the values in `DEMO`.

# %% id="preparation-profile"
NOTEBOOK_VERSION = "0.2.0"  # of this collection: pyproject.toml has the same


def choose_profile(profile: str, has_cuda: bool) -> str:
    """Return "gpu" or "demo" for PROFILE. Raises Mistake for another value or a missing GPU."""
    if profile not in ("auto", "gpu", "demo"):
        raise Mistake(
            f"PROFILE is {profile!r}: set it to 'auto', 'gpu' or 'demo' in the parameters cell."
        )
    if profile == "gpu" and not has_cuda:
        raise Mistake(
            "PROFILE is 'gpu' but PyTorch sees no CUDA GPU: check `nvidia-smi`, "
            "or set PROFILE = 'demo'."
        )
    if profile == "auto":
        return "gpu" if has_cuda else "demo"
    return profile


def find_model(model: str) -> str:
    """Return `model`, a hub name or a model's folder. Raises Mistake for a folder without one."""
    if model.startswith((".", "/")) and not Path(model, "config.json").exists():
        raise Mistake(
            f"There is no model in {model}: `uv run scripts/sample/prepare_sample.py` makes the "
            "demo's; for another give a folder that holds config.json, or a name on the model hub."
        )
    return model


# The key of an author, a model or a variant becomes a folder's name
KEY_PATTERN = "[A-Za-z0-9_]{1,100}"


def check_key(name: str, key: str) -> None:
    """Raise Mistake if the parameter `name` holds no plain folder's name."""
    if not re.fullmatch(KEY_PATTERN, key):
        raise Mistake(
            f"{name} is {key[:60]!r}: a folder's name is needed, of up to 100 letters a to z, "
            "digits and underscores; set it in the parameters cell."
        )


def make_folders(
    author_key: str, model_key: str, variant: str, demo: bool
) -> tuple[Path, Path, Path]:
    """Return the folders of books, results and cache, a demo's and a variant's its own; makes the
    last two.
    Raises Mistake for a key that is more than a folder's name, and if they cannot be made."""
    check_key("AUTHOR_KEY", author_key)
    check_key("MODEL_KEY", model_key)
    check_key("RUN", variant or "none")
    if variant == "demo":
        raise Mistake("RUN is 'demo', which names what runs without a GPU: choose another name.")
    run = "-".join(filter(None, (model_key, variant, "demo" if demo else "")))
    out, cache = Path("outputs", run), Path("../../comparison_cache", author_key, run)
    for folder in (out, cache):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = f"The folder {folder} cannot be made ({error.strerror})"
            raise Mistake(f"{told}: mend that and run this cell again.") from None
    return Path("../../Books", author_key), out, cache
