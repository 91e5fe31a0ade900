"""``tfclf sample``."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option, echo


def sample(
    name: Annotated[str, Argument(help="tickets.")],
    output: Annotated[str | None, Option(help="CSV file to write; NAME.csv by default.")] = None,
    rows: Annotated[int, Option(help="Number of rows.")] = 1500,
    seed: Annotated[int, Option(help="Seed of the draw.")] = 1,
) -> None:
    """Write synthetic rows to try things with.

    tfclf sample tickets --rows 2000 --output tickets.csv
    """
    from pathlib import Path

    from tfclf.data.samples import write_sample

    path = Path(output or f"{name}.csv")
    echo(f"{write_sample(name, path, rows, seed)} rows written to {path}")
