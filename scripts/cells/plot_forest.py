import matplotlib.pyplot as plt
import seaborn

# Shape, line and colour (of seaborn's colour-blind palette) all tell the verdict, so that grey will do.
VERDICT_LOOK = {"better": ("o", "-", 0), "changed": ("D", "-.", 2), "no difference shown": ("s", ":", 7),
                "worse": ("X", "--", 3)}

def forest_plot(panels):
    """Return a figure of {title: rows of `differences` with a direction}: panels side by side, base → tuned
    beside each row. All have the measures of the first."""
    palette, first = seaborn.color_palette("colorblind"), next(iter(panels.values()))
    labels = [row["label"] for row in first]
    fig, axes = plt.subplots(1, len(panels), figsize=(3 + 6 * len(panels), 1.6 + 0.32 * len(labels)),
                             sharey=True, squeeze=False, layout="constrained")
    found = {row["verdict"] for rows in panels.values() for row in rows}
    for verdict, (marker, line, colour) in VERDICT_LOOK.items():
        if verdict in found:
            axes[0, 0].plot([], [], line, marker=marker, ms=8, lw=2, color=palette[colour], label=verdict)
    for axis, (title, rows) in zip(axes.flat, panels.items()):
        numbers, places = axis.secondary_yaxis("right"), {row["label"]: row for row in rows}
        for place, row in enumerate(places[label] for label in labels):
            marker, line, colour = VERDICT_LOOK[row["verdict"]]
            low, middle, high = (row[key] * row["gain"] for key in ("low", "difference", "high"))
            axis.plot([low, high], [place, place], line, lw=2, color=palette[colour])
            axis.plot(middle, place, marker, ms=8, color=palette[colour])
        numbers.set_yticks(range(len(labels)), [f"{places[label]['base']:.3g} → {places[label]['tuned']:.3g}"
                                                for label in labels])
        numbers.tick_params(length=0)
        axis.axvline(0, color="black", lw=1)
        axis.grid(axis="x", alpha=0.3)
        axis.set_title(title, loc="left")
        axis.set_xlabel("← worse    tuned against base, standard deviations    better →")
    axes[0, 0].set_yticks(range(len(labels)), labels)
    axes[0, 0].set_ylim(len(labels) - 0.4, -0.6)
    fig.legend(loc="outside lower center", ncols=4, frameon=False)
    return fig
