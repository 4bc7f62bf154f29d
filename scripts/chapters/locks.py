# %% id="locks-imports"
"""One run at a time writes a folder of results; what a dead run left half-written is cleared."""

from chapters.preparation import Mistake

# %% [markdown] id="locks-hold-text"
# #### One run at a time
# Two runs that write the same files spoil each other's. So the first one locks the folder, in
# Jupyter and headless alike, and a second one is told who holds it and stops. The system itself
# frees the lock when its owner ends, however it ends. Whoever holds the lock also knows that a
# half-written file (`.part`) in the folder is a dead run's, and clears it away. A full or read-only
# disk is told at once, too, and not after hours of work.

# %% id="locks-hold"
import fcntl
import os
import shutil
import socket
import time
from pathlib import Path

LOCK_PATIENCE = 4  # seconds; a kernel outlives a killed runner by one or two


def owner_line() -> str:
    """Return who this process is: notebook (if Jupyter's server names it), process, host, time."""
    notebook = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    run = f"{notebook}, " if notebook else ""
    since = time.strftime("%Y-%m-%d %H:%M")
    return f"{run}process {os.getpid()} on {socket.gethostname()}, since {since}"


def hold_lock(path: Path, what: str, patience: float | None = None) -> int:
    """Lock the file `path` until `free_lock` or the end of this process; return its descriptor.

    Waits `patience` seconds (None: LOCK_PATIENCE) for another process to free it; the one that
    holds the lock may do so again. Raises Mistake, which says that `what` is in
    use and by whom, if another one holds it, also on another host that shares the disk, and if the
    file cannot be written.
    """
    until = time.monotonic() + (LOCK_PATIENCE if patience is None else patience)
    try:
        # A bare descriptor that nobody closes: closing any of a process's would free its lock.
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        while True:
            try:
                # Unlike flock's, this lock is not handed on to children, which may live longer.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except (BlockingIOError, PermissionError):  # what POSIX allows for "another has it"
                if time.monotonic() > until:
                    owner = os.pread(file, 500, 0).decode(errors="replace") or "another run"
                    cure = "wait for its end, or end it (in Jupyter, restart its kernel)"
                    raise Mistake(f"{what} is in use by {owner}: {cure}, then run again.") from None
                time.sleep(0.2)
        os.ftruncate(file, 0)
        os.pwrite(file, owner_line().encode(), 0)
    except OSError as error:
        told = f"{path} cannot be locked ({error.strerror}): mend that and run this cell again."
        raise Mistake(told) from None
    return file


def free_lock(file: int) -> None:
    """Free a lock of this process: other runs may have what it stood for."""
    fcntl.lockf(file, fcntl.LOCK_UN)


def check_writable(folder: Path | str) -> None:
    """Write a megabyte to `folder` and remove it. Raises Mistake if the system refuses: sooner than
    after hours of work."""
    probe = Path(folder, "probe.part")
    try:
        with open(probe, "wb") as file:
            file.write(bytes(1 << 20))
            os.fsync(file.fileno())
    except OSError as error:
        cure = "mend that and run this cell again."
        raise Mistake(f"{folder} cannot be written ({error.strerror}): {cure}") from None
    finally:
        probe.unlink(missing_ok=True)


def clear_parts(folder: Path, names: str = "**/*.part") -> None:
    """Remove half-written files and folders from `folder`; call it only under its lock."""
    for path in sorted(folder.glob(names)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def hold_folders(out_dir: Path, cache_dir: Path) -> int:
    """Lock an author's and model's results and cache for this process; return the lock.

    Clears what dead runs left half-written. Raises Mistake if another run holds them, or if a
    folder cannot be written.
    """
    lock = hold_lock(out_dir / ".lock", f"{out_dir}")
    for folder in (out_dir, cache_dir):
        clear_parts(folder)
        check_writable(folder)
    return lock
