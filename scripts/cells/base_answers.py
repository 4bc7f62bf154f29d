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

if __name__ == "__main__":
    decoding = {"system": PLAIN_SYSTEM_PROMPT, "temperature": 0}
    def answer_batch(batch):
        return [{"question": one["question"], "answer": whole_answer(one["answer"], one["finish_reason"])}
                for one in answer(batch, **decoding, progress=lambda items, label: items)]
    keys = [instruction_key(MODEL, MAX_NEW_TOKENS, decoding, question) for question in questions]
    with plain_errors():
        made = cached_batches(OUT_DIR / "base_answers.jsonl", questions, keys, answer_batch, GENERATION_BATCH,
                              "Base answers", progress)
    plain_rows = base_rows(questions, [one["answer"] for one in made])
    print(f"{len(plain_rows)} answers of the base model, {len(questions) - len(plain_rows)} empty ones left out.")
    if plain_rows:
        print(f"\n{plain_rows[0]['instruction']}\n{plain_rows[0]['text']}")
