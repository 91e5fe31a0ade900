"""JSON lines -> records: one object a line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tfclf.data.columns import Layout, Record, check_columns
from tfclf.errors import DataError

ONE_OBJECT = 'Write one JSON object a line: {"text": "...", "label": "..."}.'


def objects(lines: Iterable[str], wanted: Layout, where: str) -> Iterator[Record]:
    """Reads one JSON object a line; empty lines are passed over.

    Args:
        lines: The lines.
        wanted: Which columns to read; they are keys of the objects.
        where: Name of the file, for messages.

    Raises:
        DataError: A line is no JSON object, or a key that is read is missing or stands twice.
    """
    twice: list[str] = []

    def as_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        # The outermost object is the last one that this is called with.
        twice[:] = [] if len(found) == len(pairs) else _repeated([name for name, _ in pairs])
        return found

    decoder = json.JSONDecoder(object_pairs_hook=as_dict)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{where}, line {number}"
        try:
            row = decoder.decode(line)
        except (ValueError, RecursionError) as error:
            what = f"no valid JSON ({_reason(error)})"
            raise DataError(what, where=place, remedy=ONE_OBJECT) from None
        if not isinstance(row, dict):
            what = f"expected a JSON object, got {type(row).__name__}"
            raise DataError(what, where=place, remedy=ONE_OBJECT)
        check_columns(list(row), wanted, place)
        for name in wanted.needed:
            if name in twice:
                raise DataError(
                    f"the key {name!r} stands twice in the object",
                    where=place,
                    remedy="Keep one of them: which is meant cannot be told.",
                )
        yield Record(number, tuple(row.get(name) for name in wanted.needed))


def _repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _reason(error: Exception) -> str:
    """Says why a line is no JSON, in the words of the format."""
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return str(error) if isinstance(error, json.JSONDecodeError) else "a number has no end"
