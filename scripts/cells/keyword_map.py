if __name__ == "__main__":
    rates = {condition: keyword_rates(texts, keywords, text_words) for condition, texts in answers.items()}
    totals = ", ".join(f"{condition} {sum(row.values()):.0f}" for condition, row in rates.items())
    save_figure(keyword_heatmap(rates, f"Keywords of {AUTHOR}"), "keywords",
                f"Heatmap of keyword uses in 1,000 words; all keywords together: {totals}")
