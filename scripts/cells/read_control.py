import statistics

if __name__ == "__main__":
    control_words = round(statistics.mean(len(row["text"].split()) for row in held_out))
    control = draw_controls(other_authors("..", AUTHOR_KEY), len(held_out), control_words, SEED)
    print(f"{len(control)} control passages of {statistics.mean(row['words'] for row in control):.0f} words on "
          f"average, from {', '.join(sorted({row['source'] for row in control}))}.")
    print(f"\nThe first one:\n{control[0]['text'][:300]} …")
