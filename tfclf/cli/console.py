"""What the command line alone changes about the process: its streams, its logs, its noise."""

from __future__ import annotations

import logging
import os
import sys
import warnings

# TensorFlow, transformers and datasets read these when they are imported.
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


class _Handler(logging.Handler):
    """Prints our messages on standard error, warnings in yellow on a terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        from rich.console import Console

        prefix = "warning: " if record.levelno >= logging.WARNING else ""
        style = "yellow" if prefix else None
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(prefix + record.getMessage(), style=style, markup=False)


def prepare_process() -> None:
    """Keeps other libraries' noise away and shows ours; called once, before they are imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")
    logger = logging.getLogger("tfclf")
    logger.setLevel(logging.INFO)
    logger.handlers = [_Handler()]
    logger.propagate = False


def load_tensorflow() -> None:
    """Imports TensorFlow with standard error put aside.

    Its C++ libraries write notices there before they read any setting. Where the import fails, what
    they wrote is shown.
    """
    import tempfile

    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            import keras  # noqa: F401
            import tensorflow  # noqa: F401
        except BaseException:
            aside.seek(0)
            os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def fail(message: str, status: int) -> None:
    """Prints an error and leaves."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("error: ", style="bold red", end="")
    console.print(message, markup=False)
    sys.exit(status)
