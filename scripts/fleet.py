"""Run notebooks on many cards at once with Ray: run_notebooks.py imports this with --ray alone.

A model's notebooks are a chain; an author's AllModels comes after all chains of that author. Every
notebook is a task of its own, in a process of its own, on one GPU, or on one core of a cluster
without GPUs; all hosts see the repository at the same path. What runs in the worker is the runner's
own `execute`; its lines come back through a queue.
"""

import contextlib
import io
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

import build_notebooks
from chapters.preparation import one_line
from run_notebooks import Stop, execute, tell, tell_unwritable, why_not

TRIES = 4  # of a notebook whose worker dies; all that it made until then is kept


def chains_of(paths: list[Path]) -> list[list[Path]]:
    """Return the notebooks of each model as a chain in their order, an author's AllModels last.

    `paths` are in the order of `find_notebooks`.
    """
    chains: dict[Path, list[Path]] = {}
    for path in paths:
        chains.setdefault(path.with_name(path.stem.rpartition("_")[0]), []).append(path)
    return list(chains.values())


def next_of(chains: list[list[Path]], begun: set[Path], ended: set[Path]) -> Path | None:
    """Return the first notebook that may begin, None if each one left waits for another's end."""
    for chain in chains:
        path = next((one for one in chain if one not in begun), None)
        if path is None:
            continue
        before = chain[: chain.index(path)]
        if build_notebooks.kind_of(path) == "AllModels":
            before = [
                one for other in chains for one in other if one.parent == path.parent != one != path
            ]
        if ended.issuperset(before):
            return path
    return None


class Lines(io.TextIOBase):
    """A worker's standard output: its lines, each with the notebook's name, go into a queue."""

    def __init__(self, queue: Any, name: str) -> None:
        self.queue, self.name = queue, name

    def write(self, text: str) -> int:
        for line in filter(str.strip, text.splitlines()):
            self.queue.put(f"{self.name}  {line.strip()}")
        return len(text)


def execute_here(
    path: Path, notebook: NotebookNode, timeout: int | None, queue: Any
) -> tuple[str, str, float]:
    """Run one notebook in this worker; return its status, why, and its seconds."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, Stop.signs)  # a kernel inherits what is blocked
    stop, started = Stop(), time.time()
    stop.listen()  # ray.cancel comes as a SIGINT
    with contextlib.redirect_stdout(Lines(queue, path.stem)):
        tell(f"begins on {socket.gethostname()}")
        status, why = execute(path, notebook, timeout, stop)
    return status, why, time.time() - started


# ---- The runner's side


def connect(address: str) -> None:
    """Join the Ray cluster at `address`; for "auto" the one that runs here, if there is one.

    Otherwise, and for "local", start one of this host, which listens to this host alone.

    Raises ValueError if Ray is not installed or no cluster answers.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # stays at home
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # what Ray will do by itself
    try:
        import ray
    except ImportError:
        told = "--ray needs Ray: run `uv sync --group fleet`, then start this command again."
        raise ValueError(told) from None
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if address not in ("auto", "local"):
            ray.init(address=address, **quiet)
            return
        with contextlib.suppress(ConnectionError):
            if address == "auto":
                ray.init(address="auto", **quiet)
                return
        os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's 15 lets all else go first
        signal.pthread_sigmask(signal.SIG_BLOCK, Stop.signs[:3])  # else a Ctrl-C or the terminal's
        ray.init("local", include_dashboard=False, _node_ip_address="127.0.0.1", **quiet)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, Stop.signs[:3])  # end ends Ray before a report
    except (ConnectionError, ValueError) as error:
        told = "give auto, or HOST:PORT of a cluster that `ray start --head` began"
        raise ValueError(f"--ray {address}: {one_line(error)[:200]}; {told}.") from None


