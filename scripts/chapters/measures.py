# %% id="measures-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="answer_texts-text"
# ### Lay the answers side by side
# Four answers to every prompt: base and tuned model, each with the plain and with the persona prompt. The author's held-out passages are scored as if they were answers too; what they reach is the scale. Nearly every measure of style drifts with length alone, so the answers to one prompt are cut to the shortest of the four, and the passages to the usual length of the answers.

# %% id="answer_texts"
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

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         answers = align_answers(results, prompts)
# MAIN     cut = cut_answers(answers)
# MAIN     lengths = [len(text.split()) for texts in cut.values() for text in texts]
# MAIN     cut_words = max(round(statistics.median(lengths)), MIN_CUT_WORDS // 4)  # where most answers are empty
# MAIN     measures, answers["author"] = {}, [row["text"] for row in held_out]
# MAIN     cut["author"] = [first_words(text, cut_words) for text in answers["author"]]
# MAIN     print(f"{len(prompts)} prompts, four answers each; {len(held_out)} passages, cut to {cut_words} words.")
# MAIN

# %% [markdown] id="score_measure-text"
# ### How answers are scored
# Every measure below is taken of each answer, prompt by prompt, and kept in `measures`: the persona prompt's answers of both models, which the comparison rests on, the plain prompt's beside them, and the author's passages. An answer without a word has no style; it is counted among the broken ones instead.

# %% id="score_measure"
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

# MAIN if __name__ == "__main__":
# MAIN     measures["words"] = score_measure(
# MAIN         lambda texts: [len(text.split()) for text in texts], answers, "neither", "Length", "words",
# MAIN         "words in an answer that is not empty; no style has a length, so it is told without a verdict")
# MAIN     print_means(measures["words"], digits=0)
# MAIN

# %% [markdown] id="perplexity-text"
# ### Perplexity and bits per byte
# How much does text that the model has not seen surprise it? Perplexity counts surprise by token; bits per byte counts it by byte, so that models with different tokenizers compare. Lower is better on the author's held-out passages; on other authors' text, no change is what one hopes for.

# %% id="perplexity"
import math

def corpus_scores(rows):
    """Return {"perplexity", "bits_per_byte"} of `likelihoods` records as one text: each token and byte weighs alike.

    Perplexity is exp(-log-likelihood / tokens). Bits per byte, -log2-likelihood / UTF-8 bytes, does not depend on
    how a tokenizer cuts the text (Gao et al. 2020, The Pile). Raises ValueError for no rows.
    """
    if not rows:
        raise ValueError("There is no scored text.")
    nats, tokens, size = (sum(row[key] for row in rows) for key in ("log_likelihood", "tokens", "bytes"))
    return {"perplexity": math.exp(-nats / tokens), "bits_per_byte": -nats / math.log(2) / size}

def likelihood_measures(base, tuned, name, label, better="lower"):
    """Return {name_perplexity: measure, name_bits_per_byte: measure} of two lists of records, paired by passage.

    With "weights" the mean of the values is the figure of the whole corpus. The values of perplexity are nats a
    token: "aggregate" says that the exponential of their mean is meant. Raises ValueError for different texts.
    """
    texts = [[(row["id"], row["tokens"], row["bytes"]) for row in rows] for rows in (base, tuned)]
    if texts[0] != texts[1]:
        raise ValueError("Base and tuned model scored different texts: delete their files in comparison_cache.")
    made = {}
    for measure, per, unit, scale, aggregate, definition in (
            ("perplexity", "tokens", "per token", 1, "exp", "exp(-log-likelihood / tokens)"),
            ("bits_per_byte", "bytes", "bits", math.log(2), "mean", "-log2-likelihood / bytes; Gao et al. 2020")):
        made[f"{name}_{measure}"] = {
            **{side: [-row["log_likelihood"] / row[per] / scale for row in rows]
               for side, rows in (("base", base), ("tuned", tuned))},
            "author": None, "weights": [row[per] for row in base], "aggregate": aggregate, "better": better,
            "label": f"{measure.replace('_', ' ').capitalize()}, {label}", "unit": unit, "definition": definition}
    return made

# %% [markdown] id="held_out_scores-text"
# ### Score the held-out passages
# Tuning works where the held-out row falls; it harms the model's English where the other authors' row rises.

# %% id="held_out_scores"
import pandas
from IPython.display import display

