"""Run notebooks headless, one after the other, and keep each as a report.

    uv run scripts/run_notebooks.py                    # the sample author with Qwen3_14B
    uv run scripts/run_notebooks.py JordanPeterson     # all notebooks of an author
    uv run scripts/run_notebooks.py 'NoteBooks/*/GPT_OSS*.ipynb' --set EPOCHS=2
    uv run scripts/run_notebooks.py WilliamShakespeare --ray auto   # many at once, a GPU each
    uv run scripts/run_notebooks.py JaneAusten --gpus 2             # two cards train together
    uv run scripts/run_notebooks.py --list

Each report lies beside its notebook as <name>_executed.ipynb, written after every cell, and .html,
written when the notebook ends, fails or is interrupted: both hold all that was done until then.
FineTuning runs before Comparison and Chat. Exit status: 0 all passed, 1 some did not, 2 wrong
arguments; where a signal ended the run 129 (SIGHUP), 130 (SIGINT, Ctrl-C), 131 (SIGQUIT) or 143
(SIGTERM).
"""

import argparse
import ast
import contextlib
import errno
import glob
import html
import importlib
import os
import re
import signal
import sys
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat import NotebookNode

import build_notebooks
from chapters.cards import find_cards
from chapters.locks import check_writable, clear_parts, free_lock, hold_lock
from chapters.preparation import Mistake, check_key, one_line
from chapters.storage import write_whole
from reports import clock, html_page, write_index

ROOT = build_notebooks.ROOT
SAMPLE = "WilliamShakespeare"
BY_DEFAULT = ("FineTuning", "Comparison")  # Chat takes a minute more


def shown_path(path: Path) -> Path:
    """Return a path as seen from the repository, if it is inside."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def tell(text: str, end: str = "\n") -> None:
    """Print to the terminal; where there is none any more, the run goes on in silence."""
    try:
        print(text, end=end, flush=True)
    except OSError as error:
        if error.errno in (errno.EIO, errno.EPIPE):  # the terminal or the pipe's reader has gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# ---- What to run, and with which parameters


def find_notebooks(targets: list[str]) -> list[Path]:
    """Return the notebooks that `targets` (authors, paths, globs) name, FineTuning first.

    Raises ValueError if one of them names none.
    """
    everything, found = build_notebooks.notebook_paths(), []
    sample = [f"NoteBooks/{SAMPLE}/Qwen3_14B_*_{kind}.ipynb" for kind in BY_DEFAULT]
    for target in targets or sample:
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

    Raises ValueError without "=", for a NAME that is none, and for a VALUE that cannot be written
    into a notebook as it is, such as 1e999, and for a whole number beyond 64 bits.
    """
    settings = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--set {pair}: write NAME=VALUE, for example --set EPOCHS=2")
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            value = text
        try:
            sound = ast.literal_eval(repr(value)) == value
        except (ValueError, SyntaxError, MemoryError, RecursionError):  # inf is no literal
            sound = False
        if not sound or (type(value) is int and abs(value) >= 2**63):
            raise ValueError(
                f"--set {name}={text[:60]}: this is too large a number, or holds one; write a "
                "smaller one."
            )
        settings[name] = value
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
                f"--set {name}={value!r:.60}: {path.name} has {name} = {known[name]!r}, "
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
    if variant := mine.get("RUN", known.get("RUN", "")):
        check_key("RUN", variant)
    notebook.metadata["variant"] = variant
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


def has_cuda() -> bool:
    """Return whether PyTorch can use a card; it is asked, which takes 2 s, only if there is one."""
    if not find_cards():
        return False
    import torch

    return torch.cuda.is_available()


def prepare_sample(paths: list[Path], settings: dict[str, Any], known: dict[str, Any]) -> None:
    """Make the sample's books and the demo's model where one of the notebooks needs them."""
    books = any(path.parent.name == SAMPLE for path in paths)
    profile = settings.get("PROFILE", known.get("PROFILE"))
    model = "MODEL" not in settings and profile != "gpu"
    if books or model:
        from sample import prepare_sample as sample  # not sooner: slow to import

        if books:
            sample.prepare_books()
        if model and (profile == "demo" or not has_cuda()):
            sample.prepare_model()


