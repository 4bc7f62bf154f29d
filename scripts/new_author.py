"""Start a new author, or change one: a folder for the books and the notebooks, ready to run.

    uv run scripts/new_author.py "Jane Austen" --persona "You are Jane Austen. Be brief and dry." \\
        --themes "first impressions, pride, a good income"

makes Books/JaneAusten/ and NoteBooks/JaneAusten/ with a FineTuning, a Comparison and a Chat
notebook for each model, and one notebook across models. Run again with another persona or other
themes, it changes them in all of the author's notebooks, and nothing else.

    uv run scripts/new_author.py "Jane Austen" --model Qwen3_4B=unsloth/Qwen3-4B-unsloth-bnb-4bit

adds the notebooks of another model, under the author's persona and themes.
"""

import argparse
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import build_notebooks
from chapters.chat import KNOWN_FORMATS
from chapters.preparation import KEY_PATTERN

# Of every author, {key: name on the model hub}; others are added with --model.
MODELS = {
    "Qwen3_14B": "unsloth/Qwen3-14B-unsloth-bnb-4bit",
    "GPT_OSS_20B": "unsloth/gpt-oss-20b-unsloth-bnb-4bit",
}
SHARED = ("SYSTEM_PROMPT", "PLAIN_SYSTEM_PROMPT", "THEMES")  # by all models of an author


def literal(value: Any) -> str:
    """Return a value as it is written in a parameters cell; a long list has an entry a line."""
    if isinstance(value, str) and '"' not in value:
        return f'"{value}"' if value.isprintable() and "\\" not in value else repr(value)
    if not isinstance(value, list):
        return repr(value)
    entries = [literal(entry) for entry in value]
    line = f"[{', '.join(entries)}]"
    return line if len(line) < 80 else "[\n" + "".join(f"    {one},\n" for one in entries) + "]"


def author_key(author: str) -> str:
    """Return an author's folder name: "Jane Austen" -> "JaneAusten". Raises ValueError for none."""
    plain = unicodedata.normalize("NFKD", author).encode("ascii", "ignore").decode()
    key = "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", plain))
    if not key:
        raise ValueError(
            f"{author!r} holds no Latin letter to make a folder name of: "
            "write the name in Latin letters."
        )
    return key


def make_notebook(kind: str, author: str, model: tuple[str, str], values: dict) -> NotebookNode:
    """Return a notebook of `kind` for `author` and a model (key, name on the hub), with `values` as
    parameters."""
    wanted = {
        "AUTHOR": author,
        "AUTHOR_KEY": author_key(author),
        "MODEL_KEY": model[0],
        "MODEL": model[1],
        "SYSTEM_PROMPT": f"You are {author}. Answer the user in your own voice.",
        **values,
    }
    texts = {name: literal(value) for name, value in wanted.items()}
    cells = build_notebooks.built_cells(kind, texts)
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": build_notebooks.KERNEL})


def notebook_names(key: str, models: Iterable[str] = MODELS) -> dict[str, tuple[str, str]]:
    """Return {file name: (kind, model)} of an author's notebooks."""
    names = {}
    for model in models:
        for kind in ("FineTuning", "Comparison", "Chat"):
            names[f"{model}_{key}_{kind}.ipynb"] = (kind, model)
    names[f"AllModels_{key}_Comparison.ipynb"] = ("AllModels", next(iter(MODELS)))
    return names


def trained_models(key: str, root: Path) -> dict[str, dict[str, Any]]:
    """Return {model: the parameters of its FineTuning notebook} of an author's folder."""
    found = {}
    for path in sorted(Path(root, "NoteBooks", key).glob(f"*_{key}_FineTuning.ipynb")):
        cell = build_notebooks.parameters_cell(nbformat.read(path, as_version=4))
        found[path.name.removesuffix(f"_{key}_FineTuning.ipynb")] = build_notebooks.parameters(
            cell.source
        )
    return found


def models_of(texts: list[str], key: str, root: Path) -> dict[str, str]:
    """Return {key: name on the hub} of the models that an author has, MODELS and `texts`, each
    "KEY=HUB_NAME".

    Raises ValueError for a bad key, one that another model has, and what is no name on a hub."""
    there = {model: values["MODEL"] for model, values in trained_models(key, root).items()}
    models = {**MODELS, **there}
    for text in texts:
        model, _, name = text.partition("=")
        if not re.fullmatch(KEY_PATTERN, model):
            raise ValueError(
                f"--model {text!r}: write KEY=HUB_NAME, the key in letters a to z, digits and "
                "underscores, such as Qwen3_4B=unsloth/Qwen3-4B-unsloth-bnb-4bit."
            )
        if not re.fullmatch(r"(?!.*(--|\.\.))(\w[\w.-]*)/(\w[\w.-]*)", name, re.ASCII):
            raise ValueError(
                f"--model {text!r}: {name!r} is no name on the model hub, which has an owner and a "
                "model with one slash between. It must be a text model whose chat is of the kind "
                f"of {KNOWN_FORMATS}."
            )
        taken = {one.casefold(): one for one in (*models, "AllModels")}.get(model.casefold())
        if taken and (taken != model or models.get(taken) != name):
            raise ValueError(
                f"--model {text!r}: {taken} is {models.get(taken, 'the notebook of all models')} "
                "here: choose another key."
            )
        models[model] = name
    return models


