"""The page of the command line, made from the Typer app itself: every verb and every option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

MARK = "<!-- verbs -->"  # where the page has what is made here
FIRST_PANEL = "Options"


def verbs_as_markdown(app: typer.Typer) -> str:
    """Returns a section for each verb of an app, with its examples, arguments and options."""
    group: Any = typer.main.get_command(app)
    lines: list[str] = []
    for name, verb in group.commands.items():
        lines += [f"## tfclf {name}", "", *_description(verb.help), *_tables(verb.params)]
    return "\n".join(lines)


def _description(text: str) -> Iterator[str]:
    """Yields the help of a verb; its paragraphs that are commands become blocks."""
    for paragraph in filter(None, (part.strip() for part in text.split("\n\n"))):
        is_command = paragraph.startswith(("tfclf ", "echo "))
        yield from (["```bash", paragraph, "```", ""] if is_command else [paragraph, ""])


def _tables(params: list[Any]) -> Iterator[str]:
    """Yields a table of each panel of the help, in the order in which the panels come."""
    panels: dict[str, list[Any]] = {}
    for param in params:
        if param.name != "help":
            panels.setdefault(_panel(param), []).append(param)
    for panel, inside in panels.items():
        yield from [f"**{panel}**", "", "| | what | default |", "|---|---|---|"]
        yield from map(_row, inside)
        yield ""


def _panel(param: Any) -> str:
    if param.param_type_name == "argument":
        return "Arguments"
    return getattr(param, "rich_help_panel", None) or FIRST_PANEL


def _row(param: Any) -> str:
    names = [*param.opts, *param.secondary_opts]
    if param.param_type_name == "argument":
        names = [(param.metavar or param.name).upper()]
    shown = ", ".join(f"`{_in_a_cell(name)}`" for name in names)
    return f"| {shown} | {_in_a_cell(param.help)} | {_default(param)} |"


def _default(param: Any) -> str:
    """Returns the value that is taken where none is given; flags are off and others have none."""
    if param.required:
        return "required"
    if param.default is None or param.default is False or param.default == "":
        return ""
    value = "on" if param.default is True else str(param.default)
    return f"`{_in_a_cell(value)}`"


def _in_a_cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("<", "&lt;")
