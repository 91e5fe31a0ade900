"""What ``auto`` chose -> a short table in plain text."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from tfclf.imbalance import Choice

WIDEST = 120  # characters


def choice_table(choices: Sequence[Choice]) -> str:
    """Returns one line a choice: the setting, its value, the reason, and the price of an error."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    for heading in ("setting", "chosen", "because", "if that is wrong"):
        table.add_column(heading, overflow="fold")
    for choice in choices:
        words = (choice.setting, str(choice.value), choice.why, choice.risk)
        table.add_row(*(word.replace("[", r"\[") for word in words))
    text = io.StringIO()
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    # In a notebook rich would show the table itself, and leave nothing to be returned.
    console = Console(
        file=text, width=width, highlight=False, color_system=None, force_jupyter=False
    )
    console.print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines() if line.strip())