# ---- Reports


def report_paths(path: Path, notebook: NotebookNode | None = None) -> list[Path]:
    """Return the paths of a notebook's report, executed notebook and page; a variant of it, a
    `notebook` with another RUN, has its own."""
    variant = notebook.metadata.get("variant", "") if notebook else ""
    stem = "_".join(filter(None, (path.stem, variant, "executed")))
    return [path.with_name(stem + suffix) for suffix in (".ipynb", ".html")]


def has_failed(cell: NotebookNode) -> bool:
    """Tell whether an executed code cell ended in an error."""
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def write_report(path: Path, notebook: NotebookNode) -> str:
    """Write a notebook's report; return the sentence why it cannot be written, "" if it was."""
    partial, page = report_paths(path, notebook)
    try:
        write_whole(partial, nbformat.writes(notebook))
        write_whole(page, html_page(notebook, path.stem))
        if path.parent.parent.name == "NoteBooks":
            write_index(path.parent.parent)
    except Mistake as error:
        return str(error)
    return ""


# ---- Outputs, cut before they cost

LONGEST = 100_000  # characters of a text in a report: half of them its beginning, half its end
HEAVIEST = 30_000_000  # characters of a picture or a page
MOST = 1_000  # outputs of a cell


def left_out(count: int) -> str:
    return f"\n… {count:,} characters are left out of this report …\n"


def shorten(text: str) -> str:
    """Return the beginning and the end of a text longer than LONGEST, with a word between them."""
    half = LONGEST // 2
    gone = len(text) - 2 * half
    return text if gone <= 0 else text[:half] + left_out(gone) + text[-half:]


def lighten(content: dict[str, Any]) -> None:
    """Shorten the texts in a kernel's message, and put a word in the place of what is too heavy."""
    data = content.get("data", {})
    for kind, value in data.items():
        if kind == "text/plain":
            data[kind] = shorten(value)
        elif isinstance(value, str) and len(value) > HEAVIEST:
            data[kind] = left_out(len(value))
    if "traceback" in content:
        content["traceback"] = [shorten("\n".join(content["traceback"]))]
        content["evalue"] = shorten(content["evalue"])


class Printed:
    """What a cell prints, as it comes: never more in memory than is shown."""

    def __init__(self) -> None:
        self.head, self.tail, self.gone = "", "", 0

    def add(self, text: str) -> str:
        """Return all that was printed until now, `text` included, as a report shows it.

        A carriage return goes back to the beginning of its line, as on a terminal: progress bars
        leave one line.
        """
        before, newline, line = self.tail.rpartition("\n")
        lines = (line + text).split("\n")
        lines = [one.rstrip("\r").rpartition("\r")[2] for one in lines]
        end = "\r" if text.endswith("\r") else ""  # what comes next overwrites the line
        self.tail = before + newline + "\n".join(lines) + end
        half = LONGEST // 2
        if not self.head and len(self.tail) > 2 * half:
            self.head, self.tail = self.tail[:half], self.tail[half:]
        if self.head:
            self.gone += max(0, len(self.tail) - half)
            self.tail = self.tail[-half:]
        return self.head + (left_out(self.gone) if self.gone else "") + self.tail


# ---- Running


class Stop:
    """Takes the signals that end a run: the first interrupts the cell that runs, never a report."""

    signs = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

    def __init__(self) -> None:
        self.sign, self.executing = 0, False

    def listen(self) -> None:
        for sign in self.signs:
            if sign != signal.SIGHUP or signal.getsignal(sign) != signal.SIG_IGN:  # nohup's
                signal.signal(sign, self.take)

    def take(self, sign: int, _frame: Any) -> None:
        if not self.sign:  # `uv run` passes a signal on to a child that has it already
            self.sign = sign
            if self.executing:
                raise KeyboardInterrupt

    @contextlib.contextmanager
    def interrupting(self) -> Generator[None]:
        """Have a signal, also one that has come already, raise KeyboardInterrupt inside."""
        try:
            self.executing = True
            if self.sign:
                raise KeyboardInterrupt
            yield
        finally:
            self.executing = False


