"""An executed notebook as one page to read, and `NoteBooks/index.html`, the page of all of them.

The notebook stays in the order of its story. The page begins with what its steps tagged `summary`
show, then those tagged `answers`, then every step that shows a figure or a table, with its prose;
parameters, what was only printed, and code stand behind folds. Whatever a notebook holds is text
here: HTML of a cell keeps a few harmless tags and no style, and the page's own policy admits no
script, style or address but what the templates themselves bring.
"""

import base64
import hashlib
import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

import bleach
import jinja2
import mistune
import nbformat
from markupsafe import Markup
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

import build_notebooks
from chapters.locks import free_lock, hold_lock
from chapters.reading import MAX_JSON, parse_json, read_bounded
from chapters.storage import write_whole

TAGS = (
    "a b blockquote br caption code dd details div dl dt em h2 h3 h4 h5 h6 hr i li mark ol p pre "
    "s small span strong sub summary sup table tbody td th thead tr u ul"
).split()
ATTRIBUTES = {
    "*": ["class"],
    "a": ["href"],
    "td": ["colspan", "rowspan", "width", "data-label"],
    "th": ["colspan", "rowspan", "width", "scope"],
}
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
SHOWS = ("image/png", "image/jpeg", "text/html", "text/markdown")  # the richest first


# ---- Everything that comes from a notebook, made harmless


def safe_html(text: str) -> Markup:
    """Return a cell's HTML with the tags and attributes of a text alone."""
    text = re.sub(r"(?is)<(style|script|template)\b.*?(</\1\s*>|$)", "", text)  # not shown as text
    return Markup(bleach.clean(text, TAGS, ATTRIBUTES, {"http", "https"}, strip=True))


def plain(text: str) -> str:
    """Return printed text without the codes that colour a terminal, and other control signs."""
    text = ANSI.sub("", text.replace("\r\n", "\n"))
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)


def markdown(text: str) -> Markup:
    """Return Markdown as HTML; HTML in it is text."""
    return safe_html(str(mistune.create_markdown(escape=True, plugins=["table"])(text)))


def coloured(code: str) -> Markup:
    """Return Python code as HTML with its keywords, strings and comments marked."""
    return Markup(highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)))


def digest(text: str) -> str:
    """Return the name by which a page's policy admits one script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def render(template: str, **values: Any) -> str:
    """Return a page made of one of our templates; what is put in is escaped."""
    folder = jinja2.FileSystemLoader(build_notebooks.ROOT / "scripts")
    known = jinja2.Environment(loader=folder, autoescape=True)
    known.trim_blocks = known.lstrip_blocks = True
    tools = {"digest": digest, "markdown": markdown, "coloured": coloured}
    tools["lines"] = lambda code: len(code.splitlines())
    known.filters.update(tools)
    return known.get_template(template).render(**values)


# ---- The steps of a notebook


class Step(TypedDict):
    """A heading of a notebook with all until the next; or the cells of a chapter."""

    id: str
    chapter: str
    level: int
    title: str
    prose: Markup
    code: list[str]
    shown: list[dict[str, Any]]  # figures and tables
    printed: str
    failed: str
    tags: set[str]


def chapter_of(cell: NotebookNode) -> str:
    """Return the chapter that a cell was built from, "" for a step or a reader's own cell."""
    tags = cell.metadata.get("tags", [])
    return next((tag.removeprefix("shared:") for tag in tags if tag.startswith("shared:")), "")


def shown_output(output: NotebookNode) -> dict[str, Any] | None:
    """Return what a page shows of an output: {"image", "alt", "width"}, {"html"} or None."""
    data = output.get("data", {})
    kind = next((kind for kind in SHOWS if data.get(kind)), "")
    if kind.startswith("image/"):
        about = output.get("metadata", {}).get(kind, {})
        address = f"data:{kind};base64,{''.join(data[kind].split())}"
        width = about.get("width")
        alt = str(about.get("alt") or "A figure without a description.")
        return {"image": address, "alt": alt, "width": width if type(width) is int else None}
    if kind:
        page = safe_html(data[kind]) if kind == "text/html" else markdown(data[kind])
        wide = "<table" in page and 'class="texts' not in page
        return {"html": page, "wide": wide, "texts": 'class="texts' in page}
    return None


def printed_output(output: NotebookNode) -> str:
    """Return what an output printed: a stream, an error's traceback, or plain text."""
    if output.output_type == "stream":
        return plain(output.text)
    if output.output_type == "error":
        return plain("\n".join(output.traceback)) + "\n"
    data = output.get("data", {})
    if "application/vnd.jupyter.widget-view+json" in data:
        return ""  # a progress bar, as it stood at its beginning
    told = data.get("text/plain", "")
    return "" if any(map(data.get, SHOWS)) or told.startswith("<") else plain(told) + "\n"


