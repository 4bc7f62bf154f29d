import matplotlib.pyplot as plt
import seaborn

def bar_charts(effects, columns=4):
    """Return a figure with a panel for each row of `persona_effects`: four bars in two groups, a line for the
    author."""
    palette, rows = seaborn.color_palette("colorblind"), max(-(-len(effects) // columns), 1)
    fig, axes = plt.subplots(rows, columns, figsize=(12, 2.5 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(effects):]:
        axis.axis("off")
    for axis, row in zip(axes.flat, effects):
        for shift, phase, colour, hatch in ((-0.2, "base", 7, None), (0.2, "tuned", 0, "//")):
            heights = [row["means"][f"{phase} {system}"] for system in ("plain", "persona")]
            axis.bar([shift, 1 + shift], heights, width=0.38, color=palette[colour], hatch=hatch,
                     edgecolor="white", label=phase)
        if row["author"] is not None:
            axis.axhline(row["author"], color="black", ls="--", lw=1.5, label="author")
        highest = max(*row["means"].values(), row["author"] or 0)
        axis.set_ylim(min(0, *row["means"].values()), 1.1 * highest if highest > 0 else 1)
        axis.set_xticks([0, 1], ["plain prompt", "persona prompt"])
        axis.set_title(f"{row['label']} ({row['unit']})", fontsize=10)
    legend = {label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels())}
    fig.legend(legend.values(), legend, loc="outside lower center", ncols=3, frameon=False)
    return fig

if __name__ == "__main__":
    save_figure(bar_charts(persona_effect), "tuning_and_prompting", "Bars, one panel a measure. " + "; ".join(
        f"{row['label']}: " + ", ".join(f"{condition} {mean:.3g}" for condition, mean in row["means"].items())
        for row in persona_effect))