# MAIN if __name__ == "__main__":
# MAIN     perplexity, part_names = {}, {"held_out": "held out", "control": "other authors"}
# MAIN     for part, label in part_names.items():
# MAIN         scored = {side: [row for row in results[side]["likelihoods"] if row["set"] == part] for side in results}
# MAIN         with plain_errors():
# MAIN             measures |= likelihood_measures(scored["base"], scored["tuned"], part, label,
# MAIN                                             "lower" if part == "held_out" else "not higher")
# MAIN         perplexity[part] = {side: corpus_scores(rows) for side, rows in scored.items()}
# MAIN     display(pandas.DataFrame({(label, side): perplexity[part][side] for part, label in part_names.items()
# MAIN                               for side in results}).T.round(3))
# MAIN     pairs = zip(measures["held_out_bits_per_byte"]["base"], measures["held_out_bits_per_byte"]["tuned"])
# MAIN     print(f"{sum(after < before for before, after in pairs)} of {len(held_out)} held-out passages surprise the "
# MAIN           "tuned model less than the base model.")
# MAIN

# %% [markdown] id="answers_question-text"
# ### Does it answer the question?
# A voice is worth little if it talks past the question. From an answer alone, can one tell which of all the prompts it belongs to? The mean of 1 / rank is 1 if always, and near zero if any answer could belong to any prompt; words that merely repeat the question do not count. It tells whether the words fit the question, not whether what they say is right: read the answers for that.

# %% id="answers_question"
import re
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

ECHO_WORDS = 4  # so many words in a row from the question are taken for its repetition

def without_echo(answer, question):
    """Return the answer's words without runs of ECHO_WORDS or more that repeat the question."""
    words, asked = (re.findall(r"\w+", text.casefold()) for text in (answer, question))
    runs = {tuple(asked[i:i + ECHO_WORDS]) for i in range(len(asked) - ECHO_WORDS + 1)}
    starts = [i for i in range(len(words)) if tuple(words[i:i + ECHO_WORDS]) in runs]
    echo = {start + n for start in starts for n in range(ECHO_WORDS)}
    return " ".join(word for i, word in enumerate(words) if i not in echo)

def question_ranks(answers, questions, wanted):
    """Return two lists, an entry an answer: 1 / rank of its own question among `questions`, and 1 if it is first.

    `wanted[i]` is the place of answer i's question. Questions are ranked by TF-IDF cosine with the answer (pieces of
    3 to 5 letters inside words, so that "ambitious" finds "ambition"). Where questions tie, 1 / rank is the mean
    over their places and none is first: an answer that says nothing gets exactly `ranks_by_chance`.
    """
    if not answers:
        return [], []
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    known = vectorizer.fit_transform(questions)
    said = [without_echo(answer, questions[place]) for answer, place in zip(answers, wanted, strict=True)]
    cosine = (vectorizer.transform(said) @ known.T).toarray().round(12)
    own = cosine[np.arange(len(said)), wanted][:, None]
    better, tied = (cosine > own).sum(1), (cosine == own).sum(1)
    harmonic = np.concatenate([[0], np.cumsum(1 / np.arange(1, len(questions) + 1))])
    reciprocal = (harmonic[better + tied] - harmonic[better]) / tied
    return reciprocal.tolist(), (better + tied == 1).astype(int).tolist()

def ranks_by_chance(count):
    """Return (mean 1 / rank, share of firsts) of answers that have nothing to do with the `count` questions."""
    return sum(1 / rank for rank in range(1, count + 1)) / count, 1 / count

# %% [markdown] id="answer_ranks-text"
# ### Rank the questions by the answers
# The author's row is made of held-out passages, ranked among the same questions: no model need be easier to place than they are. Where a prompt is a template, made of the passage's own phrases, the author has it easy.

# %% id="answer_ranks"
import statistics

# MAIN if __name__ == "__main__":
# MAIN     place = {prompt["passage_id"]: number for number, prompt in enumerate(prompts)}
# MAIN     own = [row for row in held_out if row["id"] in place]  # the author answers with these passages
# MAIN     ranks = {condition: question_ranks(texts, questions, range(len(prompts)))
# MAIN              for condition, texts in answers.items() if condition != "author"}
# MAIN     ranks["author"] = question_ranks([row["text"] for row in own], questions, [place[row["id"]] for row in own])
# MAIN     for number, (name, label, unit, definition) in enumerate((
# MAIN             ("reciprocal_rank", "Answers the question", "1 / rank",
# MAIN              "1 / rank of its own question among all, by TF-IDF with the answer; mean: MRR, Voorhees 1999"),
# MAIN             ("first_rank", "Question found first", "share", "the answer's own question is first in that ranking"))):
# MAIN         measures[name] = {
# MAIN             "base": ranks["base persona"][number], "tuned": ranks["tuned persona"][number],
# MAIN             "author": ranks["author"][number] or None, "better": "higher", "label": label, "unit": unit,
# MAIN             "definition": definition, "plain": {side: ranks[f"{side} plain"][number] for side in ("base", "tuned")}}
# MAIN     chance = ranks_by_chance(len(prompts))
# MAIN     print(f"{'':14} mean 1 / rank   found first")
# MAIN     for condition, (reciprocal, first) in [*ranks.items(), ("by chance", ([chance[0]], [chance[1]]))]:
# MAIN         if first:
# MAIN             print(f"{condition:14} {statistics.mean(reciprocal):13.2f} {statistics.mean(first):13.0%}")
# MAIN

