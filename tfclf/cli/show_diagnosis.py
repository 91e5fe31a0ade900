"""Findings on the terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tfclf.terminal import console, printable

if TYPE_CHECKING:
    from rich.console import Console

    from tfclf.diagnosis import Finding
    from tfclf.diagnosis.diagnosis import Diagnosis

STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
WIDEST = 100  # characters of a line
INDENT = "  "
ROWS_SHOWN = 8  # of a finding
SLOW = 3.0  # seconds after which a step is told


def show_diagnosis(diagnosis: Diagnosis) -> None:
    """Prints the findings, worst first, and what was looked at.

    A remedy is one line, however long, so that code in it can be copied.
    """
    shown = console(highlight=False, soft_wrap=True)
    for finding in diagnosis:
        _show_finding(shown, finding)
    line = f"{diagnosis.summary}; looked at {looked_at_in_words(diagnosis.looked_at)}"
    shown.print(_wrapped(line, ""), markup=False)
    skipped = diagnosis.looked_at.get("no_time_for")
    if skipped:
        said = f"There was no time to look for {', '.join(skipped)}."
        shown.print(_wrapped(said, ""), markup=False)


def _show_finding(shown: Console, finding: Finding) -> None:
    heading = Text(f"{finding.severity}: ", style=STYLES[finding.severity])
    shown.print(heading + Text(finding.name, style="bold"))
    shown.print(_wrapped(_sentence(finding.evidence)), markup=False)
    shown.print(_wrapped(_sentence(finding.effect)), markup=False)
    shown.print(Text(f"{INDENT}-> ", style="bold green") + Text(finding.remedy))
    if finding.rows:
        rows = ", ".join(map(str, finding.rows[:ROWS_SHOWN]))
        more = len(finding.rows) - ROWS_SHOWN
        more_said = f" and {more} more" if more > 0 else ""
        shown.print(_wrapped(f"Concerned: {rows}{more_said}."), style="dim", markup=False)
    shown.print()


def _wrapped(text: str, indent: str = INDENT) -> str:
    """Returns a text in lines that fit the terminal."""
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    return textwrap.fill(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _sentence(text: str) -> str:
    """Begins with a capital and ends in a full stop.

    Example:
    >>> _sentence("each batch is of one label")
    'Each batch is of one label.'
    """
    text = text.strip()
    if text.split(" ")[0].isalpha() and not text.startswith("tfclf"):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def looked_at_in_words(looked_at: dict[str, Any]) -> str:
    """Says what was looked at, in one line.

    Example:
    >>> looked_at_in_words({"task": "token", "rows": {"training": 1200}, "seconds": 2.31})
    '1,200 training rows as token, in 2 s'
    """
    parts = []
    if "run" in looked_at:
        parts.append(f"the run {looked_at['run']}")
    sampled = looked_at.get("sample", {})
    for split, count in looked_at.get("rows", {}).items():
        some = sampled.get(split, count)
        parts.append(f"{count:,} {split} rows")
        if some < count:
            parts[-1] += f" ({some:,} of them tokenized)"
    model = looked_at.get("model")
    if isinstance(model, dict):
        parts.append(f"{model['name']} of {model['parameters'] / 1e6:.1f} M parameters")
    answers = looked_at.get("answers")
    if answers is not None:
        parts.append(f"its answers to {answers['rows']:,} {answers['split']} rows")
    what = ", ".join(parts) or "what was given"
    task = looked_at.get("task")
    seconds = looked_at.get("seconds")
    said = what + (f" as {task}" if task else "")
    return said + (f", in {max(round(seconds), 1)} s" if seconds is not None else "")


class LongSteps:
    """Says on standard error what is being done, where it takes longer than some seconds."""

    def __init__(self, seconds: float = SLOW):
        self.seconds = seconds
        self._timer: threading.Timer | None = None

    def __call__(self, what: str) -> None:
        """Begins a step."""
        self._stop()
        self._timer = threading.Timer(self.seconds, self._say, [what])
        self._timer.daemon = True
        self._timer.start()

    def _say(self, what: str) -> None:
        print(printable(f"... {what}"), file=sys.stderr, flush=True)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def __enter__(self) -> LongSteps:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
