"""Build every notebook from its essay and the chapters that it includes, or check them.

    uv run scripts/build_notebooks.py            # essays and chapters -> notebooks
    uv run scripts/build_notebooks.py --check    # exit 1; names notebook and cell that differ

An essay is `scripts/notebooks/<kind>.py`, a chapter `scripts/chapters/<name>.py`; both are
ordinary Python in Jupytext's percent format. A cell of an essay that only imports from chapters is
a marker: the notebook has the chapters there, cell by cell and byte for byte, but for the import
cell that each begins with, since all cells of a notebook share one namespace. Chapter cells are
tagged `shared:<chapter>` and folded, the essay's own are tagged `essay`; the values in the
parameters cell and every cell of yours stay as they are.
"""

import argparse
import ast
import copy
import functools
import re
import string
import sys
from collections.abc import Mapping
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
KINDS = ["FineTuning", "Comparison", "Chat", "AllModels"]
MEND = "uv run scripts/build_notebooks.py"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@functools.cache
def parse_source(path: Path, text: str) -> list[NotebookNode]:
    """Return the cells of a source in percent format; the same text is parsed once.

    Raises ValueError for a cell without id.
    """
    cells = []
    for cell in jupytext.reads(text, fmt="py:percent").cells:
        if "id" not in cell.metadata:
            raise ValueError(f'{path}: the cell {cell.source[:40]!r} has no id: write # %% id="…".')
        make = nbformat.v4.new_markdown_cell
        if cell.cell_type == "code":
            make = nbformat.v4.new_code_cell
        tags = list(cell.metadata.get("tags", []))
        source = cell.source.strip("\n")
        cells.append(make(source, id=cell.metadata["id"], metadata={"tags": tags}))
    return cells


def read_source(folder: str, name: str) -> list[NotebookNode]:
    """Return the cells of `scripts/<folder>/<name>.py`. Raises ValueError for one without id."""
    path = ROOT / "scripts" / folder / f"{name}.py"
    return copy.deepcopy(parse_source(path, path.read_text(encoding="utf-8")))


def imported_chapters(source: str) -> list[str]:
    """Return the chapters that a cell imports from, if it does nothing else, else []."""
    chapters = []
    for node in ast.parse(source).body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chapters."):
            chapters.append(str(node.module).removeprefix("chapters."))
        elif not is_docstring:
            return []
    return chapters


def chapter_cells(name: str) -> list[NotebookNode]:
    """Return the cells that a chapter brings into a notebook: all but its import cell, folded."""
    cells = read_source("chapters", name)[1:]
    for cell in cells:
        cell.metadata.tags = [f"shared:{name}"]
        if cell.cell_type == "code":
            cell.metadata["jupyter"] = {"source_hidden": True}
    return cells


def chapter_needs(name: str) -> list[str]:
    """Return the chapters that a chapter imports from; they stand in its first cell."""
    return imported_chapters(read_source("chapters", name)[0].source)


def essay_cells(kind: str) -> list[NotebookNode]:
    """Return all cells of a kind of notebook in order, the title and the parameters as templates.

    Raises ValueError where the essay includes a chapter before one that it imports.
    """
    cells, included = [], []
    for cell in read_source("notebooks", kind):
        markers = imported_chapters(cell.source) if cell.cell_type == "code" else []
        for name in markers:
            for needed in chapter_needs(name):
                if needed not in included:
                    raise ValueError(
                        f"scripts/notebooks/{kind}.py includes the chapter {name} before {needed}, "
                        f"which it imports: include {needed} first."
                    )
            included.append(name)
            cells += chapter_cells(name)
        if not markers:
            if "parameters" not in cell.metadata.tags:
                cell.metadata.tags.append("essay")
            cells.append(cell)
    return cells


def parameters(source: str) -> dict:
    """Return {name: value} of a parameters cell. Raises ValueError unless it is NAME = literal."""
    values = {}
    for node in ast.parse(source).body:
        try:
            (target,) = node.targets  # ty: ignore[missing-attribute]  # told below
            values[target.id] = ast.literal_eval(node.value)  # ty: ignore[missing-attribute]
        except (AttributeError, ValueError):
            where = f"line {node.lineno} of the parameters cell"
            raise ValueError(f"{where} is not `NAME = literal`") from None
    return values


def fill(template: str, values: Mapping[str, str | None]) -> str:
    """Return a parameters cell with the source texts `values` ({name: text}) put in.

    The template's comments stay; a name of `values` that it does not have is left out.
    """
    lines = template.split("\n")
    for node in reversed(ast.parse(template).body):
        assert isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        text, value = values.get(node.targets[0].id), node.value
        if text is not None:
            head = lines[value.lineno - 1][: value.col_offset]
            tail = lines[(value.end_lineno or 0) - 1][value.end_col_offset or 0 :]
            lines[value.lineno - 1 : value.end_lineno] = [head + text + tail]
    return "\n".join(lines)


def parameters_cell(notebook: NotebookNode) -> NotebookNode:
    """Return the code cell tagged `parameters`. Raises ValueError if there is not exactly one."""
    found = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(found) != 1:
        raise ValueError(f"{len(found)} cells are tagged `parameters`, there must be one")
    return found[0]


def parameter_texts(source: str) -> dict[str, str]:
    """Return {name: its value as written} of a parameters cell."""
    parameters(source)
    segments = {}
    for node in ast.parse(source).body:
        assert isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        segments[node.targets[0].id] = ast.get_source_segment(source, node.value) or ""
    return segments


