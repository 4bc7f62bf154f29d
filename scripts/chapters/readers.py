# %% id="readers-imports"
"""Reads each file in a process of its own, within limits, so that a bad one stops only itself."""

from chapters.preparation import Mistake

# %% [markdown] id="readers-apart-text"
# #### A process for each file
# A damaged file can crash the program that reads it, keep it busy for ever or fill the memory. So
# each is read in a process of its own, which is all that such a file can end. One for each core,
# four at most, work at a time. They are copies of this process (`fork`), since a notebook's
# functions are nowhere else; only MuPDF and plain Python run in them.

# %% id="readers-apart"
import gc
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

READ_SECONDS = 30  # at most, for a file; 400 pages of text take one
READ_MEMORY = 4 * 2**30  # bytes that reading may take


def set_limits() -> None:
    """Limit this process in time and memory; it dies at once and in silence when told to."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    sys.stdout = sys.stderr = os.fdopen(nowhere, "w")
    os.dup2(nowhere, 1)  # what MuPDF writes
    os.dup2(nowhere, 2)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + READ_MEMORY, used + READ_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(READ_SECONDS)


def send_work(sender: Connection, work: Callable[..., Any], job: tuple[Any, ...]) -> None:
    """In a process of its own: send what work(*job) returns, or a Mistake that names the file."""
    name = job[0].name
    gc.disable()  # a fifth of the time, more where much is loaded; the process ends soon
    set_limits()
    try:
        outcome = work(*job)
    except Mistake as error:
        outcome = error
    except MemoryError:
        most = f"more than {READ_MEMORY / 2**30:g} GB of memory"
        outcome = Mistake(f"{name} takes {most} to read: save it with smaller images, or in parts.")
    except Exception as error:  # one of ours, but it must not stop the other books
        fault = f"{type(error).__name__}: {error}"
        outcome = Mistake(f"{name} cannot be read ({fault}): take it out of the folder.")
    signal.alarm(0)  # from here on it is the receiver that may take long
    sender.send(outcome)


def receive_work(process: Any, receiver: Connection, name: str) -> Any:
    """Return what `send_work` sent, or a Mistake that says how its process ended without it."""
    try:
        outcome = receiver.recv()
    except (EOFError, OSError):  # nothing, or not all of it
        outcome = None
    process.join()
    if outcome is not None:
        return outcome
    if process.exitcode == -signal.SIGALRM:
        cure = "print it anew to a PDF, or save it in parts"
        return Mistake(f"{name} was not read within {READ_SECONDS} seconds: {cure}.")
    end = f"signal {-process.exitcode}" if process.exitcode < 0 else f"exit {process.exitcode}"
    return Mistake(f"{name} crashes what reads it ({end}): copy it again or take it away.")


# %% [markdown] id="readers-order-text"
# #### In the order of the files
# The next one starts as soon as one ends; what they return comes in the order that they were
# given in.


# %% id="readers-order"
def read_apart(work: Callable[..., Any], jobs: list[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield work(*job) for each of `jobs` (a path, further arguments), in their order.

    Where it fails a Mistake is yielded in its place.
    """
    context = multiprocessing.get_context("fork")
    most = min(4, len(os.sched_getaffinity(0)))  # each may take READ_MEMORY
    waiting, running, outcomes = iter(enumerate(jobs)), {}, {}
    try:
        for number in range(len(jobs)):
            while number not in outcomes:
                for place, job in islice(waiting, most - len(running)):
                    receiver, sender = context.Pipe(duplex=False)
                    process = context.Process(target=send_work, args=(sender, work, job))
                    process.start()
                    sender.close()  # else its end would not be seen here
                    running[receiver] = place, process
                ready = wait(list(running))
                for receiver in [one for one in running if one in ready]:
                    place, process = running.pop(receiver)
                    outcomes[place] = receive_work(process, receiver, jobs[place][0].name)
                    receiver.close()
            yield outcomes.pop(number)
    finally:  # interrupted, too
        for _, process in running.values():
            process.kill()
            process.join()
