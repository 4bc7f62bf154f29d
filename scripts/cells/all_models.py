import functools, json
from pathlib import Path

def read_comparisons(folder):
    """Return ({run: comparison.json} for `folder`/outputs/<run>/, sorted, and the models without one).

    Models are known by their notebooks <Model>_<Author>_Comparison; a demo's run is <Model>-demo. Raises
    FileNotFoundError where there is no comparison at all, ValueError for a file that is no JSON.
    """
    runs = {}
    for path in sorted(Path(folder).glob("outputs/*/comparison.json")):
        try:
            runs[path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"{path} is no JSON: run that model's Comparison notebook again.") from None
    models = [path.stem.rsplit("_", 2)[0] for path in sorted(Path(folder).glob("*_Comparison.ipynb"))]
    missing = [model for model in models if model != "AllModels" and not {model, f"{model}-demo"} & set(runs)]
    if not runs:
        raise FileNotFoundError("No model has been compared for this author yet: run a Comparison notebook"
                                f" first ({', '.join(missing) or 'none is here'}).")
    return runs, missing

if __name__ == "__main__":
    with plain_errors():
        runs, missing = read_comparisons(".")
    OUT_DIR = Path("outputs", "AllModels")
    OUT_DIR.mkdir(parents=True, exist_ok=True)
    save_figure = functools.partial(write_figure, OUT_DIR)
    for run, one in runs.items():
        print(f"{run}: profile {one['profile']}, {one['n_prompts']} prompts, {len(one['measures'])} measures")
    bases = {one["settings"].get("model") for one in runs.values()}
    if len(bases) == 1 < len(runs):
        print("All of these runs have the same base model, as demos do: expect the same figures in every column.")
    print(f"Not compared yet: {', '.join(missing) or 'none'}.")
