"""What the command line alone changes about the process: its streams, its logs, its noise."""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from tfclf.backend import check_backend
from tfclf.terminal import console

# TensorFlow, transformers and datasets read these when they are imported.
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
# Where they are installed Keras imports them to offer plots, estimators and reading of data frames,
# which no verb uses: a third of the time that it takes to import TensorFlow and Keras.
OFFERED_BY_KERAS = ("matplotlib", "pandas", "sklearn")


class _Handler(logging.Handler):
    """Prints our messages on standard error, warnings in yellow on a terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        prefix = "warning: " if record.levelno >= logging.WARNING else ""
        style = "yellow" if prefix else None
        shown = console(stderr=True, highlight=False, soft_wrap=True)
        shown.print(prefix + record.getMessage(), style=style, markup=False)


def prepare_process() -> None:
    """Keeps other libraries' noise away and shows ours; called once, before they are imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")
    logger = logging.getLogger("tfclf")
    logger.setLevel(logging.INFO)
    logger.handlers = [_Handler()]
    logger.propagate = False


def say_only_warnings() -> None:
    """Leaves out what is said of a verb that goes well, from now on."""
    logging.getLogger("tfclf").setLevel(logging.WARNING)


def load_tensorflow() -> None:
    """Imports TensorFlow with standard error put aside.

    Its C++ libraries write notices there before they read any setting. Where the import fails, what
    they wrote is shown. Packages that Keras has an optional use for are imported by those of ours
    that need them.

    Raises:
        ArgumentError: tfclf does not run on the backend that Keras is to take, or it is missing.
    """
    import tempfile

    if {"keras", "tensorflow"} <= sys.modules.keys():
        return
    check_backend()
    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            with _absent(OFFERED_BY_KERAS), _to_stay():
                import keras  # noqa: F401
                import tensorflow  # noqa: F401
        except BaseException:
            aside.seek(0)
            os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def _absent(packages: tuple[str, ...]) -> Iterator[None]:
    """Lets packages look as if they were not installed, but for those that are imported already."""
    absent: dict[str, Any] = {name: None for name in packages if name not in sys.modules}
    sys.modules.update(absent)  # of None import makes a ModuleNotFoundError
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextmanager
def _to_stay() -> Iterator[None]:
    """Keeps the garbage collector away from what is made: a million objects that no one frees.

    It would look through them again and again, now and in the rest of the process.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def fail(message: str, status: int) -> NoReturn:
    """Prints an error and leaves."""
    shown = console(stderr=True, highlight=False, soft_wrap=True)
    shown.print("error: ", style="bold red", end="")
    shown.print(message, markup=False)
    sys.exit(status)
