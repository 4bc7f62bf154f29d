import unicodedata

def row_fault(tokenizer, chat, row, prompt, ids, labels):
    """Return what is wrong with one row as the trainer has it (`ids`, and `labels` with -100 outside the loss), or "".

    Right is: it begins with the tokens of `prompt`, nothing is cut off, and the loss covers the answer (with what the
    model must write before it) and its end token, and no more.
    """
    asked, whole = tokenizer([prompt, row["text"]], add_special_tokens=False)["input_ids"]
    first = next((place for place, label in enumerate(labels) if label != -100), len(labels))
    start = prompt.removesuffix(chat["prefill"]) + (chat["header"] if not chat["learned"] else "")
    answer = chat["learned"] + row["messages"][-1]["content"] + chat["end"]
    # NFC: Qwen's tokenizer joins letters and their accents
    seen, read, start, answer = (unicodedata.normalize("NFC", text) for text in (
        tokenizer.decode(ids[first:]), tokenizer.decode(ids[:first]), start, answer))
    if len(ids) < len(whole):
        return f"it is cut off after {len(ids)} of its {len(whole)} tokens"
    if ids[:len(asked)] != asked:
        return f"it does not begin with the tokens of its prompt, which ends {prompt[-50:]!r}"
    if first == len(labels):
        return "none of its tokens is in the loss"
    if labels[first:] != ids[first:] or seen != answer or read != start:
        return f"the loss covers {seen[:50]!r} … {seen[-30:]!r} instead of {answer[:50]!r} … {answer[-30:]!r}"
    return ""

def batch_fault(collator, rows):
    """Return what is wrong with a batch that the trainer makes of `rows` ({"input_ids", "labels"}), or ""."""
    batch = collator([{name: list(row[name]) for name in ("input_ids", "labels")} for row in rows])
    pairs = zip(batch["input_ids"].flatten().tolist(), batch["labels"].flatten().tolist())
    learned = [(token, label) for token, label in pairs if label != -100]
    wanted = [label for row in rows for label in row["labels"] if label != -100]
    return "" if learned == [(label, label) for label in wanted] else "batches have another loss than their rows"
