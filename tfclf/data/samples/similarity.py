"""Pairs of sentences, alike from 0 to 5, by what they share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from tfclf.data.samples.drawing import distinct, known

# Each slot: families of things, each thing in three wordings of which a draw knows two.
Family = Sequence[Sequence[str]]
SLOTS: dict[str, Sequence[Family]] = {
    "event": (
        (("repaired", "fixed", "mended"), ("replaced", "exchanged", "swapped for a new one")),
        (("damaged", "vandalised", "bent"), ("destroyed", "wrecked", "reduced to scrap")),
        (("inspected", "checked", "examined"), ("measured", "surveyed", "sized up")),
        (("closed", "shut", "locked up"), ("opened", "unlocked", "made accessible")),
        (("cleaned", "washed", "scrubbed"), ("painted", "given a coat of paint", "lacquered")),
        (("stolen", "taken by thieves", "carried off"), ("found", "recovered", "discovered")),
    ),
    "item": (
        (("the lift", "the elevator", "the passenger hoist"),
         ("the escalator", "the moving staircase", "the rolling stairway")),
        (("the fountain", "the water basin", "the water feature"),
         ("the statue", "the sculpture", "the bronze figure")),
        (("the bicycle", "the bike", "the two-wheeler"),
         ("the scooter", "the moped", "the motor roller")),
        (("the fence", "the railing", "the barrier"), ("the gate", "the entrance", "the portal")),
        (("the lamp", "the street light", "the lantern"),
         ("the traffic light", "the signal", "the stop light")),
        (("the boiler", "the water heater", "the heating unit"),
         ("the radiator", "the heater", "the panel heater")),
    ),
    "place": (
        (("at the station", "at the railway stop", "by the tracks"),
         ("at the airport", "at the airfield", "by the runway")),
        (("in the park", "on the green", "among the trees"),
         ("at the lake", "by the water", "on the shore")),
        (("at the school", "in the schoolyard", "by the classrooms"),
         ("at the library", "in the reading room", "among the books")),
        (("at the town hall", "at the mayor's office", "in front of the council"),
         ("at the court", "by the courtroom", "in front of the judges")),
    ),
    "time": (
        (("this morning", "early today", "a few hours ago"),
         ("last night", "after midnight", "while the town slept")),
        (("in spring", "when the snow had melted", "in April"),
         ("in autumn", "when the leaves fell", "in October")),
        (("two years ago", "the year before last", "a couple of years back"),
         ("long ago", "in the old days", "decades ago")),
    ),
}  # fmt: skip
WEIGHTS = {"event": 20, "item": 14, "place": 10, "time": 6}  # tenths of the five points
FRAMES = {
    True: (
        "{item} was {event} {place} {time}.",
        "{time}, {item} was {event} {place}.",
        "{place}, {item} was {event} {time}.",
        "It was {item} that was {event} {place} {time}.",
        "{time} {place}, {item} was {event}.",
    ),
    False: (
        "{item} was not {event} {place} {time}.",
        "{time}, {item} was by no means {event} {place}.",
        "It is wrong that {item} was {event} {place} {time}.",
        "{place}, {item} was never {event} {time}.",
    ),
}
DENIALS = 0.2  # share of the sentences that say that it did not happen
KEPT = (0.1, 0.35, 0.65, 0.9)  # shares of the slots that a pair has in common, each as frequent
MOVED = 0.4  # share of the other slots that stay in the family

Thing = tuple[int, int]  # number of the family, number in the family


class Event(NamedTuple):
    """What a sentence says: a thing in each slot, and whether it happened."""

    things: dict[str, Thing]
    happened: bool


class Pair(TypedDict):
    """A row."""

    text: str
    text_b: str
    label: float


def similarity(count: int, seed: int) -> list[Pair]:
    """Makes pairs of sentences with a degree of likeness from 0.0 to 5.0.

    The points follow from what is told, by ``likeness``; how it is worded does not count.

    Args:
        count: Number of pairs.
        seed: Seed of the draw, which knows some of the wordings only.

    Returns:
        Rows with ``text``, ``text_b`` and ``label``, in random order; no ``text`` occurs twice.

    Example:
    >>> all(0 <= row["label"] <= 5 for row in similarity(20, 1))
    True
    """
    generator = random.Random(seed)  # noqa: S311 - made-up rows are no secret
    words = {
        slot: [[known(wordings, generator) for wordings in family] for family in families]
        for slot, families in SLOTS.items()
    }
    frames = {happened: known(texts, generator) for happened, texts in FRAMES.items()}

    def sentence(event: Event) -> str:
        chosen = {
            slot: generator.choice(words[slot][family][number])
            for slot, (family, number) in event.things.items()
        }
        text = generator.choice(frames[event.happened]).format(**chosen)
        return text[0].upper() + text[1:]

    def make(kept: float) -> Pair:
        first = {slot: _thing(slot, generator) for slot in SLOTS}
        second = {
            slot: thing if generator.random() < kept else _other(slot, thing, generator)
            for slot, thing in first.items()
        }
        one, other = (Event(t, generator.random() >= DENIALS) for t in (first, second))
        return Pair(text=sentence(one), text_b=sentence(other), label=likeness(one, other))

    shares = (generator.choice(KEPT) for _ in range(count))
    return distinct(shares, make, key=lambda row: row["text"])


def likeness(one: Event, other: Event) -> float:
    """Returns the points of a pair: 0.0 to 5.0, with one decimal.

    The event counts 2.0 points, its item 1.4, its place 1.0, its time 0.6; each counts half where
    the two are of one family, such as spring and autumn, and all of it where only one of the two
    says that it happened. Halves are rounded down.

    Example:
    >>> spring, autumn = {"item": (0, 0), "time": (1, 0)}, {"item": (0, 0), "time": (1, 1)}
    >>> likeness(Event(spring, True), Event(autumn, True))  # 1.4 + 0.3
    1.7
    >>> likeness(Event(spring, True), Event(autumn, False))
    0.8
    """
    tenths = 0
    for slot, (family, number) in one.things.items():
        if other.things[slot] == (family, number):
            tenths += WEIGHTS[slot]
        elif other.things[slot][0] == family:
            tenths += WEIGHTS[slot] // 2
    return (tenths if one.happened == other.happened else tenths // 2) / 10


def _thing(slot: str, generator: random.Random) -> Thing:
    family = generator.randrange(len(SLOTS[slot]))
    return family, generator.randrange(len(SLOTS[slot][family]))


def _other(slot: str, thing: Thing, generator: random.Random) -> Thing:
    """Draws another thing, of the same family or of any."""
    family, number = thing
    if generator.random() < MOVED:
        return family, 1 - number
    other = _thing(slot, generator)
    return other if other != thing else (family, 1 - number)
