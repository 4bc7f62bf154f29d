import statistics

MIN_CUT_WORDS = 100  # no answer is cut shorter than this: fewer words hardly show a style

def align_answers(results, prompts):
    """Return {condition: the answer to each prompt, in order} for the four conditions "base plain", "base
    persona", "tuned plain" and "tuned persona". Raises ValueError for an answer that is missing."""
    found = {(f"{phase} {row['system']}", row["prompt_id"]): row["answer"]
             for phase, result in results.items() for row in result["answers"]}
    aligned = {}
    for condition in ("base plain", "base persona", "tuned plain", "tuned persona"):
        for prompt in prompts:
            if (condition, prompt["id"]) not in found:
                raise ValueError(f"The {condition} answer to {prompt['id']} is missing: delete this model's "
                                 "files in comparison_cache and run the notebook again.")
        aligned[condition] = [found[condition, prompt["id"]] for prompt in prompts]
    return aligned

def first_words(text, count):
    """Return the text's first `count` words (parted by white space), its line breaks kept."""
    kept = text.split(maxsplit=count)
    return text[:len(text) - len(kept[-1])].rstrip() if len(kept) > count else text

def cut_answers(answers, shortest=MIN_CUT_WORDS):
    """Return `answers` with the texts at each place cut to the words of the shortest, but not below
    `shortest`."""
    sizes = [max(shortest, min(len(text.split()) for text in texts)) for texts in zip(*answers.values())]
    return {condition: list(map(first_words, texts, sizes)) for condition, texts in answers.items()}

if __name__ == "__main__":
    with plain_errors():
        answers = align_answers(results, prompts)
    cut = cut_answers(answers)
    lengths = [len(text.split()) for texts in cut.values() for text in texts]
    cut_words = max(round(statistics.median(lengths)), MIN_CUT_WORDS // 4)  # where most answers are empty
    measures, answers["author"] = {}, [row["text"] for row in held_out]
    cut["author"] = [first_words(text, cut_words) for text in answers["author"]]
    print(f"{len(prompts)} prompts, four answers each; {len(held_out)} passages, cut to {cut_words} words.")
