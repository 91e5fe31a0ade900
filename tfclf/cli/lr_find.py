"""``tfclf lr-find``."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Option, echo

from tfclf.cli.answers import AsJson, Quiet
from tfclf.cli.same_options import filled_up, with_options_of_train
from tfclf.terminal import json_text

TEST = "The test"
NOT_TAKEN = (
    "test", "log_to", "restart", "augmented", "learning_rate", "warmup", "decay", "save_every",
    "devices", "mixup", "patience", "thaw_epoch", "decisions", "on_collapse", "deployment_prior",
)  # fmt: skip


@with_options_of_train(without=NOT_TAKEN)
def lr_find(
    output: Annotated[str, Option(help="Picture to draw, a .png file.")] = "",
    lowest: Annotated[float, Option(help="Rate of the first step.", rich_help_panel=TEST)] = 1e-6,
    highest: Annotated[float, Option(help="Rate of the last step.", rich_help_panel=TEST)] = 1e-1,
    steps: Annotated[int, Option(help="Number of steps.", rich_help_panel=TEST)] = 100,
    as_json: AsJson = False,
    quiet: Quiet = False,
    **given: Any,
) -> None:
    """Try growing learning rates on the first steps of a training (a learning-rate range test).

    tfclf lr-find tickets.csv --output rates.png

    tfclf train tickets.csv --output run --learning-rate 2e-4
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.cli.show_tuning import show_rates
    from tfclf.cli.train_job import asked_for, job_of
    from tfclf.training import ProgressDisplay
    from tfclf.tuning import find_rate

    found = find_rate(
        job_of(filled_up(given) | {"output": output}, asked_for(given["context"])),
        lowest=lowest,
        highest=highest,
        steps=steps,
        display=None if quiet else ProgressDisplay(),
    )
    if as_json:
        echo(json_text(found.to_dict(), indent=2))
    else:
        show_rates(found, output)
