"""Files that one process writes at a time, and what the system says where it refuses."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tfclf.errors import RunError

MODE = 0o666  # less what the process's mask takes away
FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def told(output: Path | str) -> Iterator[None]:
    """Says in words why an output cannot be written.

    Raises:
        RunError: The system refuses.
    """
    try:
        yield
    except BrokenPipeError:  # whoever reads has read enough
        raise
    except OSError as error:
        raise RunError(
            f"cannot be written ({error.strerror})",
            where=str(output),
            remedy="Make room; the same command goes on."
            if error.errno in FULL
            else "Choose another --output, in a folder that is there and may be written.",
        ) from None


def opened_alone(path: Path) -> int:
    """Opens a file that nobody else writes, making it where there is none.

    Raises:
        RunError: Another process writes it.
    """
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, MODE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise RunError(
                "another process writes it",
                where=str(path),
                remedy="Wait for it, or choose another --output.",
            ) from None
        except OSError:
            return file  # a file system without locks, as network drives have
        if is_at(file, path):
            return file
        os.close(file)  # whoever held the lock has moved or removed it meanwhile


def is_at(file: int, path: Path) -> bool:
    """Tells whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def force_names(folder: Path) -> None:
    """Forces the names in a folder to disk, where its file system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
