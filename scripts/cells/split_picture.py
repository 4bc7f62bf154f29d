import matplotlib.pyplot as plt

LOOKS = {"train": ("0.85", ""), "validation": ("#de8f05", "///"), "held_out": ("#0173b2", ""), "gap": ("white", "")}

def draw_split(regions, titles):
    """Return a figure with one bar a book, in thousands of words: {stem: [(split, start, end)]} and {stem: title}."""
    fig, ax = plt.subplots(figsize=(9, 1.2 + 0.5 * len(regions)))
    for row, own in enumerate(regions.values()):
        for split, start, end in own:
            color, hatch = LOOKS[split]
            ax.barh(row, (end - start) / 1000, left=start / 1000, height=0.6, color=color, hatch=hatch,
                    edgecolor="0.3", linewidth=0.5, label={"gap": "left out"}.get(split, split.replace("_", " ")))
    ax.set_yticks(range(len(regions)), [titles[stem] for stem in regions])
    ax.invert_yaxis()
    ax.set_xlabel("place in the book (thousand words)")
    labels = dict(zip(*ax.get_legend_handles_labels()[::-1]))
    ax.legend(labels.values(), labels.keys(), ncol=4, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1))
    return fig

if __name__ == "__main__":
    spans = [region for own in regions.values() for region in own]
    total = sum(end - start for _, start, end in spans)
    share = {split: sum(end - start for name, start, end in spans if name == split) / total for split in LOOKS}
    told = (f"{share['train']:.0%} for training, {share['validation']:.0%} for validation, "
            f"{share['held_out']:.0%} held out")
    fig = draw_split(regions, {book["stem"]: book["title"] for book in books})
    fig.axes[0].set_title(told + f", {share['gap']:.0%} left out between them", pad=28)
    save_figure(fig, "split", f"A bar for each book, from its first word to its last: {told}, each of them a block.")
