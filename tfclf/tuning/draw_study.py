"""Trials -> a picture: how the figures went, and which settings mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfclf.evaluation.pictures import new_figure, save_figure
from tfclf.tuning.dimensions import BY_FACTORS

if TYPE_CHECKING:
    from tfclf.tuning.tuned import Trial

COLOURS = ("tab:blue", "tab:gray")
SHOWN = 3  # settings that are drawn by themselves


def draw_study(trials: Sequence[Trial], importances: Mapping[str, float], path: Path) -> None:
    """Draws the figure of each trial, what each setting explains, and the three that matter most.

    Args:
        trials: The trials in their order; the first has the recipe as it was given.
        importances: Share of the variance by setting, greatest first.
        path: PNG file to write.
    """
    done = [trial for trial in trials if trial.score is not None]
    shown = list(importances)[:SHOWN]
    figure = new_figure(figsize=(10, 7 if shown else 3.6), layout="constrained")
    grid = figure.add_gridspec(2 if shown else 1, 6)
    half = slice(0, 3) if importances else slice(0, 6)
    _draw_trials(figure.add_subplot(grid[0, half]), trials, done)
    if importances:
        _draw_importances(figure.add_subplot(grid[0, 3:]), importances)
    for place, name in enumerate(shown):
        axes = figure.add_subplot(grid[1, 2 * place : 2 * place + 2])
        _draw_setting(axes, name, done)
    save_figure(figure, path)


def _draw_trials(axes: Any, trials: Sequence[Trial], done: Sequence[Trial]) -> None:
    numbers = [trial.number for trial in done]
    scores = [trial.score for trial in done]
    axes.plot(numbers, scores, "o", color=COLOURS[0], label="trial")
    axes.step(numbers, np.maximum.accumulate(scores), where="post", label="best so far")
    if trials[0].score is not None:
        axes.axhline(trials[0].score, linestyle="--", color="black", label="as it was given")
    early = [trial.number for trial in trials if trial.score is None]
    if early:
        low = axes.get_ylim()[0]
        axes.plot(early, [low] * len(early), "x", color=COLOURS[1], label="ended early")
    axes.set_xlabel("trial")
    axes.set_ylabel("validation figure")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


def _draw_importances(axes: Any, importances: Mapping[str, float]) -> None:
    names = [name.replace("_", " ") for name in reversed(importances)]
    bars = axes.barh(names, list(reversed(importances.values())), color=COLOURS[0])
    axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    axes.set_xlim(0, 1.1 * max(importances.values()))
    axes.set_xlabel("share of the variance that it explains")


def _draw_setting(axes: Any, name: str, done: Sequence[Trial]) -> None:
    """Draws the figures over the values of a setting; names stand in the order they came in."""
    values = [trial.settings[name] for trial in done]
    scores = [trial.score for trial in done]
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        axes.plot(values, scores, "o", color=COLOURS[0])
        if name in BY_FACTORS:
            axes.set_xscale("log")
    else:
        names = list(dict.fromkeys(str(value) for value in values))
        axes.plot([names.index(str(value)) for value in values], scores, "o", color=COLOURS[0])
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=8)
        axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_xlabel(name.replace("_", " "))
    axes.grid(alpha=0.3)
