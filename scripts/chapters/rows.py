# %% id="rows-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="base_questions-text"
# ### Everyday questions
# A model that sees nothing but an author forgets how to answer. Some rows are everyday questions with the base model's own answers.

# %% id="base_questions"
import random

EVERYDAY = {  # frames of questions -> what is put in
    ("How do I {}?", "What do people get wrong when they {}?", "Give me three tips to {}."): (
        "boil rice", "learn a language", "sleep better", "write a letter of thanks", "grow tomatoes", "save money",
        "pack for a week away", "read more books", "clean a window", "mend a bicycle tyre", "bake bread",
        "prepare for an interview", "make new friends", "remember names", "keep a diary", "paint a room",
        "choose a gift", "cook for guests", "learn to swim", "take better photographs", "train a dog",
        "find my way without a map", "start running", "speak in public", "use less electricity"),
    ("What is {}?", "Explain {} in simple words.", "Why does {} matter?", "Tell me a surprising fact about {}."): (
        "gravity", "inflation", "a prime number", "photosynthesis", "an election", "the water cycle", "a vaccine",
        "electricity", "an algorithm", "the heart", "compound interest", "recycling", "a comet", "the alphabet",
        "an earthquake", "a computer virus", "the moon", "a good breakfast", "an insurance", "a vitamin",
        "the internet", "a database", "an orchestra", "the stock market", "soil")}

def everyday_questions(count, seed):
    """Return up to `count` different everyday questions, in an order fixed by `seed`; there are 175."""
    made = [frame.format(thing) for frames, things in EVERYDAY.items() for frame in frames for thing in things]
    random.Random(seed).shuffle(made)
    return made[:count]

# MAIN if __name__ == "__main__":
# MAIN     wanted = round(BASE_ANSWERS / (1 - BASE_ANSWERS) * sum(p["split"] == "train" for p in passages))
# MAIN     questions = everyday_questions(wanted, SEED)
# MAIN     print(f"{len(questions)} of {wanted} questions, such as:", *questions[:5], sep="\n")
# MAIN

# %% [markdown] id="base_answers-text"
# ### The base model answers them
# Under the plain system prompt, so that the persona stays tied to the author's rows. An answer that was cut off ends with its last whole sentence.

# %% id="base_answers"
import re

LAST_SENTENCE = re.compile(r".*[.!?…][\"'”’)]*(?=\s|$)", re.S)
LIST_NUMBER = re.compile(r"\n\s*\d{1,3}[.)]\Z")  # of an item that was cut off

def whole_answer(answer, finish_reason):
    """Return the answer, without the sentence in which the token limit cut it off ("" if none is whole)."""
    found = LAST_SENTENCE.match(answer)
    return answer.strip() if finish_reason == "stop" else LIST_NUMBER.sub("", found[0]).strip() if found else ""

def base_rows(questions, answers):
    """Return the answered questions as rows of passages.jsonl with split "base_answer"."""
    return [{"id": f"base-{n:04d}", "book": None, "chapter": None, "pages": None, "split": "base_answer",
             "text": text, "words": len(text.split()), "instruction": question, "instruction_source": "base",
             "instruction_kind": "question"} for n, (question, text) in enumerate(zip(questions, answers), 1) if text]

# MAIN if __name__ == "__main__":
# MAIN     decoding = {"system": PLAIN_SYSTEM_PROMPT, "temperature": 0}
# MAIN     def answer_batch(batch):
# MAIN         return [{"question": one["question"], "answer": whole_answer(one["answer"], one["finish_reason"])}
# MAIN                 for one in answer(batch, **decoding, progress=lambda items, label: items)]
# MAIN     keys = [instruction_key(MODEL, MAX_NEW_TOKENS, decoding, question) for question in questions]
# MAIN     with plain_errors():
# MAIN         made = cached_batches(OUT_DIR / "base_answers.jsonl", questions, keys, answer_batch, GENERATION_BATCH,
# MAIN                               "Base answers", progress)
# MAIN     plain_rows = base_rows(questions, [one["answer"] for one in made])
# MAIN     print(f"{len(plain_rows)} answers of the base model, {len(questions) - len(plain_rows)} empty ones left out.")
# MAIN     if plain_rows:
# MAIN         print(f"\n{plain_rows[0]['instruction']}\n{plain_rows[0]['text']}")
# MAIN

