"""Run notebooks headless, one after the other, and keep each as a report.

    uv run scripts/run_notebooks.py                    # the sample author with Qwen3_14B
    uv run scripts/run_notebooks.py JordanPeterson     # all notebooks of an author
    uv run scripts/run_notebooks.py 'NoteBooks/*/GPT_OSS*.ipynb' --set EPOCHS=2
    uv run scripts/run_notebooks.py --list

Each report lies beside its notebook as <name>_executed.ipynb, written after every cell, and .html,
written when the notebook ends, fails or is interrupted: both hold all that was done until then.
FineTuning runs before Comparison and Chat. Exit status: 0 all passed, 1 some failed, 2 wrong
arguments, 130 interrupted.
"""

import argparse
import ast
import glob
import re
import signal
import sys
import time
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat import NotebookNode

import build_notebooks
from chapters.storage import write_whole

ROOT = build_notebooks.ROOT
SAMPLE = "WilliamShakespeare"
TEMPLATE = ROOT / "scripts" / "report.html.j2"


def clock(seconds: float) -> str:
    """Return seconds as hours, minutes and seconds."""
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def shown_path(path: Path) -> Path:
    """Return a path as seen from the repository, if it is inside."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


# ---- What to run, and with which parameters


def find_notebooks(targets: list[str]) -> list[Path]:
    """Return the notebooks that `targets` (authors, paths, globs) name, FineTuning first.

    Raises ValueError if one of them names none.
    """
    everything, found = build_notebooks.notebook_paths(), []
    for target in targets or [f"NoteBooks/{SAMPLE}/Qwen3_14B_*.ipynb"]:
        author = target.replace(" ", "").lower()
        hits = [path for path in everything if path.parent.name.lower() == author]
        if not hits:
            names = [name for base in (Path.cwd(), ROOT) for name in glob.glob(str(base / target))]
            matches = sorted({Path(name).resolve() for name in names if name.endswith(".ipynb")})
            hits = [path for path in matches if not path.stem.endswith("_executed")]
        if not hits:
            authors = ", ".join(sorted({path.parent.name for path in everything}))
            raise ValueError(
                f"No notebook is named by {target!r}: give an author ({authors}), a notebook or a "
                "quoted glob."
            )
        found += [path for path in hits if path not in found]

    def run_order(path: Path) -> tuple:
        kind = build_notebooks.kind_of(path)
        return str(path.parent), build_notebooks.KINDS.index(kind), path.name

    return sorted(found, key=run_order)


def parse_settings(pairs: list[str]) -> dict[str, Any]:
    """Return {name: value} of ["NAME=VALUE", ...]; a VALUE that is no Python literal is a string.

    Raises ValueError without "=" or for a NAME that is none.
    """
    settings = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--set {pair}: write NAME=VALUE, for example --set EPOCHS=2")
        try:
            settings[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            settings[name] = text
    return settings


def checked_settings(settings: dict, known: dict, path: Path) -> dict[str, Any]:
    """Return those `settings` that the parameters `known` have, as the type they have there.

    Raises ValueError for another type.
    """
    mine = {}
    for name, value in settings.items():
        if name not in known:
            continue
        kind = type(known[name])
        if kind is float and type(value) is int:
            value = float(value)
        if known[name] is None:  # "as recommended": any number replaces it
            kind = type(value) if type(value) in (int, float) else float
        if type(value) is not kind:
            raise ValueError(
                f"--set {name}={value!r}: {path.name} has {name} = {known[name]!r}, "
                f"so a value of type {kind.__name__} is needed."
            )
        mine[name] = value
    return mine


def prepare(path: Path, settings: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
    """Return (notebook, its parameters): outputs cleared, a cell with `settings` put in.

    Raises ValueError for a notebook that cannot be run or a wrong setting.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        cell = build_notebooks.parameters_cell(notebook)
        known = build_notebooks.parameters(cell.source)
    except Exception as error:  # whatever is wrong with the file, it can't be run
        sentence = "mend it or take it from the repository again."
        raise ValueError(f"{path}: {error}; {sentence}") from None
    mine = checked_settings(settings, known, path)
    for each in notebook.cells:
        if each.cell_type == "code":
            each.outputs, each.execution_count = [], None
    if mine:
        lines = [f"{name} = {value!r}" for name, value in mine.items()]
        demo = {} if "DEMO" in mine else known.get("DEMO", {})
        if over := {name: value for name, value in mine.items() if name in demo}:
            lines.append(f"DEMO = {{**DEMO, **{over!r}}}")  # a value given by hand wins
        metadata = {"tags": ["injected-parameters"]}
        source = "\n".join(lines)
        injected = nbformat.v4.new_code_cell(source, id="injected-parameters", metadata=metadata)
        notebook.cells.insert(notebook.cells.index(cell) + 1, injected)
    return notebook, known


