"""The options that say what of an answer is shown, the same for every verb."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from tfclf.cli.console import say_only_warnings


def _hush(asked: bool) -> bool:
    """Is called as the options are read, before the verb says anything."""
    if asked:
        say_only_warnings()
    return asked


Quiet = Annotated[
    bool,
    Option("--quiet", "-q", callback=_hush, help="Only the answer, warnings and errors."),
]
AsJson = Annotated[bool, Option("--json", help="Print the figures as JSON.")]
