import pandas
from IPython.display import display

if __name__ == "__main__":
    joined = join_passages(training, words_of)
    copy_texts = {**answers, "author": [first_words(text, cut_words) for text in answers["author"]]}
    tables = iter(longest_matches([words_of(text) for texts in copy_texts.values() for text in texts],
                                  [source["words"] for source in joined]))
    copies = {condition: [copied_runs(next(tables)) for _ in texts] for condition, texts in copy_texts.items()}
    for key, name, label, unit, definition in (
            ("longest", "longest_copy", "Longest copied run", "words",
             "most words in a row that stand in the training text; exact substrings as in Lee et al. 2022"),
            ("share", "copied_share", "Copied words", "share",
             "share of words in runs of 5 or more from the training text")):
        values = {condition: [float(copy[key]) for copy in found] for condition, found in copies.items()}
        measures[name] = {
            "base": values["base persona"], "tuned": values["tuned persona"], "author": values["author"],
            "plain": {side: values[f"{side} plain"] for side in ("base", "tuned")}, "better": "lower",
            "label": label, "unit": unit, "definition": definition}
    floor = max(measures["longest_copy"]["author"])
    display(pandas.DataFrame({condition: {
        "longest run, mean (words)": sum(copy["longest"] for copy in found) / len(found),
        "longest run of all (words)": max(copy["longest"] for copy in found),
        "words in runs of 5 or more (%)": 100 * sum(copy["share"] for copy in found) / len(found),
        f"answers with a run above {floor:.0f} words": sum(copy["longest"] > floor for copy in found),
    } for condition, found in copies.items()}).T.round(1))
