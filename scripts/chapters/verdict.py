# %% id="verdict-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="verdict_slot-text"
# ### The verdict
# Computed last, read first: when the notebook has run to its end, the answer to the four questions stands here.

# %% id="verdict_slot"
from IPython.display import Markdown, display

# MAIN if __name__ == "__main__":
# MAIN     # The last steps fill this place: an output with an id can be replaced later, in the saved notebook too.
# MAIN     display(Markdown("*Not there yet: run the notebook to its end.*"), display_id="verdict")
# MAIN

# %% [markdown] id="verdict_rules-text"
# ### Four questions
# The rules by which figures become words, the same for every author and model. What no interval shows is not said.

# %% id="verdict_rules"
VOICE = ("author_classifier", "burrows_delta", "char_ngrams")  # what does not depend on the subject
BROKEN_SHARE = 0.05  # one broken answer in twenty is more than a reader forgives
LONG_COPY = 2        # a run twice as long as any that the author's unseen text shares with the training text

def in_figures(row):
    """Return a row of `differences` as text: base → tuned, the author's value, difference and interval."""
    author = "" if row["author"] is None else f" (author {row['author']:.3g})"
    return (f"{row['label']} {row['base']:.3g} → {row['tuned']:.3g}{author}, "
            f"difference {row['difference']:+.3g} [{row['low']:+.3g}, {row['high']:+.3g}]")

def sounds_like(rows):
    """Answer "sounds like the author?" from the rows of VOICE."""
    better, worse = (sum(row["verdict"] == word for row in rows) for word in ("better", "worse"))
    if better and worse:
        return "In part: more by some measures, less by others"
    how = f"{'Yes, more' if better else 'No, less'} than the base model, by {better or worse} of {len(rows)} measures"
    return how if better or worse else "No difference from the base model shown"

def answers_it(row, excess):
    """Answer "answers the question?" from the row of 1 / rank, and the lower end of the interval by which the
    tuned model's is above chance."""
    if excess <= 0:
        return "Not shown: its words fit its questions no better than chance"
    return "Its words fit the question" + {
        "better": ", better than the base model's", "worse": ", but less well than the base model's",
        "no difference shown": "; no difference from the base model shown"}[row["verdict"]]

def copies_it(longest, author_longest, excess):
    """Answer "copies?" from the longest runs (words) of the answers and of the author's unseen text, and the
    lower end of the interval by which the answers' share of copied words is above that text's."""
    limit = LONG_COPY * max(author_longest)
    many = sum(run > limit for run in longest)
    word = "Yes" if excess > 0 else "In places" if many else "No"
    return f"{word}: {many} of {len(longest)} answers have over {limit:.0f} words in a row from the books"

def broken_it(broken, base):
    """Answer "broken?" from the tuned and the base model's lists of 0 and 1."""
    word = "Yes" if sum(broken) >= BROKEN_SHARE * len(broken) else "Seldom"
    return (f"{word if sum(broken) else 'No'}: {int(sum(broken))} of {len(broken)} answers, "
            f"and {int(sum(base))} of the base model's")

# %% [markdown] id="verdict-text"
# ### Write the verdict
# It goes to its place at the top of the notebook.

# %% id="verdict"
import html
from IPython.display import HTML, display, update_display

def verdict_table(verdict, title):
    """Return [{"question", "answer", "figures": list of str}] as HTML."""
    cell = '<td style="text-align:left;vertical-align:top;padding:6px;border-bottom:1px solid #999">'
    rows = [f"<tr>{cell}{html.escape(row['question'])}</td>{cell}<b>{html.escape(row['answer'])}</b></td>"
            f"{cell}{'<br>'.join(map(html.escape, row['figures']))}</td></tr>" for row in verdict]
    return f"<h3>{html.escape(title)}</h3><table style='width:100%'>{''.join(rows)}</table>"