# %% [markdown] id="copying-text"
# ### Does it copy the books?
# Held-out passages share phrases with the training text, and so does a base model that has read the books before: these two are the floor, and a tuned answer is suspicious only above it. The passages are cut to the length of the answers, for longer texts hold longer runs by chance.

# %% id="copying"
import pandas
from IPython.display import display

# MAIN if __name__ == "__main__":
# MAIN     joined = join_passages(training, words_of)
# MAIN     copy_texts = {**answers, "author": [first_words(text, cut_words) for text in answers["author"]]}
# MAIN     tables = iter(longest_matches([words_of(text) for texts in copy_texts.values() for text in texts],
# MAIN                                   [source["words"] for source in joined]))
# MAIN     copies = {condition: [copied_runs(next(tables)) for _ in texts] for condition, texts in copy_texts.items()}
# MAIN     for key, name, label, unit, definition in (
# MAIN             ("longest", "longest_copy", "Longest copied run", "words",
# MAIN              "most words in a row that stand in the training text; exact substrings as in Lee et al. 2022"),
# MAIN             ("share", "copied_share", "Copied words", "share",
# MAIN              "share of words in runs of 5 or more from the training text")):
# MAIN         values = {condition: [float(copy[key]) for copy in found] for condition, found in copies.items()}
# MAIN         measures[name] = {
# MAIN             "base": values["base persona"], "tuned": values["tuned persona"], "author": values["author"],
# MAIN             "plain": {side: values[f"{side} plain"] for side in ("base", "tuned")}, "better": "lower",
# MAIN             "label": label, "unit": unit, "definition": definition}
# MAIN     floor = max(measures["longest_copy"]["author"])
# MAIN     display(pandas.DataFrame({condition: {
# MAIN         "longest run, mean (words)": sum(copy["longest"] for copy in found) / len(found),
# MAIN         "longest run of all (words)": max(copy["longest"] for copy in found),
# MAIN         "words in runs of 5 or more (%)": 100 * sum(copy["share"] for copy in found) / len(found),
# MAIN         f"answers with a run above {floor:.0f} words": sum(copy["longest"] > floor for copy in found),
# MAIN     } for condition, found in copies.items()}).T.round(1))
# MAIN

# %% [markdown] id="worst_copies-text"
# ### See the longest copied runs
# Each beside its place in the book. Five or six words in a row are mostly idiom; a whole clause is memory.

# %% id="worst_copies"
import html
from IPython.display import HTML, display

SHOWN_COPIES = 5

# MAIN if __name__ == "__main__":
# MAIN     longest = [(copy["runs"][0], condition, number) for condition in ("tuned persona", "tuned plain", "base persona")
# MAIN                for number, copy in enumerate(copies[condition]) if copy["runs"]]
# MAIN     rows = []
# MAIN     for run, condition, number in sorted(longest, key=lambda one: -one[0]["words"])[:SHOWN_COPIES]:
# MAIN         passage, first = joined[run["source"]]["origin"][run["place"]]
# MAIN         source = training[passage]
# MAIN         words = min(run["words"], len(words_of(source["text"])) - first)  # the rest stands in the next passage
# MAIN         said, said_first = excerpt(answers[condition][number], run["start"], run["words"])
# MAIN         book, book_first = excerpt(source["text"], first, words)
# MAIN         place = [source["book"], source["chapter"], "pages {}–{}".format(*source["pages"])]
# MAIN         rows.append([f"{run['words']} words<br>{condition}<br>{html.escape(prompts[number]['question'])}",
# MAIN                      mark_words(said, [(said_first, run["words"])]), mark_words(book, [(book_first, words)])
# MAIN                      + f"<br><i>{html.escape(', '.join(filter(None, place)))}</i>"])
# MAIN     display(HTML(html_table(["Run", "Answer", "Book"], rows, [16, 42, 42]) if rows else
# MAIN                  "<p>No answer has five words in a row from the training text.</p>"))
# MAIN

# %% [markdown] id="degeneracy-text"
# ### Find broken answers
# An average hides the answer that is empty, runs on until it is cut off, says the same again and again, or shows the chat format's own markers.

# %% id="degeneracy"
import re, zlib

