import contextlib, time
import matplotlib.pyplot as plt
from pathlib import Path
from IPython.display import DisplayHandle, Image, display

class Mistake(Exception):
    """Something the reader can put right."""
    def _render_traceback_(self):  # IPython's hook for exceptions that draw themselves
        return [f"\x1b[1;31m{self}\x1b[0m"]

@contextlib.contextmanager
def plain_errors():
    """Show a ValueError or OSError raised inside as one sentence, without its traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise Mistake(error) from None

def progress(items, label, total=None):
    """Yield `items`, keeping one line up to date: count, elapsed time and time left (mean pace so far)."""
    total = len(items) if total is None else total
    clock = lambda seconds: f"{int(seconds) // 60}:{int(seconds) % 60:02}"
    line = lambda text: {"text/plain": f"{label}: {text}"}
    start = shown = time.time()
    handle = DisplayHandle()
    handle.display(line(f"0/{total}"), raw=True)
    for done, item in enumerate(items, 1):
        yield item
        spent = time.time() - start
        if time.time() - shown > 0.5:  # not faster than an eye reads
            shown, left = time.time(), spent / done * (total - done)
            handle.update(line(f"{done}/{total}, {clock(spent)} elapsed, {clock(left)} left"), raw=True)
    handle.update(line(f"{total}/{total} in {clock(time.time() - start)}"), raw=True)

def write_figure(folder, fig, name, alt):
    """Save `fig` as `folder/name.png`, 110 dots an inch, and show it with `alt` as its alternative text."""
    fig.savefig(path := Path(folder, f"{name}.png"), dpi=110, bbox_inches="tight")
    plt.close(fig)  # else Jupyter would draw it a second time
    display(Image(filename=path, alt=alt))
