# %% id="phases-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="result_cache-text"
# ### Keep results safely
# Generation takes hours on a large model, so each phase is kept in a pickle. A pickle from elsewhere could run any program while it is read; this reader admits plain values only, and a damaged or foreign file is said so and made again.

# %% id="result_cache"
import io, pickle
from pathlib import Path

FIELDS = {"key": str, "phase": str, "parts": dict, "answers": list, "likelihoods": list, "timings": dict,
          "settings": dict}
RECORDS = {"answers": {"prompt_id", "question", "system", "answer", "thinking", "raw", "finish_reason", "tokens",
                       "bytes", "seconds"},
           "likelihoods": {"id", "set", "log_likelihood", "tokens", "bytes", "words"}}

class PlainUnpickler(pickle.Unpickler):
    """Reads plain values only: a pickle can have any function of any module called, and here it may have none."""
    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

def read_results(path):
    """Return (results, "") of a phase's pickle, or (None, a sentence why not); no code in the file is run."""
    path = Path(path)
    if not path.exists():
        return None, f"{path.name} is not there yet."
    try:
        results = PlainUnpickler(io.BytesIO(path.read_bytes())).load()
        wrong = [name for name, kind in FIELDS.items() if not isinstance(results[name], kind)]
        wrong += [name for name, fields in RECORDS.items() for row in results[name] if not fields <= set(row)]
    except Exception as error:  # whatever a damaged or foreign file makes the reader stumble over
        return None, f"{path.name} is damaged or not ours ({type(error).__name__}: {error}): it is made again."
    return (None, f"{path.name} has unknown {wrong[0]}: it is made again.") if wrong else (results, "")

def write_results(path, results, write_whole):
    """Pickle `results` and have write_whole(path, bytes) keep it. Raises ValueError for what is not a plain value."""
    data = pickle.dumps(results, protocol=4)
    try:
        PlainUnpickler(io.BytesIO(data)).load()
    except pickle.UnpicklingError as error:
        raise ValueError(f"{path} may hold plain values only, but {error}.") from None
    write_whole(path, data)

# %% [markdown] id="run_phase-text"
# ### Make only what is missing
# A phase has four parts: the answers with the plain and with the persona prompt, and the scores of the two sets of texts. Each is kept as soon as it is done, under a key made of everything it depends on, so that an interrupted run goes on where it stopped.

# %% id="run_phase"
import time

def run_phase(path, phase, keys, make_part, settings, read, write):
    """Return a phase's results; of the parts in `keys` ({part: key}) only those not kept under their key are made.

    `make_part(part)` returns a part's records: answers have its name as "system", likelihoods as "set". After every
    part the file at `path` is written, so that an interruption loses one part at most. `read(path)` returns
    (results or None, why not), `write(path, results)` keeps them: plain values, the parts in the order of `keys`.
    """
    old, why = read(path)
    if why:
        print(f"{phase}: {why}")
    if not old or old["phase"] != phase:
        old = {"parts": {}, "answers": [], "likelihoods": [], "timings": {}}
    kept = [part for part in keys if old["parts"].get(part) == keys[part]]
    known = old["answers"] + old["likelihoods"]
    records = {part: [row for row in known if part in (row.get("system"), row.get("set"))] for part in kept}
    timings = {part: old["timings"].get(part, 0.0) for part in kept}
    def results():
        rows = [row for part in keys for row in records.get(part, [])]
        return {"key": "-".join(keys.values()), "phase": phase, "complete": len(records) == len(keys),
                "parts": {part: keys[part] for part in keys if part in records},
                "answers": [row for row in rows if "system" in row],
                "likelihoods": [row for row in rows if "set" in row], "timings": timings, "settings": settings}
    for part in keys:
        if part in kept:
            print(f"{phase}, {part}: kept.")
            continue
        started, changed = time.perf_counter(), part in old["parts"]
        records[part] = make_part(part)
        timings[part] = time.perf_counter() - started
        write(path, results())
        print(f"{phase}, {part}: made{' again, as what it depends on has changed' * changed}, {timings[part]:.0f} s.")
    return results()

# %% [markdown] id="phase_parts-text"
# ### Say what the parts depend on
# Base and tuned model get the same prompts, the same system prompts, the same decoding settings and the same seed. The base model's keys leave the adapter out: training again does not cost its answers.

# %% id="phase_parts"
import contextlib

