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
