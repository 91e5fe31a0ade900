"""A run directory that goes where its estimator goes: into a pickle, to another process."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from tfclf.errors import RunError
from tfclf.models import new_folder

RUN = "run"  # name of the run within a temporary folder


class KeptRun:
    """The place of a run: a folder of the user's, or a temporary one that goes with this object.

    Its state in a pickle is the content of every file, by the file's path within the run. What a
    pickle made is written to a temporary folder when it is first asked for.

    Args:
        output: Where the run is made; None takes a temporary folder.

    Raises:
        RunError: Something stands there already.
    """

    def __init__(self, output: str | os.PathLike[str] | None = None):
        self._files: dict[str, bytes] | None = None
        if output is None:
            self._folder = self._new_temporary()
            return
        self._folder = Path(output)
        if self._folder.exists() and not (self._folder.is_dir() and not os.listdir(self._folder)):
            raise RunError(
                "output exists already",
                where=str(output),
                remedy="Remove it or choose another; cross-validation and searches, which fit "
                "several times, need output=None: then each run has a temporary folder.",
            )

    @property
    def folder(self) -> Path:
        """The run directory."""
        if self._files is not None:
            self._folder = self._new_temporary()
            _write(self._files, self._folder)
            self._files = None
        return self._folder

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Copies the run.

        Args:
            folder: Where to; it must not exist, or be empty.

        Raises:
            RunError: Something stands there, or it cannot be written.
        """
        with new_folder(folder, RunError) as hidden:
            shutil.copytree(self.folder, hidden, dirs_exist_ok=True)

    def __getstate__(self) -> dict[str, Any]:
        return {"files": self._files if self._files is not None else _read(self._folder)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._files = state["files"]

    def _new_temporary(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="tfclf-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder / RUN


def _read(folder: Path) -> dict[str, bytes]:
    """Returns the content of every file of a run."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    if not files:
        raise RunError(
            "the run of this estimator is no longer there",
            where=str(folder),
            remedy="It cannot be pickled without: put the folder back, or fit again.",
        )
    return files


def _write(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):  # a pickle is somebody else's input
            raise RunError(f"the pickle holds a file outside of its run: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
