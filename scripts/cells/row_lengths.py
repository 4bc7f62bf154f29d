import matplotlib.pyplot as plt

LONG_SHARE = 0.05  # a few long rows can be missed; more of them mean that the settings do not fit

def row_lengths(tokenizer, rows):
    """Return {id: tokens} of rows {"id", "text"}."""
    ids = tokenizer([row["text"] for row in rows], add_special_tokens=False)["input_ids"] if rows else []
    return {row["id"]: len(tokens) for row, tokens in zip(rows, ids, strict=True)}

def fitting_rows(rows, lengths, limit):
    """Return the rows of at most `limit` tokens. Raises ValueError where more than LONG_SHARE of them are longer."""
    fitting = [row for row in rows if lengths[row["id"]] <= limit]
    if len(rows) - len(fitting) > LONG_SHARE * len(rows):
        raise ValueError(f"{len(rows) - len(fitting)} of {len(rows)} rows are longer than MAX_SEQ_LENGTH = {limit} "
                         f"(tokens; the longest: {max(lengths.values())}): raise it, or lower PASSAGE_WORDS.")
    return fitting

if __name__ == "__main__":
    tokens = row_lengths(tokenizer, train_rows + validation_rows)
    with plain_errors():
        train_rows = fitting_rows(train_rows, tokens, MAX_SEQ_LENGTH)
        validation_rows = fitting_rows(validation_rows, tokens, MAX_SEQ_LENGTH)
    too_long = [f"{name} ({count})" for name, count in tokens.items() if count > MAX_SEQ_LENGTH]
    print(f"Left out, longer than {MAX_SEQ_LENGTH} tokens: {', '.join(too_long) or 'none'}.")
    fig, ax = plt.subplots(figsize=(8, 3.5))
    ax.hist(tokens.values(), bins=40, color="#0173b2")
    ax.axvline(MAX_SEQ_LENGTH, color="0.2", linestyle="--", label=f"MAX_SEQ_LENGTH = {MAX_SEQ_LENGTH}")
    ax.set(xlabel="tokens a row", ylabel="rows", title=f"{len(tokens)} rows of {min(tokens.values())} to "
           f"{max(tokens.values())} tokens; {len(too_long)} over the limit")
    ax.legend(frameon=False)
    save_figure(fig, "row_lengths", f"Histogram of the tokens in {len(tokens)} rows; {len(too_long)} are too long.")
