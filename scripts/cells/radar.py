if __name__ == "__main__":
    style = [name for name, measure in measures.items()
             if measure.get("family") == "style" and measure["better"] != "neither"]
    ratios = author_ratios(differences, style)
    in_words = [f"{label}: base {row['base']:.2f}, tuned {row['tuned']:.2f}" for label, row in ratios.items()]
    save_figure(radar_plot(ratios, f"How much of {AUTHOR} do the answers have?"), "radar",
                f"Radar, the author is 1. {'; '.join(in_words)}")
