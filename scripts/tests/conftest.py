"""For all tests: scripts/ on the path, nothing sent or fetched, figures without a screen."""

import functools
import os
import sys
from pathlib import Path

os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two processes of OpenMP slow each other tenfold
os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX512_CORE"  # no bf16: batches equal single answers in float32
SCRIPTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import pytest  # noqa: E402

import build_notebooks  # noqa: E402


@functools.cache
def compiled_cells(kind):
    """Return (id, tags, compiled code) of every code cell of an assembled notebook."""
    cells = [c for c in build_notebooks.essay_cells(kind) if c.cell_type == "code"]
    return [(c.id, c.metadata.tags, compile(c.source, c.id, "exec")) for c in cells]


@pytest.fixture
def run_steps():
    """Return a function that runs steps of an assembled notebook in one namespace, and returns it.

    All chapter cells of that kind are there, `names` stand for what earlier steps made (and
    replace what
    chapters define); then the steps from `first` to `last` run as a notebook runs them.
    """

    def run(kind, first, last, without=(), **names):
        cells, space = compiled_cells(kind), {"__name__": "__main__"}
        for _, tags, code in cells:
            if any(tag.startswith("shared:") for tag in tags):
                exec(code, space)
        space.update(names)
        steps = [(name, code) for name, tags, code in cells if "essay" in tags]
        ids = [name for name, _ in steps]
        for name, code in steps[ids.index(first) : ids.index(last) + 1]:
            if name not in without:
                exec(code, space)
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
