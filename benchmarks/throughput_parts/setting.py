"""The rows and the recipe of ``throughput.py``, and what a cell of its table is."""

import argparse
import gzip
import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from throughput_parts.process import Measured

HERE = Path(__file__).parents[1]
OURS = HERE / "throughput_ours.py"
TRAINER = HERE / "peers" / "hf_throughput.py"
KERASHUB = HERE / "peers" / "kerashub_throughput.py"
DATA = "banking77"
RUNS = "runs"  # a folder that is emptied after each cell
SHUFFLED_WITH = 13  # seed of the draw of the training rows
EPOCHS, BATCH, MOST_TOKENS = 2, 32, 128
RATE = ("--learning-rate", "1e-4", "--batch-size", str(BATCH))
RECIPE = ("--epochs", str(EPOCHS), *RATE, "--max-length", str(MOST_TOKENS))
# Without what the peers do not do either: held-out rows, and all that needs them.
LIKE_PEERS = ("--validation-share", "0", "--head-start", "random", "--decisions", "none")
LIKE_PEERS += ("--on-collapse", "ignore", "--loss", "cross-entropy")
LIKE_PEERS += ("--class-weights", "none", "--sampling", "none")
BFLOAT16 = ("--precision", "bfloat16")


@dataclass(frozen=True)
class Cell:
    """One process.

    Attributes:
        part: Part of the benchmark.
        side: Who is measured.
        command: The process.
        read: Returns the figures of the process.
        about: What else tells it from other cells, such as a length.
    """

    part: str
    side: str
    command: list[Any]
    read: Callable[[Measured], dict[str, Any]]
    about: dict[str, Any] = field(default_factory=dict)


class Setting:
    """What is trained on, and with what.

    Args:
        options: The command line.
        folder: Where files may be written.
        kerashub: Whether the peers' interpreter has KerasHub.
    """

    def __init__(self, options: argparse.Namespace, folder: Path, kerashub: bool):
        self.options, self.folder, self.kerashub = options, folder, kerashub
        self.rows = options.rows
        self.slow_rows = min(options.slow_rows, options.rows)

    @cached_property
    def shuffled(self) -> list[dict]:
        """All training rows, in the order of one draw."""
        rows = read_rows(self.options.data / DATA / "train.jsonl.gz")
        random.Random(SHUFFLED_WITH).shuffle(rows)
        return rows

    @cached_property
    def test(self) -> Path:
        """The test rows; of a small trial a few of them."""
        rows = read_rows(self.options.data / DATA / "test.jsonl.gz")
        random.Random(SHUFFLED_WITH).shuffle(rows)
        return self.write("test", rows if self.rows >= 1_000 else rows[: self.rows])

    def first(self, count: int) -> Path:
        """Returns a file of the first training rows; of all where there are no more."""
        return self.write(f"first-{count}", self.shuffled[:count])

    def write(self, name: str, rows: list[dict]) -> Path:
        """Writes a file of texts and labels, and returns its path."""
        path = self.folder / f"{name}.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({key: row[key] for key in ("text", "label")}) + "\n")
        return path

    def run(self, *names: Any) -> Path:
        """Returns where a run may be written."""
        name = "-".join(map(str, names)).replace(" ", "-").replace(",", "")
        return self.folder / RUNS / name

    def peer(self, script: Path, *arguments: Any) -> list[Any]:
        """Returns the command of a peer."""
        return [self.options.peer_python, script, *arguments, "--model", self.options.model]

    def ours(self, rows: Path, run: Path, *arguments: Any) -> list[Any]:
        """Returns our command."""
        own = ["train", rows, "--output", run, "--model", self.options.model]
        return [sys.executable, "-m", "tfclf", *own, *arguments]

    def watched(self, rows: Path, run: Path, *arguments: Any, first_step: bool = False) -> list:
        """Returns our command under a watch of its steps."""
        own = self.ours(rows, run, *arguments)[3:]
        return [sys.executable, OURS, "command", *["--first-step"] * first_step, "--", *own]


def read_rows(path: Path) -> list[dict]:
    """Reads packed JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def printed(done: Measured) -> dict[str, Any]:
    """Returns the figures that the process printed."""
    return done.figures
