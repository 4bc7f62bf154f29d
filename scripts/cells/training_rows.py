def training_messages(row, system, plain_system):
    """Return the chat of one passage: the author's have the persona as system prompt, base answers the plain one."""
    return [{"role": "system", "content": plain_system if row["split"] == "base_answer" else system},
            {"role": "user", "content": row["instruction"]}, {"role": "assistant", "content": row["text"]}]

def build_rows(rows, splits, system, plain_system, format_row):
    """Return [{"id", "messages", "text"}] of the rows in `splits`; "text" is what the model is trained on."""
    chats = [(row["id"], training_messages(row, system, plain_system)) for row in rows if row["split"] in splits]
    return [{"id": key, "messages": messages, "text": format_row(messages)} for key, messages in chats]

if __name__ == "__main__":
    train_rows, validation_rows = (
        build_rows(passages + plain_rows, splits, SYSTEM_PROMPT, PLAIN_SYSTEM_PROMPT,
                   lambda messages: format_row(tokenizer, chat, messages))
        for splits in (("train", "base_answer"), ("validation",)))
    with plain_errors():
        if not train_rows:
            raise ValueError("No row is left to train on: the model wrote no usable instruction. Set INSTRUCTIONS = "
                             "\"rotating\", or take a model that follows instructions.")
    print(f"{len(train_rows)} rows to train on and {len(validation_rows)} to watch it with. The first one:\n")
    print(train_rows[0]["text"])
