# %% id="votes-imports"
"""What readers voted in the blind test: read with care, counted by whose text it was."""

from chapters.agreement import nominal_alpha, share_interval
from chapters.blinding import Pair
from chapters.preparation import Mistake, one_line
from chapters.reading import read_json
from chapters.verdict import Finding

# %% [markdown] id="votes-read-text"
# #### Files of votes
# One file a reader. A file that is damaged, belongs to another test or has a reader who is there
# already is named and left out.

# %% id="votes-read"
import math
from pathlib import Path
from typing import Any, TypedDict

LETTERS = ("a", "b")
CHOICES = {*LETTERS, "neither"}
ASKED = {"sounds": "sounds more like the author", "better": "answers the question better"}
KNOWS = {"well", "a little", "not"}
VOTES_SHAPE = {
    "test": str,
    "reader": str,
    "knows": KNOWS,
    "votes": {str: dict.fromkeys(ASKED, CHOICES)},
}


def check_votes(found: dict[str, Any], key: str, pairs: list[Pair], earlier: list[Any]) -> str:
    """Return why a file of votes cannot be counted, "" if it can."""
    names = [one["reader"].strip().casefold() for one in earlier]
    if found["test"] != key:
        return "it is of another blind test than that of these answers"
    if not found["votes"] or not {*found["votes"]} <= {pair["id"] for pair in pairs}:
        return "it has no votes on the pairs of this test"
    if not found["reader"].strip() or len(found["reader"]) > 100:
        return "it does not name its reader"
    if found["reader"].strip().casefold() in names:
        return f"the votes of {one_line(found['reader'])} are there already"
    return ""


def read_votes(
    folder: Path | str, key: str, pairs: list[Pair]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return (readers' files of votes, a sentence for each file that is left out), in the order of
    their names; `key` is that of the test. Pairs without a vote are allowed."""
    readers, left_out = [], []
    for path in sorted(Path(folder).glob("*.json")):
        try:
            found = read_json(path, VOTES_SHAPE, "ask its reader for it again.")
        except Mistake as mistake:
            left_out.append(one_line(mistake))
            continue
        if why := check_votes(found, key, pairs, readers):
            left_out.append(f"{one_line(path)} is left out: {why}.")
        else:
            readers.append({**found, "reader": one_line(found["reader"].strip())})
    return readers, left_out


# %% [markdown] id="votes-rows-text"
# #### Rows of the comparison
# A row for each question that was asked and each text that the tuned model's stood against.

# %% id="votes-rows"
import numpy as np

OTHERS = {"base": "the base model", "author": "the author's own text"}


class VoteRow(TypedDict):
    """What readers said to one question about one kind of pairs, as comparison.json keeps it."""

    asked: str  # "sounds" or "better"
    other: str  # "base" or "author"
    readers: int
    tuned: int  # votes for the tuned model's text
    against: int  # for the other one
    neither: int
    share: float | None  # of the tuned model among the votes for one of the two; None: no vote
    low: float | None  # its 95 % interval
    high: float | None
    alpha: float | None


def vote_row(readers: list[dict[str, Any]], pairs: list[Pair], asked: str, other: str) -> VoteRow:
    """Return what `readers` said to one question about the pairs against `other`."""
    about = [pair for pair in pairs if pair["other"] == other]
    said = [[one["votes"].get(pair["id"], {}).get(asked) for pair in about] for one in readers]
    of_tuned = [LETTERS[pair["tuned"]] for pair in about]
    values = [
        [
            math.nan if vote in (None, "neither") else float(vote == tuned)
            for vote, tuned in zip(votes, of_tuned, strict=True)
        ]
        for votes in said
    ]
    chosen = np.array(values, float).reshape(len(readers), len(about))
    wins, losses = int(np.nansum(chosen)), int((chosen == 0).sum())
    shares = share_interval(chosen) if wins + losses else (None, None, None)
    units = [[vote for vote in unit if vote] for unit in zip(*said, strict=True)]
    return VoteRow(
        asked=asked,
        other=other,
        readers=sum(any(votes) for votes in said),
        tuned=wins,
        against=losses,
        neither=sum(unit.count("neither") for unit in units),
        share=shares[0],
        low=shares[1],
        high=shares[2],
        alpha=nominal_alpha(units),
    )


def vote_rows(readers: list[dict[str, Any]], pairs: list[Pair]) -> list[VoteRow]:
    """Return a row for each question and each kind of pairs; none where nobody voted."""
    kinds = [other for other in OTHERS if any(pair["other"] == other for pair in pairs)]
    return [vote_row(readers, pairs, asked, other) for asked in ASKED for other in kinds if readers]


# %% [markdown] id="votes-tables-text"
# #### Votes in words and tables
# A preference is told only where the interval leaves out a half.

# %% id="votes-tables"


def preference(row: VoteRow) -> str:
    """Return in words whom readers prefer."""
    if row["low"] is None or row["high"] is None or row["low"] <= 0.5 <= row["high"]:
        return "no preference shown"
    return "the tuned model" if row["low"] > 0.5 else OTHERS[row["other"]]


def share_text(row: VoteRow) -> str:
    """Return a share and its interval as text: "71 % [52, 86]"."""
    if row["share"] is None or row["low"] is None or row["high"] is None:
        return "no vote for either"
    return f"{100 * row['share']:.0f} % [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"


def votes_table(rows: list[VoteRow]) -> Any:
    """Return `vote_rows` as a data frame to read."""
    import pandas  # not sooner: slow to import

    return pandas.DataFrame(
        {
            "which one": ASKED[row["asked"]],
            "tuned model against": OTHERS[row["other"]],
            "votes for tuned": row["tuned"],
            "for the other": row["against"],
            "neither": row["neither"],
            "share of tuned [95 %]": share_text(row),
            "readers prefer": preference(row),
            "readers agree (alpha)": "–" if row["alpha"] is None else f"{row['alpha']:.2f}",
        }
        for row in rows
    )


def readers_table(readers: list[dict[str, Any]], pairs: list[Pair]) -> Any:
    """Return a data frame, a row a reader: who often chooses one side alone, hardly reads."""
    import pandas

    rows = []
    for one in readers:
        sounds = [vote["sounds"] for vote in one["votes"].values()]
        counts = {f"chose {side}": sounds.count(side.lower()) for side in ("A", "B")}
        about = {"reader": one["reader"], "knows the author": one["knows"]}
        rows.append({**about, "pairs": f"{len(sounds)} of {len(pairs)}", **counts})
    return pandas.DataFrame(rows)


def readers_finding(rows: list[VoteRow], author: str) -> list[Finding]:
    """Return a line of the verdict from `vote_rows`, or none where nobody voted on such pairs."""
    first = next((row for row in rows if row["other"] == "base" and row["asked"] == "sounds"), None)
    if not first:
        return []
    told = {
        "the tuned model": f"They find it more like {author} than the base model",
        OTHERS["base"]: f"They find it less like {author} than the base model",
        "no preference shown": "No preference over the base model shown",
    }[preference(first)]
    figures = [
        f"Tuned against {OTHERS[row['other']]}, {ASKED[row['asked']]}: {share_text(row)}"
        for row in rows
    ]
    count = max(row["readers"] for row in rows)
    asked = "What does a reader say?" if count == 1 else f"What do {count} readers say?"
    return [Finding(question=asked, answer=told, figures=figures)]
