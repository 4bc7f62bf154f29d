import pandas
from IPython.display import display

ROTATING = ("Explain this concept in detail.", "Share your thoughts on this.", "What is your view of this?",
            "Tell me more about this topic.", "Continue.", "Write in your own style.", "Describe what this means.",
            "Go deeper into this idea.")
MOST_TEMPLATES = {False: 0.25, True: 1}  # share of the training passages kept; the demo's small model fails at most

def add_instructions(passages, written, templates, kind_of):
    """Return the passages with their instruction, its source and kind: the model's, else the template."""
    return [{**p, "instruction": written.get(p["id"]) or templates[p["id"]],
             "instruction_source": "model" if p["id"] in written else "template",
             "instruction_kind": kind_of(p["id"])} for p in passages]

def rotating_instructions(passages, kind_of):
    """Return the passages with the eight contentless instructions in turn: the scheme to compare with."""
    return [{**p, "instruction": ROTATING[i % len(ROTATING)], "instruction_source": "rotating",
             "instruction_kind": kind_of(p["id"])} for i, p in enumerate(passages)]

if __name__ == "__main__":
    with plain_errors():
        if INSTRUCTIONS not in ("model", "rotating"):
            raise ValueError(f"INSTRUCTIONS is {INSTRUCTIONS!r}: set it to 'model' or 'rotating'.")
    before = len(passages)
    if INSTRUCTIONS == "model":
        passages = capped_templates(passages, instructions, MOST_TEMPLATES[DEMO_RUN])
        corpus = [paragraph["text"] for book in books for paragraph in book["paragraphs"]]
        phrases = distinctive_phrases([p["text"] for p in passages], corpus)
        templates = template_instructions(passages, phrases, kind_of)
        passages = add_instructions(passages, instructions, templates, kind_of)
    else:
        passages = rotating_instructions(passages, kind_of)
    print(f"{before - len(passages)} training passages left out, for too many had a template.")
    sources = pandas.DataFrame(passages)[["split", "instruction_source"]].value_counts().unstack(fill_value=0)
    display(sources.rename_axis(index="passages", columns="instruction from"))
