"""Cells that were measured -> medians with their spread, and ratios within a turn."""

import statistics
from collections.abc import Callable
from typing import Any

Found = dict[str, Any]  # a cell as it stands in the results


def of_side(cells: list[Found], side: str, **about: Any) -> dict[int, Found]:
    """Returns the cells of a side by their turns."""
    wanted = {"side": side} | about
    return {
        cell["turn"]: cell
        for cell in cells
        if all(cell.get(name) == value for name, value in wanted.items())
    }


def ratios(
    above: dict[int, Found], below: dict[int, Found], figure: Callable[[Found], float]
) -> list[float]:
    """Returns the ratios of a figure in the turns that both sides have.

    Example:
    >>> ratios({0: {"x": 3}, 1: {"x": 5}}, {0: {"x": 2}}, lambda cell: cell["x"])
    [1.5]
    """
    return [figure(above[turn]) / figure(below[turn]) for turn in above if turn in below]


def spread(values: list[float], digits: int) -> str:
    """Returns median, least and greatest; nothing of no values.

    Example:
    >>> spread([2.0, 1.0, 9.0], 1)
    '2.0 (1.0-9.0)'
    """
    if not values:
        return ""
    middle, least, greatest = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({least:,.{digits}f}-{greatest:,.{digits}f})"


def column(cells: dict[int, Found], name: str, digits: int, scale: float = 1.0) -> str:
    """Returns the spread of a figure; nothing where it was not measured."""
    values = [cell[name] * scale for cell in cells.values() if cell.get(name) is not None]
    return spread(values, digits)


def sides_of(cells: list[Found]) -> list[str]:
    """Returns the sides in the order in which they were first run."""
    return list(dict.fromkeys(cell["side"] for cell in cells))


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Returns the lines of a table."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
