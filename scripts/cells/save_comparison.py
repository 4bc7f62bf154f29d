if __name__ == "__main__":
    with plain_errors():
        write_json(OUT_DIR / "comparison.json", {
            "author": AUTHOR, "model": MODEL_KEY, "profile": "demo" if DEMO_RUN else "gpu",
            "n_prompts": len(prompts), "settings": {**settings, "bootstrap": BOOTSTRAP, "seed": SEED},
            "verdict": verdict, "perplexity": perplexity, "differences": differences,
            "persona_effect": persona_effect, "classifier_accuracy": classifier_accuracy, "style": style,
            "keyword_rates": rates, "word_counts": clouds, "prompts": prompts, "measures": measures})
    print(f"{len(measures)} measures of {len(prompts)} prompts are in {OUT_DIR / 'comparison.json'}.")
