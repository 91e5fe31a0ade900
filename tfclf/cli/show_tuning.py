"""What a study or a range test has found, on the terminal."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from tfclf.terminal import console

if TYPE_CHECKING:
    from tfclf.tuning import FoundRate, Trial, Tuned

FIRST = 10  # trials that are shown


def show_tuned(tuned: Tuned, train: str) -> None:
    """Prints the best trials, what mattered, the verdict, and the command that follows.

    Args:
        tuned: The study.
        train: The file of training rows.
    """
    shown = console(highlight=False)
    shown.print(_table(tuned))
    if tuned.importances:
        told = (
            f"{name.replace('_', ' ')} {share:.0%}"
            for name, share in tuned.importances.items()
            if share >= 0.005
        )
        shown.print(f"What mattered: {', '.join(told)}.", markup=False)
    shown.print(f"{tuned.verdict}.", style="bold", markup=False)
    shown.print(f"Picture: {tuned.folder / 'tuning.png'}", markup=False, soft_wrap=True)
    if tuned.better:
        command = shlex.join(["tfclf", "train", train, "--output", "run"])
        recipe = shlex.join(["--recipe", str(tuned.folder)])
        shown.print(f"Train with it: {command} {recipe}", markup=False, soft_wrap=True)


def _table(tuned: Tuned) -> Table:
    """Returns the best trials, and the recipe as it was given."""
    from tfclf.tuning.dimensions import in_words

    order = sorted(tuned.trials, key=lambda one: (one.score is None, -(one.score or 0.0)))
    some = [one for one in order if one.score is not None][:FIRST]
    if tuned.baseline not in some:
        some.append(tuned.baseline)
    table = Table(
        title=f"The best of {len(tuned.trials)} trials", title_justify="left", title_style="bold"
    )
    table.add_column("trial", justify="right")
    table.add_column("figure", justify="right")
    table.add_column("settings")
    for one in some:
        first = " (as given)" if one.number == tuned.baseline.number else ""
        settings = in_words(one.settings, digits=2)
        cells = (f"{one.number}{first}", _figure(one), settings)
        table.add_row(*map(Text, cells), style="bold" if one is tuned.best else None)
    return table


def _figure(trial: Trial) -> str:
    return trial.state if trial.score is None else f"{trial.score:.4f}"


def show_rates(found: FoundRate, output: str) -> None:
    """Prints what can be read from a range test.

    Args:
        found: The test.
        output: The picture; empty where there is none.
    """
    shown = console(highlight=False)
    shown.print(
        f"{len(found.rates)} steps from {found.rates[0]:.0e} to {found.rates[-1]:.1e}. Loss "
        f"lowest at {10 * found.suggestion:.1e}, falls fastest at {found.steepest:.1e}.\n"
        f"Suggested, a tenth of the first: --learning-rate {found.suggestion:.1e} "
        f"(auto takes {found.by_width:.0e}, by the encoder's width)",
        markup=False,
    )
    if output:
        shown.print(f"Picture: {output}", markup=False, soft_wrap=True)