def prepare_sample(paths: list[Path], settings: dict[str, Any], known: dict[str, Any]) -> None:
    """Make the sample's books and the demo's model where one of the notebooks needs them."""
    books = any(path.parent.name == SAMPLE for path in paths)
    profile = settings.get("PROFILE", known.get("PROFILE"))
    model = "MODEL" not in settings and profile != "gpu"
    if books or model:
        from sample import prepare_sample as sample  # not sooner: slow to import

        if books:
            sample.prepare_books()
        if model:
            import torch

            if profile == "demo" or not torch.cuda.is_available():
                sample.prepare_model()


# ---- Reports


def report_paths(path: Path) -> list[Path]:
    """Return the paths of a notebook's report: the executed notebook and its page."""
    return [path.with_name(f"{path.stem}_executed{suffix}") for suffix in (".ipynb", ".html")]


def has_failed(cell: NotebookNode) -> bool:
    """Tell whether an executed code cell ended in an error."""
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def chapter_of(cell: NotebookNode) -> str:
    """Return the chapter that a cell was built from, "" for a step or a reader's own cell."""
    tags = cell.metadata.get("tags", [])
    return next((tag.removeprefix("shared:") for tag in tags if tag.startswith("shared:")), "")


def html_page(notebook: NotebookNode, title: str) -> str:
    """Return the report as a page. The cells of a chapter stand together behind one fold."""
    for chapter, group in groupby(notebook.cells, key=chapter_of):
        cells = list(group)
        code = [cell for cell in cells if cell.cell_type == "code"]
        fold = {"chapter": chapter, "lines": sum(len(cell.source.splitlines()) for cell in code)}
        for cell in cells if chapter else []:
            place = {"begins": cell is cells[0], "ends": cell is cells[-1]}
            cell.metadata["fold"] = {**fold, **place, "failed": any(map(has_failed, code))}
    exporter = HTMLExporter(template_name="lab", raw_template=TEMPLATE.read_text(encoding="utf-8"))
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    return page


class LiveExecutor(ExecutePreprocessor):
    """Executes a notebook, tells the progress, and writes the partial report after every cell."""

    def begin(self, path: Path) -> "LiveExecutor":
        self.path, self.started, self.shown = path, time.time(), 0.0
        return self

    def title(self, cell: NotebookNode, index: int) -> str:
        """Return the heading above a cell, or its id."""
        before = self.nb.cells[index - 1] if index else cell
        heading = re.search(r"^#+ (.*)", before.source, re.M)
        return heading[1] if heading and before.cell_type == "markdown" else cell.id

    def say(self, text: str, keep: bool = True) -> None:
        """Print a line; on a terminal one that is not kept is overwritten by the next."""
        line = f"  {clock(time.time() - self.started)}  {text}"[:150]
        if sys.stdout.isatty():
            print(f"\r\x1b[2K{line}", end="\n" if keep else "", flush=True)
        elif keep:
            print(line, flush=True)

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple:
        cells = enumerate(self.nb.cells)
        code = [n for n, one in cells if one.cell_type == "code" and one.source.strip()]
        if index not in code:
            return cell, resources
        count = f"[{code.index(index) + 1:2}/{len(code)}]"
        self.label, begun = f"{count} {self.title(cell, index)}", time.time()
        self.say(f"{self.label} …", keep=False)
        try:
            return super().preprocess_cell(cell, resources, index)
        finally:
            failed = has_failed(cell) or not cell.get("execution_count")
            seconds = time.time() - begun
            if failed or seconds >= 0.5:  # what takes no time would hide what does
                told = "  FAILED" if failed else ""
                self.say(f"{self.label}{told}  ({seconds:.1f} s)")
            write_whole(report_paths(self.path)[0], nbformat.writes(self.nb))

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Show the cell's own progress lines (displays that are updated) while it runs."""
        pause = 0.5 if sys.stdout.isatty() else 60
        if msg["msg_type"] == "update_display_data" and time.time() - self.shown > pause:
            data = msg["content"]["data"]
            text = re.sub(r"<[^>]+>", " ", data.get("text/html", "")) or data.get("text/plain", "")
            self.shown = time.time()
            self.say(f"{self.label} … {' '.join(text.split())}", keep=not sys.stdout.isatty())
        return super().process_message(msg, cell, cell_index)


