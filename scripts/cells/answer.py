# Temperature, top_p and top_k that the models' makers recommend, for where a parameter is None.
RECOMMENDED = {"GPT-OSS": (1.0, 1.0, 0), "thinking": (0.6, 0.95, 20), "chat": (0.7, 0.8, 20)}

def sampling(chat, temperature=None, top_p=None, top_k=None):
    """Return {"temperature", "top_p", "top_k"}; each that is None is what is recommended for this model and mode."""
    kind = "GPT-OSS" if chat["learned"] else "thinking" if chat["thinking"] else "chat"
    own = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    return {name: usual if own[name] is None else own[name] for name, usual in zip(own, RECOMMENDED[kind])}

if __name__ == "__main__":
    def answer(questions, system=SYSTEM_PROMPT, **overrides):
        """Return the model's answers (see `answer_questions`); `overrides` replace generation settings."""
        usual = dict(max_new_tokens=MAX_NEW_TOKENS, seed=SEED, batch_size=GENERATION_BATCH, progress=progress,
                     **sampling(chat, TEMPERATURE, TOP_P, TOP_K))
        return answer_questions(model, tokenizer, chat, questions, system, format_prompt=format_prompt,
                                parse_answer=parse_answer, generate=generate, **{**usual, **overrides})

    print(f"{GENERATION_BATCH} answers at a time of at most {MAX_NEW_TOKENS} tokens; temperature {TEMPERATURE}, "
          f"top_p {TOP_P}, top_k {TOP_K} (None: as recommended for the model).")
