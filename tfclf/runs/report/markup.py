"""Texts and elements -> HTML, in which every text that is not made here is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from tfclf.terminal import printable

VOID = {"meta", "br", "col"}  # elements that have no end


class Markup(str):
    """HTML that ``element`` made, and may stand in another element as it is."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    r"""Returns a text as HTML; what would command a browser or turn the line is spelt out.

    Example:
    >>> print(escaped('<b> "quoted"'), escaped("a" + chr(0x202E) + "b"))
    &lt;b&gt; &quot;quoted&quot; a\u202eb
    """
    return text if isinstance(text, Markup) else Markup(html.escape(printable(text)))


def element(name: str, /, *children: str, **attributes: Any) -> Markup:
    """Returns an element.

    Args:
        name: Its name.
        *children: Elements, and texts, which are escaped.
        **attributes: Its attributes; ``class_`` is ``class``, an underscore a hyphen. None leaves
            one out, True is one without a value.

    Example:
    >>> print(element("p", "a < b", element("br"), class_="note"))
    <p class="note">a &lt; b<br></p>
    """
    parts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(f" {key}" if value is True else f' {key}="{escaped(str(value))}"')
    opened = f"<{name}{''.join(parts)}>"
    if name in VOID:
        return Markup(opened)
    return Markup(f"{opened}{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Returns elements and texts one after the other."""
    return Markup("".join(map(escaped, children)))


def table(
    headings: list[str], rows: list[list[str]], *, numbers_from: int = 1, caption: str | None = None
) -> Markup:
    """Returns a table that scrolls by itself where it is wider than the page.

    Args:
        headings: One for each column.
        rows: Its cells; the first of each row heads it.
        numbers_from: Column from which on cells are numbers.
        caption: What it shows, for those who hear it.
    """

    def cells(row: list[str]) -> Markup:
        first = element("th", row[0], scope="row")
        rest = (
            element("td", cell, class_="number" if column >= numbers_from else None)
            for column, cell in enumerate(row[1:], 1)
        )
        return element("tr", first, *rest)

    head = (
        element("th", heading, scope="col", class_="number" if column >= numbers_from else None)
        for column, heading in enumerate(headings)
    )
    own = [element("caption", caption)] if caption else []
    body = element("tbody", *map(cells, rows))
    made = element("table", *own, element("thead", element("tr", *head)), body)
    return element("div", made, class_="wide")


def bullets(items: Sequence[str]) -> Markup:
    """Returns a list; nothing where it is empty."""
    return element("ul", *(element("li", item) for item in items)) if items else Markup()


def cut(text: str, length: int) -> str:
    """Returns a text on one line, no longer than so many characters.

    Example:
    >>> cut("one two three", 8)
    'one two…'
    """
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "\u2026"


def cut_within(text: str, length: int) -> str:
    """Returns a name on one line, cut in its middle: many names differ at their ends alone.

    Example:
    >>> cut_within("card_payment_number_11", 11)
    'card_…er_11'
    """
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}\u2026{text[len(text) - end :]}"


def share(part: float) -> str:
    """Returns a share in [0, 1] as percent, in which less than all is never 100 %.

    Example:
    >>> share(0.9), share(0.9996), share(1.0)
    ('90.0 %', '>99.9 %', '100 %')
    """
    if part in (0, 1):
        return f"{part:.0%}".replace("%", " %")
    if part > 0.9995:
        return ">99.9 %"
    return f"{100 * part:.1f} %" if part >= 0.0005 else "<0.1 %"
