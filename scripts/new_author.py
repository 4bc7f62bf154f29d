"""Start a new author: a folder for the books and the notebooks, ready to run.

    uv run scripts/new_author.py "Jane Austen"

makes Books/JaneAusten/ and NoteBooks/JaneAusten/ with a FineTuning and a Comparison notebook for each model and one across models.
"""
import argparse
import ast
import re
import sys
import unicodedata
from pathlib import Path

import nbformat

import stamp_cells

# What differs between the models, in the parameters cells.
MODELS = {
    "Qwen3_14B": {"MODEL": "unsloth/Qwen3-14B-unsloth-bnb-4bit"},
    "GPT_OSS_20B": {"MODEL": "unsloth/gpt-oss-20b-unsloth-bnb-4bit"},
}
TITLES = {
    "FineTuning": "# {author}: fine-tuning {model}\n\nFrom the PDFs in `Books/{key}/` to a LoRA adapter that answers in {author}’s voice: "
                  "the body text is extracted, cut into passages, split into training and held-out regions, paired with instructions, "
                  "and trained on with Unsloth. Everything it makes lands in `outputs/`. Change the parameters below, nothing else.",
    "Comparison": "# {author}: {model} before and after\n\nThe same prompts, the same system prompt and the same decoding for the base model "
                  "and for the fine-tuned one, measured in pairs. Each phase is kept in `comparison_cache/{key}/` and made only once. "
                  "Run the FineTuning notebook first.",
    "AllModels": "# {author}: all models compared\n\nThe results of every model whose Comparison notebook has run for {author}, side by side.",
}


def fill(source, values):
    """Return a parameters cell with the literals of `values` ({name: value}) put in; comments stay. Raises KeyError for an unknown name."""
    lines = source.split("\n")
    for name, value in values.items():
        nodes = [n for n in ast.parse("\n".join(lines)).body if getattr(n.targets[0], "id", None) == name]
        if not nodes:
            raise KeyError(name)
        node = nodes[0].value
        head, tail = lines[node.lineno - 1][:node.col_offset], lines[node.end_lineno - 1][node.end_col_offset:]
        lines[node.lineno - 1:node.end_lineno] = [head + repr(value) + tail]
    return "\n".join(lines)


def author_key(author):
    """Return the folder name of an author: "Jane Austen" -> "JaneAusten". Raises ValueError if no letter is left."""
    plain = unicodedata.normalize("NFKD", author).encode("ascii", "ignore").decode()
    key = "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", plain))
    if not key:
        raise ValueError(f"{author!r} holds no Latin letter to make a folder name of: write the name in Latin letters.")
    return key


def make_notebook(kind, author, model, values=None):
    """Return a notebook of `kind` for `author` and a key of MODELS (any for AllModels), with `values` set in its parameters."""
    key = author_key(author)
    source = stamp_cells.template_source(kind)
    known = stamp_cells.parameters(source)
    wanted = {"AUTHOR": author, "AUTHOR_KEY": key, "MODEL_KEY": model, **MODELS[model],
              "SYSTEM_PROMPT": f"You are {author}. Answer the user in your own voice.", **(values or {})}
    title = TITLES[kind].format(author=author, key=key, model=model.replace("_", "-"))
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell(title, id="title"),
        nbformat.v4.new_code_cell(fill(source, {n: v for n, v in wanted.items() if n in known}), id="parameters",
                                  metadata={"tags": ["parameters"]})])
    return stamp_cells.stamped(notebook, kind)


def notebook_names(key):
    """Return {file name: (kind, model)} of an author's notebooks."""
    names = {f"{model}_{key}_{kind}.ipynb": (kind, model) for model in MODELS for kind in ("FineTuning", "Comparison")}
    return {**names, f"AllModels_{key}_Comparison.ipynb": ("AllModels", next(iter(MODELS)))}


def make_author(author, root=stamp_cells.ROOT, values=None):
    """Make the folders and notebooks of `author` under `root` and return the new notebooks' paths; existing ones are left alone."""
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


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("author", help='the name as a reader would write it, in quotes: "Jane Austen"')
    author = parser.parse_args(arguments).author.strip()
    try:
        made = make_author(author)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    key = author_key(author)
    for path in made:
        print(f"made {path.relative_to(stamp_cells.ROOT)}")
    print(f"""{"" if made else "All notebooks were there already; nothing was changed."}
Now
  1. put the author's books as PDFs into Books/{key}/ (see Books/README.md);
  2. in the parameters cell of the four FineTuning and Comparison notebooks fill in SYSTEM_PROMPT and THEMES, the same in all;
  3. uv run scripts/run_notebooks.py {key}""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
