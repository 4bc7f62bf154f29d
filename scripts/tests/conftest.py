"""Fixtures for all tests: scripts/ on the path, cells run as a notebook runs them, a place to run whole notebooks in."""
import os
import sys
from pathlib import Path

os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("MPLBACKEND", "agg")
SCRIPTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import pytest  # noqa: E402


@pytest.fixture
def run_cells():
    """Return a function that runs cell sources in order in one namespace, as a notebook does, and returns that namespace."""
    def run(names, **variables):
        space = {**variables, "__name__": "__main__"}
        for name in names:
            source = (SCRIPTS / "cells" / f"{name}.py").read_text()
            exec(compile(source, f"scripts/cells/{name}.py", "exec"), space)
        return space
    return run
