"""A new author, and an author changed: all notebooks get the same values, nothing else moves."""

import nbformat

import build_notebooks
import new_author
from test_build_notebooks import collection  # noqa: F401  (a copy to work on)

PERSONA = "You are Jane Austen. Be brief, and dry."
THEMES = "first impressions, pride, a good income"
COMMAND = ["Jane Austen", "--persona", PERSONA, "--themes", THEMES]


def parameters_of(path):
    cell = build_notebooks.parameters_cell(nbformat.read(path, as_version=4))
    return build_notebooks.parameters(cell.source)


def test_persona_and_themes_stand_in_all_notebooks_that_have_them(collection, capsys):  # noqa: F811
    assert new_author.main(COMMAND) == 0
    said = capsys.readouterr().out
    assert "run_notebooks.py JaneAusten" in said and "jupyter lab NoteBooks/JaneAusten" in said
    paths = sorted((collection / "NoteBooks/JaneAusten").glob("*.ipynb"))
    assert {path.name for path in paths} == set(new_author.notebook_names("JaneAusten"))
    found = [parameters_of(path) for path in paths]
    personas = [one["SYSTEM_PROMPT"] for one in found if "SYSTEM_PROMPT" in one]
    themes = [one["THEMES"] for one in found if "THEMES" in one]
    assert personas == [PERSONA] * 2
    assert themes == [["first impressions", "pride", "a good income"]] * 2


def test_other_values_change_them_all_and_nothing_else(collection, capsys):  # noqa: F811
    new_author.main(COMMAND)
    folder = collection / "NoteBooks/JaneAusten"
    tuning = folder / "GPT_OSS_20B_JaneAusten_FineTuning.ipynb"
    notebook = nbformat.read(tuning, as_version=4)
    cell = build_notebooks.parameters_cell(notebook)
    cell.source = cell.source.replace("EPOCHS = 1", "EPOCHS = 3")
    notebook.cells.append(nbformat.v4.new_code_cell("1", id="mine"))
    nbformat.write(notebook, tuning)
    before = {path: path.read_text() for path in sorted(folder.glob("*.ipynb"))}
    assert new_author.main(["Jane Austen", "--persona", "You are Miss Austen."]) == 0
    changed = [path for path in before if path.read_text() != before[path]]
    assert len(changed) == 2 and all("FineTuning" in path.name for path in changed)
    for path in changed:
        expected = before[path].replace(PERSONA, "You are Miss Austen.")
        assert path.read_text() == expected
    assert "changed" in capsys.readouterr().out
    assert new_author.main(["Jane Austen", "--persona", "You are Miss Austen."]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert build_notebooks.main(["--check"]) == 0


BAD_NAMES = [
    (["Лев"], "Latin letter"),
    (["Jane\nAusten"], "one short line"),
    (["Jane " * 30], "one short line"),
    (["jane austen"], "belongs to 'Jane Austen'"),
    (["Jane Austen", "--persona", " "], "need text"),
    (["Jane Austen", "--themes", " , "], "need text"),
]


def test_bad_and_taken_names_are_refused(collection, capsys):  # noqa: F811
    new_author.main(COMMAND)
    before = sorted((collection / "NoteBooks").rglob("*"))
    for arguments, sentence in BAD_NAMES:
        assert new_author.main(arguments) == 2, arguments
        assert sentence in capsys.readouterr().err
        assert sorted((collection / "NoteBooks").rglob("*")) == before


# Other models

SMALL = "Qwen3_4B=unsloth/Qwen3-4B-unsloth-bnb-4bit"


def test_a_model_is_added_under_the_persona_that_is_there(collection, capsys):  # noqa: F811
    new_author.main(COMMAND)
    folder = collection / "NoteBooks/JaneAusten"
    before = {path: path.read_bytes() for path in folder.glob("*.ipynb")}
    llama = "Llama_3_2_3B=unsloth/Llama-3.2-3B-Instruct-bnb-4bit"
    assert new_author.main(["Jane Austen", "--model", SMALL, "--model", llama]) == 0
    assert all(path.read_bytes() == text for path, text in before.items())
    made = {path.name for path in folder.glob("*.ipynb")} - {path.name for path in before}
    kinds = ("FineTuning", "Comparison", "Chat")
    keys = {"Qwen3_4B": SMALL.partition("=")[2], "Llama_3_2_3B": llama.partition("=")[2]}
    assert made == {f"{key}_JaneAusten_{kind}.ipynb" for key in keys for kind in kinds}
    for name in made:
        values = parameters_of(folder / name)
        (key,) = (key for key in keys if name.startswith(key))
        assert values["MODEL_KEY"] == key and values["AUTHOR"] == "Jane Austen"
        assert values.get("MODEL", keys[key]) == keys[key]
    own = parameters_of(folder / "Qwen3_4B_JaneAusten_FineTuning.ipynb")
    assert own["MODEL"] == "unsloth/Qwen3-4B-unsloth-bnb-4bit"
    assert own["SYSTEM_PROMPT"] == PERSONA and own["THEMES"][0] == "first impressions"
    assert build_notebooks.main(["--check"]) == 0
    capsys.readouterr()
    assert new_author.main(["Jane Austen", "--model", SMALL]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert new_author.main(["Jane Austen", "--persona", "You are Miss Austen."]) == 0
    assert capsys.readouterr().out.count("changed ") == 4  # the added models' as well


BAD_MODELS = [
    ("Qwen3_4B", "is no name on the model hub"),
    ("=unsloth/Qwen3-4B", "write KEY=HUB_NAME"),
    ("Qwen3-4B=unsloth/Qwen3-4B", "write KEY=HUB_NAME"),
    ("../x=unsloth/Qwen3-4B", "write KEY=HUB_NAME"),
    ("Qwen3_4B=", "is no name on the model hub"),
    ("Qwen3_4B=Qwen3-4B", "is no name on the model hub"),
    ("Qwen3_4B=a/b/c", "ChatML (Qwen3, SmolLM2), Llama 3, Gemma or GPT-OSS"),
    ("Qwen3_4B=../b", "is no name on the model hub"),
    ("Qwen3_4B=https://a/b", "is no name on the model hub"),
    ("Qwen3_14B=unsloth/Qwen3-4B", "Qwen3_14B is unsloth/Qwen3-14B-unsloth-bnb-4bit here"),
    ("qwen3_14b=unsloth/Qwen3-14B-unsloth-bnb-4bit", "choose another key"),
    ("AllModels=unsloth/Qwen3-4B", "AllModels is the notebook of all models here"),
    ("Mine_8B=unsloth/Qwen3-4B", "Mine_8B is unsloth/Qwen3-8B here"),
]


def test_bad_and_taken_models_are_refused(collection, capsys):  # noqa: F811
    new_author.main([*COMMAND, "--model", "Mine_8B=unsloth/Qwen3-8B"])
    before = sorted((collection / "NoteBooks").rglob("*"))
    for model, sentence in BAD_MODELS:
        assert new_author.main(["Jane Austen", "--model", model]) == 2, model
        assert sentence in capsys.readouterr().err
        if "Mine" not in model:  # another author may have it
            assert new_author.main(["New Author", "--model", model]) == 2
        assert sorted((collection / "NoteBooks").rglob("*")) == before
