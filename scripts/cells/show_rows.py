import html
from IPython.display import HTML, display

def coloured_row(tokenizer, ids, labels):
    """Return a row as HTML: grey what is only read, on blue and underlined what is in the loss."""
    first = next(place for place, label in enumerate(labels) if label != -100)
    read, learned = (html.escape(tokenizer.decode(part)) for part in (ids[:first], ids[first:]))
    return (f'<pre style="white-space:pre-wrap;max-height:18em;overflow:auto"><span style="color:#767676">{read}</span>'
            f'<span style="background:#cfe8f8;color:#000;text-decoration:underline">{learned}</span></pre>')

if __name__ == "__main__":
    for n in sorted({0, len(train_rows) // 2, len(train_rows) - 1}):
        row = trainer.train_dataset[n]
        shown = coloured_row(tokenizer, row["input_ids"], row["labels"])
        display(HTML(f"<b>{html.escape(train_rows[n]['id'])}</b>{shown}"))
    print("Grey: only read. Blue and underlined: in the loss.")
