import statistics

if __name__ == "__main__":
    place = {prompt["passage_id"]: number for number, prompt in enumerate(prompts)}
    own = [row for row in held_out if row["id"] in place]  # the author answers with these passages
    ranks = {condition: question_ranks(texts, questions, range(len(prompts)))
             for condition, texts in answers.items() if condition != "author"}
    ranks["author"] = question_ranks([row["text"] for row in own], questions, [place[row["id"]] for row in own])
    for number, (name, label, unit, definition) in enumerate((
            ("reciprocal_rank", "Answers the question", "1 / rank",
             "1 / rank of its own question among all, by TF-IDF with the answer; mean: MRR, Voorhees 1999"),
            ("first_rank", "Question found first", "share", "the answer's own question is first in that ranking"))):
        measures[name] = {
            "base": ranks["base persona"][number], "tuned": ranks["tuned persona"][number],
            "author": ranks["author"][number] or None, "better": "higher", "label": label, "unit": unit,
            "definition": definition, "plain": {side: ranks[f"{side} plain"][number] for side in ("base", "tuned")}}
    chance = ranks_by_chance(len(prompts))
    print(f"{'':14} mean 1 / rank   found first")
    for condition, (reciprocal, first) in [*ranks.items(), ("by chance", ([chance[0]], [chance[1]]))]:
        if first:
            print(f"{condition:14} {statistics.mean(reciprocal):13.2f} {statistics.mean(first):13.0%}")
