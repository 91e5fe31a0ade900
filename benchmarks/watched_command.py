"""The command ``tfclf``, while a file of two words says what it is doing, for whoever watches.

    python benchmarks/watched_command.py FILE train TRAIN --output RUN ...

The file is mapped into memory, so that a process that is killed has written what it was at.
"""

import functools
import mmap
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FORM = "<II"  # phase, steps done
PHASES = ("start", "steps", "validation", "saving", "writing", "end")


class Watch:
    """What a process is doing.

    Args:
        file: Where it says so.
        anew: Whether it begins now.
    """

    def __init__(self, file: Path, *, anew: bool = False):
        if not file.exists():  # never cut short: others have it mapped
            file.write_bytes(bytes(struct.calcsize(FORM)))
        with open(file, "r+b") as opened:
            self._words = mmap.mmap(opened.fileno(), 0)
        if anew:
            self.say(PHASES[0], 0)

    @property
    def phase(self) -> str:
        """One of ``PHASES``."""
        return PHASES[struct.unpack(FORM, self._words)[0]]

    @property
    def steps(self) -> int:
        """Steps that this process has trained."""
        return int(struct.unpack(FORM, self._words)[1])

    def say(self, phase: str, steps: int | None = None) -> None:
        """Writes what the process is doing."""
        steps = self.steps if steps is None else steps
        self._words[:] = struct.pack(FORM, PHASES.index(phase), steps)


def in_phase(watch: Watch, phase: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function that is in a phase of its own."""

    @functools.wraps(original)
    def call(*arguments: Any, **named: Any) -> Any:
        before = watch.phase
        watch.say(phase)
        try:
            return original(*arguments, **named)
        finally:
            watch.say(before)

    return call


def main() -> None:
    """Runs the command."""
    watch = Watch(Path(sys.argv.pop(1)), anew=True)
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    import keras

    from tfclf.cli.app import main as command
    from tfclf.runs import train_run
    from tfclf.training.resuming import Backup, Snapshot

    step = Backup.on_train_batch_end

    def counted(self: Backup, *arguments: Any, **named: Any) -> None:
        watch.say("steps", watch.steps + 1)
        step(self, *arguments, **named)

    Backup.on_train_batch_end = counted
    keras.Model.evaluate = in_phase(watch, "validation", keras.Model.evaluate)
    Snapshot.write = in_phase(watch, "saving", Snapshot.write)
    train_run.write_run = in_phase(watch, "writing", train_run.write_run)
    command()
    watch.say("end")


if __name__ == "__main__":
    main()
