from transformers import TrainerCallback

PATIENCE = 2      # evaluations in a row without a lower validation loss, before training stops
RECITED = 0.25    # share of words copied from the books, beyond what the author repeats, that stops it too
RECITED_RUN = 40  # so does a run of so many words: about the 50 tokens of Carlini et al. 2022
WATCHED, WATCH_TOKENS = 4, 64  # instructions of each split that are answered, tokens an answer

class CopyWatch(TrainerCallback):
    """Stops training when validation loss no longer falls, or when greedy answers recite the books.

    `write(instructions)` returns answers, `measure(texts)` [{"longest": words, "share": 0 to 1}] against the
    training text. Both figures go into the Trainer's log; `reason` says why it stopped.
    """
    def __init__(self, instructions, write, measure, usual):
        self.instructions, self.write, self.measure, self.usual, self.reason = instructions, write, measure, usual, ""

    def on_evaluate(self, args, state, control, **kwargs):
        copies = self.measure(self.write(self.instructions))
        share, run = sum(copy["share"] for copy in copies) / len(copies), max(copy["longest"] for copy in copies)
        state.log_history[-1].update(copied_share=share, copied_run=run)
        losses = {entry["step"]: entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry}
        losses = list(losses.values())  # one a step: a resumed training measures its checkpoint again
        if len(losses) > PATIENCE and min(losses[-PATIENCE:]) >= min(losses[:-PATIENCE]):
            self.reason = f"validation loss has not fallen for {PATIENCE} evaluations"
        elif share > self.usual + RECITED or run > RECITED_RUN:
            self.reason = f"{share:.0%} of the words of its answers stand in the books, up to {run} in a row"
        control.should_training_stop |= bool(self.reason)

if __name__ == "__main__":
    of_split = {split: [p for p in passages if p["split"] == split] for split in ("train", "validation")}
    known = [words_of(passage["text"]) for passage in of_split["train"]]
    measure = lambda texts: [copied_runs(table) for table in longest_matches([words_of(t) for t in texts], known)]
    usual = measure([p["text"] for p in of_split["validation"]])
    usual = sum(copy["share"] for copy in usual) / max(1, len(usual))
    copy_watch = CopyWatch(
        [p["instruction"] for some in of_split.values() for p in some[:WATCHED]],
        lambda texts: [one["answer"] for one in answer(texts, temperature=0, max_new_tokens=WATCH_TOKENS)],
        measure, usual)
    print(f"{usual:.1%} of the author's own validation text stands in training text, in runs of 5 words or more.")
