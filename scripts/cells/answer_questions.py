def close_thought(chat):
    """Return the text that ends a thought and opens the answer, "" for a model that does not think first."""
    if not chat["thinking"]:
        return ""
    if chat["learned"]:  # GPT-OSS: from the analysis channel to the final one
        return "<|end|>" + chat["response_part"] + chat["learned"]
    return "\n</think>\n\n" if "</think>" in chat["header"] else ""

def answer_questions(model, tokenizer, chat, questions, system, *, format_prompt, parse_answer, generate, **settings):
    """Return {"question", "system", "answer", "thinking", "raw", "finish_reason", "tokens", "bytes", "seconds"} each.

    `settings` are those of `generate`. A thought that used up all its tokens is closed, and the answer written in a
    second round of as many tokens: no answer is empty for want of them.
    """
    rules = [{"role": "system", "content": system}] if system else []
    prompts = [format_prompt(tokenizer, chat, [*rules, {"role": "user", "content": text}]) for text in questions]
    settings["stops"] = chat["stops"]
    made = generate(model, tokenizer, prompts, **settings) if prompts else []
    unsaid = [n for n, one in enumerate(made) if close_thought(chat) and one["finish_reason"] == "length"
              and not parse_answer(one["raw"], chat)["answer"]]
    if unsaid:
        begun = [made[n]["raw"] + close_thought(chat) for n in unsaid]
        rest = generate(model, tokenizer, [prompts[n] + text for n, text in zip(unsaid, begun)], **settings)
        for n, text, more in zip(unsaid, begun, rest):
            made[n] = {**more, "raw": text + more["raw"], "tokens": made[n]["tokens"] + more["tokens"],
                       "seconds": made[n]["seconds"] + more["seconds"]}
    rows = [{"question": text, "system": system, **parse_answer(one["raw"], chat), **one}
            for text, one in zip(questions, made)]
    return [{**row, "bytes": len(row["answer"].encode())} for row in rows]
