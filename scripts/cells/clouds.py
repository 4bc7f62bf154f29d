if __name__ == "__main__":
    clouds = {title: cloud_counts(answers[condition], text_words) for title, condition in (
        ("Base model", "base persona"), ("Tuned model", "tuned persona"), (f"{AUTHOR}, held out", "author"))}
    in_words = [f"{title}: {', '.join(list(words)[:10]) or 'no words'}" for title, words in clouds.items()]
    save_figure(word_clouds(clouds, SEED), "word_clouds", f"Largest words. {'; '.join(in_words)}")
