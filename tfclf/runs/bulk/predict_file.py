"""A file of any size -> a file of predictions, in bounded memory, resumed where it broke off."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rich.console import Console

from tfclf.data import Columns, EncodedRows, Rows
from tfclf.data.one_ahead import one_ahead
from tfclf.errors import ArgumentError, RunError
from tfclf.runs.bulk.journal import made_of
from tfclf.runs.bulk.lines import is_device, lines_of, write_lines
from tfclf.runs.bulk.partial_output import PartialOutput
from tfclf.runs.bulk.portions import count_checked, portions_of
from tfclf.runs.bulk.progress import PredictionDisplay
from tfclf.runs.classifier import Classifier
from tfclf.training import duration

logger = logging.getLogger("tfclf")

STANDARD = "-"  # input or output
Portion = tuple[Iterator[str], int]  # lines, and how many rows they are of


def predict_file(
    run: str | os.PathLike[str],
    file: str,
    output: str,
    *,
    columns: Columns | None = None,
    all_scores: bool = False,
    standard_input_format: str | None = None,
    restart: bool = False,
    display: PredictionDisplay | None = None,
) -> None:
    """Predicts the rows of a file and writes one line of JSON for each, in order.

    All rows are checked first. Then portions of them are read, sorted by length, predicted, put
    back in order and written to ``OUTPUT.partial``; ``OUTPUT.journal`` counts those that are on
    disk. The whole file takes its name at the end. Called again with the same arguments after an
    interruption, whatever it was, it goes on behind the last row that was counted, and the output
    is the same as without. Standard input, standard output and devices are read and written as
    they come, and not resumed.

    Args:
        run: A run directory.
        file: Path of the rows; ``"-"`` is standard input.
        output: Path to write; ``"-"`` is standard output.
        columns: Which columns hold what.
        all_scores: Whether each line has ``scores``, the probability of every label.
        standard_input_format: Suffix that names the format of standard input.
        restart: Whether an unfinished output is begun again.
        display: Shows the progress; None shows nothing.

    Raises:
        ArgumentError: Input and output are one file, or columns do not fit the model.
        DataError: The file or a row cannot be used; the message names the line.
        RunError: The run cannot be read; the output cannot be written, is written by another
            process, or was begun with something else; the input changed meanwhile.
    """
    if file != STANDARD and is_device(Path(file)):
        raise ArgumentError(
            f"{file} is a pipe or a device, and a file is read twice",
            remedy="Read it as standard input: tfclf predict RUN - < PIPE.",
        )
    if not Path(output).name:
        raise ArgumentError(
            f"the output is {output!r}, expected the name of a file",
            where="--output",
            remedy="Name one, or leave it out for standard output.",
        )
    classifier = Classifier.load(run)
    columns = classifier.columns(columns or Columns())
    show = display or PredictionDisplay(Console(quiet=True, force_terminal=False))

    def predicted(first: int) -> Iterator[Portion]:
        portions = portions_of(
            file, columns, first=first, standard_input_format=standard_input_format
        )
        for encoded in _encoded(classifier, portions, ahead=file != STANDARD):
            logits = classifier.logits(encoded, progress=show.advance)
            yield lines_of(classifier, logits, all_scores), encoded.num_rows

    with show:
        if STANDARD in (file, output) or is_device(Path(output)):
            rows = None if file == STANDARD else count_checked(file, columns, show.checked)
            show.begin(rows)
            write_lines((lines for lines, _ in predicted(0)), output)
            return
        path = Path(output)
        if path.exists() and Path(file).exists() and path.samefile(file):
            raise ArgumentError("input and output are one file", remedy="Choose another --output.")
        unchanged = _watched(Path(file))
        asked_for = made_of(Path(run), Path(file), columns, all_scores=all_scores)
        with PartialOutput(path, asked_for, restart=restart) as partial:
            if partial.journal is None:
                partial.begin(count_checked(file, columns, show.checked))
            _go_on(partial, predicted, unchanged, show)


def _go_on(
    partial: PartialOutput,
    predicted: Callable[[int], Iterable[Portion]],
    check: Callable[[], None],
    show: PredictionDisplay,
) -> None:
    """Predicts the rows that an output lacks, and gives it its name.

    Args:
        partial: The output.
        predicted: Yields the lines of the rows from one on.
        check: Raises where the input is no longer what it was.
        show: Shows the progress.
    """
    journal, started = partial.journal, time.monotonic()
    if journal.rows_done:
        logger.info(f"continues at row {journal.rows_done + 1:,} of {journal.rows:,}")
    show.begin(journal.rows, journal.rows_done)
    for lines, rows in predicted(journal.rows_done):
        check()
        partial.append(lines, rows)
    check()
    partial.finish()
    seconds = time.monotonic() - started
    logger.info(
        f"{journal.rows:,} rows: {partial.output}"
        f" ({journal.rows - journal.rows_done:,} predicted in {duration(seconds)})"
    )


def _encoded(
    classifier: Classifier, portions: Iterable[Rows], *, ahead: bool
) -> Iterable[EncodedRows]:
    """Encodes portions, one ahead where reading them waits for nobody."""
    encoded = map(classifier.encode, portions)
    return one_ahead(encoded) if ahead else encoded


def _watched(file: Path) -> Callable[[], None]:
    """Returns what raises once a file is no longer what it is now."""

    def stamp() -> tuple[int, int, int] | None:
        try:
            now = file.stat()
        except OSError:
            return None
        return now.st_ino, now.st_size, now.st_mtime_ns

    before = stamp()

    def check() -> None:
        if stamp() != before:
            raise RunError(
                "the input changed while it was read",
                where=str(file),
                remedy="Predict a copy that nobody writes to, with --restart.",
            )

    return check
