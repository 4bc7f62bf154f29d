if __name__ == "__main__":
    results["tuned"] = run_phase(
        CACHE_DIR / "tuned_results.pkl", "tuned", part_keys(model_print, folder_fingerprint(ADAPTER)),
        lambda part: make_part(part, adapter=True), settings, read_results, keep_results)
    first = next(row for row in results["tuned"]["answers"] if row["system"] == "persona")
    print(f"\n{first['question']}\n{first['answer']}")
