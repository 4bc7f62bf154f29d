"""For all tests: scripts/ on the path, nothing sent or fetched, figures without a screen."""

import os
import sys
from pathlib import Path

os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two processes of OpenMP slow each other tenfold
SCRIPTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import pytest  # noqa: E402

import build_notebooks  # noqa: E402


@pytest.fixture
def run_steps():
    """Return a function that runs steps of an assembled notebook in one namespace, and returns it.

    All chapter cells of that kind are there, `names` stand for what earlier steps made (and
    replace what
    chapters define); then the steps from `first` to `last` run as a notebook runs them.
    """

    def run(kind, first, last, without=(), **names):
        cells = [c for c in build_notebooks.essay_cells(kind) if c.cell_type == "code"]
        space = {"__name__": "__main__"}
        for cell in cells:
            if any(tag.startswith("shared:") for tag in cell.metadata.tags):
                exec(compile(cell.source, cell.id, "exec"), space)
        space.update(names)
        steps = [cell for cell in cells if "essay" in cell.metadata.tags]
        ids = [cell.id for cell in steps]
        for cell in steps[ids.index(first) : ids.index(last) + 1]:
            if cell.id not in without:
                exec(compile(cell.source, cell.id, "exec"), space)
        return space

    return run


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, or a skip with the reason why there is none."""
    import browser as chromium

    if why := chromium.why_missing():
        pytest.skip(why)
    from playwright.sync_api import sync_playwright  # needs no download: Debian's Chromium

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.CHROMIUM, args=["--no-sandbox"]
        )
        yield chromium.Browser(launched)
        launched.close()


def pytest_collection_modifyitems(items):
    """Whole notebooks first: they take longest, and the other process does the rest meanwhile."""
    items.sort(key=lambda item: item.path.name != "test_whole_notebooks.py")
