import matplotlib.pyplot as plt
import pandas
import seaborn

def keyword_rates(texts, keywords, split):
    """Return {keyword: uses in a thousand words of all `texts` together}."""
    words = [word for text in texts for word in split(text)]
    return {keyword: 1000 * words.count(keyword) / (len(words) or 1) for keyword in keywords}

def keyword_heatmap(rates, title):
    """Return a heatmap of {column: {keyword: uses in a thousand words}}; what a column lacks stays white."""
    table = pandas.DataFrame(rates)
    fig, axis = plt.subplots(figsize=(2.5 + 1.2 * len(rates), 1.6 + 0.26 * len(table)), layout="constrained")
    if len(table):
        seaborn.heatmap(table, annot=True, fmt=".1f", cmap="Greys", vmin=0, vmax=table.max(axis=None) or 1,
                        ax=axis, linewidths=0.5, cbar_kws={"label": "uses in 1,000 words"})
    axis.tick_params(rotation=0)
    axis.set_title(title if len(table) else f"{title}: there are none", loc="left")
    return fig
