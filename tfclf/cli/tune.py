"""``tfclf tune``."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Option, echo

from tfclf.cli.answers import AsJson, Quiet
from tfclf.cli.same_options import filled_up, with_options_of_train
from tfclf.terminal import json_text

STUDY = "The study"
NOT_TAKEN = ("test", "log_to", "restart", "augmented")


@with_options_of_train(without=NOT_TAKEN)
def tune(
    output: Annotated[str, Option(help="Folder of the study, made or gone on with.")],
    trials: Annotated[
        int, Option(help="Trainings, the recipe as it is counted.", rich_help_panel=STUDY)
    ] = 20,
    folds: Annotated[
        int | None,
        Option(help="Cross-validate each trial over so many folds.", rich_help_panel=STUDY),
    ] = None,
    confirmations: Annotated[
        int,
        Option(help="Other draws that best and first are compared on.", rich_help_panel=STUDY),
    ] = 2,
    search: Annotated[
        list[str] | None,
        Option(
            help="NAME=LOW..HIGH or NAME=VALUE,VALUE; once for each setting.",
            rich_help_panel=STUDY,
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    **given: Any,
) -> None:
    """Search for a better recipe, and say whether there is one.

    What you set stays; the rest is searched. Interrupted, the same command goes on.

    tfclf tune tickets.csv --output study --trials 12

    tfclf tune tickets.csv --output study --epochs 3 --search learning-rate=1e-5..3e-4

    tfclf train tickets.csv --output run --recipe study
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.cli.show_tuning import show_tuned
    from tfclf.cli.train import interruptible
    from tfclf.cli.train_job import asked_for, fields_of, job_of
    from tfclf.training import ProgressDisplay
    from tfclf.tuning import read_dimension, tune

    asked = asked_for(given["context"])
    job = job_of(filled_up(given) | {"output": output}, asked)
    with interruptible():
        tuned = tune(
            job,
            trials=trials,
            folds=folds,
            confirmations=confirmations,
            search=dict(read_dimension(one) for one in search or ()),
            fixed=fields_of(asked),
            display=None if quiet else ProgressDisplay(),
        )
    if as_json:
        echo(json_text(tuned.to_dict(), indent=2))
    elif not quiet:
        show_tuned(tuned, given["train"])
