"""Whole trainings, ours and the peers': seconds, steady rate, compiling, padding, memory, F1."""

import json
import statistics
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from throughput_parts.found import Found, column, of_side, ratios, sides_of, spread, table
from throughput_parts.process import Measured
from throughput_parts.setting import (
    BFLOAT16,
    DATA,
    EPOCHS,
    KERASHUB,
    LIKE_PEERS,
    RECIPE,
    TRAINER,
    Cell,
    Setting,
)

OURS = {
    "ours": LIKE_PEERS,
    "ours, bfloat16": (*LIKE_PEERS, *BFLOAT16),
    "ours, all defaults": (),
}
GROUPED = "Trainer, grouped"
SLOW = ("Trainer, max_length", "KerasHub")  # at a sixth of the rate: on fewer rows
# Ours, a peer, and how many times its rate ours is to have, whole and steady.
RATES = (
    ("ours", "Trainer", 2.3),
    ("ours", GROUPED, 1.15),
    ("ours", "Trainer, max_length", 6.0),
    ("ours", "KerasHub", 6.0),
    ("ours, bfloat16", f"{GROUPED}, bfloat16", 1.2),
    ("ours, all defaults", "Trainer", None),
)
MOST_MEMORY = 1.3  # of the peer's


def cells(setting: Setting, turn: int) -> list[Cell]:
    """Returns a training of each side; ours and peers take turns."""
    return [
        cell
        for cell in chain(*zip_longest(_ours(setting, turn), _peers(setting, turn)))
        if cell is not None
    ]


def _ours(setting: Setting, turn: int) -> list[Cell]:
    made = []
    for side, arguments in OURS.items():
        run = setting.run("train", side, turn)
        arguments = ("--test", setting.test, *RECIPE, *arguments, "--seed", turn)
        command = setting.ours(setting.first(setting.rows), run, *arguments)
        made.append(Cell("train", side, command, lambda done, run=run: read_ours(done, run)))
    return made


def _peers(setting: Setting, turn: int) -> list[Cell]:
    settings = {
        "Trainer": (TRAINER,),
        GROUPED: (TRAINER, "--group"),
        f"{GROUPED}, bfloat16": (TRAINER, "--group", *BFLOAT16),
        "Trainer, max_length": (TRAINER, "--pad", "max_length"),
    }
    if setting.kerashub:
        settings["KerasHub"] = (KERASHUB,)
    made = []
    for side, (script, *own) in settings.items():
        count = setting.slow_rows if side in SLOW else setting.rows
        rows = [setting.first(count)] + ([setting.test] if count == setting.rows else [])
        command = setting.peer(script, *rows, *own, *RECIPE, "--seed", turn)
        made.append(
            Cell("train", side, command, lambda done, n=count: read_peer(done, n, setting.rows))
        )
    return made


def read_ours(done: Measured, run: Path) -> dict[str, Any]:
    """Reads the figures of our run; its seconds have validation left out."""
    metrics = json.loads((run / "metrics.json").read_text())
    training = metrics["training"]
    examples = training["examples"] * training["epochs"]
    return {
        "process_seconds": done.seconds,
        "fit_seconds": training["seconds"],
        "compile_seconds": training["compile_seconds"],
        "examples_per_second": examples / (training["seconds"] - training["compile_seconds"]),
        "padding_share": training["padding_share"],
        "macro_f1": metrics["test"]["macro_f1"],
    }


def read_peer(done: Measured, count: int, rows: int) -> dict[str, Any]:
    """Reads the figures of a peer that trained on ``count`` rows, brought to ``rows``.

    What is not compiling grows with the rows; starting and compiling stay.
    """
    figures = done.figures
    fit, compiling = figures["seconds"], figures["compile_seconds"]
    scaled = compiling + (fit - compiling) * rows / count
    steady = fit - compiling - figures.get("waited", 0.0)
    return {
        "process_seconds": done.seconds - fit + scaled,
        "fit_seconds": scaled,
        "compile_seconds": compiling,
        "examples_per_second": count * EPOCHS / steady,
        "padding_share": figures["padding_share"],
        "macro_f1": figures.get("macro_f1"),
        "rows_run": count,
    }


def lines(found: list[Found]) -> list[str]:
    """Returns the section on trainings, with what ours is to its peers."""
    rows = found[0]["rows"]
    few = min(cell.get("rows_run", rows) for cell in found)
    head = ["side", "process (s)", "fit (s)", "compiling (s)", "steady examples/s"]
    head += ["padding", "peak memory (MiB)", "macro-F1"]
    shown = []
    for side in sides_of(found):
        own = of_side(found, side)
        fewer = any(cell.get("rows_run", rows) < rows for cell in own.values())
        padding = statistics.mean(cell["padding_share"] for cell in own.values())
        shown.append(
            [
                f"{side} *" if fewer else side,
                column(own, "process_seconds", 1),
                column(own, "fit_seconds", 1),
                column(own, "compile_seconds", 1),
                column(own, "examples_per_second", 1),
                f"{padding:.1%}",
                column(own, "peak_bytes", 0, 2**-20),
                column(own, "macro_f1", 3),
            ]
        )
    return [
        f"## Training: {DATA}, {rows:,} shuffled rows, {EPOCHS} epochs",
        "",
        f"`{' '.join(RECIPE)}`; the seed is the turn. Ours like the peers: "
        f"`{' '.join(LIKE_PEERS)}`. The process also starts Python, reads, tokenizes, judges the "
        "test rows (the peers' from short to long) and, of ours, writes the run. Steady: examples "
        "over the seconds of `fit` without compiling.",
        *[f"\\* on {few:,} rows, without test rows: its seconds of training brought to {rows:,}."]
        * (few < rows),
        "",
        *table(head, shown),
        "",
        *_ratio_lines(found),
    ]


def _ratio_lines(found: list[Found]) -> list[str]:
    figures = {
        "whole process": lambda cell: 1 / cell["process_seconds"],
        "steady": lambda cell: cell["examples_per_second"],
    }
    shown = []
    for ours, peer, goal in RATES:
        pair = of_side(found, ours), of_side(found, peer)
        if all(pair):
            found_ratios = [spread(ratios(*pair, figure), 2) for figure in figures.values()]
            memory = spread(ratios(*pair, lambda cell: cell["peak_bytes"]), 2)
            shown.append([f"{ours} to {peer}", *found_ratios, f"{goal or ''}", memory])
    head = ["rate", *figures, "goal", f"peak memory (goal: at most {MOST_MEMORY})"]
    return table(head, shown)
