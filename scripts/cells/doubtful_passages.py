import pandas as pd

def doubtful_passages(books, count=10):
    """Return a data frame of the `count` kept passages that look least like running text."""
    rows = [{"book": book["stem"], **row} for book in books for row in book["report"]["doubts"]]
    rows = sorted(rows, key=lambda row: -row["doubt"])[:count]
    return pd.DataFrame([{**row, "text": row["text"][:160]} for row in rows],
                        columns=["book", "page", "doubt", "reason", "text"])

if __name__ == "__main__":
    display(text_table(doubtful_passages(books)))
