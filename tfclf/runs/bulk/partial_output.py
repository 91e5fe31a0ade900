"""A file that is written in pieces, survives the death of its writer, and appears when it is whole.

``OUT.partial`` holds the lines so far, ``OUT.journal`` how many of its bytes count. A piece is
written and forced to disk before the journal that counts it takes the place of the last one: what
the journal counts is there whatever happens, and what it does not count is cut off at the next
start. A lock on the partial file keeps a second writer away; it dies with its process.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tfclf.errors import RunError
from tfclf.runs.alone import force_names, is_at, opened_alone, told
from tfclf.runs.bulk.journal import Journal

logger = logging.getLogger("tfclf")

RESTART = "Begin again: --restart."


class PartialOutput:
    """The lines of an output that is not whole yet.

    Use it as a context: what is counted when it is left is kept, and where nothing is counted no
    file is left behind.

    Args:
        output: Where the lines are at the end.
        made_of: What they are a function of.
        restart: Whether to throw away what has begun.

    Attributes:
        journal: How far the output is; None until ``begin``.

    Raises:
        RunError: It cannot be written, another process writes it, or something else has begun.
    """

    journal: Journal | None = None

    def __init__(self, output: Path, made_of: Mapping[str, Any], *, restart: bool = False):
        self.output, self._made_of, self._restart = output, dict(made_of), restart
        self.partial = output.with_name(f"{output.name}.partial")
        self._journal_path = output.with_name(f"{output.name}.journal")
        self._is_named = False  # whether the whole one has its name already

    def __enter__(self) -> Self:
        if self.output.is_dir():
            raise RunError(
                "expected a file to write, got a folder",
                where=str(self.output),
                remedy="Name a file in it: --output FOLDER/predicted.jsonl.",
            )
        with told(self.output):
            self._file = opened_alone(self.partial)
            try:
                if not self._restart:
                    self.journal = self._found()
                if self.journal is None:  # before what it counts is gone
                    self._journal_path.unlink(missing_ok=True)
                os.truncate(self._file, 0 if self.journal is None else self._size_to_keep())
                os.lseek(self._file, 0, os.SEEK_END)
            except BaseException:
                self._close(remove=not os.fstat(self._file).st_size)
                raise
        return self

    def _found(self) -> Journal | None:
        """Returns the journal of lines that can be gone on with; None where there are none."""
        journal, size = Journal.read(self._journal_path), os.fstat(self._file).st_size
        if journal is None and size:
            raise RunError(
                "the lines of an unfinished output, and no journal says what they are made of",
                where=str(self.partial),
                remedy=RESTART,
            )
        if journal is None or not journal.rows_done:
            return None
        journal.check(self._made_of, self.partial)
        self._is_named = (
            journal.rows_done == journal.rows
            and not size
            and self.output.is_file()
            and self.output.stat().st_size == journal.bytes_done
        )
        if size < journal.bytes_done and not self._is_named:
            raise RunError(
                f"expected {journal.bytes_done:,} bytes as its journal says, got {size:,}",
                where=str(self.partial),
                remedy=RESTART,
            )
        return journal

    def _size_to_keep(self) -> int:
        return 0 if self._is_named or self.journal is None else self.journal.bytes_done

    def begin(self, rows: int) -> None:
        """Writes the first journal.

        Args:
            rows: Rows of the input.
        """
        self.journal = Journal(self._made_of, rows)
        with told(self.output):
            self.journal.write(self._journal_path)
            force_names(self.output.parent)

    def append(self, lines: Iterable[str], rows: int) -> None:
        """Writes the lines of the next rows, and counts them when they are on disk.

        Args:
            lines: The lines.
            rows: How many rows they are of.

        Raises:
            RunError: They cannot be written; those before them are kept.
        """
        data = "".join(lines).encode()
        before = self.journal
        with told(self.output):
            _write(self._file, data)
            os.fsync(self._file)
            journal = dataclasses.replace(
                before,
                rows_done=before.rows_done + rows,
                bytes_done=before.bytes_done + len(data),
            )
            journal.write(self._journal_path)
        self.journal = journal

    def finish(self) -> None:
        """Gives the whole file its name.

        Raises:
            RunError: It cannot be moved there.
        """
        with told(self.output):
            if not self._is_named:
                os.replace(self.partial, self.output)
                self._is_named = True
            force_names(self.output.parent)
            self._journal_path.unlink(missing_ok=True)

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        nothing = self.journal is None or not self.journal.rows_done
        if nothing:
            with suppress(OSError):
                self._journal_path.unlink()
        elif kind is not None and not self._is_named:
            logger.info(
                "%s of %s rows are kept in %s: the same command goes on there",
                f"{self.journal.rows_done:,}",
                f"{self.journal.rows:,}",
                self.partial,
            )
        self._close(remove=nothing or self._is_named)

    def _close(self, *, remove: bool) -> None:
        """Lets the lock go, after the partial file is gone where it is of no use."""
        with suppress(OSError):
            if remove and is_at(self._file, self.partial):
                self.partial.unlink()
        os.close(self._file)


def _write(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
