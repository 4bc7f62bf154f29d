import pandas
from IPython.display import display

# On the GPU, and in the demo: its model is too small for the first try, and slow
TRIES = {False: ("ask", "about"), True: ("about",)}
TOKENS = {False: 48, True: 32}   # that an instruction may take
READ = {False: None, True: 400}  # characters of the passage that the model reads (None: all)

if __name__ == "__main__":
    asking = {"system": PLAIN_SYSTEM_PROMPT, "temperature": 0, "max_new_tokens": TOKENS[DEMO_RUN]}
    rank, place = passage_ranker([p["text"] for p in passages]), {p["id"]: n for n, p in enumerate(passages)}
    write = cached_writer(
        OUT_DIR / "instructions.jsonl", cached_batches, lambda request: instruction_key(MODEL, asking, request),
        lambda requests: [one["answer"] for one in answer(requests, **asking, progress=lambda items, label: items)],
        GENERATION_BATCH, progress, kind_of,
        lambda text, kind, attempt: request_for(text[:READ[DEMO_RUN]], kind, attempt), read_instruction)
    compare = cached_losses(
        OUT_DIR / "instruction_losses.jsonl", cached_batches,
        lambda *triple: instruction_key(MODEL, PLAIN_SYSTEM_PROMPT, *triple), losses,
        lambda passage: GENERIC[kind_of(passage["id"])], GENERATION_BATCH, progress)
    with plain_errors():
        instructions, counts = make_instructions(
            passages if INSTRUCTIONS == "model" else [], TRIES[DEMO_RUN], write,
            lambda text, p: instruction_fault(text, p["text"], rank(text, place[p["id"]])),
            content_words, compare)
    table = pandas.Series({(reason or "kept", f"try “{attempt}”"): n for (attempt, reason), n in counts.items()})
    display(table.unstack(fill_value=0) if counts else "The model is asked for no instructions.")
