"""Run notebooks headless, one after the other, and keep each as a report.

    uv run scripts/run_notebooks.py                                   # the sample author with Qwen3_14B
    uv run scripts/run_notebooks.py JordanPeterson                    # all notebooks of an author
    uv run scripts/run_notebooks.py 'NoteBooks/*/GPT_OSS*.ipynb' --set EPOCHS=2
    uv run scripts/run_notebooks.py --list

Each report lies beside its notebook as <name>_executed.ipynb and .html, is written after every cell, and so holds what was done even
when a cell fails, the run is interrupted or the power goes. FineTuning runs before Comparison. Exit status: 0 all passed, 1 some failed,
2 wrong arguments, 130 interrupted.
"""
import argparse
import ast
import glob
import re
import signal
import sys
import time
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor

import stamp_cells
from cells.write_files import write_whole

ROOT = stamp_cells.ROOT
SAMPLE = "WilliamShakespeare"
ORDER = ["FineTuning", "Comparison", "AllModels"]


def clock(seconds):
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def find_notebooks(targets):
    """Return the notebooks that `targets` (author names, paths, globs) name, FineTuning first. Raises ValueError if one names none."""
    everything, found = stamp_cells.notebook_paths(), []
    for target in targets or [f"NoteBooks/{SAMPLE}/Qwen3_14B_*.ipynb"]:
        author = target.replace(" ", "").lower()
        hits = [p for p in everything if p.parent.name.lower() == author]
        if not hits:
            matches = {Path(m).resolve() for base in (Path.cwd(), ROOT) for m in glob.glob(str(base / target))}
            hits = [p for p in sorted(matches) if p.suffix == ".ipynb" and not p.stem.endswith("_executed")]
        if not hits:
            authors = ", ".join(sorted({p.parent.name for p in everything}))
            raise ValueError(f"No notebook is named by {target!r}: give an author ({authors}), a notebook or a quoted glob.")
        found += [p for p in hits if p not in found]
    return sorted(found, key=lambda p: (str(p.parent), ORDER.index(stamp_cells.kind_of(p)), p.name))


def parse_settings(pairs):
    """Return {name: value} of ["NAME=VALUE", ...]; a VALUE that is no Python literal is a string. Raises ValueError without "="."""
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


def checked_settings(settings, known, path):
    """Return the `settings` that this notebook's parameters `known` have, as the type they have there. Raises ValueError for another type."""
    mine = {}
    for name, value in settings.items():
        if name in known:
            kind = type(known[name])
            if kind is float and type(value) is int:
                value = float(value)
            if known[name] is None:  # "as recommended": any number replaces it
                kind = type(value) if type(value) in (int, float) else float
            if type(value) is not kind:
                raise ValueError(f"--set {name}={value!r}: {path.name} has {name} = {known[name]!r}, so a value of type {kind.__name__} is needed.")
            mine[name] = value
    return mine


def prepare(path, settings):
    """Return the notebook at `path`, outputs cleared, with an injected-parameters cell for `settings`. Raises ValueError for a bad one."""
    try:
        notebook = nbformat.read(path, as_version=4)
        cell = stamp_cells.parameters_cell(notebook)
        known = stamp_cells.parameters(cell.source)
    except Exception as error:  # whatever is wrong with the file, it can't be run
        raise ValueError(f"{path}: {error}; mend it or take it from the repository again.") from None
    mine = checked_settings(settings, known, path)
    for each in notebook.cells:
        if each.cell_type == "code":
            each.outputs, each.execution_count = [], None
    if mine:
        lines = [f"{name} = {value!r}" for name, value in mine.items()]
        over = {name: value for name, value in mine.items() if name in known.get("DEMO", {}) and "DEMO" not in mine}
        if over:  # a value given by hand wins over the demo's
            lines.append(f"DEMO = {{**DEMO, **{over!r}}}")
        injected = nbformat.v4.new_code_cell("\n".join(lines), id="injected-parameters", metadata={"tags": ["injected-parameters"]})
        notebook.cells.insert(notebook.cells.index(cell) + 1, injected)
    return notebook, known


