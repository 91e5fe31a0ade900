"""A function of ours in a process of its own, where Keras runs on TensorFlow."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from tfclf import errors

logger = logging.getLogger("tfclf")

CHILD = "from tfclf.runs.with_tensorflow import answer; answer()"
LAST_WORDS = 2_000  # characters of a process that died, to show


def with_tensorflow(function: str, arguments: Mapping[str, Any]) -> Any:
    """Calls a function in another process of this Python, with ``KERAS_BACKEND=tensorflow``.

    A process has one backend of Keras, and keeps it. What the other one logs is logged here, and
    what it raises on purpose is raised here.

    Args:
        function: Module and name, such as ``"tfclf.runs.versions:versions"``.
        arguments: What to call it with, by name, as JSON.

    Returns:
        What it returned, as JSON.

    Raises:
        ExportError: TensorFlow is not installed, or the process died.
        TfclfError: What the function raised.
    """
    if find_spec("tensorflow") is None:
        raise errors.ExportError(
            "exports are graphs of TensorFlow, which is not installed",
            remedy="Install it: pip install tensorflow.",
        )
    home = str(Path(__file__).parents[2])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join(paths),
        "CUDA_VISIBLE_DEVICES": "-1",  # whose memory is taken: JAX holds most of it from its start
    }
    with tempfile.TemporaryFile("w+", errors="replace") as noise:
        with subprocess.Popen(  # noqa: S603 - this Python, our program
            [sys.executable, "-P", "-c", CHILD],  # -P: the folder we stand in has no modules
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            env=os.environ | environment,
        ) as process:
            try:
                _ask(process.stdin, {"function": function, "arguments": dict(arguments)})
                said = [_heard(line) for line in process.stdout or ()]
            except BaseException:
                process.kill()
                raise
        noise.seek(0)
        returned = [each for each in said if each is not None]
        if not returned:
            raise errors.ExportError(
                f"the process of TensorFlow ended with status {process.returncode} and said: "
                f"{noise.read()[-LAST_WORDS:].strip() or 'nothing'}"
            )
    return returned[0]["returned"]


def answer() -> None:
    """Answers what ``with_tensorflow`` asks on standard input: for its process alone."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what other libraries print is not for the one who asks
    logger.handlers, logger.propagate = [_ToTheOther(channel)], False
    logger.setLevel(logging.INFO)
    asked = json.load(sys.stdin)
    module, name = asked["function"].split(":")
    try:
        returned = getattr(import_module(module), name)(**asked["arguments"])
    except errors.TfclfError as error:
        parts = {"what": error.what, "where": error.where, "remedy": error.remedy}
        _say(channel, {"raised": type(error).__name__} | parts)
    else:
        _say(channel, {"returned": returned})


class _ToTheOther(logging.Handler):
    """Sends our messages to the process that asked."""

    def __init__(self, channel: IO[str]):
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        _say(self._channel, {"level": record.levelno, "message": record.getMessage()})


def _say(channel: IO[str], said: Mapping[str, Any]) -> None:
    channel.write(json.dumps(said) + "\n")
    channel.flush()


def _ask(channel: IO[str] | None, asked: Mapping[str, Any]) -> None:
    """Sends a question; a process that dies before it has read it is heard of later."""
    if channel is not None:
        try:
            json.dump(asked, channel)
            channel.close()
        except BrokenPipeError:
            pass


def _heard(line: str) -> dict[str, Any] | None:
    """Logs or raises what the other process said, or returns what its function returned."""
    said: dict[str, Any] = json.loads(line)
    if "raised" in said:
        kind = getattr(errors, said["raised"])
        raise kind(said["what"], where=said["where"], remedy=said["remedy"])
    if "message" in said:
        logger.log(said["level"], "%s", said["message"])
        return None
    return said
