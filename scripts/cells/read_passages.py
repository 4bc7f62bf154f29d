import json
from pathlib import Path

def read_passages(path):
    """Return the rows of a `passages.jsonl` as dicts, in the file's order.

    Raises FileNotFoundError if there is none, ValueError for a line that is no passage or if a split is empty.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run this author's and model's FineTuning notebook first.")
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(json.loads(line))
            sound = rows[-1]["id"] and rows[-1]["split"] and isinstance(rows[-1]["text"], str)
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            raise ValueError(f"{path}, line {number}, is not a passage: run the FineTuning notebook again.")
    for split, name in (("train", "training"), ("held_out", "held-out")):
        if not any(row["split"] == split for row in rows):
            raise ValueError(f"{path} has no {name} passages: raise HELD_OUT or MAX_PASSAGES in the FineTuning "
                             "notebook and run it again.")
    return rows

if __name__ == "__main__":
    with plain_errors():
        passages = read_passages(OUT_DIR / "passages.jsonl")
    training = [row for row in passages if row["split"] == "train"]
    held_out = [row for row in passages if row["split"] == "held_out"]
    training_texts = [row["text"] for row in training]
    for name, rows in (("training", training), ("held-out", held_out)):
        print(f"{len(rows)} {name} passages, {sum(len(row['text'].split()) for row in rows):,} words")
    print(f"\nThe first held-out passage, {held_out[0]['id']}:\n{held_out[0]['text'][:400]} …")
