"""Questions to the legacy environment, all of them answered by one process while the tests run."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
LEGACY_SIDE = Path(__file__).parent / "legacy_side"
PAUSE = 0.05  # seconds between two looks for an answer
OWN_PATHS = ("PYTHONPATH", "PYTHONHOME")  # would lead the other Python to our packages


def legacy_python() -> Path:
    """Returns the interpreter of the legacy environment, which need not exist."""
    default = ROOT / ".venv-legacy" / "bin" / "python"
    return Path(os.environ.get("TFCLF_LEGACY_PYTHON", default))


@dataclass
class Question:
    """What is asked: a kind of ``legacy_side``, its settings, and arrays."""

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class Oracle:
    """A process of the legacy environment that answers questions one after the other.

    Args:
        folder: Where questions and answers go; ``folder / NAME`` is that of one question and may
            have files for it already.
        questions: What is asked, in the order in which the answers are wanted.
    """

    def __init__(self, folder: Path, questions: Sequence[Question]):
        self.folder = folder
        for question in questions:
            own = folder / question.name
            own.mkdir(exist_ok=True)
            np.savez(own / "question.npz", **question.arrays)
        listed = [{"name": q.name, "kind": q.kind, **q.settings} for q in questions]
        (folder / "questions.json").write_text(json.dumps(listed))
        environment = {key: text for key, text in os.environ.items() if key not in OWN_PATHS}
        with open(folder / "log", "w") as log:
            self.process = subprocess.Popen(
                [legacy_python(), LEGACY_SIDE, folder], env=environment, stdout=log, stderr=log
            )

    def answer(self, name: str) -> dict[str, np.ndarray]:
        """Waits for the answer to a question and returns its arrays.

        Raises:
            RuntimeError: The process ended without it.
        """
        path = self.folder / name / "answer.npz"
        while not path.exists():
            ended = self.process.poll() is not None
            if ended and not path.exists():
                log = (self.folder / "log").read_text()
                raise RuntimeError(f"no answer to {name}, the legacy process ended:\n{log[-3000:]}")
            time.sleep(PAUSE)
        with np.load(path) as arrays:
            return dict(arrays)

    def versions(self) -> dict[str, str]:
        """Returns the versions of Python and of the packages on the other side."""
        return json.loads((self.folder / "versions.json").read_text())

    def close(self) -> None:
        """Ends the process, whether it is done or not."""
        self.process.kill()
        self.process.wait()