def death_of(kernel: Any) -> str:
    """Return how the process of a kernel ended, in words."""
    status = kernel.provisioner.process.poll()
    if status >= 0:
        return f"the kernel ended itself with exit status {status}"
    name = signal.Signals(-status).name
    if name == "SIGKILL":
        return "the kernel was killed (SIGKILL), most likely because memory ran out"
    if name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"):
        return f"the kernel crashed ({name}), a fault in compiled code"
    return f"the kernel was ended by {name}"


class LiveExecutor(ExecutePreprocessor):
    """Executes a notebook, tells the progress, and writes the partial report after every cell that
    shows something."""

    def begin(self, path: Path, stop: Stop) -> "LiveExecutor":
        self.path, self.stop, self.started, self.shown = path, stop, time.time(), 0.0
        self.printed: tuple[Any, Printed] = (None, Printed())  # the stream that grows, its text
        self.last: tuple[NotebookNode, list] = (NotebookNode(), [])  # the last cell, what it shows
        return self

    def end_kernel(self) -> None:
        """End the kernel at once, from another thread: the cell that runs fails."""
        kernel: Any = self.km
        kernel.provisioner.process.terminate()

    def title(self, cell: NotebookNode, index: int) -> str:
        """Return the heading above a cell, or its id."""
        before = self.nb.cells[index - 1] if index else cell
        heading = re.search(r"^#+ (.*)", before.source, re.M)
        return heading[1] if heading and before.cell_type == "markdown" else cell.id

    def say(self, text: str, keep: bool = True) -> None:
        """Print a line; on a terminal one that is not kept is overwritten by the next."""
        line = f"  {clock(time.time() - self.started)}  {one_line(text)}"[:150]
        if sys.stdout.isatty():
            tell(f"\r\x1b[2K{line}", end="\n" if keep else "")
        elif keep:
            tell(line)

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple:
        cells = enumerate(self.nb.cells)
        code = [n for n, one in cells if one.cell_type == "code" and one.source.strip()]
        if index not in code:
            return cell, resources
        count = f"[{code.index(index) + 1:2}/{len(code)}]"
        self.label, begun = f"{count} {self.title(cell, index)}", time.time()
        self.say(f"{self.label} …", keep=False)
        try:
            with self.stop.interrupting():
                return super().preprocess_cell(cell, resources, index)
        except BaseException as error:
            raise self.marked(cell, index, error) from None
        finally:
            seconds = time.time() - begun
            self.last = cell, list(cell.outputs)
            if has_failed(cell) or seconds >= 0.5:  # what takes no time would hide what does
                told = "  FAILED" if has_failed(cell) else ""
                self.say(f"{self.label}{told}  ({seconds:.1f} s)")
            if cell.outputs or seconds >= 0.5:  # most cells only define: to write them takes longer
                with contextlib.suppress(Mistake):  # the disk may have room again at the end
                    report = report_paths(self.path, self.nb)[0]
                    write_whole(report, nbformat.writes(self.nb))

    def marked(self, cell: NotebookNode, index: int, error: BaseException) -> BaseException:
        """Return the error that stopped a cell, once the cell itself says so too."""
        if isinstance(error, DeadKernelError):
            where = f"in the cell “{self.title(cell, index)}”"
            error = DeadKernelError(f"{death_of(self.km)}, {where}")
        if not has_failed(cell):
            why, name = reason_of(error), type(error).__name__
            mark = nbformat.v4.new_output("error", ename=name, evalue=why, traceback=[why])
            cell.outputs.append(mark)
        return error

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Show the cell's own progress lines (displays that are updated) while it runs."""
        lighten(msg["content"])
        pause = 0.5 if sys.stdout.isatty() else 60
        if msg["msg_type"] == "update_display_data" and time.time() - self.shown > pause:
            data = msg["content"]["data"]
            page = data.get("text/html", "")[:5000].partition("<table")[0]  # the line above it
            plain = "" if "image/png" in data else data.get("text/plain", "")[:5000]
            text = html.unescape(re.sub(r"<[^<>]+>", " ", page)) or plain
            if text.strip() not in ("", "None"):  # what transformers' bar is before its first step
                self.shown = time.time()
                text = " ".join(text.replace(" : < :", "").split())  # its times before it has any
                self.say(f"{self.label} … {text}", keep=not sys.stdout.isatty())
        return super().process_message(msg, cell, cell_index)

    def output(self, outs: list, msg: dict, display_id: str | None, cell_index: int) -> Any:
        """Take one output into the report, if it is not one too many; streams grow in one piece."""
        if len(outs) >= MOST and not self.clear_before_next_output and msg["msg_type"] != "error":
            if len(outs) == MOST:
                told = f"… this cell has more than {MOST:,} outputs: the others are left out …\n"
                outs.append(nbformat.v4.new_output("stream", name="stdout", text=told))
            return None
        out: Any = super().output(outs, msg, display_id, cell_index)
        if out is None or out.output_type != "stream":
            return out
        before = outs[-2] if len(outs) > 1 else None
        if before is self.printed[0] is not None and before.name == out.name:
            outs.pop()
        else:
            self.printed = out, Printed()
        self.printed[0].text = self.printed[1].add(out.text)
        return self.printed[0]


