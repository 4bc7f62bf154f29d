import matplotlib.pyplot as plt
import numpy as np
import seaborn

RIM = 1.25  # going far beyond the author is no merit, and would squeeze everything else

def author_ratio(value, author, better):
    """Return how much of the author's value is reached, 0 to RIM, for `better` as in `measures`."""
    low, high = sorted((value, author))
    top, bottom = {"higher": (value, author), "lower": (author, value), "nearer": (low, high)}[better]
    return float(np.clip(top / bottom, 0, RIM)) if bottom > 0 else float(top >= bottom)

def author_ratios(differences, names):
    """Return {label: {"base", "tuned"}} of the ratios for the rows with these `names`."""
    return {row["label"]: {side: author_ratio(row[side], row["author"], row["better"])
                           for side in ("base", "tuned")} for row in differences if row["name"] in names}

def radar_plot(ratios, title):
    """Return a radar figure of {label: {line: ratio}}, with the author as the ring at 1."""
    palette, angles = seaborn.color_palette("colorblind"), np.linspace(0, 2 * np.pi, len(ratios) + 1)
    fig, axis = plt.subplots(figsize=(9, 7), subplot_kw={"polar": True}, layout="constrained")
    axis.plot(np.linspace(0, 2 * np.pi, 200), np.ones(200), color="black", lw=2.5, label="author")
    for number, line in enumerate(next(iter(ratios.values()))):
        values = [row[line] for row in ratios.values()]
        look, colour = "o^sDv"[number % 5] + ("--", "-", "-.", ":")[number % 4], (7, 0, 3, 2, 4)[number % 5]
        axis.plot(angles, [*values, values[0]], look, color=palette[colour], lw=2, label=line)
    axis.set_xticks(angles[:-1], ratios)
    for label, angle in zip(axis.get_xticklabels(), angles):  # outside the rim on every side
        label.set_horizontalalignment(("center", "left", "right")[round(np.cos(angle))])
    axis.set(ylim=(0, RIM), yticks=(0.25, 0.5, 0.75, 1), title=title)
    fig.legend(loc="outside lower center", ncols=6, frameon=False)
    return fig
