"""``tfclf demo``."""

from __future__ import annotations

from typing import Annotated

from typer import Option, echo

from tfclf.terminal import printable


def demo(
    output: Annotated[str, Option(help="Folder to leave rows and run in.")] = "demo",
    rows: Annotated[int, Option(help="Training rows.")] = 1200,
    test_rows: Annotated[int, Option(help="Test rows.")] = 600,
    model: Annotated[
        str | None, Option(help="Folder of a checkpoint; the embedded encoder by default.")
    ] = None,
    epochs: Annotated[str, Option(help="Number or auto.")] = "auto",
) -> None:
    """Train on imbalanced sample rows, beside the recipe that collapses.

    tfclf demo
    """
    from pathlib import Path

    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.cli.show import show_demonstration, show_run
    from tfclf.cli.values import number_or_auto
    from tfclf.runs.demo import demonstrate
    from tfclf.training import ProgressDisplay

    result = demonstrate(
        Path(output),
        rows=rows,
        test_rows=test_rows,
        model=model,
        epochs=number_or_auto("epochs", epochs, int),
        display=ProgressDisplay(),
    )
    show_run(result.classifier, f"{output}/run")
    show_demonstration(result)
    echo(printable(f"The rows are {output}/train.csv and {output}/test.csv."))
