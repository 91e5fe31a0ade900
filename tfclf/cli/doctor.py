"""``tfclf doctor``."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Exit, Option, echo

from tfclf.terminal import json_text

COULD_NOT_LOOK = 2  # status, where the rows or the run cannot be read
SICK = 1  # status, where a finding is an error


def doctor(
    file: Annotated[
        str,
        Argument(
            metavar="FILE|RUN",
            help="Rows with labels (- is stdin: JSON lines, else name the --format), or a run.",
        ),
    ],
    model: Annotated[
        str | None, Option(help="Folder or hub id: look at rows, tokenizer, weights and recipe.")
    ] = None,
    validation: Annotated[str | None, Option(help="Validation rows.")] = None,
    task: Annotated[
        str | None,
        Option(help="single-label, multi-label, regression or token; else as the columns say."),
    ] = None,
    text: Annotated[str, Option(help="Column of the text.")] = "text",
    text_pair: Annotated[str | None, Option(help="Column of the second text of pairs.")] = None,
    tokens: Annotated[str | None, Option(help="Column of the words.")] = None,
    label: Annotated[str | None, Option(help="Column of the label.")] = None,
    separator: Annotated[str, Option(help="Between labels of a list in .csv and .tsv.")] = "|",
    quotes: Annotated[bool, Option(help='Fields of .csv and .tsv may be in "quotes".')] = True,
    format: Annotated[
        str | None, Option(help="Format of stdin: csv, tsv, jsonl or parquet.")
    ] = None,
    max_length: Annotated[int, Option(help="Longest text (tokens).")] = 128,
    learning_rate: Annotated[str, Option(help="Highest rate, or auto.")] = "auto",
    epochs: Annotated[str, Option(help="Number or auto.")] = "auto",
    batch_size: Annotated[int, Option(help="Rows in a batch.")] = 32,
    as_json: Annotated[bool, Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look for what would make a training predict one label, or what did.

    Status 0: no error found; 1: a finding is an error; 2: it could not look.

    tfclf doctor tickets.csv --model bert-base-uncased

    tfclf doctor run
    """
    import os

    from tfclf.cli.console import fail, load_tensorflow
    from tfclf.errors import TfclfError

    given = dict(locals())
    try:
        load_tensorflow()
        with _progress() as progress:
            if os.path.isdir(file):
                _check_for_run(given)
                from tfclf.runs.doctor_run import look_at_run

                diagnosis: Any = look_at_run(file, validation=validation, progress=progress)
            else:
                diagnosis = _look_at_file(given, progress)
    except TfclfError as error:
        if as_json:
            echo(json_text({"error": str(error)}))
            raise Exit(COULD_NOT_LOOK) from None
        fail(str(error), COULD_NOT_LOOK)
    if as_json:
        echo(json_text(diagnosis.to_dict(), indent=2, default=_plain))
    else:
        from tfclf.cli.show_diagnosis import show_diagnosis

        show_diagnosis(diagnosis)
    raise Exit(0 if diagnosis.healthy else SICK)


def _check_for_run(given: dict[str, Any]) -> None:
    """Raises where an option says how a file is read, and a run is given, which knows that."""
    from inspect import signature

    from tfclf.errors import ArgumentError

    usual = {name: each.default for name, each in signature(doctor).parameters.items()}
    for name in usual.keys() - {"file", "validation", "as_json"}:
        if given[name] != usual[name]:
            raise ArgumentError(
                f"--{name.replace('_', '-')} is for a file, and {given['file']} is a folder",
                remedy="Leave it out: a run knows how its rows are read.",
            )


def _look_at_file(given: dict[str, Any], progress: Any) -> Any:
    """Looks at rows, with the options as they were given."""
    from tfclf.cli.values import number_or_auto
    from tfclf.data import Columns
    from tfclf.runs.doctor import FileOfRows, look_at_file
    from tfclf.training import Recipe

    columns = {
        name: given[name]
        for name in ("text", "label", "quotes", "text_pair", "tokens", "separator")
    }
    asked = FileOfRows(
        train=given["file"],
        validation=given["validation"],
        model=given["model"],
        task=given["task"],
        columns=Columns(**columns),
        standard_input_format=_format(given),
        recipe=Recipe(
            epochs=number_or_auto("epochs", given["epochs"], int),
            learning_rate=number_or_auto("learning rate", given["learning_rate"], float),
            batch_size=given["batch_size"],
            max_length=given["max_length"],
        ),
    )
    return look_at_file(asked, progress=progress)


def _format(given: dict[str, Any]) -> str | None:
    """Returns the suffix that names the format of standard input."""
    from tfclf.errors import ArgumentError

    if given["format"] and given["file"] != "-":
        raise ArgumentError(
            f"--format {given['format']} is for standard input",
            remedy="Leave it out: a file says its format by its name.",
        )
    return f".{given['format']}" if given["format"] else None


def _plain(value: Any) -> Any:
    """Returns a NumPy number as JSON has it."""
    return value.item() if hasattr(value, "item") else str(value)


def _progress() -> Any:
    from tfclf.cli.show_diagnosis import LongSteps

    return LongSteps()
