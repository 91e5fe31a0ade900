"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfclf.errors import TfclfError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # said of no file by its name
MAKE_ROOM, ELSEWHERE = "Make room there.", "Choose another place, where you may write."
REMEDY = "Choose another folder, or remove it."


@contextmanager
def new_folder(folder: str | os.PathLike[str], error: type[TfclfError]) -> Iterator[Path]:
    """Gives a hidden folder beside the one asked for, which takes its name when all went well.

    What goes wrong with the files within is told as an ``error``; what happens to others while
    they are read stays what it is.

    Args:
        folder: What is to be made; an empty folder may stand there.
        error: What is raised where it cannot be made.

    Raises:
        TfclfError: Something stands there, or nothing can be written there.
    """
    check_free(folder, error)
    try:
        output = Path(folder).resolve()
        output.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    except (OSError, RuntimeError) as failure:  # the latter of links that go round in a circle
        raise _not_written(folder, failure, error) from None
    try:
        yield hidden
        hidden.chmod(0o755)
        check_free(folder, error)  # the work took time, and somebody else may have been there
        os.replace(hidden, output)  # also over an empty folder
    except BaseException as failure:
        shutil.rmtree(hidden, ignore_errors=True)
        if isinstance(failure, OSError) and _is_of_writing(failure, hidden):
            raise _not_written(folder, failure, error) from None
        raise


def check_free(folder: str | os.PathLike[str], error: type[TfclfError]) -> None:
    """Checks that nothing stands where a folder is to be made, or an empty one.

    Args:
        folder: The place.
        error: What is raised where it is taken.

    Raises:
        TfclfError: A file is there, or a folder that is not empty or cannot be looked at.
    """
    place = Path(folder)
    try:
        if not place.exists():
            return
        held = next(place.iterdir(), None) if place.is_dir() else place
    except OSError as failure:
        raise error(f"cannot be looked at ({_reason(failure)})", where=str(folder)) from None
    if held is not None:
        found = "a file" if held is place else f"one that holds {held.name}"
        raise error(
            f"expected a new or empty folder, got {found}", where=str(folder), remedy=REMEDY
        )


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file beside its place, then moves it there, so that nobody reads half of it.

    Args:
        path: The file's place.
        write: Writes the content to the path that it is given.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, values: Any) -> None:
    """Writes readable JSON in UTF-8, with a line break at its end.

    Args:
        path: The file, which is overwritten in place; inside ``replace_file`` it is not.
        values: What ``json.dumps`` takes.
    """
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _is_of_writing(failure: OSError, hidden: Path) -> bool:
    """Tells whether the folder itself could not be written, and not something else be read."""
    if failure.filename is None:
        return failure.errno in NO_ROOM
    return str(failure.filename).startswith(str(hidden))


def _not_written(
    folder: str | os.PathLike[str], failure: Exception, error: type[TfclfError]
) -> TfclfError:
    what = f"cannot be written ({_reason(failure)})"
    full = isinstance(failure, OSError) and failure.errno in NO_ROOM
    return error(what, where=str(folder), remedy=MAKE_ROOM if full else ELSEWHERE)


def _reason(failure: Exception) -> str:
    return getattr(failure, "strerror", None) or str(failure).split(" '")[0]


def _umask() -> int:
    """Returns the process's mask of file permissions, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
