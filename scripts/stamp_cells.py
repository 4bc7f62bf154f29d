"""Copy the shared cells of scripts/cells/ into every notebook, or check that nothing has drifted.

    uv run scripts/stamp_cells.py            # source -> notebooks
    uv run scripts/stamp_cells.py --check    # exit 1 and name notebook and cell where one differs

`scripts/cells/manifest.toml` gives each kind of notebook its ordered cells, in parts with a heading. A cell is `<name>.py` (tag `shared:<name>`, cell id
`<name>`) and, shown before it, `<name>.md` (id `<name>-text`). Cells that are not shared (the title, the parameters, a note of
your own) stay where they are: each follows the shared cell it followed before.
"""
import argparse
import ast
import sys
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
CELLS = ROOT / "scripts" / "cells"
MEND = "uv run scripts/stamp_cells.py"


def manifest():
    """Return {kind: {part: [cell name, ...]}} in notebook order."""
    return tomllib.loads((CELLS / "manifest.toml").read_text())


def cell_names(kind):
    """Return the names of the cells of `kind` in order."""
    return [name for names in manifest()[kind].values() for name in names]


def notebook_paths(root=ROOT):
    """Return every notebook of the collection, sorted; executed copies are reports, not notebooks."""
    return sorted(p for p in Path(root, "NoteBooks").glob("*/*.ipynb") if not p.stem.endswith("_executed"))


def kind_of(path):
    """Return "FineTuning", "Comparison" or "AllModels" from a notebook's file name. Raises ValueError for another name."""
    stem = Path(path).stem
    kind = "AllModels" if stem.startswith("AllModels_") else stem.rsplit("_", 1)[-1]
    if kind not in manifest():
        raise ValueError(f"{path}: the name ends neither in _FineTuning nor in _Comparison; rename the notebook or move it away.")
    return kind


def shared_cells(kind):
    """Return the notebook cells that `kind` shares, in order."""
    cells = []
    for number, (part, names) in enumerate(manifest()[kind].items(), 1):
        cells.append(nbformat.v4.new_markdown_cell(f"## {number}. {part}", id=f"part-{number}",
                                                   metadata={"tags": [f"shared:part-{number}"]}))
        for name in names:
            text = (CELLS / f"{name}.md").read_text().rstrip("\n")
            code = (CELLS / f"{name}.py").read_text().rstrip("\n")
            cells.append(nbformat.v4.new_markdown_cell(text, id=f"{name}-text", metadata={"tags": [f"shared:{name}"]}))
            cells.append(nbformat.v4.new_code_cell(code, id=name, metadata={"tags": [f"shared:{name}"]}))
    return cells


def is_shared(cell):
    return any(tag.startswith("shared:") for tag in cell.metadata.get("tags", []))


def stamped(notebook, kind):
    """Return a copy of `notebook` with the shared cells of `kind` in place; outputs stay where the code is unchanged."""
    old, own, after = {}, {}, None
    for cell in notebook.cells:
        if is_shared(cell):
            after = cell.id
            old[cell.id] = cell
        else:
            own.setdefault(after, []).append(cell)
    cells = own.pop(None, [])
    for cell in shared_cells(kind):
        before = old.get(cell.id)
        if before and before.source == cell.source and before.cell_type == cell.cell_type == "code":
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
        cells += [cell, *own.pop(cell.id, [])]
    cells += [cell for rest in own.values() for cell in rest]  # what followed a cell that is no more
    new = nbformat.v4.new_notebook(cells=cells, metadata=dict(notebook.metadata))
    new.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new


def parameters(source):
    """Return {name: value} of a parameters cell. Raises ValueError where a line is not `NAME = literal`."""
    values = {}
    for node in ast.parse(source).body:
        try:
            (target,) = node.targets
            values[target.id] = ast.literal_eval(node.value)
        except (AttributeError, ValueError):
            raise ValueError(f"line {node.lineno} of the parameters cell is not `NAME = literal`") from None
    return values


def parameters_cell(notebook):
    """Return the code cell tagged `parameters`. Raises ValueError if there is not exactly one."""
    found = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(found) != 1:
        raise ValueError(f"{len(found)} cells are tagged `parameters`, there must be one")
    return found[0]


def differences(path):
    """Return sentences, one for each way in which the notebook at `path` differs from the shared sources."""
    try:
        notebook = nbformat.read(path, as_version=4)
        kind = kind_of(path)
        known = parameters(parameters_cell(notebook).source)
    except Exception as error:  # any unreadable notebook is a difference, told with its reason
        return [f"{error}"]
    wanted = shared_cells(kind)
    have = {cell.id: cell for cell in notebook.cells if is_shared(cell)}
    said = [f"cell {cell.id} is missing" if cell.id not in have else f"cell {cell.id} differs from its source"
            for cell in wanted if cell.id not in have or have[cell.id].source != cell.source
            or have[cell.id].metadata.get("tags") != cell.metadata.tags or have[cell.id].cell_type != cell.cell_type]
    said += [f"cell {name} is not one of this kind's" for name in have if name not in {cell.id for cell in wanted}]
    if not said and list(have) != [cell.id for cell in wanted]:
        said.append("the shared cells are out of order")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        said.append("the kernel is not python3")
    template = parameters(template_source(kind))
    said += [f"the parameters cell lacks {name}: copy its line from scripts/cells/parameters/{kind}.py"
             for name in template if name not in known]
    said += [f"the parameters cell sets {name}, which no cell uses" for name in known if name not in template]
    return said


def template_source(kind):
    """Return the parameters cell that new notebooks of `kind` start from."""
    return (CELLS / "parameters" / f"{kind}.py").read_text().rstrip("\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a notebook differs")
    check = parser.parse_args(arguments).check
    drifted = False
    for path in notebook_paths():
        shown = path.relative_to(ROOT)
        if not check:
            try:
                notebook = nbformat.read(path, as_version=4)
                new = stamped(notebook, kind_of(path))
                if new != notebook:
                    nbformat.write(new, path)
                    print(f"{shown}: stamped")
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
        print(f"{len(notebook_paths())} notebooks agree with scripts/cells/")
    return int(drifted)


if __name__ == "__main__":
    sys.exit(main())
