"""``tfclf predict``."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from tfclf.cli.answers import Quiet


def predict(
    run: Annotated[str, Argument(help="Run directory.")],
    file: Annotated[str, Argument(help="Rows; - is stdin: JSON lines, or one text a line.")],
    output: Annotated[str, Option(help="JSON lines, in the order of the rows; - is stdout.")] = "-",
    text: Annotated[str, Option(help="Column of the text.")] = "text",
    text_pair: Annotated[str | None, Option(help="Column of the second text of pairs.")] = None,
    tokens: Annotated[str | None, Option(help="Column of the words.")] = None,
    quotes: Annotated[bool, Option(help='Fields of .csv and .tsv may be in "quotes".')] = True,
    format: Annotated[
        str | None, Option(help="Format of stdin: csv, tsv, jsonl, parquet or txt.")
    ] = None,
    scores: Annotated[bool, Option("--scores", help="Give the score of every label.")] = False,
    restart: Annotated[bool, Option("--restart", help="Begin an unfinished output again.")] = False,
    quiet: Quiet = False,
) -> None:
    """Predict each row of a file, however large.

    tfclf predict run rows.jsonl --output predicted.jsonl

    echo 'Where is my order?' | tfclf predict run -

    An --output that was interrupted goes on where it was when the command is given again.
    """
    import sys

    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.data import Columns
    from tfclf.runs.bulk.predict_file import predict_file
    from tfclf.runs.bulk.progress import PredictionDisplay

    lines_are_seen = output == "-" and sys.stdout.isatty()
    shows_progress = not (quiet or lines_are_seen)
    predict_file(
        run,
        file,
        output,
        columns=Columns(text=text, label=None, quotes=quotes, text_pair=text_pair, tokens=tokens),
        all_scores=scores,
        standard_input_format=f".{format}" if format else None,
        restart=restart,
        display=PredictionDisplay() if shows_progress else None,
    )
