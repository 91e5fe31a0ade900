"""A command in this process, as a user types it, and what it left behind."""

import functools
import io
import os
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.main import get_command

from tests.bad_inputs.bad_input import BadInput
from tests.bad_inputs.world import MAX_LENGTH, enter

# What a verb is given beside the arguments of a bad input, unless they have it.
USUAL = {
    "train": (("--output", "out"), ("--model", "encoder"), ("--max-length", str(MAX_LENGTH))),
    "augment": (("--candidates", "made.csv"), ("--output", "review.csv")),
}
INSIDE = re.compile(
    r"Traceback|site-packages|File \"|keras\.src|object at 0x|<class '|<function|ufunc|ndarray"
    r"|tf\.Tensor|np\.\w+\(|InvalidArgumentError|ValueError|TypeError|KeyError|AttributeError"
)
FRAME = re.compile("[│╭╮╰╯─]+|\\s+")  # of the panels that usage errors stand in
OF_GRAPHS = "tmp/__autograph"  # files that TensorFlow makes where it reads a function's source
PATIENCE = 60  # seconds until a command counts as one that waits forever


class Waits(BaseException):
    """A command does not come to an end."""


@dataclass(frozen=True)
class Outcome:
    """What a command did.

    Attributes:
        status: Its exit status.
        said: All that it printed, in one line.
        left: What was made, changed or taken away in its folder.
    """

    status: int
    said: str
    left: tuple[str, ...]

    def names(self, phrase: str) -> bool:
        """Whether a phrase, or one of those that ``|`` separates, was printed."""
        return any(part in self.said for part in phrase.split("|"))

    @property
    def shows_its_inside(self) -> bool:
        """Whether there is a traceback or the like."""
        return INSIDE.search(self.said) is not None


def outcome_of(given: BadInput, world: Path, folder: Path) -> Outcome:
    """Gives a bad input to its verb in an empty folder."""
    enter(world, folder)
    given.write(folder)
    (folder / "tmp").mkdir()
    before = tree(folder)
    status, said = run(words(given), folder, given.stdin)
    after = tree(folder)
    left = {path for path, _ in before.items() ^ after.items() if not path.startswith(OF_GRAPHS)}
    return Outcome(status, FRAME.sub(" ", said), tuple(sorted(left)))


def words(given: BadInput) -> list[str]:
    """Returns the arguments of a bad input, with what its verb needs besides."""
    words = [word.replace("␣", " ") for word in given.arguments.split(" ")]
    for option, value in USUAL.get(given.verb, ()):
        if option not in words:
            words += [option, value]
    return words


def run(arguments: list[str], folder: Path, stdin: bytes = b"") -> tuple[int, str]:
    """Runs a command in a folder; returns its status and what it printed."""
    from tfclf.cli import app

    said = io.StringIO()
    standard = io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)))
    with (
        patch.object(app, "prepare_process", lambda: None),
        patch.object(app, "app", command()),
        patch.object(sys, "argv", ["tfclf", *arguments]),
        patch.object(sys, "stdin", standard),
        patch.object(tempfile, "tempdir", str(folder / "tmp")),
        redirect_stdout(said), redirect_stderr(said), within(folder), at_most(PATIENCE),
    ):  # fmt: skip
        try:
            app.main()
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            said.write("".join(traceback.format_exception(error)))
            status = -1
    return status, said.getvalue()


@functools.cache
def command() -> Any:
    """Returns the command line with all its options, which takes as long to make as to run."""
    from tfclf.cli.app import app

    return get_command(app)


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Returns mode and size of everything in a folder by its path."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        size = 0 if path.is_dir() else status.st_size
        found[str(path.relative_to(folder))] = (status.st_mode, size)
    return found


@contextmanager
def within(folder: Path) -> Iterator[None]:
    """Stands in a folder."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raises where something takes longer, such as reading a pipe that nobody writes to."""

    def stop(*signal: object) -> None:
        raise Waits(f"no end after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
