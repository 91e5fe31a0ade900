"""The command ``tfclf``: one verb a file; TensorFlow is imported only when a verb runs."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer

from tfclf.cli.augment import augment
from tfclf.cli.console import fail, prepare_process
from tfclf.cli.convert import convert
from tfclf.cli.demo import demo
from tfclf.cli.doctor import doctor
from tfclf.cli.evaluate import evaluate
from tfclf.cli.export import export
from tfclf.cli.lr_find import lr_find
from tfclf.cli.predict import predict
from tfclf.cli.sample import sample
from tfclf.cli.train import train
from tfclf.cli.tune import tune
from tfclf.errors import TfclfError
from tfclf.terminal import printable

app = typer.Typer(
    name="tfclf",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="""Fine-tune BERT classifiers in Keras that do not end up predicting one label.

tfclf train tickets.csv --output run

tfclf predict run new.csv --output predictions.jsonl
""",
)
VERBS = (
    train, evaluate, predict, export, convert, doctor, tune, lr_find, augment, sample, demo,
)  # fmt: skip
for verb in VERBS:
    app.command()(verb)


def _show_version(asked: bool) -> None:
    if asked:
        from tfclf.backend import backend_asked_for
        from tfclf.versions import versions

        backend, where = backend_asked_for()
        for name, version in versions(backend).items():
            typer.echo(printable(f"{name} {version}"))
        typer.echo(printable(f"backend {backend} (by {where})"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show versions."),
    ] = False,
) -> None:
    prepare_process()


def main() -> None:
    """Runs the command line.

    Status 0, 1 for bad input, 2 for bad usage, 130 when interrupted, 143 when terminated.
    """
    try:
        app()
    except TfclfError as error:
        fail(str(error), 1)
    except BrokenPipeError:  # the reader of our output went away, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        fail("interrupted", 128 + signal.SIGINT)
    except MemoryError:
        fail("out of memory. Use a smaller --batch-size or --max-length.", 1)
