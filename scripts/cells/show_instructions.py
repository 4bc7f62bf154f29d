import random
import pandas
from IPython.display import display

PAIRS = 20

def instruction_pairs(passages, count, seed):
    """Return a table of `count` random passages: id, how the instruction was made, it, the passage's start."""
    chosen = random.Random(seed).sample(passages, min(count, len(passages)))
    return pandas.DataFrame([{
        "passage": p["id"], "made by": p["instruction_source"], "instruction": p["instruction"],
        "starts": " ".join(p["text"].split()[:40]) + " …"} for p in chosen])

if __name__ == "__main__":
    display(text_table(instruction_pairs(passages, PAIRS, SEED)))
