if __name__ == "__main__":
    first = next(iter(runs.values()))
    author = f"{AUTHOR}, held out"
    clouds = {f"{run}, {side.lower()}": counts for run, one in runs.items()
              for side, counts in one["word_counts"].items() if side != author}
    clouds[author] = first["word_counts"][author]
    in_words = [f"{title}: {', '.join(list(words)[:10]) or 'no words'}" for title, words in clouds.items()]
    save_figure(word_clouds(clouds, 1, columns=2), "word_clouds", f"Largest words. {'; '.join(in_words)}")
    rates = {f"{run}\n{side}": one["keyword_rates"][f"{side} persona"] for run, one in runs.items()
             for side in ("base", "tuned")} | {"author": first["keyword_rates"]["author"]}
    totals = [f"{column} {sum(row.values()):.0f}".replace("\n", " ") for column, row in rates.items()]
    save_figure(keyword_heatmap(rates, f"Keywords of {AUTHOR}"), "keywords",
                f"Heatmap of keyword uses in 1,000 words; all keywords together: {', '.join(totals)}")
