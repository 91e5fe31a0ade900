"""Options that are more than a string or a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tfclf.errors import ArgumentError

Number = TypeVar("Number", int, float)


def number_or_auto(name: str, text: str, kind: Callable[[str], Number]) -> Number | str:
    """Reads a number, or the word auto.

    Example:
    >>> number_or_auto("epochs", "3", int), number_or_auto("epochs", "auto", int)
    (3, 'auto')
    """
    if text == "auto":
        return text
    try:
        return kind(text)
    except ValueError:
        raise ArgumentError(f"{name} is {text!r}, expected a number or auto") from None


def replacements(pairs: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Reads ``OLD=NEW``.

    Example:
    >>> replacements(["EUR=euro", "&amp;=&"])
    (('EUR', 'euro'), ('&amp;', '&'))
    """
    for pair in pairs or ():
        if "=" not in pair:
            raise ArgumentError(f"expected OLD=NEW, got {pair!r}")
    return tuple((old, new) for old, _, new in (pair.partition("=") for pair in pairs or ()))


def whole_or_text(text: str | None) -> int | str | None:
    """Reads a whole number where there is one.

    Example:
    >>> whole_or_text("3"), whole_or_text("encoder"), whole_or_text(None)
    (3, 'encoder', None)
    """
    return int(text) if text is not None and text.isascii() and text.isdecimal() else text