# The lab page with its code folded, except parameters and what failed: a report is read for its words, figures and tables
PAGE = """{%- extends 'lab/index.html.j2' -%}
{%- block input_group -%}
{%- set failed = cell.outputs | selectattr('output_type', 'equalto', 'error') | list -%}
{%- set opened = failed or cell.id in ('parameters', 'injected-parameters') -%}
<details class="code"{{ ' open' if opened }}><summary>code, {{ cell.source.splitlines() | length }} lines</summary>
{{- super() -}}</details>
{%- endblock -%}
{%- block html_head_css -%}{{ super() }}
<style>.jp-InputPrompt, .jp-OutputPrompt, details.code > summary { color: #767676; font-size: 12px; }
details.code > summary { cursor: pointer; margin: 2px 0 2px 70px; } .jp-Cell { padding-top: 2px; padding-bottom: 2px; }</style>
{%- endblock -%}"""


def report_paths(path):
    return [path.with_name(f"{path.stem}_executed{suffix}") for suffix in (".ipynb", ".html")]


class LiveExecutor(ExecutePreprocessor):
    """Executes a notebook cell by cell, tells the progress, and writes the partial report after every cell."""

    def begin(self, path):
        self.path, self.started, self.shown = path, time.time(), 0.0
        return self

    def title(self, cell, index):
        before = self.nb.cells[index - 1] if index else None
        heading = re.search(r"^#+ (.*)", before.source, re.M) if before and before.cell_type == "markdown" else None
        return heading[1] if heading else cell.id

    def say(self, text, keep=True):
        """Print a line; on a terminal one that is not kept is overwritten by the next."""
        line = f"  {clock(time.time() - self.started)}  {text}"[:150]
        if sys.stdout.isatty():
            print(f"\r\x1b[2K{line}", end="\n" if keep else "", flush=True)
        elif keep:
            print(line, flush=True)

    def preprocess_cell(self, cell, resources, index):
        code = [i for i, c in enumerate(self.nb.cells) if c.cell_type == "code" and c.source.strip()]
        if index not in code:
            return cell, resources
        self.label, begun = f"[{code.index(index) + 1:2}/{len(code)}] {self.title(cell, index)}", time.time()
        self.say(f"{self.label} …", keep=False)
        try:
            return super().preprocess_cell(cell, resources, index)
        finally:
            failed = any(out.output_type == "error" for out in cell.outputs) or not cell.get("execution_count")
            seconds = time.time() - begun
            if failed or seconds >= 0.5:  # the many that only define something would hide the ones that take time
                self.say(f"{self.label}{'  FAILED' if failed else ''}  ({seconds:.1f} s)")
            write_whole(report_paths(self.path)[0], nbformat.writes(self.nb))

    def process_message(self, msg, cell, cell_index):
        """Show the cell's own progress lines (displays that are updated) while it runs."""
        if msg["msg_type"] == "update_display_data" and time.time() - self.shown > (0.5 if sys.stdout.isatty() else 60):
            data = msg["content"]["data"]
            text = re.sub(r"<[^>]+>", " ", data.get("text/html", "")) or data.get("text/plain", "")
            self.shown = time.time()
            self.say(f"{self.label} … {' '.join(text.split())}", keep=not sys.stdout.isatty())
        return super().process_message(msg, cell, cell_index)


def reason_of(error):
    """Return one sentence for why a notebook stopped."""
    if isinstance(error, CellExecutionError):
        return f"{error.evalue}" if error.ename == "Mistake" else f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return "a cell ran longer than --timeout allows"
    if isinstance(error, DeadKernelError):
        return "the kernel died; out of memory is the usual cause"
    return f"{type(error).__name__}: {error}"