def template_parameters(kind: str) -> str:
    """Return the parameters cell that new notebooks of `kind` start from."""
    return parameters_cell(NotebookNode(cells=essay_cells(kind))).source


def kind_of(path: Path) -> str:
    """Return the kind of a notebook by its file name. Raises ValueError for another name."""
    kind = "AllModels" if path.stem.startswith("AllModels_") else path.stem.rsplit("_", 1)[-1]
    if kind not in KINDS:
        raise ValueError(
            f"{path}: the name ends neither in _FineTuning nor in _Comparison nor in _Chat; "
            "rename the notebook or move it away."
        )
    return kind


def notebook_paths(root: Path = ROOT) -> list[Path]:
    """Return every notebook of the collection, sorted; executed copies are reports."""
    everything = Path(root, "NoteBooks").glob("*/*.ipynb")
    return sorted(path for path in everything if not path.stem.endswith("_executed"))


def markdown_text(text: str) -> str:
    """Return text so that Markdown shows it as it is, in one line."""
    return re.sub(r"([\\`*_\[\]<>&$~|])", r"\\\1", " ".join(text.split()))


def is_built(cell: NotebookNode) -> bool:
    """Tell whether a cell comes from an essay or a chapter; all others are the reader's own."""
    tags = cell.metadata.get("tags", [])
    return any(tag in ("essay", "parameters") or tag.startswith("shared:") for tag in tags)


def built_cells(kind: str, values: Mapping[str, str | None]) -> list[NotebookNode]:
    """Return the cells of a notebook of `kind` whose parameters have the source texts `values`."""
    cells = essay_cells(kind)
    parameters_source = parameters_cell(NotebookNode(cells=cells))
    if set(ast.literal_eval(values.get("DEMO") or "{}")) - set(
        parameters(parameters_source.source)
    ):
        values = {**values, "DEMO": None}  # it replaces what is no parameter any more
    parameters_source.source = fill(parameters_source.source, values)
    known = parameters(parameters_source.source)
    names = {}
    for name, value in known.items():  # a key is a folder's name, and stands in code
        names[name] = str(value) if name.endswith("_KEY") else markdown_text(str(value))
    names["MODEL_TITLE"] = names.get("MODEL_KEY", "").replace("_", "-")
    cells[0].source = string.Template(cells[0].source).substitute(names)
    return cells


def rebuilt(notebook: NotebookNode, kind: str) -> NotebookNode:
    """Return `notebook` as its sources have it today.

    The values of its parameters stay, so do outputs where the code is the same, and a reader's own
    cells follow the cell that they followed before.
    """
    old, own, after = {}, {}, None
    for cell in notebook.cells:
        if is_built(cell):
            after = cell.id
            old[cell.id] = cell
        else:
            own.setdefault(after, []).append(cell)
    values = parameter_texts(parameters_cell(notebook).source)
    cells = own.pop(None, [])
    for cell in built_cells(kind, values):
        before = old.get(cell.id)
        if before and before.source == cell.source and cell.cell_type == "code":
            cell.outputs = before.get("outputs", [])
            cell.execution_count = before.get("execution_count")
        cells += [cell, *own.pop(cell.id, [])]
    cells += [
        cell for rest in own.values() for cell in rest
    ]  # what followed a cell that is no more
    metadata = {**notebook.metadata, "kernelspec": KERNEL}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def differences(path: Path) -> list[str]:
    """Return sentences, one for each way in which the notebook at `path` is not as it is built."""
    try:
        notebook = nbformat.read(path, as_version=4)
        kind = kind_of(path)
        values = parameter_texts(parameters_cell(notebook).source)
        wanted = built_cells(kind, values)
    except Exception as error:  # any unreadable notebook is a difference, told with its reason
        return [f"{error}"]
    have = {cell.id: cell for cell in notebook.cells if is_built(cell)}
    said = []
    for cell in wanted:
        found = have.get(cell.id)
        if found is None:
            said.append(f"cell {cell.id} is missing")
        elif found.source != cell.source or found.cell_type != cell.cell_type:
            said.append(f"cell {cell.id} differs from its source")
        elif found.metadata.get("tags") != cell.metadata.tags:
            said.append(f"cell {cell.id} has other tags than its source")
        elif found.metadata.get("jupyter") != cell.metadata.get("jupyter"):
            said.append(f"cell {cell.id} is not folded as it should be")
    names = [cell.id for cell in wanted]
    said += [f"cell {name} is not one of this kind's" for name in have if name not in names]
    if not said and list(have) != names:
        said.append("the cells are out of order")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        said.append("the kernel is not python3")
    return said


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if a notebook differs"
    )
    check = parser.parse_args(arguments).check
    drifted = False
    for path in notebook_paths():
        shown = path.relative_to(ROOT)
        try:
            if not check:
                notebook = nbformat.read(path, as_version=4)
                new = rebuilt(notebook, kind_of(path))
                if new != notebook:
                    nbformat.write(new, path)
                    print(f"{shown}: built")
        except Exception as error:
            print(f"{shown}: {error}")
            drifted = True
            continue
        for sentence in differences(path):
            print(f"{shown}: {sentence}")
            drifted = True
    if check and drifted:
        print(f"Mend with: {MEND}")
    elif not drifted:
        print(f"{len(notebook_paths())} notebooks agree with their essays and chapters")
    return int(drifted)


if __name__ == "__main__":
    sys.exit(main())
