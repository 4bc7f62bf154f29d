import pandas
from IPython.display import display

WAYS = ("empty", "cut off", "looping", "leaked marker")

if __name__ == "__main__":
    broken_of = {(side, row["system"], row["prompt_id"]): broken_ways(row["answer"], row["finish_reason"])
                 for side in results for row in results[side]["answers"]}
    ways = {f"{side} {system}": [broken_of[side, system, prompt["id"]] for prompt in prompts]
            for side in ("base", "tuned") for system in ("plain", "persona")}
    ways["author"] = [broken_ways(text) for text in answers["author"]]
    def having(*wanted):
        return {condition: [int(bool(set(one) & set(wanted))) for one in rows] for condition, rows in ways.items()}
    for name, label, values, definition in (
            ("broken", "Broken", having("empty", "looping", "leaked marker"), "empty, looping or with a marker"),
            ("cut_off", "Cut off", {**having("cut off"), "author": None}, "stopped by MAX_NEW_TOKENS"),
            ("repetition", "Repetition", {key: list(map(repetition, texts)) for key, texts in copy_texts.items()},
             "share of 4-word runs that stood in the text before; Welleck et al. 2020")):
        measures[name] = {
            "base": values["base persona"], "tuned": values["tuned persona"], "author": values["author"],
            "plain": {side: values[f"{side} plain"] for side in ("base", "tuned")}, "better": "lower",
            "label": label, "unit": "share", "definition": definition}
    display(pandas.DataFrame({condition: {way: sum(way in one for one in rows) for way in WAYS} | {"of": len(rows)}
                              for condition, rows in ways.items()}).T)
    for condition, rows in ways.items():
        for text, one in zip(answers[condition], rows):
            if set(one) - {"cut off"}:
                print(f"{condition}, {' and '.join(one)}: {text[:200]!r}")
                break
