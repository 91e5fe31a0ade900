"""Pairs of sentences: the first entails the second, contradicts it, or says neither."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tfclf.data.samples.drawing import distinct, in_shares, known

# What a word says: general words, and the special ones below them, each in a few wordings.
Tree = Mapping[str, Sequence[Sequence[str]]]
TREES: dict[str, Tree] = {
    "who": {
        "a medic": (("a nurse",), ("a surgeon",), ("a paramedic", "an ambulance man")),
        "a musician": (("a violinist", "a fiddler"), ("a drummer",), ("a flautist",)),
        "an athlete": (("a sprinter",), ("a gymnast",), ("a rower", "an oarsman")),
        "a craftsman": (("a carpenter", "a joiner"), ("a potter",), ("a tailor",)),
        "a child": (("a girl",), ("a boy", "a little boy"), ("a toddler", "a two-year-old")),
        "an official": (("a judge",), ("a mayor",), ("a customs officer",)),
    },
    "action": {
        "got": (("bought", "purchased"), ("rented", "hired"), ("inherited",), ("won",)),
        "gave up": (("sold",), ("donated", "gave to charity"), ("threw away", "discarded")),
        "moved": (("pushed", "shoved"), ("lifted", "raised"), ("dragged", "pulled")),
        "depicted": (("painted",), ("photographed", "took a picture of"), ("sketched", "drew")),
    },
    "item": {
        "a vehicle": (("a bicycle", "a bike"), ("a van",), ("a motorbike",), ("a tractor",)),
        "an instrument": (("a cello",), ("a drum",), ("a trumpet",), ("a piano",)),
        "a piece of furniture": (("a wardrobe",), ("a bench",), ("an armchair",), ("a bed",)),
        "an animal": (("a goat",), ("a pony",), ("a parrot",), ("a rabbit", "a bunny")),
        "a garment": (("a coat",), ("a scarf",), ("a pair of boots",), ("a shirt",)),
    },
    "place": {
        "indoors": (("in the kitchen",), ("in the cellar", "in the basement"), ("in the hall",)),
        "outdoors": (("in the garden",), ("on the beach",), ("in the street", "on the road")),
        "on the water": (("on the ferry",), ("in a canoe",), ("on the houseboat",)),
    },
    "time": {
        "before noon": (("at dawn", "at daybreak"), ("at breakfast",), ("at eleven",)),
        "after noon": (("at tea time",), ("at dusk", "at nightfall"), ("at nine in the evening",)),
    },
}
ANYTHING = {"who": "somebody", "action": "dealt with", "item": "something", "place": "", "time": ""}
TOLD = (
    "{who} {action} {item} {place} {time}.",
    "{time} {who} {action} {item} {place}.",
    "{place} {who} {action} {item} {time}.",
    "It was {who} who {action} {item} {place} {time}.",
    "It was {item} that {who} {action} {place} {time}.",
    "{time} {place} {who} {action} {item}.",
    "What {who} {action} {place} {time} was {item}.",
)
DENIED = (
    "It is not true that {who} {action} {item} {place} {time}.",
    "That {who} {action} {item} {place} {time} is wrong.",
    "It never happened that {who} {action} {item} {place} {time}.",
    "No, it is false that {place} {who} {action} {item} {time}.",
)
SHARES = {"entailment": 1 / 3, "neutral": 1 / 3, "contradiction": 1 / 3}
DENIALS = (0.1, 0.25)  # share of the first and of the second sentences that deny what they tell
MOVES = {"stay": 50, "up": 28, "down": 10, "aside": 12}  # from the first to the second, in hundred

Path = tuple[
    str, ...
]  # from the general to the special: (), ("a vehicle",), ("a vehicle", "a van")


class Statement(NamedTuple):
    """An event, told or denied.

    Attributes:
        slots: What is said in each slot.
        told: Whether it happened.
    """

    slots: dict[str, Path]
    told: bool


def entailment(count: int, seed: int) -> list[dict[str, str]]:
    """Makes pairs of sentences on one event, a third of them of each label.

    A second sentence that is more general is entailed, one that is more special is neutral, one
    that differs contradicts, and where one of them denies the event this turns round. So the order
    of a pair counts: turned round, most of what is entailed is neutral.

    Args:
        count: Number of pairs.
        seed: Seed of the draw, which knows some of the words and orders only.

    Returns:
        Rows with ``text``, ``text_b`` and ``label``, in random order; no ``text`` occurs twice.

    Example:
    >>> sorted(row["label"] for row in entailment(3, 1))
    ['contradiction', 'entailment', 'neutral']
    """
    generator = random.Random(seed)  # noqa: S311 - made-up rows are no secret
    trees = {
        slot: {general: known(special, generator) for general, special in tree.items()}
        for slot, tree in TREES.items()
    }
    frames = {True: known(TOLD, generator), False: known(DENIED, generator)}

    def make(label: str) -> dict[str, str]:
        pair = first, second = _pair(trees, generator)
        while judge(first, second) != label:
            pair = first, second = _pair(trees, generator)
        text, text_b = (_sentence(statement, frames, generator) for statement in pair)
        return {"text": text, "text_b": text_b, "label": label}

    return distinct(in_shares(SHARES, count, generator), make, key=lambda row: row["text"])


def judge(first: Statement, second: Statement) -> str:
    """Says what the first statement makes of the second, both being on one event.

    Example:
    >>> van, vehicle = {"item": ("a vehicle", "a van")}, {"item": ("a vehicle",)}
    >>> judge(Statement(van, True), Statement(vehicle, True))
    'entailment'
    >>> judge(Statement(vehicle, True), Statement(van, True))
    'neutral'
    >>> judge(Statement(vehicle, False), Statement(van, False))
    'entailment'
    """
    if first.told and second.told:
        if _excludes(first.slots, second.slots):
            return "contradiction"
        return "entailment" if _covers(second.slots, first.slots) else "neutral"
    if first.told:  # what is denied of the second is the reverse of what is told
        opposite = {"entailment": "contradiction", "contradiction": "entailment"}
        told = judge(first, second._replace(told=True))
        return opposite.get(told, told)
    if _covers(first.slots, second.slots):  # without the general there is nothing special
        return "contradiction" if second.told else "entailment"
    return "neutral"


def _covers(general: Mapping[str, Path], special: Mapping[str, Path]) -> bool:
    return all(special[slot][: len(path)] == path for slot, path in general.items())


def _excludes(one: Mapping[str, Path], other: Mapping[str, Path]) -> bool:
    """Says whether a slot has two things of which neither is the other's kind."""
    return any(any(a != b for a, b in zip(one[slot], other[slot], strict=False)) for slot in one)


