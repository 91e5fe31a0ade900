"""Contracts and the frameworks that bind them: 21 labels, from 40 down to 3 in a hundred."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from heapq import nlargest
from typing import TypedDict

from tfclf.data.samples.drawing import distinct, filled, known
from tfclf.data.samples.frameworks import FRAMEWORKS

FILLERS = {
    "party": ("the Supplier", "the Customer", "the Provider", "the Contractor", "the Company",
              "the Licensee", "the Agent", "the Principal"),
    "unit": ("the service", "the platform", "the site in Lyon", "the branch", "the project",
             "the subsidiaries", "the warehouse", "the pilot", "the portal", "the joint venture"),
    "days": ("five days", "ten business days", "24 hours", "72 hours", "a month", "two weeks"),
    "each": ("each year", "every quarter", "twice a year", "every other year", "each month"),
    "annex": ("Annex A", "Annex 3", "Schedule 2", "Section 9", "the order form", "Appendix C"),
}  # fmt: skip
OPENINGS = (
    "This {subject} agreement between {party} and {party} covers {unit}.",
    "{subject} agreement: {party} runs {unit} for {party}.",
    "Under {annex} of the {subject} agreement {party} takes over {unit}.",
    "{party} and {party} amend {annex} of the {subject} agreement on {unit}.",
    "Renewal of the {subject} agreement on {unit}, signed by {party} and {party}.",
)
SUBJECTS = ("service", "framework", "outsourcing", "supply", "cooperation", "master")
BOILERPLATE = (
    "Invoices are due within {days} of receipt.",
    "{party} may end the agreement with notice of {days}.",
    "Prices in {annex} are reviewed {each}.",
    "{party} keeps what it learns of {unit} to itself.",
    "Changes are in writing and signed by {party}.",
    "Disputes go to the courts at the seat of {party}.",
    "{party} names a contact for {unit} within {days}.",
    "Reports on {unit} are handed over {each}.",
    "Staff of {party} follow the house rules of {unit}.",
    "What {annex} says goes before what is said here.",
)
BY_NAME = (
    "{party} complies with {framework}.",
    "{framework} applies to {unit}.",
    "Audits under {framework} take place {each}.",
)
NOT_BY_NAME = (
    "{framework} is out of scope of {unit}.",
    "{framework} does not apply to {unit}.",
    "{party} complies with the law; {framework} is not part of it here.",
)
SECTORS = ("finance", "health", "industry", "public", "retail", "technology")
ATTRACTION = 1.2  # of a contract's sector, in standard deviations
CROWDING = 0.3  # of each framework that binds it already, likewise
MOST = 5  # frameworks of one contract
NAMED = 0.12  # share of the frameworks that a contract calls by name
TITLED = 0.7  # share of the contracts that are called after what binds them, where that is possible


class Contract(TypedDict):
    """A row."""

    text: str
    labels: list[str]


def contracts(count: int, seed: int) -> list[Contract]:
    """Makes contracts, each with the frameworks that bind its parties: 2.3 on average.

    Frequent frameworks have words of their own. Rare ones are told in words that occur under others
    as well, and in clauses that bind nobody to them, and what is named may be out of scope.

    Args:
        count: Number of contracts.
        seed: Seed of the draw, which knows some of the clauses only.

    Returns:
        Rows with ``text`` and ``labels``, which may be none, in random order; no text occurs twice.

    Example:
    >>> sum("GDPR" in row["labels"] for row in contracts(50, 1))
    20
    """
    generator = random.Random(seed)  # noqa: S311 - made-up rows are no secret
    clauses = {name: known(framework.clauses, generator) for name, framework in FRAMEWORKS.items()}
    return distinct(
        _labels(count, generator),
        lambda labels: Contract(text=_text(labels, clauses, generator), labels=labels),
        key=lambda row: row["text"],
    )


def _labels(count: int, generator: random.Random) -> list[list[str]]:
    """Gives each framework to exactly its share, to contracts of its sectors first."""
    sectors = [generator.choice(SECTORS) for _ in range(count)]
    given: list[list[str]] = [[] for _ in range(count)]
    for name, framework in reversed(FRAMEWORKS.items()):  # the frequent ones last: they fill up
        pull = {
            i: generator.gauss(0, 1)
            + ATTRACTION * (sectors[i] in framework.sectors)
            - CROWDING * len(given[i])
            for i in range(count)
            if len(given[i]) < MOST
        }
        for i in nlargest(round(count * framework.share), pull, key=pull.__getitem__):
            given[i].insert(0, name)
    return given


def _text(
    labels: Sequence[str], clauses: Mapping[str, Sequence[str]], generator: random.Random
) -> str:
    others = [name for name in FRAMEWORKS if name not in labels]
    sentences = [
        _named(BY_NAME, name, generator)
        if generator.random() < NAMED
        else generator.choice(clauses[name])
        for name in labels
    ]
    for _ in range(generator.randint(max(0, 2 - len(labels)), max(1, 3 - len(labels)))):
        other = generator.choice(others)
        sentences.append(
            generator.choice(
                (
                    generator.choice(FRAMEWORKS[other].decoys),
                    _named(NOT_BY_NAME, other, generator),
                    generator.choice(BOILERPLATE),
                )
            )
        )
    generator.shuffle(sentences)
    subjects = [subject for name in labels if (subject := FRAMEWORKS[name].subject)]
    if not subjects or generator.random() >= TITLED:
        subjects = list(SUBJECTS)
    opening = generator.choice(OPENINGS).replace("{subject}", generator.choice(subjects))
    sentences.insert(0, opening)
    return " ".join(filled(sentence, FILLERS, generator) for sentence in sentences)


def _named(templates: Sequence[str], framework: str, generator: random.Random) -> str:
    return generator.choice(templates).replace("{framework}", framework)