# MAIN if __name__ == "__main__":
# MAIN     row_of, chance = {row["name"]: row for row in differences}, ranks_by_chance(len(prompts))[0]
# MAIN     def above(name, value):  # the lower end of the interval by which the tuned answers' mean is above `value`
# MAIN         return compare([value] * len(prompts), measures[name]["tuned"], {"better": "higher"})["low"]
# MAIN     figures = {name: in_figures(row) for name, row in row_of.items()}
# MAIN     longest = measures["longest_copy"]
# MAIN     means = next(row["means"] for row in persona_effect if row["name"] == VOICE[0])
# MAIN     all_four = ", ".join(f"{condition} {mean:.2f}" for condition, mean in means.items())
# MAIN     verdict = [
# MAIN         {"question": f"Sounds like {AUTHOR}?", "answer": sounds_like([row_of[name] for name in VOICE]),
# MAIN          "figures": [*(figures[name] for name in VOICE), f"Classifier of all four kinds: {all_four}",
# MAIN                      f"{row_of[VOICE[0]]['n']} of {len(prompts)} prompts have no empty answer and count"]},
# MAIN         {"question": "Answers the question?",
# MAIN          "answer": answers_it(row_of["reciprocal_rank"], above("reciprocal_rank", chance)),
# MAIN          "figures": [figures["reciprocal_rank"], figures["first_rank"], f"1 / rank by chance: {chance:.2g}"]},
# MAIN         {"question": "Copies the books?",
# MAIN          "answer": copies_it(longest["tuned"], longest["author"],
# MAIN                              above("copied_share", row_of["copied_share"]["author"])),
# MAIN          "figures": [figures["copied_share"], "Longest run of all: " + ", ".join(
# MAIN              f"{side} {max(longest[side]):.0f} words" for side in ("base", "tuned", "author"))]},
# MAIN         {"question": "Broken?", "answer": broken_it(measures["broken"]["tuned"], measures["broken"]["base"]),
# MAIN          "figures": [figures["broken"], figures["cut_off"]]}]
# MAIN     shown = HTML(verdict_table(verdict, f"{MODEL_NAME}, tuned on {AUTHOR}"))
# MAIN     update_display(shown, display_id="verdict")
# MAIN     display(shown)
# MAIN

# %% [markdown] id="all_answers-text"
# ### Read all answers
# No figure replaces reading. Both models have the persona prompt; runs of five or more words from the training text are marked, and what is broken is said below the answer.

# %% id="all_answers"
import html
from IPython.display import HTML, display

# MAIN if __name__ == "__main__":
# MAIN     own_texts, rows = {row["id"]: row["text"] for row in held_out}, []
# MAIN     for number, prompt in enumerate(prompts):
# MAIN         said = []
# MAIN         for condition in ("base persona", "tuned persona"):
# MAIN             runs = [(run["start"], run["words"]) for run in copies[condition][number]["runs"]]
# MAIN             note = ", ".join(ways[condition][number])
# MAIN             said.append(mark_words(answers[condition][number], runs) + (f"<br><i>[{note}]</i>" if note else ""))
# MAIN         own = first_words(own_texts.get(prompt["passage_id"], "–"), cut_words)
# MAIN         rows.append([html.escape(prompt["question"]), *said, html.escape(own)])
# MAIN     headings = ["Prompt", "Base model", "Tuned model", f"{html.escape(AUTHOR)}, held out"]
# MAIN     display(HTML(html_table(headings, rows, [16, 28, 28, 28])))
# MAIN

# %% [markdown] id="save_comparison-text"
# ### Save the comparison
# Every figure above in one file, which the notebook across models reads: the values prompt by prompt, the differences with their intervals, and the verdict.

# %% id="save_comparison"


# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         write_json(OUT_DIR / "comparison.json", {
# MAIN             "author": AUTHOR, "model": MODEL_KEY, "profile": "demo" if DEMO_RUN else "gpu",
# MAIN             "n_prompts": len(prompts), "settings": {**settings, "bootstrap": BOOTSTRAP, "seed": SEED},
# MAIN             "verdict": verdict, "perplexity": perplexity, "differences": differences,
# MAIN             "persona_effect": persona_effect, "classifier_accuracy": classifier_accuracy, "style": style,
# MAIN             "keyword_rates": rates, "word_counts": clouds, "prompts": prompts, "measures": measures})
# MAIN     print(f"{len(measures)} measures of {len(prompts)} prompts are in {OUT_DIR / 'comparison.json'}.")
# MAIN
