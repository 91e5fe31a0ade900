"""The folder of a training that is not whole yet: one process writes it, another goes on."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from tfclf.errors import RunError
from tfclf.models.whole_files import check_free
from tfclf.runs.alone import force_names, is_at, opened_alone, told
from tfclf.runs.run_directory import differences
from tfclf.training.resuming import Snapshot
from tfclf.versions import versions

logger = logging.getLogger("tfclf")

LOCK, STATE, WHOLE = "lock", "state.safetensors", "run"
MADE_OF = "made_of"  # a fact of the state
RESTART = "Give what it was begun with, begin again with --restart, or choose another --output."


class Unfinished:
    """The folder ``RUN.partial`` of a training that is to make ``RUN``.

    It holds the last state that was saved, and the run as it is being written, which takes its name
    when it is whole. A process that is killed leaves it, and the lock on it goes with the process.

    Use it as a context: where nothing was saved nothing is left behind.

    Args:
        output: Run directory to make.
        restart: Whether to throw away what has begun.

    Attributes:
        whole: Folder that the run is written to.

    Raises:
        RunError: Something stands at the output, it cannot be written, or another process trains.
    """

    def __init__(self, output: str | os.PathLike[str], *, restart: bool = False):
        self.output, self._restart = Path(os.path.realpath(output)), restart
        self.folder = self.output.with_name(f"{self.output.name}.partial")
        self.state, self.whole = self.folder / STATE, self.folder / WHOLE
        self._said = str(output)
        self._made_of: dict[str, Any] = {}

    def __enter__(self) -> Self:
        check_free(self._said, RunError)
        with told(self._said):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = opened_alone(self.folder / LOCK)
        with ExitStack() as failing:
            failing.callback(self._close)
            with told(self._said):
                if self._restart:
                    self.state.unlink(missing_ok=True)
                if not self.state.exists():
                    shutil.rmtree(self.whole, ignore_errors=True)
                self.whole.mkdir(exist_ok=True)
            failing.pop_all()
        return self

    def check(self, made_of: Mapping[str, Any]) -> None:
        """Raises where a training has begun that is made of something else.

        What is known of a training at first may be completed later; all of it is saved with it.

        Args:
            made_of: What it is a function of, by name: nested JSON.

        Raises:
            RunError: Something differs; the message says what.
        """
        self._made_of |= json.loads(json.dumps(made_of))  # as they will be read again
        if not self.state.exists():
            return
        begun = Snapshot.read_facts(self.state)[MADE_OF]
        known = {name: self._made_of[name] for name in made_of}
        differing = differences({name: begun.get(name) for name in made_of}, known)
        if differing:
            raise RunError(
                f"an unfinished training stands there, made of something else "
                f"({'; '.join(differing)})",
                where=str(self.folder),
                remedy=RESTART,
            )

    def resumed(self) -> Snapshot | None:
        """Returns the state that was saved last; None where there is none.

        Raises:
            RunError: It is damaged.
        """
        if not self.state.exists():
            return None
        snapshot = Snapshot.read(self.state)
        epoch, step = snapshot.facts["epoch"] + 1, snapshot.facts["step"]
        logger.info("Goes on in epoch %s, behind step %s of it (%s).", epoch, step, self.state)
        changed = differences(snapshot.facts["versions"], versions())
        if changed:
            logger.warning(
                "It was begun with other versions (%s): the rest may differ in the last digits.",
                "; ".join(changed),
            )
        return snapshot

    def keep(self, snapshot: Snapshot) -> None:
        """Saves a state in the place of the last one.

        Raises:
            RunError: It cannot be written; the last one is as it was.
        """
        facts = snapshot.facts | {MADE_OF: self._made_of, "versions": versions()}
        with told(self._said):
            Snapshot(facts, snapshot.arrays).write(self.state)
            force_names(self.folder)

    def discard(self) -> None:
        """Throws the state away: going on from it would lead nowhere."""
        self.state.unlink(missing_ok=True)

    def finish(self) -> None:
        """Gives the whole run its name.

        Raises:
            RunError: Somebody else has been there, or it cannot be moved.
        """
        check_free(self._said, RunError)
        with told(self._said):
            os.replace(self.whole, self.output)  # also over an empty folder
            force_names(self.output.parent)
        self.discard()

    @classmethod
    def clear(cls, output: str | os.PathLike[str]) -> None:
        """Removes what is left of a training that ended as it gave its run the name."""
        left = cls(output)
        if left.folder.is_dir():
            with suppress(RunError):
                left._lock = opened_alone(left.folder / LOCK)
                left.discard()
                left._close()

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not None and self.state.exists():
            logger.info(
                "What was trained is kept in %s: the same command goes on there.", self.folder
            )
        self._close()

    def _close(self) -> None:
        """Lets the lock go; the folder goes before it where nothing was saved."""
        if not self.state.exists() and is_at(self._lock, self.folder / LOCK):
            with suppress(OSError):
                shutil.rmtree(self.folder)
        os.close(self._lock)
