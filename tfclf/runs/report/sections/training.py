"""How the model came about: doctor, monitor, what was chosen, and how it decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfclf.runs.card.facts import CardFacts
from tfclf.runs.card.sections import said
from tfclf.runs.report.markup import Markup, bullets, element, joined, table

KEPT = "kept"


def doctor(card: CardFacts) -> Markup:
    """Returns what the doctor found in the rows before the training."""
    found = [
        joined(
            element("span", finding["severity"], class_=f"tag {_severity(finding)}"),
            element("b", finding["name"]),
            f": {card.without_folders(finding['evidence'])}: {finding['effect']}. ",
            element("span", card.without_folders(finding["remedy"]), class_="faint"),
        )
        for finding in card.facts.get("findings", ())
    ]
    return bullets(found) or element("p", "The doctor found nothing wrong in the rows.")


def monitor(card: CardFacts) -> Markup:
    """Returns what the monitor saw while training, and what was done about it."""
    events = card.metrics["training"].get("rescues", ())
    if card.facts["recipe"].get("on_collapse") == "ignore":
        return element("p", "The monitor was off (--on-collapse ignore).")
    if not events:
        return element("p", "The monitor watched every step and saw no collapse.")
    return bullets([joined(*_event(event)) for event in events])


def _event(event: Mapping[str, Any]) -> Iterator[str]:
    yield element("b", f"Step {event['step']:,}")
    yield f": {event['seen']}."
    if event.get("causes"):
        yield f" What fits: {', '.join(event['causes'])}."
    if event.get("remedy"):
        done = "Begun again, repaired: " if event.get("repaired") else ""
        yield f" {done}{event['remedy'].rstrip('.')}."


def chosen(card: CardFacts) -> Markup:
    """Returns what ``auto`` chose, and what the validation rows decided, each with its reason."""
    rows = [
        [choice["setting"], said(choice["value"]), choice["why"], choice["risk"]]
        for choice in card.facts.get("chosen", ())
    ]
    parts = (
        [table(["setting", "chosen", "since", "the risk"], rows, numbers_from=9)] if rows else []
    )
    for head, decision in card.facts.get("decisions", {}).items():
        own = f" ({head})" if card.has_several else ""
        parts.append(element("h3", f"How it decides{own}"))
        parts.append(bullets(list(decision["reasons"])))
    return joined(*parts) or element("p", "Nothing was left to be chosen.")


def cost(card: CardFacts) -> Markup:
    """Returns what the training took."""
    training = card.metrics["training"]
    best = training.get("best_epoch")
    kept = f", of which epoch {best} was {KEPT}" if best else ""
    base = card.base.replace("`", "")  # it is made for Markdown
    epochs = "1 epoch" if training["epochs"] == 1 else f"{training['epochs']} epochs"
    return element(
        "p",
        f"{epochs} of {card.facts['rows']['training']:,} rows{kept}; "
        f"{training['steps']:,} steps in {training['seconds']:,.0f} s, computed in "
        f"{training['precision']} on {training['backend']}. Begun from {base}.",
    )


def _severity(finding: Mapping[str, Any]) -> str:
    known = ("error", "warning", "note")
    return finding["severity"] if finding["severity"] in known else known[-1]
