import matplotlib.pyplot as plt
import numpy as np
import seaborn

SIDE_LOOK = {"base": ("o", 7), "tuned": ("^", 0), "author": ("D", 1)}  # mark, colour of the palette

def spread_values(measure):
    """Return {side: values to draw} of a measure's base, tuned and author; nats a token become perplexities.
    A rate gives {}: its marks would all lie on two lines."""
    sides = {side: [value for value in measure.get(side) or [] if value is not None] for side in SIDE_LOOK}
    is_rate = {*sides["base"], *sides["tuned"]} <= {0, 1}
    drawn = np.exp if measure.get("aggregate") == "exp" else np.array
    return {} if is_rate else {side: drawn(values) for side, values in sides.items() if values}

def spread_plot(panels, columns=4):
    """Return a figure of {title: {side: values}}; a side's last word is base, tuned or author."""
    palette, rows = seaborn.color_palette("colorblind"), max(-(-len(panels) // columns), 1)
    fig, axes = plt.subplots(rows, columns, figsize=(12, 2.5 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(panels):]:
        axis.axis("off")
    for axis, (title, sides) in zip(axes.flat, panels.items()):
        axis.boxplot([*sides.values()], widths=0.7, showfliers=False, medianprops={"color": "black", "lw": 2})
        for place, (side, values) in enumerate(sides.items(), 1):
            marker, colour = SIDE_LOOK[side.split()[-1]]
            across = place + np.linspace(-0.25, 0.25, len(values))  # in the order of the prompts
            axis.plot(across, values, marker, ms=3, alpha=0.6, color=palette[colour])
        axis.set_xticks(range(1, len(sides) + 1), [side.replace(" ", "\n") for side in sides],
                        fontsize=10 if len(sides) <= len(SIDE_LOOK) else 7)
        axis.set_title(title, fontsize=10)
    return fig
