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
        return _number(text, kind)
    except ValueError:
        raise ArgumentError(f"{name} is {text!r}, expected a number or auto") from None


def name_or_numbers(name: str, text: str) -> str | tuple[float, ...]:
    """Reads a name, or numbers with commas between them.

    Example:
    >>> name_or_numbers("class weights", "inverse"), name_or_numbers("class weights", "0.5,2")
    ('inverse', (0.5, 2.0))
    """
    if "," not in text:
        return text
    try:
        return tuple(_number(number, float) for number in text.split(","))
    except ValueError:
        raise ArgumentError(
            f"{name} are {text!r}, expected a name, or numbers with commas between them"
        ) from None


def shares(text: str | None) -> tuple[tuple[str, float], ...] | None:
    """Reads ``LABEL=SHARE,...``.

    Example:
    >>> shares("ham=0.9,spam=0.1"), shares(None)
    ((('ham', 0.9), ('spam', 0.1)), None)
    """
    if text is None:
        return None
    pairs = [part.rpartition("=") for part in text.split(",")]
    try:
        found = tuple((label.strip(), _number(share, float)) for label, _, share in pairs)
    except ValueError:
        raise ArgumentError(
            f"expected LABEL=SHARE,LABEL=SHARE, got {text!r}", where="deployment prior"
        ) from None
    labels = [label for label, _ in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ArgumentError(
                f"{label!r} has two shares",
                where="deployment prior",
                remedy="Leave one of them out.",
            )
    return found


def _number(text: str, kind: Callable[[str], Number]) -> Number:
    """Reads a number as it is usually written: Python takes 1_0 and digits of any script."""
    if "_" in text or not text.isascii():
        raise ValueError
    return kind(text)


def replacements(pairs: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Reads ``OLD=NEW``.

    Example:
    >>> replacements(["EUR=euro", "&amp;=&"])
    (('EUR', 'euro'), ('&amp;', '&'))
    """
    for pair in pairs or ():
        if "=" not in pair:
            raise ArgumentError(f"replace: expected OLD=NEW, got {pair!r}")
    return tuple((old, new) for old, _, new in (pair.partition("=") for pair in pairs or ()))


def whole_or_text(text: str | None) -> int | str | None:
    """Reads a whole number where there is one.

    Example:
    >>> whole_or_text("3"), whole_or_text("encoder"), whole_or_text(None)
    (3, 'encoder', None)
    """
    return int(text) if text is not None and text.isascii() and text.isdecimal() else text