def check_free(author: str, root: Path) -> None:
    """Raise ValueError for a name that is no line of text, or whose folder is another author's."""
    key = author_key(author)
    if not author.isprintable() or len(key) > 60:
        raise ValueError(f"{author!r} is no name to make a folder of: write it on one short line.")
    for path in sorted(Path(root, "NoteBooks", key).glob(f"*_{key}_*n*.ipynb")):
        if path.stem.endswith("_executed"):
            continue
        cell = build_notebooks.parameters_cell(nbformat.read(path, as_version=4))
        other = build_notebooks.parameters(cell.source)["AUTHOR"]
        if other != author:
            raise ValueError(
                f"NoteBooks/{key} belongs to {other!r}: write the name in the same way, or "
                "choose another."
            )


def change_notebook(path: Path, texts: dict[str, str]) -> bool:
    """Put the source texts `texts` ({name: text}) into the parameters of a notebook and leave all
    else as it is; return whether something changed."""
    notebook = nbformat.read(path, as_version=4)
    cell = build_notebooks.parameters_cell(notebook)
    source = build_notebooks.fill(cell.source, texts)
    if source == cell.source:
        return False
    cell.source = source
    nbformat.write(notebook, path)
    return True


def change_author(author: str, values: dict, root: Path = build_notebooks.ROOT) -> list[Path]:
    """Put `values` into the parameters of all of an author's notebooks; return those changed."""
    texts = {name: literal(value) for name, value in values.items()}
    key = author_key(author)
    names = notebook_names(key, models_of([], key, root))
    there = [Path(root, "NoteBooks", key, name) for name in names]
    return [path for path in there if path.exists() and change_notebook(path, texts)]


def make_author(
    author: str,
    root: Path = build_notebooks.ROOT,
    values: dict | None = None,
    added: list[str] | None = None,
) -> list[Path]:
    """Make the folders and notebooks of `author`, those of the models `added` ("KEY=HUB_NAME") too;
    return the new paths, leave others alone. New ones take the persona and themes that are there.

    Raises ValueError for a bad name or model and for one whose folder is another author's."""
    check_free(author, root)
    key = author_key(author)
    models = models_of(added or [], key, root)
    there = next(iter(trained_models(key, root).values()), {})
    shared = {name: there[name] for name in SHARED if name in there}
    Path(root, "Books", key).mkdir(parents=True, exist_ok=True)
    folder = Path(root, "NoteBooks", key)
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, (kind, model) in notebook_names(key, models).items():
        if not (folder / name).exists():
            own = {**shared, **(values or {})}
            nbformat.write(make_notebook(kind, author, (model, models[model]), own), folder / name)
            made.append(folder / name)
    return made


def values_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return {parameter: value} of --persona and --themes. Raises ValueError for an empty one."""
    values: dict[str, Any] = {}
    if arguments.persona is not None:
        values["SYSTEM_PROMPT"] = arguments.persona.strip()
    if arguments.themes is not None:
        values["THEMES"] = [one.strip() for one in arguments.themes.split(",") if one.strip()]
    if not all(values.values()):
        raise ValueError(
            '--persona and --themes need text, such as --themes "love, a good income".'
        )
    return values


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    name = 'the name as a reader would write it, in quotes: "Jane Austen"'
    parser.add_argument("author", help=name)
    parser.add_argument("--persona", help="the system prompt under which the model is the author")
    parser.add_argument("--themes", help="what the author writes about, with commas between")
    model = f"KEY=HUB_NAME, a text model to add; its chat must be of the kind of {KNOWN_FORMATS}"
    parser.add_argument("--model", action="append", default=[], metavar="KEY=NAME", help=model)
    given = parser.parse_args(arguments)
    author = given.author.strip()
    try:
        values = values_of(given)
        made = make_author(author, build_notebooks.ROOT, values, given.model)
        changed = [
            path for path in change_author(author, values, build_notebooks.ROOT) if path not in made
        ]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    key = author_key(author)
    for done, paths in (("made", made), ("changed", changed)):
        for path in paths:
            print(f"{done} {path.relative_to(build_notebooks.ROOT)}")
    if not made and not changed:
        print("All notebooks were there already; nothing was changed.")
    print(f"Put the author's books, PDF or EPUB, into Books/{key}/ (see Books/README.md). Then:")
    if made and not values:
        print(f'  uv run scripts/new_author.py "{author}" --persona "…" --themes "…, …"')
    print(f"  uv run scripts/run_notebooks.py {key}")
    if values:
        print(f"  uv run --group chat jupyter lab NoteBooks/{key}/  # the Chat notebooks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
