"""A value of the label column -> the name of a label."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from tfclf.errors import DataError

LIST_IN_QUOTES = re.compile(r"\s*\['.*'\]\s*$", re.DOTALL)  # str(["a", "b"]) in Python


class LabelReader:
    """Reads label values and numbers the names in order of first occurrence.

    Strings are stripped of surrounding space; whole numbers and truth values become their text.

    Args:
        declared: Names by id where the source declares them (``datasets.ClassLabel``).
        textual: Whether the source has text only, so that ``nan`` stands for a missing label.

    Example:
    >>> reader = LabelReader()
    >>> [reader.code(value) for value in ("spam", " ham", "spam")]
    [0, 1, 0]
    >>> list(reader.codes)
    ['spam', 'ham']
    """

    def __init__(self, declared: tuple[str, ...] | None = None, *, textual: bool = False):
        self.declared = declared
        self.textual = textual
        self.codes: dict[str, int] = {}

    def code(self, value: Any) -> int:
        """Returns the code of a label.

        Raises:
            DataError: The label is missing, or is none of a single-label task.
        """
        if type(value) is not str or value not in self.codes:
            value = self.name(value)
        return self.codes.setdefault(value, len(self.codes))

    def name(self, value: Any) -> str:
        """Returns the name of a label."""
        if isinstance(value, np.generic):
            value = value.item()
        if is_missing(value) or is_blank(value, self.textual):
            raise DataError(
                f"the label is missing (got {value!r})",
                remedy="Fill it in or delete the row.",
            )
        if isinstance(value, str):
            return without_surrogates(value.strip())
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, (bool, int)):
            raise DataError(f"expected one label, got {_kind(value)}", remedy=_REMEDY)
        if self.declared is None:
            return str(value)
        if value == -1:
            raise DataError("the label is missing (-1)", remedy="Delete the row.")
        if not 0 <= value < len(self.declared):
            raise DataError(
                f"label id {value} is not among the {len(self.declared)} declared ones",
                remedy="Correct it or delete the row.",
            )
        return self.declared[int(value)]


_REMEDY = (
    "A label is a string, whole number or truth value. Lists of labels are another task, "
    "--task multi-label, and so are fractions: --task regression."
)


def without_surrogates(text: str) -> str:
    """Replaces lone surrogates, which are no characters: JSON can spell them, UTF-8 cannot.

    Example:
    >>> without_surrogates("half a character: " + chr(0xD800))
    'half a character: ?'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def is_missing(value: Any) -> bool:
    """Recognises None, NaN, pandas.NA and NaT, without importing pandas."""
    if isinstance(value, (float, np.floating)):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def is_blank(value: Any, textual: bool) -> bool:
    """Recognises a text without a label, and ``nan`` where a file has texts only."""
    text = value.strip().lower() if isinstance(value, str) else None
    return text == "" or (textual and text == "nan")


def _kind(value: Any) -> str:
    if isinstance(value, float):
        return f"the fraction {value!r}"
    return f"a {type(value).__name__}: {value!r:.60}"


def json_list(text: str) -> list[Any] | None:
    """Returns the list that a text spells in JSON, or None."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def check_no_python_list(text: str) -> None:
    """Raises where a text is a list as Python prints it, or a JSON list that is damaged.

    Example:
    >>> check_no_python_list("[ so ] it"), check_no_python_list("[music]")
    (None, None)
    """
    if LIST_IN_QUOTES.match(text) or (text.lstrip().startswith('["') and json_list(text) is None):
        raise DataError(
            f"expected a JSON list, got {text!r:.60}",
            remedy="Write it by json.dumps(values): Python's own form is not JSON.",
        )


def spelt_words(text: str) -> list[str]:
    """Returns the words of a text: those of a JSON list of strings, else what blanks separate.

    Example:
    >>> spelt_words("[ so ] it"), spelt_words('["New York", "is"]')
    (['[', 'so', ']', 'it'], ['New York', 'is'])
    """
    words = json_list(text)
    if words is None or not all(isinstance(word, str) for word in words):
        return text.split()
    return words