def answer_records(rows, prompts, system):
    """Return the records of one system prompt's answers from the dicts that `answer` gave for `prompts`."""
    return [{"prompt_id": prompt["id"], **row, "system": system} for prompt, row in zip(prompts, rows, strict=True)]

def likelihood_records(rows, passages, name):
    """Return the records of one set of texts from the dicts that `log_likelihoods` gave for `passages`."""
    return [{"id": passage["id"], "set": name, **row} for passage, row in zip(passages, rows, strict=True)]

# MAIN if __name__ == "__main__":
# MAIN     SYSTEMS = {"plain": PLAIN_SYSTEM_PROMPT, "persona": SYSTEM_PROMPT}
# MAIN     TEXTS = {"held_out": held_out, "control": control}
# MAIN     decoding = {"thinking": THINKING, "reasoning_effort": REASONING_EFFORT, "temperature": TEMPERATURE,
# MAIN                 "top_p": TOP_P, "top_k": TOP_K, "max_new_tokens": MAX_NEW_TOKENS, "batch": GENERATION_BATCH,
# MAIN                 "seed": SEED}
# MAIN     settings = {"model": MODEL, "demo": DEMO_RUN, "versions": VERSIONS, "systems": SYSTEMS, "decoding": decoding}
# MAIN     questions = [prompt["question"] for prompt in prompts]
# MAIN 
# MAIN     def part_keys(*weights):
# MAIN         """Return {part: key}: a key changes with everything that its part depends on, and with nothing else."""
# MAIN         asking, scoring = code_fingerprint(answer, chat_format), code_fingerprint(log_likelihoods)
# MAIN         needs = {part: [asking, decoding, system, questions] for part, system in SYSTEMS.items()}
# MAIN         for part, rows in TEXTS.items():
# MAIN             needs[part] = [scoring, MAX_SEQ_LENGTH, [[row["id"], row["text"]] for row in rows]]
# MAIN         return {part: fingerprint(weights, DEMO_RUN, VERSIONS, need) for part, need in needs.items()}
# MAIN 
# MAIN     def make_part(part, adapter):
# MAIN         """Return a part's records, from the model with or without its adapter; loads it at first need."""
# MAIN         global model, tokenizer, chat  # what `answer` uses
# MAIN         model, tokenizer = load_model_once()
# MAIN         chat = chat_format(tokenizer, THINKING, REASONING_EFFORT)
# MAIN         with contextlib.nullcontext() if adapter else model.disable_adapter():
# MAIN             if part in SYSTEMS:
# MAIN                 return answer_records(answer(questions, SYSTEMS[part]), prompts, part)
# MAIN             rows = log_likelihoods(model, tokenizer, [row["text"] for row in TEXTS[part]],
# MAIN                                    max_seq_length=MAX_SEQ_LENGTH, progress=progress)
# MAIN             return likelihood_records(rows, TEXTS[part], part)
# MAIN     print(f"Each model: {len(SYSTEMS)} × {len(prompts)} answers and {len(held_out)} + {len(control)} scored texts.")
# MAIN

# %% [markdown] id="base_phase-text"
# ### Base phase
# The model as it was before the training: the adapter is switched off. Nothing is loaded if all of it has been kept.

# %% id="base_phase"
import functools
from pathlib import Path

# MAIN if __name__ == "__main__":
# MAIN     model_print = folder_fingerprint(MODEL) if Path(MODEL).is_dir() else MODEL
# MAIN     keep_results = functools.partial(write_results, write_whole=write_whole)
# MAIN     results = {"base": run_phase(
# MAIN         CACHE_DIR / "base_results.pkl", "base", part_keys(model_print),
# MAIN         lambda part: make_part(part, adapter=False), settings, read_results, keep_results)}
# MAIN     first = next(row for row in results["base"]["answers"] if row["system"] == "persona")
# MAIN     print(f"\n{first['question']}\n{first['answer']}")
# MAIN

# %% [markdown] id="tuned_phase-text"
# ### Tuned phase
# The same model with the adapter on.

# %% id="tuned_phase"


# MAIN if __name__ == "__main__":
# MAIN     results["tuned"] = run_phase(
# MAIN         CACHE_DIR / "tuned_results.pkl", "tuned", part_keys(model_print, folder_fingerprint(ADAPTER)),
# MAIN         lambda part: make_part(part, adapter=True), settings, read_results, keep_results)
# MAIN     first = next(row for row in results["tuned"]["answers"] if row["system"] == "persona")
# MAIN     print(f"\n{first['question']}\n{first['answer']}")
# MAIN
