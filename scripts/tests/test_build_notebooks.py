"""The stamper: every notebook agrees with the sources, and the smallest drift is found, named and mended."""
import ast
import builtins
import importlib
import shutil
import symtable

import nbformat
import pytest

import new_author
import stamp_cells

NOTEBOOKS = stamp_cells.notebook_paths()
SOURCES = sorted((stamp_cells.ROOT / "scripts/cells").glob("*.py"))


@pytest.fixture
def collection(tmp_path, monkeypatch):
    """A copy of the notebooks that the stamper works on instead of the real ones."""
    for path in NOTEBOOKS:
        copy = tmp_path / path.relative_to(stamp_cells.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    monkeypatch.setattr(stamp_cells, "ROOT", tmp_path)
    monkeypatch.setattr(stamp_cells.notebook_paths, "__defaults__", (tmp_path,))
    return tmp_path


def test_the_collection_is_complete_and_agrees():
    for author in ("WilliamShakespeare", "JordanPeterson"):
        names = {p.name for p in NOTEBOOKS if p.parent.name == author}
        assert names == set(new_author.notebook_names(author))
    assert stamp_cells.main(["--check"]) == 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_committed_without_outputs_and_with_short_titled_cells(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for before, cell in zip([None, *notebook.cells], notebook.cells):
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
            assert len(cell.source.splitlines()) <= 40, cell.id
            assert cell.id == "parameters" or before.source.startswith("#"), cell.id


def test_one_character_is_found_named_and_mended(collection, capsys):
    path = next(collection.glob("NoteBooks/JordanPeterson/Qwen3_14B_*_FineTuning.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if c.id == "setup")
    cell.source = cell.source.replace("e", "E", 1)
    nbformat.write(notebook, path)
    assert stamp_cells.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert "Qwen3_14B_JordanPeterson_FineTuning.ipynb: cell setup differs from its source" in said
    assert "Mend with: uv run scripts/stamp_cells.py" in said
    assert stamp_cells.main([]) == 0
    assert stamp_cells.main(["--check"]) == 0


def test_missing_moved_and_foreign_cells_and_parameters_are_found(collection, capsys):
    path = next(collection.glob("NoteBooks/JordanPeterson/Qwen3_14B_*_FineTuning.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    whole = [dict(c) for c in notebook.cells]

    def said_of(cells):
        notebook.cells = [nbformat.from_dict(c) for c in cells]
        nbformat.write(notebook, path)
        capsys.readouterr()
        assert stamp_cells.main(["--check"]) == 1
        return capsys.readouterr().out

    assert "cell profile is missing" in said_of([c for c in whole if c["id"] != "profile"])
    order = [c["id"] for c in whole]
    a, b = order.index("setup"), order.index("profile")
    moved = whole[:]
    moved[a], moved[b] = moved[b], moved[a]
    assert "out of order" in said_of(moved)
    foreign = whole + [nbformat.v4.new_code_cell("x", id="alien", metadata={"tags": ["shared:alien"]})]
    assert "cell alien is not one of this kind's" in said_of(foreign)
    short = [dict(c) for c in whole]
    k = order.index("parameters")
    short[k]["source"] = "\n".join(l for l in short[k]["source"].split("\n") if not l.startswith("LORA_R")) + "\nMY_OWN = 1"
    said = said_of(short)
    assert "the parameters cell lacks LORA_R: copy its line from scripts/cells/parameters/FineTuning.py" in said
    assert "the parameters cell sets MY_OWN, which no cell uses" in said
    short[k]["source"] = whole[k]["source"] + "\nLORA_R = 8 * 2"
    assert "is not `NAME = literal`" in said_of(short)


def test_own_cells_stay_where_they_are(collection):
    path = next(collection.glob("NoteBooks/JordanPeterson/Qwen3_14B_*_FineTuning.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    place = next(i for i, c in enumerate(notebook.cells) if c.id == "versions")
    notebook.cells.insert(place + 1, nbformat.v4.new_markdown_cell("My own note", id="mine"))
    notebook.cells[place].source += " "
    nbformat.write(notebook, path)
    assert stamp_cells.main([]) == 0
    ids = [c.id for c in nbformat.read(path, as_version=4).cells]
    assert ids[ids.index("mine") - 1] == "versions" and len(ids) == len(notebook.cells)


def test_new_author_makes_notebooks_that_agree(collection, capsys):
    (collection / "Books").mkdir()
    made = new_author.make_author("Zoë van Dam", root=collection)
    assert {p.name for p in made} == set(new_author.notebook_names("ZoeVanDam"))
    assert (collection / "Books/ZoeVanDam").is_dir()
    assert stamp_cells.main(["--check"]) == 0
    assert new_author.make_author("Zoë van Dam", root=collection) == []  # nothing is overwritten
    for path in made:
        cell = stamp_cells.parameters_cell(nbformat.read(path, as_version=4))
        values = stamp_cells.parameters(cell.source)
        assert (values["AUTHOR"], values["AUTHOR_KEY"]) == ("Zoë van Dam", "ZoeVanDam")
        assert path.name.startswith(values.get("MODEL_KEY", "AllModels"))


def test_a_name_without_latin_letters_is_refused(capsys):
    assert new_author.main(["Лев"]) == 2
    assert "Latin letter" in capsys.readouterr().err


def test_an_authors_notebooks_agree_in_their_common_parameters():
    for author in {p.parent for p in NOTEBOOKS}:
        common = {}
        for path in sorted(author.glob("*.ipynb")):
            if path.stem.endswith("_executed") or path.stem.startswith("AllModels"):
                continue
            values = stamp_cells.parameters(stamp_cells.parameters_cell(nbformat.read(path, as_version=4)).source)
            for name, value in values.items():
                if name != "DEMO":
                    model = values["MODEL_KEY"] if name in {"MODEL_KEY", "MODEL"} else ""
                    assert common.setdefault((name, model), value) == value, (path.name, name)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_every_cell_source_is_a_short_self_contained_module(path):
    source = path.read_text()
    assert len(source.splitlines()) <= 40
    assert max(map(len, source.splitlines())) <= 120
    assert path.with_suffix(".md").read_text().startswith("### ")
    assert path.stem in {name for kind in stamp_cells.manifest() for name in stamp_cells.cell_names(kind)}
    tree = ast.parse(source)
    body = [n for n in tree.body if not (isinstance(n, ast.If) and "__main__" in ast.unparse(n.test))]
    assert not any(isinstance(n, (ast.Expr, ast.For, ast.While, ast.With)) and not isinstance(getattr(n, "value", None), ast.Constant)
                   for n in body), "a statement would run on import"
    library = ast.unparse(ast.Module(body, []))
    table = symtable.symtable(library, path.name, "exec")
    known = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()} | set(dir(builtins)) | {"__file__"}

    def free(scope):
        for symbol in scope.get_symbols():
            if symbol.is_global() and symbol.get_name() not in known:
                yield f"{scope.get_name()} uses {symbol.get_name()}"
        for child in scope.get_children():
            yield from free(child)

    assert not list(free(table))
    importlib.import_module(f"cells.{path.stem}")


def test_no_two_cells_define_the_same_name():
    """All cells of a notebook share one namespace, so a constant or function of one must not replace another's."""
    for kind in stamp_cells.manifest():
        where = {}
        for name in stamp_cells.cell_names(kind):
            for node in ast.parse((stamp_cells.CELLS / f"{name}.py").read_text()).body:
                targets = [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else [
                    n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                ] if isinstance(node, (ast.Assign, ast.AnnAssign)) else []
                for target in targets:
                    assert target not in where, f"{kind}: {target} is defined in {where[target]} and in {name}"
                    where[target] = name
