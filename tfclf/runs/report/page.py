"""Facts -> one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tfclf.runs.card.facts import CardFacts
from tfclf.runs.report.facts import HeadFacts, Speed, SplitFacts
from tfclf.runs.report.markup import Markup, element, joined
from tfclf.runs.report.opening import opening
from tfclf.runs.report.sections import confusion, curves, examples, figures, provenance, training
from tfclf.runs.report.style import STYLE

# Nothing is loaded from anywhere and nothing runs, whatever may stand in a text.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
UNMEASURED = "Nothing was measured: there were neither validation nor test rows."
FLATTERING = (
    "These texts were held out of the training, but chose the epoch and the decisions: "
    "expect a little less on new ones."
)


@dataclass(frozen=True)
class ReportFacts:
    """Everything that a report says.

    Attributes:
        card: The run as its files tell of it.
        history: Figures of each epoch.
        splits: What was judged, what is shown in full first.
        speed: How fast texts are answered; None where it was not measured.
    """

    card: CardFacts
    history: Mapping[str, Sequence[float]]
    splits: tuple[SplitFacts, ...]
    speed: Speed | None = None


def page(facts: ReportFacts) -> str:
    """Returns the report as HTML.

    Args:
        facts: What it says.
    """
    sections = [(title, body) for title, body in _sections(facts) if body]
    links = [element("a", title, href=f"#s{at}") for at, (title, _) in enumerate(sections)]
    shown = [
        element("section", element("h2", title, id=f"s{at}"), body)
        for at, (title, body) in enumerate(sections)
    ]
    title = f"{facts.card.name}: report"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    body = element("body", _top(facts), element("nav", *links), element("main", *shown))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _top(facts: ReportFacts) -> Markup:
    """Returns name, sentences and the few figures."""
    card = facts.card
    version = card.facts["versions"]["tfclf"]
    about = f"A BERT classifier, made with tfclf {version} from {_source(card)}."
    if not facts.splits:
        lead = [element("p", UNMEASURED)]
        return joined(element("h1", card.name), element("p", about), _lead(lead))
    shown = facts.splits[0]
    lead = [element("p", sentence) for sentence in opening(shown)]
    if shown.split == "validation":
        lead.append(element("p", FLATTERING, class_="faint"))
    parts = [
        joined(element("h3", head.name) if len(shown.heads) > 1 else "", figures.tiles(head))
        for head in shown.heads
    ]
    where = f"Measured on {shown.source} ({shown.rows:,} rows)."
    own = element("p", f"{about} {where}", class_="faint")
    return joined(element("h1", card.name), own, _lead(lead), *parts)


def _lead(sentences: list[Markup]) -> Markup:
    return element("div", *sentences, class_="lead")


def _source(card: CardFacts) -> str:
    return f"{card.facts['rows']['training']:,} training rows"


def _sections(facts: ReportFacts) -> Iterator[tuple[str, Markup]]:
    card = facts.card
    for split in facts.splits[:1]:
        yield "Figures", _each(split, figures.figures)
        yield "What is mixed up", _each(split, _mixed_up)
        yield "Curves", _each(split, curves.curves)
        yield "The worst mistakes", _each(split, examples.mistakes)
    yield "Labels that look wrong", _suspects(facts.splits)
    yield "The training", joined(training.cost(card), curves.learning_curves(facts.history))
    yield "What the doctor found", training.doctor(card)
    yield "What the monitor saw", training.monitor(card)
    yield "What was chosen, and why", training.chosen(card)
    if facts.splits:
        yield "Speed", provenance.speed(facts.speed)
    yield "The command", provenance.command(card)
    yield "Rows and versions", provenance.versions(card)


def _each(split: SplitFacts, section: Callable[[HeadFacts], Markup]) -> Markup:
    """Returns a section of each head, under its name where there are several."""
    parts = []
    for head in split.heads:
        body = section(head)
        if body and len(split.heads) > 1:
            parts.append(element("h3", head.name))
        parts.append(body)
    return joined(*parts)


def _mixed_up(head: HeadFacts) -> Markup:
    return confusion.confusion(head.confusion) if head.confusion is not None else Markup()


def _suspects(splits: Sequence[SplitFacts]) -> Markup:
    """Returns the labels that are probably wrong, of all that was held out."""
    parts = []
    for split in splits:
        for head in split.heads:
            if head.suspects is not None:
                name = f", {head.name}" if len(split.heads) > 1 else ""
                parts.append(element("h3", f"{split.source}{name}"))
                parts.append(examples.suspects(head.suspects))
    return joined(*parts)