def reason_of(error: BaseException) -> str:
    """Return one sentence for why a notebook stopped."""
    if isinstance(error, CellExecutionError):
        text = error.evalue if error.ename == "Mistake" else f"{error.ename}: {error.evalue}"
        return text if len(text) < 2000 else f"{text[:2000]} …"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, CellTimeoutError):
        return "a cell ran longer than --timeout allows"
    if isinstance(error, DeadKernelError):
        return f"{error}: what was finished is kept, and another run goes on from there"
    return f"{type(error).__name__}: {error}"


def several_cards(executor: LiveExecutor, gpus: str) -> contextlib.AbstractContextManager[None]:
    """Return a context in which a FineTuning notebook trains on these cards ("0,1") together."""
    if not gpus or build_notebooks.kind_of(executor.path) != "FineTuning":
        return contextlib.nullcontext()
    module = importlib.import_module("several_cards")  # not sooner: it imports this module
    return module.group(gpus, executor.path.parent, executor.end_kernel)


def run_notebook(
    path: Path, notebook: NotebookNode, timeout: int | None, stop: Stop, gpus: str = ""
) -> str:
    """Execute `notebook` in the folder of `path`; see `execute`.

    Returns the sentence why it failed, "" if it passed.
    """
    quiet = ["--log-level=ERROR"]
    executor = LiveExecutor(
        timeout=timeout, kernel_name="python3", extra_arguments=quiet, iopub_timeout=60
    )  # seconds that a cell's last outputs may take to arrive
    try:
        with several_cards(executor.begin(path, stop), gpus):
            executor.preprocess(notebook, {"metadata": {"path": str(path.parent)}})
        return ""
    except (Exception, KeyboardInterrupt) as error:
        cell, outputs = executor.last
        cell.outputs = (
            outputs  # an interrupted cell went on, and may be cleared, to the kernel's end
        )
        return reason_of(error)


def check_folders(path: Path) -> None:
    """Raise Mistake if a folder that the notebook at `path` writes to cannot be written."""
    author = path.parent.name
    for folder in (".", "outputs", f"../../comparison_cache/{author}"):
        if (path.parent / folder).is_dir():
            check_writable(path.parent / folder)


