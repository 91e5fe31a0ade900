"""``tfclf evaluate``."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option, echo

from tfclf.cli.answers import AsJson, Quiet
from tfclf.terminal import json_text


def evaluate(
    run: Annotated[str, Argument(help="Run directory.")],
    file: Annotated[str, Argument(help="Rows with labels.")],
    text: Annotated[str, Option(help="Column of the text.")] = "text",
    text_pair: Annotated[str | None, Option(help="Column of the second text of pairs.")] = None,
    tokens: Annotated[str | None, Option(help="Column of the words.")] = None,
    label: Annotated[str | None, Option(help="Column of the label.")] = None,
    separator: Annotated[str, Option(help="Between labels of a list in .csv and .tsv.")] = "|",
    quotes: Annotated[bool, Option(help='Fields of .csv and .tsv may be in "quotes".')] = True,
    report: Annotated[str | None, Option(help="Report to write, an .html file.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Judge a run on a file.

    tfclf evaluate run test.csv --json

    tfclf evaluate run test.csv --report report.html
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.cli.show import show_scores
    from tfclf.data import Columns
    from tfclf.runs import load
    from tfclf.runs.report import report_on

    classifier = load(run)
    columns = Columns(text, label, quotes, text_pair, tokens, separator)
    rows = classifier.read(file, columns=columns)
    scores = (
        classifier.evaluate(rows) if report is None else report_on(run, classifier, rows, report)
    )
    if as_json:
        echo(json_text(scores, indent=2))
    else:
        show_scores(scores, file)
