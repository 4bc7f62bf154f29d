import re, statistics

def has_words(text):
    """Does the text hold a single letter?"""
    return re.search(r"[^\W\d_]", text) is not None

def score_measure(score, texts, better, label, unit, definition):
    """Return one entry of `measures`: what `score` (texts -> list of numbers) gives for each list in `texts`,
    None for a text without words.

    "base" and "tuned" are the answers under the persona prompt, "plain" has both under the plain one,
    "author" the held-out passages. `better`: "higher", "lower", "nearer" (to the author), "not higher" (lower
    is no merit) or "neither" (never judged).
    """
    values = {}
    for condition, group in texts.items():
        kept = [place for place, text in enumerate(group) if has_words(text)]
        found = dict(zip(kept, score([group[place] for place in kept]) if kept else []))
        values[condition] = [float(found[place]) if place in found else None for place in range(len(group))]
    return {"base": values["base persona"], "tuned": values["tuned persona"], "author": values["author"],
            "plain": {"base": values["base plain"], "tuned": values["tuned plain"]}, "better": better,
            "label": label, "unit": unit, "definition": definition, "family": "style"}

def print_means(measure, digits=3):
    """Print the means of a measure, one line for each kind of text."""
    print(f"{measure['label']} ({measure['unit']})")
    for condition, values in (("base plain", measure["plain"]["base"]), ("base persona", measure["base"]),
                              ("tuned plain", measure["plain"]["tuned"]), ("tuned persona", measure["tuned"]),
                              ("author", measure["author"])):
        mean = statistics.fmean([value for value in values if value is not None] or [0])
        print(f"  {condition:14}{mean:9.{digits}f}")

if __name__ == "__main__":
    measures["words"] = score_measure(
        lambda texts: [len(text.split()) for text in texts], answers, "neither", "Length", "words",
        "words in an answer that is not empty; no style has a length, so it is told without a verdict")
    print_means(measures["words"], digits=0)
