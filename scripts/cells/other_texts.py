import statistics

MAX_TEXTS = 600  # of either side, evenly spread; more costs time and changes nothing

def spread_out(texts, count):
    """Return at most `count` of the texts, evenly spread."""
    return [texts[i * len(texts) // count] for i in range(count)] if len(texts) > count else list(texts)

if __name__ == "__main__":
    author_texts = spread_out(training_texts, MAX_TEXTS)
    plain_answers = [row["text"] for row in passages if row["split"] == "base_answer" and row["text"].strip()]
    plain_answers = spread_out(plain_answers, MAX_TEXTS // 2)
    usual_words = round(statistics.mean(len(text.split()) for text in author_texts))
    other_texts = [row["text"] for row in draw_controls(other_authors("..", AUTHOR_KEY), MAX_TEXTS // 2,
                                                        usual_words, SEED)] + plain_answers
    print(f"{len(author_texts)} training passages by {AUTHOR}; {len(other_texts)} texts by others, "
          f"{len(plain_answers)} of them plain answers of the untrained model.")