def new_step(number: int, cell: NotebookNode) -> Step:
    """Return the step that begins with a cell, without what the cell itself shows."""
    chapter = chapter_of(cell)
    source = "" if chapter or cell.cell_type != "markdown" else cell.source
    head = re.match(r"(#+) +(.*)\n*", source)
    title = re.sub(r"\\(\W)|`", r"\1", head[2]) if head else chapter or cell.get("id", "")
    prose = markdown(source[head.end() :] if head else source)
    level, place = len(head[1]) if head else 3, f"step-{number}"
    return Step(
        id=place,
        chapter=chapter,
        level=level,
        title=title,
        prose=prose,
        code=[],
        shown=[],
        printed="",
        failed="",
        tags=set(),
    )


def add_code(step: Step, cell: NotebookNode) -> None:
    """Put a code cell, with what it shows and prints, into its step."""
    step["code"].append(cell.source)
    step["tags"] |= set(cell.metadata.get("tags", []))
    for output in cell.get("outputs", []):
        if shown := shown_output(output):
            step["shown"].append(shown)
        else:
            step["printed"] += printed_output(output)
        if output.output_type == "error":
            kind = "" if output.ename == "Mistake" else f"{output.ename}: "
            step["failed"] = plain(kind + output.evalue)


def read_steps(notebook: NotebookNode) -> list[Step]:
    """Return the steps of a notebook in order; the cells of a chapter are one step."""
    steps: list[Step] = []
    for number, cell in enumerate(notebook.cells):
        heading = cell.cell_type == "markdown" and not chapter_of(cell)
        if heading or not steps or steps[-1]["chapter"] != chapter_of(cell):
            steps.append(new_step(number, cell))
        if cell.cell_type == "code":
            add_code(steps[-1], cell)
    return steps


# ---- The report


def clock(seconds: float) -> str:
    """Return seconds as hours, minutes and seconds."""
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def times_of(cell: NotebookNode) -> dict[str, datetime]:
    """Return when what happened to an executed cell, by the names of the kernel's messages."""
    told = cell.metadata.get("execution", {})
    return {name: datetime.fromisoformat(told[name].replace("Z", "+00:00")) for name in told}


def run_of(notebook: NotebookNode) -> dict[str, str]:
    """Return the "status", "date" and "time" taken of an executed notebook, by its cells."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    stamps = [stamp for cell in code for stamp in times_of(cell).values()]
    errors = [out.ename for cell in code for out in cell.outputs if out.output_type == "error"]
    status = "finished" if all(cell.get("execution_count") for cell in code) else "not finished"
    if errors:
        status = "interrupted" if "KeyboardInterrupt" in errors else "failed"
    if not stamps:
        return {"status": status, "date": "", "time": ""}
    taken = clock((max(stamps) - min(stamps)).total_seconds())
    return {"status": status, "date": f"{max(stamps):%Y-%m-%d %H:%M} UTC", "time": taken}


def report_title(notebook: NotebookNode, steps: list[Step]) -> str:
    """Return the title that the run itself gave, which knows the model, else the notebook's."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            title = output.get("metadata", {}).get("text/html", {}).get("title")
            if isinstance(title, str):
                return title
    return steps[0]["title"]


def parts_of(steps: list[Step]) -> list[dict[str, Any]]:
    """Return {"part": step, "steps": those of it that show a figure or a table} where there are."""
    parts: list[dict[str, Any]] = []
    for step in steps:
        if step["level"] <= 2 or not parts:
            parts.append({"part": step, "steps": []})
        if step["shown"]:
            parts[-1]["steps"].append(step)
    return [part for part in parts if part["steps"]]


def html_page(notebook: NotebookNode, name: str) -> str:
    """Return the report of an executed notebook as a page that needs no other file."""
    steps = read_steps(notebook) or [new_step(0, nbformat.v4.new_markdown_cell(f"# {name}"))]
    lifted = {
        tag: [step for step in steps if tag in step["tags"]]
        for tag in ("summary", "answers", "parameters")
    }
    apart = [step["id"] for group in lifted.values() for step in group]
    story = [step for step in steps[1:] if not step["chapter"] and step["id"] not in apart]
    failed = next((step for step in steps if step["failed"]), None)
    return render(
        "report.html.j2",
        name=name,
        title=report_title(notebook, steps),
        lead=steps[0]["prose"],
        run=run_of(notebook),
        failed=failed,
        parts=parts_of(story),
        printed=[step for step in story if step["printed"].strip()],
        steps=[step for step in steps if step["code"]],
        **lifted,
    )


# ---- The index of all reports


