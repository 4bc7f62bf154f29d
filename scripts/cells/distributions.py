import numpy as np

if __name__ == "__main__":
    panels = {f"{measure['label']} ({measure['unit']})": spread_values(measure)
              for measure in measures.values() if spread_values(measure)}
    in_words = [f"{title}: " + ", ".join(f"{side} {np.median(values):.3g}" for side, values in sides.items())
                for title, sides in panels.items()]
    save_figure(spread_plot(panels), "distributions", f"Marks and boxes, medians: {'; '.join(in_words)}")