def room() -> tuple[int, dict[str, Any]]:
    """Return how many notebooks run at once in the cluster now, and what each of them asks for."""
    import ray

    hosts = [host["Resources"] for host in ray.nodes() if host["Alive"]]
    with_gpus = [host for host in hosts if host.get("GPU")]
    if not with_gpus:
        return sum(int(host.get("CPU", 0)) for host in hosts), {"num_cpus": 1}
    cores = min(host.get("CPU", 0) // host["GPU"] for host in with_gpus)
    return int(sum(host["GPU"] for host in with_gpus)), {"num_gpus": 1, "num_cpus": int(cores)}


class Fleet:
    """The notebooks of a run, each begun as soon as its chain and a GPU (or core) let it."""

    def __init__(self, prepared: dict[Path, NotebookNode], timeout: int | None) -> None:
        import ray
        from ray.util.queue import Queue

        self.prepared, self.timeout = prepared, timeout
        self.chains = chains_of(list(prepared))
        self.queue = Queue(actor_options={"num_cpus": 0})
        # A process of its own for each task, as each has signals, output and card of its own.
        self.task = ray.remote(max_calls=1, max_retries=0)(execute_here)
        self.running: dict[Any, Path] = {}
        self.tries: dict[Path, int] = {}
        self.rows: dict[Path, tuple[str, float]] = {}  # of those that ended: status, seconds

    def begin(self, path: Path) -> None:
        """Hand a notebook to the cluster."""
        self.tries[path] = self.tries.get(path, 0) + 1
        _, needs = room()
        remote = self.task.options(name=path.stem, **needs)
        reference = remote.remote(path, self.prepared[path], self.timeout, self.queue)
        self.running[reference] = path

    def end(self, path: Path, status: str, why: str, seconds: float = 0) -> None:
        """Take down how a notebook ended, and tell it."""
        self.tell_lines()
        self.rows[path] = status, seconds if status != "not run" else 0
        tell(f"{path.stem}  {status}{': ' if why else ''}{one_line(why)}")

    def tell_lines(self) -> None:
        """Print what the workers have said."""
        if waiting := self.queue.qsize():
            for line in self.queue.get_nowait_batch(waiting):
                tell(line)

    def take(self, reference: Any) -> None:
        """Take in what a task returned; try it again where its worker or host has died."""
        import ray
        from ray.exceptions import RayError, RayTaskError, TaskCancelledError

        path = self.running.pop(reference)
        try:
            self.end(path, *ray.get(reference))
        except TaskCancelledError:
            self.end(path, "not run", "the run was interrupted")
        except RayTaskError as error:
            cure = "every host needs this folder and its environment at the same path"
            self.end(path, "failed", f"{error.cause!r} in its worker; {cure}")
        except RayError as error:
            why = f"its worker died ({type(error).__name__})"
            if self.tries[path] < TRIES and not self.stop.sign:
                tell(f"{path.stem}  {why}: tried again")
                self.begin(path)
            else:
                self.end(path, "failed", why)

    def fill(self) -> None:
        """Begin what may begin, as long as there is room; pass over what a failure leaves out."""
        most, _ = room()
        while path := next_of(self.chains, {*self.tries, *self.rows}, {*self.rows}):
            if why := why_not(path, {one: status for one, (status, _) in self.rows.items()}):
                self.end(path, "not run", why)
            elif len(self.running) < most:
                self.begin(path)
            else:
                break

    def run(self, stop: Stop) -> list[tuple[Path, str, float]]:
        """Run all; return (path, status, seconds) of each. A signal interrupts every worker."""
        import ray

        self.stop, cancelled = stop, False
        self.fill()
        while self.running:
            done, _ = ray.wait([*self.running], timeout=0.5)
            self.tell_lines()
            for reference in done:
                self.take(reference)
            if stop.sign and not cancelled:
                cancelled = True
                for reference in self.running:
                    ray.cancel(reference)
            if not stop.sign:
                self.fill()
        for path in self.prepared:
            if path not in self.rows:
                self.end(path, "not run", "the run was interrupted")
        return [(path, *self.rows[path]) for path in self.prepared]


def run_fleet(
    prepared: dict[Path, NotebookNode], timeout: int | None, stop: Stop
) -> list[tuple[Path, str, float]]:
    """Run the notebooks on the cluster of `connect`; return (path, status, seconds) as `run_all`
    does."""
    import ray

    most, needs = room()
    place = "GPU" if "num_gpus" in needs else "core"
    tell(f"{len(prepared)} notebooks, {most} at once, one {place} each")
    tell_unwritable(prepared)
    try:
        return Fleet(prepared, timeout).run(stop)
    finally:
        ray.shutdown()
