import matplotlib.pyplot as plt
import numpy as np
import seaborn

def bits_plot(bits, title):
    """Return grouped bars of {group: {"base", "tuned", "low", "high"}}; the last two: its interval."""
    palette, places = seaborn.color_palette("colorblind"), np.arange(len(bits))
    fig, axis = plt.subplots(figsize=(2.5 + 1.6 * len(bits), 4), layout="constrained")
    for shift, side, colour, hatch in ((-0.2, "base", 7, None), (0.2, "tuned", 0, "//")):
        heights = [row[side] for row in bits.values()]
        bars = axis.bar(places + shift, heights, width=0.38, color=palette[colour], hatch=hatch,
                        edgecolor="white", label=side)
        axis.bar_label(bars, fmt="%.3f", padding=6, fontsize=8)
    for place, row in zip(places, bits.values()):
        reach = [[row["tuned"] - row["base"] - row["low"]], [row["high"] - row["tuned"] + row["base"]]]
        axis.errorbar(place + 0.2, row["tuned"], yerr=np.maximum(reach, 0), color="black", capsize=4)
    axis.set_xticks(places, bits)
    axis.margins(y=0.15)
    axis.set(ylabel="bits per byte (less is better)", title=title)
    fig.legend(loc="outside lower center", ncols=2, frameon=False)
    return fig

if __name__ == "__main__":
    bits = {f"{run}\n{part}": row for run, one in runs.items() for part, name in (
        (AUTHOR, "held_out_bits_per_byte"), ("other authors", "control_bits_per_byte"))
        for row in one["differences"] if row["name"] == name}
    same = len({tuple(one["measures"]["held_out_bits_per_byte"]["weights"]) for one in runs.values()}) == 1
    in_words = [f"{group}: {row['base']:.3f} to {row['tuned']:.3f}" for group, row in bits.items()]
    save_figure(bits_plot(bits, "Bits per byte, with the interval of the change"), "bits_per_byte",
                f"Bars, base to tuned. {'; '.join(in_words)}".replace("\n", ", "))
    print("All models were scored on the same passages." if same else "The models were scored on different "
          "passages (their FineTuning cut the books differently): compare each with its own base only.")
