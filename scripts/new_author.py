"""Start a new author: a folder for the books and the notebooks, ready to run.

    uv run scripts/new_author.py "Jane Austen"

makes Books/JaneAusten/ and NoteBooks/JaneAusten/ with a FineTuning and a Comparison notebook for
each model, and one notebook across models.
"""

import argparse
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import build_notebooks

# What differs between the models, in the parameters cells.
MODELS = {
    "Qwen3_14B": {"MODEL": "unsloth/Qwen3-14B-unsloth-bnb-4bit"},
    "GPT_OSS_20B": {"MODEL": "unsloth/gpt-oss-20b-unsloth-bnb-4bit"},
}


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


def make_notebook(kind: str, author: str, model: str, values: dict | None = None) -> NotebookNode:
    """Return a notebook of `kind` for `author` and a key of MODELS, with `values` as parameters."""
    wanted = {
        "AUTHOR": author,
        "AUTHOR_KEY": author_key(author),
        "MODEL_KEY": model,
        **MODELS[model],
        "SYSTEM_PROMPT": f"You are {author}. Answer the user in your own voice.",
        **(values or {}),
    }
    texts = {name: literal(value) for name, value in wanted.items()}
    cells = build_notebooks.built_cells(kind, texts)
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": build_notebooks.KERNEL})


def notebook_names(key: str) -> dict[str, tuple[str, str]]:
    """Return {file name: (kind, model)} of an author's notebooks."""
    names = {}
    for model in MODELS:
        for kind in ("FineTuning", "Comparison"):
            names[f"{model}_{key}_{kind}.ipynb"] = (kind, model)
    names[f"AllModels_{key}_Comparison.ipynb"] = ("AllModels", next(iter(MODELS)))
    return names


def make_author(
    author: str, root: Path = build_notebooks.ROOT, values: dict | None = None
) -> list[Path]:
    """Make the folders and notebooks of `author`; return the new paths, leave others alone."""
    key = author_key(author)
    Path(root, "Books", key).mkdir(parents=True, exist_ok=True)
    folder = Path(root, "NoteBooks", key)
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, (kind, model) in notebook_names(key).items():
        if not (folder / name).exists():
            nbformat.write(make_notebook(kind, author, model, values), folder / name)
            made.append(folder / name)
    return made


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    name = 'the name as a reader would write it, in quotes: "Jane Austen"'
    parser.add_argument("author", help=name)
    author = parser.parse_args(arguments).author.strip()
    try:
        made = make_author(author)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    key = author_key(author)
    for path in made:
        print(f"made {path.relative_to(build_notebooks.ROOT)}")
    if not made:
        print("All notebooks were there already; nothing was changed.")
    print(f"""Now
  1. put the author's books as PDFs into Books/{key}/ (see Books/README.md);
  2. in the parameters cell of the two FineTuning notebooks fill in SYSTEM_PROMPT and THEMES;
  3. uv run scripts/run_notebooks.py {key}""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
