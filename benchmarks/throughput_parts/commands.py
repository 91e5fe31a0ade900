"""Starting, compiling and ending: how long our command takes around its steps."""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from throughput_parts.found import Found, column, of_side, sides_of, spread, table
from throughput_parts.process import Measured
from throughput_parts.setting import (
    BFLOAT16,
    DATA,
    LIKE_PEERS,
    OURS,
    RATE,
    RECIPE,
    TRAINER,
    Cell,
    Setting,
    printed,
)

MOST_START, MOST_COMPILING, MOST_WAIT = 15, 0.15, 0.1  # seconds, share of fit, seconds
WHOLE = 100_000  # rows: all there are
WHOLE_EPOCHS = 3
ENDS_ROWS, ENDS_TOKENS = 1_000, 32


def start_cells(setting: Setting, turn: int) -> list[Cell]:
    """Returns processes that end where their first training step does."""
    rows = setting.first(setting.rows)
    peer = setting.peer(TRAINER, rows, "--first-step", *RECIPE)
    made = [Cell("start", "Trainer", peer, printed)]
    for side, own in (("ours", LIKE_PEERS), ("ours, all defaults", ())):
        run = setting.run("start", side, turn)
        command = setting.watched(rows, run, *RECIPE, *own, first_step=True)
        made.append(Cell("start", side, command, printed))
    return made


def start_lines(found: list[Found]) -> list[str]:
    """Returns the section on the first step."""
    shown = [[side, column(of_side(found, side), "first_step", 1)] for side in sides_of(found)]
    return [
        "## From the start of the process to the end of the first step",
        "",
        f"{found[0]['rows']:,} rows; goal: ours under {MOST_START} s. Where several steps run in "
        "one go, the end of the first go. All defaults: with a linear probe that the head starts "
        "at.",
        "",
        *table(["side", "seconds"], shown),
    ]


def compile_cells(setting: Setting, turn: int) -> list[Cell]:
    """Returns trainings on all rows."""
    count = WHOLE if setting.rows >= 1_000 else setting.rows
    rows = setting.first(count)
    arguments = ("--epochs", WHOLE_EPOCHS, *RATE, "--max-length", 128, *LIKE_PEERS)
    made = []
    for side, own in (("ours", ()), ("ours, bfloat16", BFLOAT16)):
        run = setting.run("compile", side, turn)
        command = setting.watched(rows, run, *arguments, *own)
        made.append(Cell("compile", side, command, lambda done, run=run: _compiling(done, run)))
    return made


def _compiling(done: Measured, run: Path) -> dict[str, Any]:
    training = json.loads((run / "metrics.json").read_text())["training"]
    first, *others = done.figures["calls"][0]["epochs"]
    kept = ("examples", "epochs", "seconds", "compile_seconds")
    return {key: training[key] for key in kept} | {
        "compile_share": training["compile_seconds"] / training["seconds"],
        "first_epoch_share": (first - statistics.mean(others)) / training["seconds"],
    }


def compile_lines(found: list[Found]) -> list[str]:
    """Returns the section on compiling."""
    shown = []
    for side in sides_of(found):
        own = of_side(found, side)
        seconds = (column(own, name, 1) for name in ("seconds", "compile_seconds"))
        shares = (column(own, f"{name}_share", 1, 100) for name in ("compile", "first_epoch"))
        shown.append([side, *seconds, *shares])
    head = ["side", "fit (s)", "compiling (s)", "share (%)", "first epoch beyond the others (%)"]
    return [
        f"## Compiling: {found[0]['epochs']} epochs of {found[0]['examples']:,} rows of {DATA}",
        "",
        f"Goal: at most {MOST_COMPILING:.0%} of `fit`. The last column is another look at the "
        "same: all is compiled in the first epoch, and the others read as many tokens.",
        "",
        *table(head, shown),
    ]


def ends_cells(setting: Setting, turn: int) -> list[Cell]:
    """Returns calls whose ends are looked at."""
    rows = setting.first(min(ENDS_ROWS, setting.rows))
    run = setting.run("ends", turn)
    command = setting.watched(rows, run, *RECIPE[:-1], ENDS_TOKENS)
    made = [Cell("ends", "tfclf train", command, _read_ends)]
    for side, feed in (("our batches", "batches"), ("NumPy arrays", "arrays")):
        command = [sys.executable, OURS, "ends", rows, "--model", setting.options.model]
        command += ["--length", ENDS_TOKENS, "--feed", feed]
        made.append(Cell("ends", side, command, printed))
    return made


def _read_ends(done: Measured) -> dict[str, Any]:
    call = next(call for call in reversed(done.figures["calls"]) if call["kind"] == "fit")
    return {"ends": {"fit": {"seconds": call["returned"], "waited": call["waited"]}}}


def ends_lines(found: list[Found]) -> list[str]:
    """Returns the section on waits."""
    shown = []
    for side in sides_of(found):
        own = of_side(found, side)
        for call in next(iter(own.values()))["ends"]:
            both = ([c["ends"][call][name] for c in own.values()] for name in ("seconds", "waited"))
            seconds, waited = both
            shown.append([side, call, spread(seconds, 1), spread(waited, 3)])
    return [
        "## From the last step to the return of a call",
        "",
        f"Goal: ours at most {MOST_WAIT} s. {ENDS_TOKENS} tokens; `tfclf train` validates in "
        "`fit`; NumPy arrays: Keras's defaults, whose pipeline has tf.data's autotune thread.",
        "",
        *table(["side", "call", "seconds of the call", "seconds after its last step"], shown),
    ]
