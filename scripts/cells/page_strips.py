from itertools import groupby
import matplotlib.pyplot as plt
import seaborn as sns

def plot_page_strips(books):
    """Return a figure, a strip for each book: its pages, coloured and hatched by what they hold."""
    uses = sorted({use for book in books for use in book["report"]["page_uses"]} - {"body", "empty"})
    looks = {"body": {"facecolor": "0.85"}, "empty": {"facecolor": "white", "edgecolor": "0.8"}}
    hatches = 2 * ["//", "..", "xx", "--", "oo", "\\\\", "++"]  # 7 hatches, 10 colours: no pair twice
    for use, colour, hatch in zip(uses, sns.color_palette("colorblind", len(uses)), hatches):
        looks[use] = {"facecolor": colour, "hatch": hatch, "edgecolor": "0.2", "linewidth": 0}
    size = 9, 0.75 * len(books) + 1
    fig, axes = plt.subplots(len(books), figsize=size, squeeze=False, layout="constrained")
    for ax, book in zip(axes[:, 0], books):
        page = 1
        for use, run in groupby(book["report"]["page_uses"]):
            length = len(list(run))
            ax.broken_barh([(page - 0.5, length)], (0, 1), **looks[use])
            page += length
        ax.set(yticks=[], xlim=(0.5, book["n_pages"] + 0.5), ylim=(0, 1))
        ax.set_title(book["stem"], fontsize=9, loc="left")
    axes[-1, 0].set_xlabel("page of the PDF")
    fig.legend([plt.Rectangle((0, 0), 1, 1, **look) for look in looks.values()], looks, ncols=5,
               loc="outside lower center")
    return fig

if __name__ == "__main__":
    figure = plot_page_strips(books)
    texts = [book["report"]["page_uses"].count("body") for book in books]
    shares = [f"{book['stem']}: {text} of {book['n_pages']} are text" for book, text in zip(books, texts)]
    save_figure(figure, "pages", "A strip of pages for each book, by what they hold. " + "; ".join(shares))
    plt.close(figure)
