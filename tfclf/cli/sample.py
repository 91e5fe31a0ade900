"""``tfclf sample``."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option, echo

from tfclf.terminal import printable

NAMES = "tickets, reviews, contracts, entities, entailment, similarity or two-tasks."


def sample(
    name: Annotated[str, Argument(help=NAMES)],
    rows: Annotated[
        int | None, Option(help="Number of rows; as many as suit the sample by default.")
    ] = None,
    seed: Annotated[int, Option(help="Seed of the draw.")] = 1,
    output: Annotated[
        str | None,
        Option(help="File to write; its suffix says the format. NAME.csv or .jsonl by default."),
    ] = None,
) -> None:
    """Write synthetic rows to try things with, for each task.

    tfclf sample tickets --rows 2000 --output tickets.csv
    """
    import shlex
    from pathlib import Path

    from tfclf.data.samples import find_sample, write_sample

    kind = find_sample(name)
    path = Path(output or kind.file_name)
    echo(printable(f"{write_sample(name, path, rows, seed)} rows written to {path}"))
    command = f"tfclf train {shlex.quote(str(path))} --output run {kind.train_with}"
    echo(printable(f"Train on them: {command.rstrip()}"))