REPEATED = 0.4     # share of repeated 4-word runs; of 14,000 passages of Shakespeare the worst has 0.36
COMPRESSION = 2.4  # bytes / zlib bytes from which Whisper takes text for a loop (Radford et al. 2022) ...
WINDOW = 600       # ... in pieces of about this many bytes: zlib squeezes longer ones more, looping or not
MARKERS = re.compile(r"<\|[^|<>]{1,40}\|>|</?think>|</?s>|<(?:start|end)_of_turn>|<(?:eos|bos|pad)>|"
                     r"\[/?INST\]|\bassistantfinal|\A\s*(?:analysis|assistant|final)(?=[A-Z\n])|"
                     r"^(?:user|assistant|system)\s*$", re.M)

def repetition(text):
    """Return the share, 0 to 1, of 4-word runs that stood in the text before (seq-rep-4, Welleck et al. 2020)."""
    words = re.findall(r"\w+", text.casefold())
    runs = [tuple(words[n:n + 4]) for n in range(len(words) - 3)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0

def is_looping(text):
    """Return whether some stretch of the text says the same over and over: by `repetition` in 100 words (15 at
    least, for a refrain is no loop), or by how far zlib compresses WINDOW bytes (100 at least)."""
    words, data = re.findall(r"\w+", text.casefold()), text.encode()
    stretches = [words[a:a + 100] for a in range(0, max(1, len(words) - 50), 50)]
    pieces = [data[a:a + WINDOW] for a in range(0, max(1, len(data) - WINDOW // 2), WINDOW // 2)]
    return (any(len(part) >= 15 and repetition(" ".join(part)) > REPEATED for part in stretches) or
            any(len(part) >= 100 and len(part) / len(zlib.compress(part)) > COMPRESSION for part in pieces))

def broken_ways(text, finish_reason="stop"):
    """Return which of "empty", "cut off", "looping", "leaked marker" an answer is, in that order.

    Empty: not one letter or digit. Cut off: the limit of tokens came before the answer's end. A leaked marker is
    a piece of a chat format (such as <|channel|>, <think>, assistantfinal) in the answer's text.
    """
    ways = {"empty": not re.search(r"\w", text), "cut off": finish_reason == "length",
            "looping": is_looping(text), "leaked marker": bool(MARKERS.search(text))}
    return [way for way, found in ways.items() if found]

# %% [markdown] id="broken_answers-text"
# ### Count them
# A short MAX_NEW_TOKENS cuts off good answers too, so that is counted apart from the other three, which nobody wants to read.

# %% id="broken_answers"
import pandas
from IPython.display import display

WAYS = ("empty", "cut off", "looping", "leaked marker")

# MAIN if __name__ == "__main__":
# MAIN     broken_of = {(side, row["system"], row["prompt_id"]): broken_ways(row["answer"], row["finish_reason"])
# MAIN                  for side in results for row in results[side]["answers"]}
# MAIN     ways = {f"{side} {system}": [broken_of[side, system, prompt["id"]] for prompt in prompts]
# MAIN             for side in ("base", "tuned") for system in ("plain", "persona")}
# MAIN     ways["author"] = [broken_ways(text) for text in answers["author"]]
# MAIN     def having(*wanted):
# MAIN         return {condition: [int(bool(set(one) & set(wanted))) for one in rows] for condition, rows in ways.items()}
# MAIN     for name, label, values, definition in (
# MAIN             ("broken", "Broken", having("empty", "looping", "leaked marker"), "empty, looping or with a marker"),
# MAIN             ("cut_off", "Cut off", {**having("cut off"), "author": None}, "stopped by MAX_NEW_TOKENS"),
# MAIN             ("repetition", "Repetition", {key: list(map(repetition, texts)) for key, texts in copy_texts.items()},
# MAIN              "share of 4-word runs that stood in the text before; Welleck et al. 2020")):
# MAIN         measures[name] = {
# MAIN             "base": values["base persona"], "tuned": values["tuned persona"], "author": values["author"],
# MAIN             "plain": {side: values[f"{side} plain"] for side in ("base", "tuned")}, "better": "lower",
# MAIN             "label": label, "unit": "share", "definition": definition}
# MAIN     display(pandas.DataFrame({condition: {way: sum(way in one for one in rows) for way in WAYS} | {"of": len(rows)}
# MAIN                               for condition, rows in ways.items()}).T)
# MAIN     for condition, rows in ways.items():
# MAIN         for text, one in zip(answers[condition], rows):
# MAIN             if set(one) - {"cut off"}:
# MAIN                 print(f"{condition}, {' and '.join(one)}: {text[:200]!r}")
# MAIN                 break
# MAIN