def run_notebook(path, notebook, timeout=None):
    """Execute `notebook` in the folder of `path`; write both reports in any case. Returns None or the sentence why it failed."""
    executor = LiveExecutor(timeout=timeout, kernel_name="python3", coalesce_streams=True,
                            extra_arguments=["--log-level=ERROR"]).begin(path)
    resources = {"metadata": {"path": str(path.parent)}}
    partial, page = report_paths(path)
    try:
        executor.preprocess(notebook, resources)
        return None
    except Exception as error:
        return reason_of(error)
    finally:
        write_whole(partial, nbformat.writes(notebook))
        html, _ = HTMLExporter(template_name="lab", raw_template=PAGE).from_notebook_node(notebook, {"metadata": {"name": path.stem}})
        write_whole(page, html)


def prepare_sample(paths, settings, known):
    """Make the sample's books and the demo's model folder where one of the notebooks needs them."""
    books = any(p.parent.name == SAMPLE for p in paths)
    model = "MODEL" not in settings and settings.get("PROFILE", known.get("PROFILE")) != "gpu"
    if books or model:
        import prepare_sample as sample  # not sooner: it is the slow import of an ordinary run
        if books:
            sample.prepare_books()
        if model:
            import torch
            if settings.get("PROFILE") == "demo" or not torch.cuda.is_available():
                sample.prepare_model()


def interrupt(*_):
    """Stop the notebook that runs; what comes after, such as the same signal passed on by a parent, must not stop its report."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)
    raise KeyboardInterrupt


def arguments_of(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="AUTHOR|NOTEBOOK|GLOB", help="what to run; nothing: the sample author with Qwen3_14B")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="pairs", help="change a parameter; may be repeated")
    parser.add_argument("--profile", choices=["auto", "gpu", "demo"], help="the same as --set PROFILE=…")
    parser.add_argument("--timeout", type=int, metavar="SECONDS", help="longest time for one cell; none by default, training may take hours")
    parser.add_argument("--list", action="store_true", help="list the notebooks and stop")
    return parser.parse_args(argv)


def main(argv=None):
    arguments = arguments_of(argv)
    try:
        paths = find_notebooks(arguments.targets or (["NoteBooks/*/*.ipynb"] if arguments.list else []))
        if arguments.list:
            print(*(p.relative_to(ROOT) if p.is_relative_to(ROOT) else p for p in paths), sep="\n")
            return 0
        settings = parse_settings(arguments.pairs + ([f"PROFILE={arguments.profile}"] if arguments.profile else []))
        prepared = {p: prepare(p, settings) for p in paths}
        unknown = [n for n in settings if all(n not in known for _, known in prepared.values())]
        if unknown:
            raise ValueError(f"--set {unknown[0]}: no notebook of this run has a parameter of that name.")
        prepare_sample(paths, settings, prepared[paths[0]][1])
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, interrupt)
    rows, failed, interrupted = [], {}, False
    for path in paths:
        notebook, _ = prepared[path]
        started = time.time()
        needs = path.with_name(path.name.replace("_Comparison", "_FineTuning"))
        print(f"\n{path.name}", flush=True)
        if interrupted:
            rows.append((path, "not run", 0, "the run was interrupted"))
        elif needs != path and needs in failed:
            rows.append((path, "not run", 0, f"{needs.name} failed"))
        else:
            try:
                why = run_notebook(path, notebook, arguments.timeout)
            except KeyboardInterrupt:
                why, interrupted = "interrupted", True
            if why:
                failed[path] = why
            rows.append((path, "failed" if why else "passed", time.time() - started, why or ""))
        if rows[-1][3]:
            print(f"  {rows[-1][3]}", flush=True)
    wide = max(len(p.name) for p in paths)
    print(f"\n{'notebook':{wide}}  {'status':8} {'time':8} report")
    for path, status, seconds, _ in rows:
        page = report_paths(path)[1]
        shown = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
        print(f"{path.name:{wide}}  {status:8} {clock(seconds):8} {shown if status != 'not run' else ''}")
    return 130 if interrupted else int(any(status != "passed" for _, status, _, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