def reason_of(error: Exception) -> str:
    """Return one sentence for why a notebook stopped."""
    if isinstance(error, CellExecutionError):
        return f"{error.evalue}" if error.ename == "Mistake" else f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return "a cell ran longer than --timeout allows"
    if isinstance(error, DeadKernelError):
        return "the kernel died; out of memory is the usual cause"
    return f"{type(error).__name__}: {error}"


def run_notebook(path: Path, notebook: NotebookNode, timeout: int | None = None) -> str:
    """Execute `notebook` in the folder of `path` and write both reports in any case.

    Returns the sentence why it failed, "" if it passed.
    """
    quiet = ["--log-level=ERROR"]
    executor = LiveExecutor(
        timeout=timeout, kernel_name="python3", coalesce_streams=True, extra_arguments=quiet
    ).begin(path)
    partial, page = report_paths(path)
    try:
        executor.preprocess(notebook, {"metadata": {"path": str(path.parent)}})
        return ""
    except Exception as error:
        return reason_of(error)
    finally:
        write_whole(partial, nbformat.writes(notebook))
        write_whole(page, html_page(notebook, path.stem))


# ---- The command


def interrupt(*_: Any) -> None:
    """Stop the notebook that runs; the same signal passed on again must not stop its report."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)
    raise KeyboardInterrupt


def arguments_of(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    what = "what to run; nothing: the sample author with Qwen3_14B"
    add("targets", nargs="*", metavar="AUTHOR|NOTEBOOK|GLOB", help=what)
    change = "change a parameter; may be repeated"
    add("--set", action="append", default=[], metavar="NAME=VALUE", dest="pairs", help=change)
    add("--profile", choices=["auto", "gpu", "demo"], help="the same as --set PROFILE=…")
    longest = "longest time for one cell; none by default, training may take hours"
    add("--timeout", type=int, metavar="SECONDS", help=longest)
    add("--list", action="store_true", help="list the notebooks and stop")
    return parser.parse_args(argv)


def prepare_all(arguments: argparse.Namespace, paths: list[Path]) -> dict[Path, NotebookNode]:
    """Return {path: notebook ready to run}. Raises ValueError for a wrong setting."""
    pairs = [*arguments.pairs, *([f"PROFILE={arguments.profile}"] if arguments.profile else [])]
    settings = parse_settings(pairs)
    prepared = {path: prepare(path, settings) for path in paths}
    for name in settings:
        if all(name not in known for _, known in prepared.values()):
            raise ValueError(f"--set {name}: no notebook of this run has a parameter of that name.")
    prepare_sample(paths, settings, prepared[paths[0]][1])
    return {path: notebook for path, (notebook, _) in prepared.items()}


def run_all(prepared: dict[Path, NotebookNode], timeout: int | None) -> tuple[list[tuple], bool]:
    """Run the notebooks; return rows of (path, status, seconds) and whether it was interrupted."""
    rows, failed, interrupted = [], set(), False
    for path, notebook in prepared.items():
        started, status = time.time(), "not run"
        needs = path.with_name(re.sub("_(Comparison|Chat)", "_FineTuning", path.name))
        print(f"\n{path.name}", flush=True)
        if interrupted:
            why = "the run was interrupted"
        elif needs != path and needs in failed:
            why = f"{needs.name} failed"
        else:
            try:
                why = run_notebook(path, notebook, timeout)
            except KeyboardInterrupt:
                why, interrupted = "interrupted", True
            status = "failed" if why else "passed"
            if why:
                failed.add(path)
        rows.append((path, status, time.time() - started if status != "not run" else 0))
        if why:
            print(f"  {why}", flush=True)
    return rows, interrupted


def main(argv: list[str] | None = None) -> int:
    arguments = arguments_of(argv)
    everything = ["NoteBooks/*/*.ipynb"] if arguments.list else []
    try:
        paths = find_notebooks(arguments.targets or everything)
        if arguments.list:
            print(*map(shown_path, paths), sep="\n")
            return 0
        prepared = prepare_all(arguments, paths)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, interrupt)
    rows, interrupted = run_all(prepared, arguments.timeout)
    wide = max(len(path.name) for path in paths)
    print(f"\n{'notebook':{wide}}  {'status':8} {'time':8} report")
    for path, status, seconds in rows:
        page = shown_path(report_paths(path)[1]) if status != "not run" else ""
        print(f"{path.name:{wide}}  {status:8} {clock(seconds):8} {page}")
    if interrupted:
        return 130
    return int(any(status != "passed" for _, status, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