def _pair(trees: Mapping[str, Tree], generator: random.Random) -> tuple[Statement, Statement]:
    """Draws an event, and what becomes of it when each slot moves or stays."""
    first = {slot: _path(tree, generator) for slot, tree in trees.items()}
    second = {slot: _moved(path, trees[slot], generator) for slot, path in first.items()}
    told, told_b = (generator.random() >= share for share in DENIALS)
    return Statement(first, told), Statement(second, told_b)


def _path(tree: Tree, generator: random.Random) -> Path:
    general = generator.choice(list(tree))
    path = (general, generator.choice(tree[general])[0])
    return path[: generator.choices((0, 1, 2), (15, 25, 60))[0]]


def _moved(path: Path, tree: Tree, generator: random.Random) -> Path:
    (move,) = generator.choices(list(MOVES), list(MOVES.values()))
    if move == "up":
        return path[: generator.randrange(len(path) + 1)]
    if move == "down" and len(path) < 2:
        general = path[0] if path else generator.choice(list(tree))
        return (general, generator.choice(tree[general])[0])
    return _path(tree, generator) if move == "aside" else path


def _sentence(
    statement: Statement, frames: Mapping[bool, Sequence[str]], generator: random.Random
) -> str:
    words = {slot: _words(slot, path, generator) for slot, path in statement.slots.items()}
    text = generator.choice(frames[statement.told]).format(**words)
    text = " ".join(text.split()).replace(" .", ".")
    return text[0].upper() + text[1:]


def _words(slot: str, path: Path, generator: random.Random) -> str:
    """Words a slot; a special thing is called by one of its wordings."""
    if len(path) < 2:
        return path[0] if path else ANYTHING[slot]
    (wordings,) = (texts for texts in TREES[slot][path[0]] if texts[0] == path[1])
    return generator.choice(wordings)
