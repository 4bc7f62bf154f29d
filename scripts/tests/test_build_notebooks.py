"""The builder: every notebook agrees with its sources; the smallest drift is found and mended."""

import ast
import builtins
import shutil
import subprocess
import sys

import nbformat
import pytest

import build_notebooks
import new_author

ROOT = build_notebooks.ROOT
NOTEBOOKS = build_notebooks.notebook_paths()
CHAPTERS = sorted(p.stem for p in (ROOT / "scripts/chapters").glob("*.py") if p.stem[0] != "_")
# Of a step alone: what it shows at once
SHOWN = {"alt", "columns", "figure", "longest", "told", "minutes", "speed"}
NEED_TORCH = {"training", "watching"}  # callbacks are subclasses of transformers'


@pytest.fixture
def collection(tmp_path, monkeypatch):
    """A copy of the sources and notebooks that the builder works on instead of the real ones."""
    for folder in ("chapters", "notebooks"):
        shutil.copytree(ROOT / "scripts" / folder, tmp_path / "scripts" / folder)
    for path in NOTEBOOKS:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    monkeypatch.setattr(build_notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(build_notebooks.notebook_paths, "__defaults__", (tmp_path,))
    return tmp_path


def peterson(collection):
    return next(collection.glob("NoteBooks/JordanPeterson/Qwen3_14B_*_FineTuning.ipynb"))


def defined_names(source):
    """Return the names that a module or cell binds at its top level, imports left out."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            # names inside functions and comprehensions are their own
            names |= stored_names(node)
    return names


def stored_names(node):
    inner = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    found = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            found.add(child.id)
        if not isinstance(child, inner):
            found |= stored_names(child)
    return found


def chapter_names():
    """Return {name: chapter} of all that chapters define; each must be defined once."""
    where = {}
    for chapter in CHAPTERS:
        source = (ROOT / f"scripts/chapters/{chapter}.py").read_text()
        for name in defined_names(source):
            assert name not in where, f"{name} is defined in {where[name]} and in {chapter}"
            where[name] = chapter
    return where


def steps_of(kind):
    return [
        cell
        for cell in build_notebooks.essay_cells(kind)
        if cell.cell_type == "code" and "essay" in cell.metadata.tags
    ]


# ---- The collection


def test_the_collection_is_complete_and_agrees():
    for author in ("WilliamShakespeare", "JordanPeterson"):
        names = {p.name for p in NOTEBOOKS if p.parent.name == author}
        assert names == set(new_author.notebook_names(author))
    assert build_notebooks.main(["--check"]) == 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_hold_no_outputs_and_short_cells_under_headings(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    run = 0
    for before, cell in zip([None, *notebook.cells], notebook.cells, strict=False):
        if cell.cell_type != "code":
            continue
        assert not cell.outputs and cell.execution_count is None
        folded = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert folded == any(tag.startswith("shared:") for tag in cell.metadata.tags), cell.id
        run = run + 1 if folded else 0
        assert run <= 4, f"{cell.id}: the fifth folded cell in a row"
        if cell.id != "parameters":
            assert len(cell.source.splitlines()) <= (90 if folded else 15), cell.id
            assert before.source.startswith("#"), cell.id


def test_all_models_is_short():
    cells = build_notebooks.essay_cells("AllModels")
    assert sum(cell.cell_type == "code" for cell in cells) <= 22


def test_every_chapter_stands_byte_for_byte_but_for_its_import_cell():
    included = {}
    for kind in build_notebooks.KINDS:
        for cell in build_notebooks.essay_cells(kind):
            for tag in cell.metadata.tags:
                if tag.startswith("shared:") and cell.cell_type == "code":
                    included.setdefault(tag.removeprefix("shared:"), {})[cell.id] = cell.source
    assert set(included) == set(CHAPTERS)
    for chapter, cells in included.items():
        source = (ROOT / f"scripts/chapters/{chapter}.py").read_text()
        for name, text in cells.items():
            assert f'# %% id="{name}"\n{text}\n' in source or f'id="{name}"\n\n\n{text}\n' in source
        assert source.count('\n# %% id="') == len(cells)


def test_peterson_and_shakespeare_differ_in_title_and_parameters_alone():
    for path in NOTEBOOKS:
        if path.parent.name != "JordanPeterson":
            continue
        other = ROOT / str(path.relative_to(ROOT)).replace("JordanPeterson", "WilliamShakespeare")
        mine, theirs = (nbformat.read(one, as_version=4) for one in (path, other))
        for one, two in zip(mine.cells, theirs.cells, strict=True):
            if one.id not in ("title", "parameters"):
                assert one == two, (path.name, one.id)


# ---- Drift


def test_one_character_is_found_named_and_mended(collection, capsys):
    path = peterson(collection)
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if c.id == "versions")
    cell.source = cell.source.replace("e", "E", 1)
    nbformat.write(notebook, path)
    assert build_notebooks.main(["--check"]) == 1
    said = capsys.readouterr().out
    name = "Qwen3_14B_JordanPeterson_FineTuning.ipynb"
    assert f"{name}: cell versions differs from its source" in said
    assert "Mend with: uv run scripts/build_notebooks.py" in said
    assert build_notebooks.main([]) == 0
    assert build_notebooks.main(["--check"]) == 0


def test_missing_moved_foreign_and_unfolded_cells_are_found(collection, capsys):
    path = peterson(collection)
    notebook = nbformat.read(path, as_version=4)
    whole = [dict(c) for c in notebook.cells]

    def said_of(cells):
        notebook.cells = [nbformat.from_dict(c) for c in cells]
        nbformat.write(notebook, path)
        capsys.readouterr()
        assert build_notebooks.main(["--check"]) == 1
        return capsys.readouterr().out

    assert "cell profile is missing" in said_of([c for c in whole if c["id"] != "profile"])
    order = [c["id"] for c in whole]
    a, b = order.index("versions"), order.index("profile")
    moved = whole[:]
    moved[a], moved[b] = moved[b], moved[a]
    assert "out of order" in said_of(moved)
    tags = {"tags": ["shared:alien"]}
    foreign = [*whole, nbformat.v4.new_code_cell("x", id="alien", metadata=tags)]
    assert "cell alien is not one of this kind's" in said_of(foreign)
    folded = next(n for n, c in enumerate(whole) if "jupyter" in c["metadata"])
    opened = [dict(c) for c in whole]
    opened[folded]["metadata"] = {"tags": whole[folded]["metadata"]["tags"]}
    assert f"cell {order[folded]} is not folded" in said_of(opened)


def test_parameters_keep_their_values_and_follow_the_essay(collection, capsys):
    path = peterson(collection)
    notebook = nbformat.read(path, as_version=4)
    cell = build_notebooks.parameters_cell(notebook)
    lines = [line for line in cell.source.split("\n") if not line.startswith("LORA_R =")]
    place = next(n for n, line in enumerate(lines) if line.startswith("EPOCHS = 1"))
    lines[place] = "EPOCHS = 3  # my own choice"
    cell.source = "\n".join(lines) + "\nMY_OWN = 1"
    nbformat.write(notebook, path)
    assert build_notebooks.main(["--check"]) == 1
    assert "cell parameters differs from its source" in capsys.readouterr().out
    assert build_notebooks.main([]) == 0
    source = build_notebooks.parameters_cell(nbformat.read(path, as_version=4)).source
    values = build_notebooks.parameters(source)
    assert values["EPOCHS"] == 3 and values["LORA_R"] == 16 and "MY_OWN" not in values
    assert values["AUTHOR"] == "Jordan Peterson" and len(values["THEMES"]) == 12

    notebook = nbformat.read(path, as_version=4)
    build_notebooks.parameters_cell(notebook).source += "\nLORA_R = 8 * 2"
    nbformat.write(notebook, path)
    assert build_notebooks.main(["--check"]) == 1
    assert "is not `NAME = literal`" in capsys.readouterr().out


def test_own_cells_stay_where_they_are(collection):
    path = peterson(collection)
    notebook = nbformat.read(path, as_version=4)
    place = next(i for i, c in enumerate(notebook.cells) if c.id == "versions")
    notebook.cells.insert(place + 1, nbformat.v4.new_markdown_cell("My own note", id="mine"))
    notebook.cells[place].source += " "
    nbformat.write(notebook, path)
    assert build_notebooks.main([]) == 0
    ids = [c.id for c in nbformat.read(path, as_version=4).cells]
    assert ids[ids.index("mine") - 1] == "versions" and len(ids) == len(notebook.cells)
    assert build_notebooks.main(["--check"]) == 0


def test_a_chapter_included_before_one_that_it_imports_is_refused(collection, capsys):
    essay = collection / "scripts/notebooks/FineTuning.py"
    text = essay.read_text()
    start = text.index('# %% id="include-pages"')
    end = text.index("# %%", start + 5)
    essay.write_text(text[:start] + text[end:])
    assert build_notebooks.main([]) == 1
    said = capsys.readouterr().out
    assert "FineTuning.py includes the chapter lines before pages, which it imports" in said
    assert "include pages first" in said


def test_a_cell_without_id_is_named(collection, capsys):
    chapter = collection / "scripts/chapters/words.py"
    chapter.write_text(chapter.read_text() + "\n# %%\nx = 1\n")
    assert build_notebooks.main(["--check"]) == 1
    assert "words.py: the cell 'x = 1' has no id" in capsys.readouterr().out


# ---- New authors


def test_new_author_makes_notebooks_that_agree(collection):
    (collection / "Books").mkdir()
    made = new_author.make_author("Zoë van Dam", root=collection)
    assert {p.name for p in made} == set(new_author.notebook_names("ZoeVanDam"))
    assert (collection / "Books/ZoeVanDam").is_dir()
    assert build_notebooks.main(["--check"]) == 0
    assert new_author.make_author("Zoë van Dam", root=collection) == []  # nothing is overwritten
    for path in made:
        notebook = nbformat.read(path, as_version=4)
        values = build_notebooks.parameters(build_notebooks.parameters_cell(notebook).source)
        assert (values["AUTHOR"], values["AUTHOR_KEY"]) == ("Zoë van Dam", "ZoeVanDam")
        assert path.name.startswith(values.get("MODEL_KEY", "AllModels"))
        assert notebook.cells[0].source.startswith("# Zoë van Dam: ")


def test_a_name_in_a_title_is_text(collection):
    names = {"AUTHOR": repr("A*b* <i> $x$ [c](d) `e` \\ f"), "AUTHOR_KEY": "'A_b'"}
    title = build_notebooks.built_cells("AllModels", names)[0].source.split("\n")[0]
    assert title == r"# A\*b\* \<i\> \$x\$ \[c\](d) \`e\` \\ f: all models compared"


def test_a_name_without_latin_letters_is_refused(capsys):
    assert new_author.main(["Лев"]) == 2
    assert "Latin letter" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["a", 'say "a"', "b\\c", ["x"], ["long " * 9] * 3, 1.5, None, {}])
def test_values_are_written_so_that_they_are_read_again(value):
    assert ast.literal_eval(new_author.literal(value)) == value


def test_what_is_no_authors_or_models_own_is_as_in_the_essay():
    own = ("AUTHOR", "AUTHOR_KEY", "MODEL", "MODEL_KEY", "SYSTEM_PROMPT", "THEMES")
    for path in build_notebooks.notebook_paths():  # a demo's values, too, once lagged behind
        notebook = nbformat.read(path, as_version=4)
        values = build_notebooks.parameters(build_notebooks.parameters_cell(notebook).source)
        template = build_notebooks.template_parameters(build_notebooks.kind_of(path))
        wanted = build_notebooks.parameters(template)
        assert {**values, **dict.fromkeys(own)} == {**wanted, **dict.fromkeys(own)}, path.name


def test_an_authors_notebooks_agree_in_their_common_parameters():
    for author in {p.parent for p in NOTEBOOKS}:
        common = {}
        for path in sorted(author.glob("*.ipynb")):
            if path.stem.endswith("_executed") or path.stem.startswith("AllModels"):
                continue
            cell = build_notebooks.parameters_cell(nbformat.read(path, as_version=4))
            values = build_notebooks.parameters(cell.source)
            for name, value in values.items():
                if name != "DEMO":
                    model = values["MODEL_KEY"] if name in {"MODEL_KEY", "MODEL"} else ""
                    assert common.setdefault((name, model), value) == value, (path.name, name)


# ---- Chapters and essays


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_a_module_of_definitions(chapter):
    cells = build_notebooks.read_source("chapters", chapter)
    assert ast.get_docstring(ast.parse(cells[0].source)), "no promise in the first cell"
    for node in ast.parse(cells[0].source).body[1:]:
        assert isinstance(node, ast.ImportFrom) and node.module.startswith("chapters."), chapter
    assert chapter not in sys.stdlib_module_names
    allowed = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign
    for cell in cells[1:]:
        if cell.cell_type == "code":
            for node in ast.parse(cell.source).body:
                shown = ast.unparse(node)[:60]
                if not shown.startswith("if TYPE_CHECKING:"):  # which imports nothing when it runs
                    assert isinstance(node, allowed | ast.AnnAssign), (cell.id, shown)
                for inner in ast.walk(node):
                    assert not isinstance(inner, ast.Global), (cell.id, "global")
                    if isinstance(inner, ast.FunctionDef):
                        length = (inner.end_lineno or 0) - inner.lineno + 1
                        assert length <= 40, (cell.id, inner.name, length)
            assert "globals()" not in cell.source and "SimpleNamespace" not in cell.source
    ids = [cell.id for cell in cells]
    assert len(set(ids)) == len(ids) and all(name.startswith(chapter) for name in ids)


def test_no_circle_among_the_chapters():
    needs = {chapter: set(build_notebooks.chapter_needs(chapter)) for chapter in CHAPTERS}
    done: set[str] = set()
    while ready := {
        chapter for chapter in CHAPTERS if chapter not in done and needs[chapter] <= done
    }:
        done |= ready
    assert done == set(CHAPTERS), "in or behind a circle: " + ", ".join(set(CHAPTERS) - done)


def test_names_are_unique_and_no_step_name_is_a_chapters():
    """All cells of a notebook share one namespace."""
    where = chapter_names()
    assert not set(where) & set(dir(builtins))
    for kind in build_notebooks.KINDS:
        steps = steps_of(kind)
        bound = set().union(*(defined_names(cell.source) for cell in steps))
        template = build_notebooks.template_parameters(kind)
        for name in bound | set(build_notebooks.parameters(template)):
            assert name not in where, f"{kind}: the step name {name} is defined in {where[name]}"


def test_steps_rebind_no_name_that_an_earlier_step_used():
    """Running a step twice must not change what it starts from: it binds its own names."""
    for kind in build_notebooks.KINDS:
        owner = {}
        for cell in steps_of(kind):
            targets = []
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.Assign | ast.AnnAssign):
                    targets += node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [
                n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)
            ]
            for name in set(names) - SHOWN:
                first = owner.setdefault(name, cell.id)
                assert first == cell.id, f"{kind}: {name} is bound in {first} and in {cell.id}"


def test_every_chapter_imports_alone_and_without_torch():
    code = f"""
import importlib, sys
for chapter in {[name for name in CHAPTERS if name not in NEED_TORCH]!r}:
    for name in [name for name in sys.modules if name.startswith("chapters")]:
        del sys.modules[name]
    importlib.import_module(f"chapters.{{chapter}}")
    slow = {{"torch", "transformers", "pandas", "matplotlib.pyplot", "sklearn", "scipy", "pymupdf"}}
    assert not slow & set(sys.modules), (chapter, slow & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