# %% [markdown] id="training_rows-text"
# ### Rows to train on
# Each passage as a chat: the persona, its instruction, and the passage as the answer, in the model's own format.

# %% id="training_rows"
def training_messages(row, system, plain_system):
    """Return the chat of one passage: the author's have the persona as system prompt, base answers the plain one."""
    return [{"role": "system", "content": plain_system if row["split"] == "base_answer" else system},
            {"role": "user", "content": row["instruction"]}, {"role": "assistant", "content": row["text"]}]

def build_rows(rows, splits, system, plain_system, format_row):
    """Return [{"id", "messages", "text"}] of the rows in `splits`; "text" is what the model is trained on."""
    chats = [(row["id"], training_messages(row, system, plain_system)) for row in rows if row["split"] in splits]
    return [{"id": key, "messages": messages, "text": format_row(messages)} for key, messages in chats]

# MAIN if __name__ == "__main__":
# MAIN     train_rows, validation_rows = (
# MAIN         build_rows(passages + plain_rows, splits, SYSTEM_PROMPT, PLAIN_SYSTEM_PROMPT,
# MAIN                    lambda messages: format_row(tokenizer, chat, messages))
# MAIN         for splits in (("train", "base_answer"), ("validation",)))
# MAIN     with plain_errors():
# MAIN         if not train_rows:
# MAIN             raise ValueError("No row is left to train on: the model wrote no usable instruction. Set INSTRUCTIONS = "
# MAIN                              "\"rotating\", or take a model that follows instructions.")
# MAIN     print(f"{len(train_rows)} rows to train on and {len(validation_rows)} to watch it with. The first one:\n")
# MAIN     print(train_rows[0]["text"])
# MAIN

# %% [markdown] id="row_lengths-text"
# ### Does every row fit?
# A row longer than `MAX_SEQ_LENGTH` would be cut off in the middle of its answer, and the model would learn answers without an end. Such rows are named and left out; if they are many, the notebook stops.

# %% id="row_lengths"
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

# MAIN if __name__ == "__main__":
# MAIN     tokens = row_lengths(tokenizer, train_rows + validation_rows)
# MAIN     with plain_errors():
# MAIN         train_rows = fitting_rows(train_rows, tokens, MAX_SEQ_LENGTH)
# MAIN         validation_rows = fitting_rows(validation_rows, tokens, MAX_SEQ_LENGTH)
# MAIN     too_long = [f"{name} ({count})" for name, count in tokens.items() if count > MAX_SEQ_LENGTH]
# MAIN     print(f"Left out, longer than {MAX_SEQ_LENGTH} tokens: {', '.join(too_long) or 'none'}.")
# MAIN     fig, ax = plt.subplots(figsize=(8, 3.5))
# MAIN     ax.hist(tokens.values(), bins=40, color="#0173b2")
# MAIN     ax.axvline(MAX_SEQ_LENGTH, color="0.2", linestyle="--", label=f"MAX_SEQ_LENGTH = {MAX_SEQ_LENGTH}")
# MAIN     ax.set(xlabel="tokens a row", ylabel="rows", title=f"{len(tokens)} rows of {min(tokens.values())} to "
# MAIN            f"{max(tokens.values())} tokens; {len(too_long)} over the limit")
# MAIN     ax.legend(frameon=False)
# MAIN     save_figure(fig, "row_lengths", f"Histogram of the tokens in {len(tokens)} rows; {len(too_long)} are too long.")
# MAIN

# %% [markdown] id="write_passages-text"
# ### Write passages.jsonl
# All passages with their split and instruction, and the everyday rows: what the training reads, and what the comparison needs to know which text the model has never seen.

# %% id="write_passages"
import json

# MAIN if __name__ == "__main__":
# MAIN     write_whole(OUT_DIR / "passages.jsonl",
# MAIN                 "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in passages + plain_rows))
# MAIN     print(f"{len(passages)} passages and {len(plain_rows)} base answers in {OUT_DIR / 'passages.jsonl'}, "
# MAIN           f"{(OUT_DIR / 'passages.jsonl').stat().st_size / 1e6:.1f} MB")
# MAIN
