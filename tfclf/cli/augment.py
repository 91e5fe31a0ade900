"""``tfclf augment``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from tfclf.terminal import console, printable

if TYPE_CHECKING:
    from tfclf.imbalance.screening import Screened


def augment(
    train: Annotated[str, Argument(help="Training rows.")],
    candidates: Annotated[
        str, Option(help="Rows that a model or a person made or labelled, with the same columns.")
    ],
    output: Annotated[str, Option(help="Review to write: .csv, .tsv or .jsonl.")],
    validation: Annotated[str | None, Option(help="Validation rows to keep away from.")] = None,
    test: Annotated[str | None, Option(help="Test rows to keep away from.")] = None,
    task: Annotated[str, Option(help="single-label or multi-label.")] = "single-label",
    text: Annotated[str, Option(help="Column of the text.")] = "text",
    label: Annotated[str | None, Option(help="Column of the label.")] = None,
    separator: Annotated[str, Option(help="Between labels of a list in .csv and .tsv.")] = "|",
    quotes: Annotated[bool, Option(help='Fields of .csv and .tsv may be in "quotes".')] = True,
    similarity: Annotated[float, Option(help="From which on two texts are close, 0 to 1.")] = 0.9,
    provenance: Annotated[
        str | None, Option(help="Column that says who made a row; source by default.")
    ] = None,
    accept_all: Annotated[
        bool, Option("--accept-all", help="Accept every row that is left, unread.")
    ] = False,
) -> None:
    """Screen rows made by somebody else's language model, for a person to review.

    tfclf augment tickets.csv --candidates made.jsonl --output review.csv --validation held.csv
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.data import Columns
    from tfclf.runs.augmentation import Augmentation
    from tfclf.runs.augmentation import augment as run

    screened = run(
        Augmentation(
            train=train,
            candidates=candidates,
            output=output,
            validation=validation,
            test=test,
            task=task,
            columns=Columns(text, label, quotes, separator=separator),
            similarity=similarity,
            provenance=provenance,
            accept_all=accept_all,
        )
    )
    _show(screened, candidates, train, output, accept_all)


def _show(screened: Screened, candidates: str, train: str, output: str, accepted: bool) -> None:
    """Prints what became of the candidates, and what to do next."""
    import shlex

    from rich.table import Table
    from rich.text import Text

    from tfclf.imbalance.screening import REASONS

    table = Table(title=Text(printable(candidates)), title_justify="left", title_style="bold")
    table.add_column("candidates")
    table.add_column("rows", justify="right")
    table.add_row("read", f"{len(screened.reasons):,}")
    table.add_section()
    for reason, count in screened.counts.items():
        table.add_row(f"left out: {REASONS[reason]}", f"{count:,}")
    table.add_section()
    table.add_row("left to review", f"{len(screened.kept):,}", style="bold")
    shown = console()
    shown.print(table)
    first = "Read" if accepted else "Write yes or no in the column accept of"
    command = f"tfclf train {shlex.quote(train)} --augmented {shlex.quote(output)} --output run"
    shown.print(
        f"{first} {output}, then train: {command}", highlight=False, markup=False, soft_wrap=True
    )
