import contextlib

def answer_records(rows, prompts, system):
    """Return the records of one system prompt's answers from the dicts that `answer` gave for `prompts`."""
    return [{"prompt_id": prompt["id"], **row, "system": system} for prompt, row in zip(prompts, rows, strict=True)]

def likelihood_records(rows, passages, name):
    """Return the records of one set of texts from the dicts that `log_likelihoods` gave for `passages`."""
    return [{"id": passage["id"], "set": name, **row} for passage, row in zip(passages, rows, strict=True)]

if __name__ == "__main__":
    SYSTEMS = {"plain": PLAIN_SYSTEM_PROMPT, "persona": SYSTEM_PROMPT}
    TEXTS = {"held_out": held_out, "control": control}
    decoding = {"thinking": THINKING, "reasoning_effort": REASONING_EFFORT, "temperature": TEMPERATURE,
                "top_p": TOP_P, "top_k": TOP_K, "max_new_tokens": MAX_NEW_TOKENS, "batch": GENERATION_BATCH,
                "seed": SEED}
    settings = {"model": MODEL, "demo": DEMO_RUN, "versions": VERSIONS, "systems": SYSTEMS, "decoding": decoding}
    questions = [prompt["question"] for prompt in prompts]

    def part_keys(*weights):
        """Return {part: key}: a key changes with everything that its part depends on, and with nothing else."""
        asking, scoring = code_fingerprint(answer, chat_format), code_fingerprint(log_likelihoods)
        needs = {part: [asking, decoding, system, questions] for part, system in SYSTEMS.items()}
        for part, rows in TEXTS.items():
            needs[part] = [scoring, MAX_SEQ_LENGTH, [[row["id"], row["text"]] for row in rows]]
        return {part: fingerprint(weights, DEMO_RUN, VERSIONS, need) for part, need in needs.items()}

    def make_part(part, adapter):
        """Return a part's records, from the model with or without its adapter; loads it at first need."""
        global model, tokenizer, chat  # what `answer` uses
        model, tokenizer = load_model_once()
        chat = chat_format(tokenizer, THINKING, REASONING_EFFORT)
        with contextlib.nullcontext() if adapter else model.disable_adapter():
            if part in SYSTEMS:
                return answer_records(answer(questions, SYSTEMS[part]), prompts, part)
            rows = log_likelihoods(model, tokenizer, [row["text"] for row in TEXTS[part]],
                                   max_seq_length=MAX_SEQ_LENGTH, progress=progress)
            return likelihood_records(rows, TEXTS[part], part)
    print(f"Each model: {len(SYSTEMS)} × {len(prompts)} answers and {len(held_out)} + {len(control)} scored texts.")