def execute(
    path: Path, notebook: NotebookNode, timeout: int | None, stop: Stop, gpus: str = ""
) -> tuple[str, str]:
    """Run one notebook and write its report in any case; return its status, and why.

    One that another runner has, or that can't write, is not run. `gpus`: the numbers of several
    cards that train together.
    """
    try:
        lock = hold_lock(path.with_name(f".{path.stem}.lock"), path.name)
        clear_parts(path.parent, f"{path.stem}_*executed.*.part")
        check_folders(path)
    except Mistake as error:
        return "not run", str(error)
    why = run_notebook(path, notebook, timeout, stop, gpus)
    missing = write_report(path, notebook)
    free_lock(lock)
    status = "failed" if why else "no report" if missing else "passed"
    return status, " ".join(filter(None, (why, missing)))


# ---- The command


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
    where = "many at once with Ray: auto (the cluster of this host, or its cards), or HOST:PORT"
    add("--ray", metavar="auto|ADDRESS", help=where)
    together = (
        "cards that train together; each takes BATCH_SIZE rows, so a step has N times as many"
    )
    add("--gpus", type=int, default=1, metavar="N", help=together)
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


def tell_unwritable(paths: Iterable[Path]) -> None:
    """Tell which notebooks cannot write, before the first one takes hours."""
    for path in paths:
        try:
            check_folders(path)
        except Mistake as error:
            tell(f"{path.name} will not run: {error}")


def why_not(path: Path, ended: dict[Path, str]) -> str:
    """Return why the notebook at `path` need not run, "" if it may; `ended` are {path: status}."""
    needs = path.with_name(re.sub("_(Comparison|Chat)", "_FineTuning", path.name))
    missed = {"failed": "failed", "not run": "was not run"}.get(ended.get(needs, ""), "")
    return f"{needs.name} {missed}" if missed else ""


def run_all(
    prepared: dict[Path, NotebookNode], timeout: int | None, stop: Stop, gpus: str
) -> list[tuple[Path, str, float]]:
    """Run the notebooks, those not that need one which failed; return (path, status, seconds)."""
    rows, ended = [], {}
    tell_unwritable(prepared)
    for path, notebook in prepared.items():
        started = time.time()
        tell(f"\n{path.name}")
        if stop.sign:
            status, why = "not run", "the run was interrupted"
        elif why := why_not(path, ended):
            status = "not run"
        else:
            status, why = execute(path, notebook, timeout, stop, gpus)
        ended[path] = status
        rows.append((path, status, time.time() - started if status != "not run" else 0))
        if why:
            tell(f"  {one_line(why)}")
    return rows


def main(argv: list[str] | None = None) -> int:
    arguments = arguments_of(argv)
    everything = ["NoteBooks/*/*.ipynb"] if arguments.list else []
    try:
        paths = find_notebooks(arguments.targets or everything)
        if arguments.list:
            print(*map(shown_path, paths), sep="\n")
            return 0
        prepared = prepare_all(arguments, paths)
        stop, gpus = Stop(), ""
        if arguments.gpus != 1:
            if arguments.ray:
                raise ValueError("--gpus and --ray cannot go together: with Ray each has one card.")
            cards = importlib.import_module("several_cards")
            cards.check_code(paths)
            gpus = cards.choose_cards(arguments.gpus)
        if arguments.ray:
            fleet = importlib.import_module("fleet")  # not sooner: it imports this module
            fleet.connect(arguments.ray)
        stop.listen()  # after Ray, which takes SIGTERM for itself
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.ray:
        rows = fleet.run_fleet(prepared, arguments.timeout, stop)
    else:
        rows = run_all(prepared, arguments.timeout, stop, gpus)
    wide = max(len(path.name) for path in paths)
    tell(f"\n{'notebook':{wide}}  {'status':9} {'time':8} report")
    for path, status, seconds in rows:
        page = shown_path(report_paths(path, prepared[path])[1])
        page = page if status in ("passed", "failed") else ""
        tell(f"{path.name:{wide}}  {status:9} {clock(seconds):8} {page}")
    if stop.sign:
        return 128 + stop.sign
    return int(any(status != "passed" for _, status, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
