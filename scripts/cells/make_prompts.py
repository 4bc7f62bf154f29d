import random

# Questions that fit any noun phrase; a theme is asked in as many ways as N_PROMPTS needs.
QUESTIONS = """What do you think about {}?|What do most people get wrong about {}?|Why does {} matter in a life?
What would you tell a young person about {}?|Tell me a story that shows something true about {}.
What has your own experience taught you about {}?|How would you explain {} to a stranger?|What is hardest about {}?
Where do you see {} in the world around you?|Is {} a blessing or a curse?|When did you first think about {}?
What would a world without {} be like?""".replace("\n", "|").split("|")

def make_prompts(passages, themes, count, seed):
    """Return `count` different prompts {"id", "question", "source", "passage_id"}, the same for equal arguments.

    Every theme is asked once; then come instructions of (held-out) `passages`, drawn with `seed`; where they are
    too few, the themes are asked in further ways. Raises ValueError where all of them are fewer than `count`.
    """
    seen, asked, further, written = set(), [], [], []
    def new(question):
        key = " ".join(question.casefold().split()).rstrip("?.! ")
        return bool(key) and key not in seen and not seen.add(key)
    for way in range(len(QUESTIONS)):
        for number, theme in enumerate(themes):  # neighbours are asked in different ways
            question = QUESTIONS[(way + number) % len(QUESTIONS)].format(theme)
            if new(question):
                (further if way else asked).append((question, "theme", None))
    for row in random.Random(seed).sample(passages, len(passages)):
        if new(row.get("instruction") or ""):
            written.append((" ".join(row["instruction"].split()), "held_out", row["id"]))
    chosen = [*asked, *written, *further][:count]
    if len(chosen) < count:
        raise ValueError(f"N_PROMPTS is {count}, but {len(themes)} themes and {len(written)} instructions of "
                         f"held-out passages give only {len(chosen)} prompts: add THEMES or lower N_PROMPTS.")
    return [{"id": f"prompt-{number:03d}", "question": question, "source": source, "passage_id": passage_id}
            for number, (question, source, passage_id) in enumerate(chosen, 1)]

if __name__ == "__main__":
    with plain_errors():
        prompts = make_prompts(held_out, THEMES, N_PROMPTS, SEED)
    print(f"{len(prompts)} prompts, {sum(row['source'] == 'held_out' for row in prompts)} from held-out passages:",
          *(row["question"] for row in prompts[::8]), sep="\n  ")
