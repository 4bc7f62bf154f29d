import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

def draw_losses(train, validation):
    """Return a figure of two loss curves, each [[step, nats a token], ...]; either may be empty."""
    fig, ax = plt.subplots(figsize=(8, 4))
    if train:
        ax.plot(*zip(*train), color="0.55", marker=".", label="training, each step's rows")
    if validation:
        ax.plot(*zip(*validation), color="#0173b2", marker="o", linewidth=2.5, label="validation, never trained on")
    ax.set(xlabel="step", ylabel="loss (nats a token)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if train or validation:
        ax.legend(frameon=False)
    return fig

if __name__ == "__main__":
    fig = draw_losses(finished["loss"], finished["validation_loss"])
    watched = finished["validation_loss"] or finished["loss"]
    fell = f"from {watched[0][1]:.2f} to {watched[-1][1]:.2f}"
    fig.axes[0].set_title(f"{'Validation' if finished['validation_loss'] else 'Training'} loss went {fell}")
    save_figure(fig, "loss_curve", f"Line chart of the loss over {finished['steps']} training steps; "
                f"it went {fell} nats a token.")
