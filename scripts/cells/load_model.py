import time

def memory_gib():
    """Return the peak memory so far in GiB: reserved on the GPU, or this process's resident set on a CPU."""
    import resource, torch
    if torch.cuda.is_available():
        return torch.cuda.max_memory_reserved() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # Linux gives KiB

if __name__ == "__main__":
    started = time.time()
    from unsloth import FastLanguageModel  # before transformers, trl and peft, which it speeds up
    import torch
    with plain_errors():
        model, tokenizer = FastLanguageModel.from_pretrained(
            MODEL, max_seq_length=MAX_SEQ_LENGTH, load_in_4bit=not DEMO_RUN, dtype=torch.float32 if DEMO_RUN else None)
    print(f"{type(model).__name__} with {model.num_parameters() / 1e6:,.0f} million parameters in "
          f"{time.time() - started:.0f} s; peak memory {memory_gib():.1f} GiB.")
