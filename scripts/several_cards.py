"""One training on several cards of this host: run_notebooks.py imports this with --gpus alone.

The notebook's kernel is the first process of a group, as torchrun would start it; the others run
train_rank.py, which waits for the notebook's rows and settings, and trains by the same chapters.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import build_notebooks
from chapters.cards import find_cards
from chapters.preparation import one_line
from chapters.software import prepare_imports
from run_notebooks import tell

WORKER = Path(__file__).with_name("train_rank.py")


def choose_cards(count: int) -> str:
    """Return the numbers of the `count` largest cards, as CUDA_VISIBLE_DEVICES has them.

    Raises ValueError where there are not so many, or they are not alike: the slowest would hold up
    all others."""
    if count < 1:
        raise ValueError(f"--gpus {count}: at least one card is needed.")
    cards = find_cards()[:count]
    if len(cards) < count:
        raise ValueError(f"--gpus {count}: this computer has {len(cards)} NVIDIA cards.")
    if len({card.name for card in cards}) > 1:
        names = " and ".join(dict.fromkeys(card.name for card in cards))
        raise ValueError(f"--gpus {count}: {names} are not alike, and would wait for each other.")
    return ",".join(card.index for card in cards)


def check_code(paths: list[Path]) -> None:
    """Raise ValueError for a FineTuning notebook whose code is not that of the chapters, by which
    the other processes train."""
    for path in paths:
        if build_notebooks.kind_of(path) == "FineTuning":
            for sentence in build_notebooks.differences(path):
                raise ValueError(f"--gpus: {path.name}: {sentence}; {build_notebooks.MEND}")


def watch(
    workers: list[subprocess.Popen],
    logs: list[Path],
    over: threading.Event,
    end_kernel: Callable[[], None],
) -> None:
    """Until `over`, look whether one of the processes has failed; if so, tell its last line and end
    the kernel, which would wait for it."""
    while not over.wait(0.5):
        for worker, log in zip(workers, logs, strict=True):
            if worker.poll():
                lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
                tell(f"  A process that trains beside the notebook failed: {one_line(lines[-1])}")
                end_kernel()
                return


@contextlib.contextmanager
def group(visible: str, folder: Path, end_kernel: Callable[[], None]) -> Generator[None]:
    """Let a kernel that begins inside be the first of several processes that train together.

    `visible`: a card for each, see `choose_cards`; `folder`: where the notebook runs. The others
    end with the notebook, and with `end_kernel` it ends with one that fails."""
    count = visible.count(",") + 1
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before, logs, workers = dict(os.environ), [], []
    with tempfile.TemporaryDirectory() as shared:
        file = str(Path(shared, "training.json"))
        os.environ.update(CUDA_DEVICE_ORDER="PCI_BUS_ID", CUDA_VISIBLE_DEVICES=visible)
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE=str(count))
        prepare_imports()
        for rank in range(1, count):
            logs.append(Path(shared, f"rank{rank}.log"))
            with logs[-1].open("wb") as log:
                worker = subprocess.Popen(
                    [sys.executable, str(WORKER), file],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank)},
                    start_new_session=True,  # a Ctrl-C is the notebook's alone
                )
            workers.append(worker)
        os.environ.update(RANK="0", LOCAL_RANK="0", RANKS_FILE=file)
        over = threading.Event()
        watching = threading.Thread(target=watch, args=(workers, logs, over, end_kernel))
        watching.start()
        try:
            yield
        finally:
            over.set()
            for worker in workers:
                worker.terminate()
                worker.wait()
            watching.join()
            os.environ.clear()
            os.environ.update(before)
