"""Rows that people should read: the worst mistakes, and labels that are probably wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tfclf.runs.report.facts import Example, HeadFacts, Suspects
from tfclf.runs.report.markup import Markup, element, joined, share

EMPTY = "(no text)"
QUOTED = "This page quotes rows: mind who reads it, also where the run is published."


def mistakes(head: HeadFacts) -> Markup:
    """Returns the worst mistakes of a head."""
    if not head.mistakes:
        return element("p", "There is none.")
    told = f"{head.num_mistakes:,} answers are wrong; these the model was surest of."
    verdict = _wrong
    if head.task == "regression":
        told, verdict = "These are the farthest off.", _off
    quoted = element("p", QUOTED, class_="faint")
    return joined(element("p", told), quoted, _list(head.mistakes, verdict))


def suspects(found: Suspects) -> Markup:
    """Returns labels that are probably wrong."""
    if found.number is None:
        return element("p", found.note, class_="faint")
    if not found.number:
        return element("p", f"No label looks wrong. {found.note}")
    count = f"{found.number:,} labels look" if found.number != 1 else "One label looks"
    told = (
        f"{count} wrong to cleanlab: the model, which must not have been trained on these rows, "
        "is sure of another one. Read them, and correct the file where the model is right. Of a "
        f"model that is often wrong most of them are its own mistakes. {found.note}"
    )
    return joined(element("p", told), _list(found.examples, _doubted))


def _wrong(example: Example) -> Markup:
    sure = share(min(max(example.figure, 0.0), 1.0))
    return joined(
        "said ", element("b", example.said), f" ({sure}), true is ", element("b", example.true)
    )


def _off(example: Example) -> Markup:
    return joined(
        "said ",
        element("b", example.said),
        ", true is ",
        element("b", example.true),
        f": {example.figure:.3g} off",
    )


def _doubted(example: Example) -> Markup:
    sure = share(min(max(example.figure, 0.0), 1.0))
    return joined(
        "labelled ", element("b", example.true), f" ({sure}), the model says ",
        element("b", example.said),
    )  # fmt: skip


def _list(examples: Sequence[Example], verdict: Callable[[Example], Markup]) -> Markup:
    items = []
    for example in examples:
        place = element("span", f"{example.place}: ", class_="place")
        told = element("p", place, verdict(example), class_="verdict")
        items.append(element("li", element("blockquote", *_text(example), dir="auto"), told))
    return element("ol", *items, class_="examples")


def _text(example: Example) -> list[str]:
    """Returns the text, with its word marked."""
    text: list[str] = [example.before or ("" if example.word else EMPTY)]
    if example.word:
        text += [" ", element("mark", example.word), " ", example.after]
    if example.text_pair is not None:
        text += [element("br"), example.text_pair or EMPTY]
    return text
