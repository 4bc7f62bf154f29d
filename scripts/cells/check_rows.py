def check_rows(dataset, collator, tokenizer, chat, rows, *, format_prompt, row_fault, batch_fault):
    """Return (tokens, tokens in the loss) of the trainer's `dataset`, made of `rows` ({"id", "messages", "text"}).

    Raises ValueError, naming the rows, unless the loss of every row is on the answer and its end token exactly.
    """
    if len(dataset) != len(rows):
        raise ValueError(f"Of {len(rows)} rows the trainer kept {len(dataset)}: it found no answer in the others.")
    faults, ids, labels = [], list(map(list, dataset["input_ids"])), list(map(list, dataset["labels"]))
    for n, row in enumerate(rows):
        prompt = format_prompt(tokenizer, chat, row["messages"][:-1])
        if fault := row_fault(tokenizer, chat, row, prompt, ids[n], labels[n]):
            faults.append(f"{row['id']}: {fault}")
    if not faults and (fault := batch_fault(collator, [dataset[n] for n in range(min(3, len(rows)))])):
        faults.append(fault)
    if tokenizer.padding_side != "right":
        faults.append("the tokenizer pads on the left, which is for generation")
    if faults:
        raise ValueError(f"{len(faults)} of {len(rows)} rows would be learned wrongly, so training does not start: "
                         f"{'; '.join(faults[:3])}{'; …' * (len(faults) > 3)}.")
    return sum(map(len, ids)), sum(label != -100 for row in labels for label in row)

if __name__ == "__main__":
    for rows, dataset in ((train_rows, trainer.train_dataset), (validation_rows, trainer.eval_dataset)):
        with plain_errors():
            tokens, learned = check_rows(
                dataset, trainer.data_collator, tokenizer, chat, rows, format_prompt=format_prompt,
                row_fault=row_fault, batch_fault=batch_fault) if rows else (0, 0)
        print(f"{'Training' if rows is train_rows else 'Validation'}: {len(rows)} rows, {tokens:,} tokens, {learned:,} "
              f"of them in the loss; in every row these are the answer and {chat['end']}.")
