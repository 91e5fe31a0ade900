"""A process that is measured from outside: its seconds, its memory, what it printed last."""

import json
import os
import shlex
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Any

MOST_LINES = 15  # of what a process said that failed


class Failed(Exception):
    """A process that failed, and what it said."""


@dataclass(frozen=True)
class Measured:
    """What a process took.

    Attributes:
        seconds: From its start to its exit.
        peak_bytes: Most resident memory.
        load: Processes that wanted a core just before, on average over a minute.
        figures: The JSON of its last line; nothing where that is none.
    """

    seconds: float
    peak_bytes: int
    load: float
    figures: dict[str, Any]


def measure(command: list[Any]) -> Measured:
    """Runs a command in a process of its own.

    Raises:
        Failed: It failed.
    """
    words = [str(word) for word in command]
    load = os.getloadavg()[0]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(words, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            said = [*output, *errors][-MOST_LINES:]
            raise Failed(f"{shlex.join(words)}\n{''.join(said)}")
        lines = output.read().splitlines()
    return Measured(seconds, usage.ru_maxrss * 1024, load, _json(lines[-1] if lines else ""))


def _json(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
