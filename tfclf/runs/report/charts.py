"""Series of numbers -> small pictures in SVG, whose colours are those of the page around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tfclf.runs.report.markup import Markup, element, joined

WIDTH, HEIGHT = 360, 230  # units of a picture
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 38  # its margins
STYLES = 6  # of lines, in the style sheet
TICKS = 5  # about so many
ASIDE = 3  # units between an axis and its numbers

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Series:
    """Points with a name.

    Attributes:
        name: What the legend says.
        points: ``(x, y)`` in order.
        drawn: ``"line"``, ``"dots"``, ``"bars"`` (of the width of a bin) or ``"guide"``, a thin
            dashed line.
        style: Which of the styles it has; None takes its place among the others.
    """

    name: str
    points: Points
    drawn: str = "line"
    style: int | None = None


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        label: What it measures.
        low: Its beginning.
        high: Its end.
        whole: Whether only whole numbers are written at it.
    """

    label: str
    low: float
    high: float
    whole: bool = False

    def ticks(self) -> list[float]:
        """Returns round numbers within it.

        Example:
        >>> Axis("share", 0.0, 1.0).ticks()
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        """
        step = max(_step(self.low, self.high), 1.0 if self.whole else 0.0)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(step * number, 12) for number in range(first, last + 1)]

    def place(self, value: float) -> float:
        """Returns where on it a value is, in [0, 1]."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def _step(low: float, high: float) -> float:
    """Returns the distance of round numbers of which there are about five between two ends."""
    rough = (high - low) / TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    return next(step * size for step in (1, 2, 5, 10) if step * size >= rough * 0.999)


def axis_over(label: str, values: Sequence[float]) -> Axis:
    """Returns an axis over values, from one round number to another.

    Example:
    >>> axis_over("loss", [0.33, 0.72])
    Axis(label='loss', low=0.3, high=0.8, whole=False)
    """
    known = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    step = _step(low, high)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Axis(label, round(first * step, 12), round(last * step, 12))


def chart(title: str, series: Sequence[Series], x: Axis, y: Axis) -> Markup:
    """Returns a picture with its legend, as wide as what it stands in.

    Args:
        title: What it shows, also for those who do not see it.
        series: What is drawn, the first at the bottom.
        x: Axis from left to right.
        y: Axis from bottom to top.
    """
    styles = [one.style if one.style is not None else at for at, one in enumerate(series)]
    drawn = [
        DRAWN[one.drawn](_placed(one.points, x, y), f"s{style % STYLES}")
        for one, style in zip(series, styles, strict=True)
    ]
    picture = element(
        "svg",
        _grid(x, y),
        *drawn,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=title,
    )
    keys = [
        element("li", element("span", "", class_=f"key {one.drawn} s{style % STYLES}"), one.name)
        for one, style in zip(series, styles, strict=True)
    ]
    return element(
        "figure",
        element("figcaption", title),
        picture,
        element("ul", *keys, class_="legend"),
    )


def _placed(points: Points, x: Axis, y: Axis) -> list[tuple[float, float]]:
    """Returns points in units of the picture; those that are no numbers are left out."""
    return [
        (_across(x, a), _down(y, b)) for a, b in points if math.isfinite(a) and math.isfinite(b)
    ]


def _across(axis: Axis, value: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * axis.place(value), 1)


def _down(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * axis.place(value), 1)


def _grid(x: Axis, y: Axis) -> Markup:
    """Draws both axes with their numbers."""
    floor, parts = HEIGHT - BOTTOM, []
    for tick in x.ticks():
        at = _across(x, tick)
        parts.append(element("line", x1=at, x2=at, y1=TOP, y2=floor, class_="grid"))
        parts.append(element("text", f"{tick:g}", x=at, y=floor + 14, text_anchor="middle"))
    for tick in y.ticks():
        at = _down(y, tick)
        parts.append(element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="grid"))
        number = {"x": LEFT - ASIDE - 2, "y": at + ASIDE, "text_anchor": "end"}
        parts.append(element("text", f"{tick:g}", **number))
    middle, center = (LEFT + WIDTH - RIGHT) / 2, (TOP + floor) / 2
    parts.append(element("text", x.label, x=middle, y=HEIGHT - 6, text_anchor="middle"))
    turned = f"translate(11 {center:g}) rotate(-90)"
    parts.append(element("text", y.label, transform=turned, text_anchor="middle"))
    return joined(*parts)


def _line(points: list[tuple[float, float]], style: str) -> Markup:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    return element("polyline", points=path, class_=f"line {style}")


def _guide(points: list[tuple[float, float]], style: str) -> Markup:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    return element("polyline", points=path, class_="guide")


def _dots(points: list[tuple[float, float]], style: str) -> Markup:
    dots = (element("circle", cx=x, cy=y, r=2.5) for x, y in points)
    return element("g", *dots, class_=f"dots {style}")


def _bars(points: list[tuple[float, float]], style: str) -> Markup:
    """Draws bars that stand at their left ends and touch one another."""
    floor = HEIGHT - BOTTOM
    width = min((b[0] - a[0] for a, b in zip(points, points[1:], strict=False)), default=20)
    bars = (
        element("rect", x=x, y=y, width=round(width, 1), height=round(floor - y, 1))
        for x, y in points
        if y < floor
    )
    return element("g", *bars, class_=f"bars {style}")


DRAWN = {"line": _line, "guide": _guide, "dots": _dots, "bars": _bars}
