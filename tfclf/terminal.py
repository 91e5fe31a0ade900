"""What may be shown on a terminal: text of rows, labels and file names, without its commands.

A terminal takes control characters for orders: to colour, to clear, to name the window, to answer
as if it were typed. Every message and table of ours goes through here.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

# Control characters but line breaks and tabs; marks that turn the direction of the text around
# them; line separators; halves of characters, which a file name can have and no stream can write.
COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def printable(text: str) -> str:
    r"""Returns text with characters that command a terminal spelt out.

    Example:
    >>> print(printable("\x1b[31mred\x07"))
    \u001b[31mred\u0007
    """
    return COMMANDS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def json_text(values: Any, **options: Any) -> str:
    r"""Returns JSON that is the same where it is read, and commands nothing where it is shown.

    Args:
        values: What ``json.dumps`` takes.
        **options: More that it takes.

    Example:
    >>> print(json_text({"label": "caf\u00e9 \x9b31m"}))
    {"label": "café \u009b31m"}
    """
    return printable(json.dumps(values, ensure_ascii=False, **options))


def console(**options: Any) -> Console:
    """Returns a console of rich whose texts are ``printable``.

    It is the last guard: a table measures its cells before, so that they are better made
    ``printable`` where they are put in.

    Args:
        **options: What ``rich.console.Console`` takes.
    """
    return _console_class()(**options)


@cache
def _console_class() -> Any:
    """Makes the class of consoles; rich is imported only where something is shown."""
    from rich.console import Console
    from rich.segment import Segment

    class PrintableConsole(Console):
        """A console whose texts command nothing; the styles that rich adds remain."""

        def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                if segment.control or not COMMANDS.search(segment.text):
                    yield segment
                else:
                    yield Segment(printable(segment.text), segment.style)

    return PrintableConsole