def read_plain(path: Path) -> dict[str, Any]:
    """Return what a JSON file holds, {} where there is none or it is no JSON object."""
    try:
        value = parse_json(read_bounded(path, MAX_JSON), MAX_JSON)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def thumbnail(folder: Path) -> str:
    """Return the address of a small picture of a run: its differences, else its loss, or ""."""
    from PIL import Image  # not sooner: only an index needs it

    for name in ("differences.png", "loss_curve.png"):
        try:
            with Image.open(folder / name) as picture:
                picture.thumbnail((640, 480))
                data = io.BytesIO()
                picture.convert("P", palette=Image.Palette.ADAPTIVE).save(data, "PNG")
        except OSError:
            continue
        return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
    return ""


def notebook_entry(path: Path, root: Path) -> dict[str, Any]:
    """Return what the index says of a notebook: its kind, addresses, and how its run went."""
    executed, page = (path.with_name(f"{path.stem}_executed{end}") for end in (".ipynb", ".html"))
    run = {"status": "not run yet", "date": "", "time": ""}
    if executed.exists():
        try:
            run = run_of(nbformat.read(executed, as_version=4))
        except Exception:  # damaged in whatever way
            run = {**run, "status": "its report is damaged"}
    report = page.relative_to(root).as_posix() if page.exists() else ""
    kind = build_notebooks.kind_of(path)
    return {"kind": kind, "notebook": path.relative_to(root).as_posix(), "report": report, **run}


def variant_entry(folder: Path, root: Path) -> dict[str, Any]:
    """Return what the index says of a folder of results: verdict, picture, what lies in it."""
    trained = read_plain(folder / "adapter/training.json")
    compared = read_plain(folder / "comparison.json")
    findings = [one for one in compared.get("verdict", []) if isinstance(one, dict)]
    told = [f"{one.get('question', '')} {one.get('answer', '')}." for one in findings]
    if not told and trained:
        told = [f"Trained on {trained.get('date', '')}, not compared yet."]
    author, (model, _, run) = folder.parents[1], folder.name.removesuffix("-demo").partition("-")
    links = {"the adapter": folder / "adapter", "the blind test": folder / "blind_test.html"}
    for kind in build_notebooks.KINDS if run else ():
        page = f"{model}_{author.name}_{kind}_{run}_executed.html"
        links[f"its {kind} report"] = author / page
    there = {
        words: path.relative_to(root).as_posix() for words, path in links.items() if path.exists()
    }
    return {"name": folder.name, "told": told, "picture": thumbnail(folder), "links": there}


def author_name(path: Path) -> str:
    """Return the author as a notebook's parameters have it, or the folder's name."""
    try:
        cell = build_notebooks.parameters_cell(nbformat.read(path, as_version=4))
        return str(build_notebooks.parameters(cell.source)["AUTHOR"])
    except Exception:  # a notebook that a reader is still mending
        return path.parent.name


def author_entry(folder: Path, paths: list[Path], root: Path) -> dict[str, Any]:
    """Return what the index says of an author: each model with its notebooks and results."""
    models: dict[str, dict[str, Any]] = {}
    for path in paths:
        model = path.stem.split(f"_{folder.name}_")[0]
        entry = models.setdefault(model, {"notebooks": [], "variants": []})
        entry["notebooks"].append(notebook_entry(path, root))
    for out in sorted(path.parents[1] for path in folder.glob("outputs/*/adapter/training.json")):
        known = [model for model in models if f"{out.name}-".startswith(f"{model}-")]
        model = max(known, key=len, default=out.name)
        entry = models.setdefault(model, {"notebooks": [], "variants": []})
        entry["variants"].append(variant_entry(out, root))
    first = dict(sorted(models.items(), key=lambda one: not one[1]["variants"]))  # with results
    trained = any(entry["variants"] for entry in models.values())
    named = {"key": folder.name, "name": author_name(paths[0])}
    return {**named, "models": first, "trained": trained}


def write_index(root: Path) -> None:
    """Write `root`/index.html, the page of all authors, models and reports below it.

    One process at a time: of two notebooks that end together, the one that writes last has seen
    both. Raises Mistake if it cannot be written.
    """
    lock = hold_lock(root / ".index.lock", f"{root / 'index.html'}", patience=300)
    try:
        folders: dict[Path, list[Path]] = {}
        kinds, everything = build_notebooks.KINDS, build_notebooks.notebook_paths(root.parent)
        named = [path for path in everything if path.stem.rpartition("_")[2] in kinds]
        for path in sorted(named, key=lambda path: kinds.index(build_notebooks.kind_of(path))):
            folders.setdefault(path.parent, []).append(path)
        authors = [author_entry(folder, folders[folder], root) for folder in sorted(folders)]
        authors.sort(key=lambda author: not author["trained"])
        write_whole(root / "index.html", render("index.html.j2", title="Reports", authors=authors))
    finally:
        free_lock(lock)
