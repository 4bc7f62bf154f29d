# %% id="masks-imports"
"""What a row must be after the trainer has prepared it, checked for every row."""

from chapters.chat import ChatModel, format_prompt
from chapters.preparation import Mistake
from chapters.rows import Row

# %% [markdown] id="masks-rows-text"
# #### Check every row before training
# Wrong masks are silent: training runs, the loss falls, and the model learns to write questions, or
# never to stop. So the rows are read back from the trainer, after its tokenizer and masks: each
# must begin with exactly the tokens of the later prompt, and its loss must cover the answer with
# its end token and nothing else. Otherwise nothing is trained.

# %% id="masks-rows"
import html
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any


def check_rows(
    dataset: Any, collator: Any, chat_model: ChatModel, rows: list[Row]
) -> tuple[int, int]:
    """Return (tokens, tokens in the loss) of the trainer's `dataset`, made of `rows`.

    Raises Mistake, naming the rows, unless the loss of each is on its answer and end token exactly.
    """
    if not rows:  # then `dataset` is None
        return 0, 0
    if len(dataset) != len(rows):
        raise Mistake(
            f"Of {len(rows)} rows the trainer kept {len(dataset)}: "
            "it found no answer in the others."
        )
    ids, labels = list(map(list, dataset["input_ids"])), list(map(list, dataset["labels"]))
    faults = []
    for n, row in enumerate(rows):
        if fault := row_fault(chat_model, row, ids[n], labels[n]):
            faults.append(f"{row['id']}: {fault}")
    if not faults and (fault := batch_fault(collator, dataset.select(range(min(3, len(rows)))))):
        faults.append(fault)
    if chat_model.tokenizer.padding_side != "right":
        faults.append("the tokenizer pads on the left, which is for generation")
    if faults:
        more = "; …" if len(faults) > 3 else ""
        raise Mistake(
            f"{len(faults)} of {len(rows)} rows would be learned wrongly, so training does not "
            f"start: {'; '.join(faults[:3])}{more}."
        )
    return sum(map(len, ids)), sum(label != -100 for row in labels for label in row)


def row_fault(chat_model: ChatModel, row: Row, ids: list[int], labels: list[int]) -> str:
    """Return what is wrong with a row as the trainer has it, or "" (`labels`: -100 is no loss).

    Right is: it begins with the tokens of its prompt, nothing is cut off, and the loss covers the
    answer (with what the model must write before it) and its end token, and no more.
    """
    _, tokenizer, chat = chat_model
    prompt = format_prompt(tokenizer, chat, row["messages"][:-1])
    asked, whole = tokenizer([prompt, row["text"]], add_special_tokens=False)["input_ids"]
    first = next((n for n, label in enumerate(labels) if label != -100), len(labels))
    start = prompt.removesuffix(chat["prefill"]) + ("" if chat["learned"] else chat["header"])
    answer = chat["learned"] + row["messages"][-1]["content"] + chat["end"]
    texts = (tokenizer.decode(ids[first:]), tokenizer.decode(ids[:first]), start, answer)
    # NFC: Qwen's tokenizer joins letters and their accents
    seen, read, start, answer = (unicodedata.normalize("NFC", text) for text in texts)
    if len(ids) < len(whole):
        return f"it is cut off after {len(ids)} of its {len(whole)} tokens"
    if ids[: len(asked)] != asked:
        return f"it does not begin with the tokens of its prompt, which ends {prompt[-50:]!r}"
    if first == len(labels):
        return "none of its tokens is in the loss"
    if labels[first:] != ids[first:] or seen != answer or read != start:
        found, wanted = (f"{text[:50]!r} … {text[-30:]!r}" for text in (seen, answer))
        return f"the loss covers {found} instead of {wanted}"
    return ""


def batch_fault(collator: Any, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return what is wrong with the batch that the trainer makes of some rows, or ""."""
    given = [{name: list(row[name]) for name in ("input_ids", "labels")} for row in rows]
    wanted = [(label, label) for row in given for label in row["labels"] if label != -100]
    batch = collator(given)
    ids, labels = (batch[name].flatten().tolist() for name in ("input_ids", "labels"))
    learned = [pair for pair in zip(ids, labels, strict=True) if pair[1] != -100]
    return "" if learned == wanted else "batches have another loss than their rows"


def coloured_row(tokenizer: Any, ids: list[int], labels: list[int]) -> str:
    """Return a row as HTML: grey what is only read, on blue and underlined what is in the loss."""
    first = next(n for n, label in enumerate(labels) if label != -100)
    read, learned = (html.escape(tokenizer.decode(part)) for part in (ids[:first], ids[first:]))
    return (
        '<pre style="white-space:pre-wrap;max-height:18em;overflow:auto">'
        f'<span style="color:#767676">{read}</span><u style="background:#cfe8f8;color:#000">'
        f"{learned}</u></pre>"
    )
