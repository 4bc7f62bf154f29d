"""One training on several cards of this host: run_notebooks.py imports this with --gpus alone.

The notebook's kernel is the first process of a group, as torchrun would start it; the others run
train_rank.py, which waits for the notebook's rows and settings.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from chapters.cards import find_cards
from chapters.preparation import one_line
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


@contextlib.contextmanager
def group(count: int, visible: str, folder: Path) -> Generator[None]:
    """Let a kernel that begins inside be the first of `count` processes that train together.

    `folder`: where the notebook runs; `visible`: the cards, see `choose_cards`. The others end
    with the notebook; the last line of one that failed is told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before, logs, workers = dict(os.environ), [], []
    with tempfile.TemporaryDirectory() as shared:
        file = str(Path(shared, "training.json"))
        os.environ.update(CUDA_DEVICE_ORDER="PCI_BUS_ID", CUDA_VISIBLE_DEVICES=visible)
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE=str(count))
        os.environ.update(UNSLOTH_DISABLE_STATISTICS="1", TOKENIZERS_PARALLELISM="false")
        for rank in range(1, count):
            environment = {**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            logs.append(Path(shared, f"rank{rank}.log"))
            with logs[-1].open("wb") as log:
                command = [sys.executable, str(WORKER), file]
                options = {"cwd": folder, "env": environment, "start_new_session": True}
                worker = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
                )
            workers.append(worker)
        os.environ.update(RANK="0", LOCAL_RANK="0", RANKS_FILE=file)
        try:
            yield
        finally:
            for worker, log in zip(workers, logs, strict=True):
                if worker.poll():
                    lines = log.read_text(errors="replace").strip().splitlines() or ["nothing said"]
                    tell(f"  A process beside the notebook ended: {one_line(lines[-1])}")
                worker.terminate()
                worker.wait()
            os.environ.clear()
            os.environ.update(before)
