"""What an unfinished output was made of, and how far it is: a small file beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import keras
import tensorflow as tf

from tfclf import __version__
from tfclf.data import Columns
from tfclf.data.formats import format_of
from tfclf.errors import DataError, RunError
from tfclf.evaluation.predict import device_kind
from tfclf.runs.bulk.portions import PORTION_CHARACTERS, PORTION_ROWS
from tfclf.runs.manifest import MANIFEST
from tfclf.runs.run_directory import HISTORY, METRICS

DECIDING = (".json", ".safetensors", ".h5", ".txt")  # files of a run that predictions hang on
SHOWN = 12  # digits of a checksum in a message


@dataclass(frozen=True)
class Journal:
    """How far an output is.

    Attributes:
        made_of: What its lines are a function of, by name.
        rows: Rows of the input.
        rows_done: Rows whose lines are on disk.
        bytes_done: Length of those lines; what the file has behind them is not whole.
    """

    made_of: dict[str, Any]
    rows: int
    rows_done: int = 0
    bytes_done: int = 0

    def write(self, path: Path) -> None:
        """Writes the journal in one step: on disk there is the last one or this one."""
        new = path.with_name(f"{path.name}.new")  # one name: who is killed here leaves no others
        try:
            with open(new, "w", encoding="utf-8") as file:
                json.dump(asdict(self), file, indent=2, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Reads a journal; None where there is none.

        Raises:
            RunError: It is none of ours, or damaged.
        """
        try:
            journal = cls(**json.loads(path.read_text("utf-8")))
            if 0 <= journal.rows_done <= journal.rows and journal.bytes_done >= 0:
                return journal
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            pass
        raise RunError(
            "this journal of an unfinished output is damaged",
            where=str(path),
            remedy="Begin again: --restart.",
        )

    def check(self, made_of: Mapping[str, Any], where: Path) -> None:
        """Raises where something else is asked for than what has begun.

        Raises:
            RunError: Something differs; the message says what.
        """
        differing = [
            f"{name}: {_short(self.made_of.get(name))} there, {_short(made_of.get(name))} now"
            for name in sorted(self.made_of.keys() | made_of.keys())
            if self.made_of.get(name) != made_of.get(name)
        ]
        if differing:
            raise RunError(
                f"{self.rows_done:,} of {self.rows:,} rows stand there, made of something else "
                f"({'; '.join(differing)})",
                where=str(where),
                remedy="Give what it was begun with, begin again with --restart, or choose "
                "another --output.",
            )


def made_of(run: Path, file: Path, columns: Columns, *, all_scores: bool) -> dict[str, Any]:
    """Returns what the lines of an output are a function of.

    Files are known by their checksums: they may be moved, copied or touched.

    Args:
        run: The run directory.
        file: The input.
        columns: Which columns hold what.
        all_scores: Whether each line has the score of every label.

    Raises:
        DataError: The input cannot be read, or its format is unknown.
        RunError: A file of the run cannot be read.
    """
    read = {
        name: value for name, value in asdict(columns).items() if name not in ("label", "separator")
    }
    deciding = sorted(
        path
        for path in run.iterdir()
        if path.suffix in DECIDING
        and path.name not in (METRICS, HISTORY, MANIFEST)
        and path.is_file()
    )
    return {
        "input": _checksum(file, DataError),
        **{f"run {path.name}": _checksum(path, RunError) for path in deciding},
        **read,
        "scores": all_scores,
        "format": format_of(file),
        "portions": [PORTION_ROWS, PORTION_CHARACTERS],
        "tfclf": __version__,
        "backend": keras.backend.backend(),
        "tensorflow": tf.__version__,
        "device": device_kind(),
    }


def _checksum(path: Path, failure: type[DataError] | type[RunError]) -> str:
    """Returns the sha256 of a file.

    Raises:
        DataError: It cannot be read, where ``failure`` says so.
        RunError: The same.
    """
    try:
        with open(path, "rb") as file:
            return "sha256 " + hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise failure("no such file", where=str(path), remedy="Check the path.") from None
    except OSError as error:
        raise failure(f"cannot be read ({error.strerror})", where=str(path)) from None


def _short(value: Any) -> str:
    if isinstance(value, str) and value.startswith("sha256 "):
        return value[: len("sha256 ") + SHOWN]
    return json.dumps(value, ensure_ascii=False)
