"""What made a run, and how fast it answers: command, versions, rows, speed."""

from __future__ import annotations

from tfclf.runs.card.facts import CardFacts
from tfclf.runs.report.command import command_of
from tfclf.runs.report.facts import Speed
from tfclf.runs.report.markup import Markup, element, joined, table
from tfclf.runs.report.speed import TOGETHER


def speed(found: Speed | None) -> Markup:
    """Returns how fast texts are answered on this machine."""
    if found is None:
        why = "Not measured: the rows were few or the training short."
        return element("p", why, class_="faint")
    rows = [
        ["one text at once, median", f"{1_000 * found.median:.1f} ms"],
        ["one text at once, 95 % are faster than", f"{1_000 * found.slow:.1f} ms"],
        [f"{TOGETHER} texts at once", f"{found.per_second:,.0f} texts/s"],
    ]
    told = f"From text to answer by predict(), on {found.machine}; a moment's measurement."
    return joined(table(["texts", "measured"], rows), element("p", told, class_="faint"))


def command(card: CardFacts) -> Markup:
    """Returns the command that made the run."""
    told = command_of(card.facts["arguments"], card.name)
    parts = [element("pre", told.line)]
    parts += [element("p", note, class_="faint") for note in told.notes]
    return joined(*parts)


def versions(card: CardFacts) -> Markup:
    """Returns the rows of each split, and the versions that trained on them."""
    data = card.facts.get("data", {})
    rows = [
        [split, card.source(split), f"{number:,}", str(data.get(split, {}).get("rows_sha256", ""))]
        for split, number in card.facts["rows"].items()
    ]
    own = [[package, version] for package, version in card.facts["versions"].items()]
    return joined(
        table(["split", "from", "rows"], [row[:3] for row in rows], numbers_from=2),
        table(["package", "version"], own, numbers_from=2),
    )
