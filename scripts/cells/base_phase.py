import functools
from pathlib import Path

if __name__ == "__main__":
    model_print = folder_fingerprint(MODEL) if Path(MODEL).is_dir() else MODEL
    keep_results = functools.partial(write_results, write_whole=write_whole)
    results = {"base": run_phase(
        CACHE_DIR / "base_results.pkl", "base", part_keys(model_print),
        lambda part: make_part(part, adapter=False), settings, read_results, keep_results)}
    first = next(row for row in results["base"]["answers"] if row["system"] == "persona")
    print(f"\n{first['question']}\n{first['answer']}")
