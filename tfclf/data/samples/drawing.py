"""What all samples have in common: known wordings, exact shares, no row twice."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
Kind = TypeVar("Kind")

KNOWN = 0.7  # share of the wordings that one draw uses


def known(wordings: Sequence[Thing], generator: random.Random) -> list[Thing]:
    """Draws the wordings that a draw knows; another seed knows others.

    As from month to month, not every wording of a test file was in the training file.

    Example:
    >>> len(known(("yes", "yes, please", "of course"), random.Random(1)))
    2
    """
    return generator.sample(wordings, max(1, round(KNOWN * len(wordings))))


def in_shares(shares: Mapping[str, float], count: int, generator: random.Random) -> list[str]:
    """Draws labels that have exactly their shares, in random order.

    Args:
        shares: Share of each label in [0, 1]; the first takes what rounding leaves.
        count: Number of labels.
        generator: Source of the order.

    Example:
    >>> sorted(in_shares({"often": 0.75, "rare": 0.25}, 5, random.Random(1)))
    ['often', 'often', 'often', 'often', 'rare']
    """
    labels = [label for label, share in shares.items() for _ in range(round(count * share))]
    labels += [next(iter(shares))] * (count - len(labels))
    labels = labels[:count]
    generator.shuffle(labels)
    return labels


def distinct(
    kinds: Iterable[Kind], make: Callable[[Kind], Thing], key: Callable[[Thing], Hashable]
) -> list[Thing]:
    """Makes one thing of each kind, and another one where its key occurred before.

    Args:
        kinds: What to make, one after the other.
        make: Makes one thing of a kind, by chance.
        key: What must not occur twice.

    Returns:
        The things, in the order of their kinds.
    """
    seen: set[Hashable] = set()
    things = []
    for kind in kinds:
        thing = make(kind)
        while key(thing) in seen:
            thing = make(kind)
        seen.add(key(thing))
        things.append(thing)
    return things


def filled(template: str, fillers: Mapping[str, Sequence[str]], generator: random.Random) -> str:
    """Fills each ``{slot}`` of a template with other words and makes a sentence of it.

    Example:
    >>> sorted(filled("{name} {name}", {"name": ["Ada", "Bo"]}, random.Random(1)).split())
    ['Ada', 'Bo']
    """
    used: list[str] = []

    def words(slot: re.Match[str]) -> str:
        used.append(generator.choice([text for text in fillers[slot[1]] if text not in used]))
        return used[-1]

    text = re.sub(r"{(\w+)}", words, template)
    return text[0].upper() + text[1:]


def tagged(template: str, fill: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """Fills a template of words and tags them: a ``{SLOT}`` is an entity, a ``{slot}`` is none.

    Args:
        template: Words and slots, with spaces between them.
        fill: The words of a slot, by its name.

    Returns:
        The tokens and their tags, ``B-SLOT``, ``I-SLOT`` or ``O``.

    Example:
    >>> tagged("off to {CITY} {place}", {"CITY": "New York", "place": "by train"}.__getitem__)
    (['off', 'to', 'New', 'York', 'by', 'train'], ['O', 'O', 'B-CITY', 'I-CITY', 'O', 'O'])
    """
    tokens: list[str] = []
    tags: list[str] = []
    for part in template.split():
        slot = re.fullmatch(r"{(\w+)}", part)
        words = fill(slot[1]).split() if slot else [part]
        entity = slot is not None and slot[1].isupper()
        tokens += words
        tags += [
            f"{'I' if i else 'B'}-{slot[1]}" if slot and entity else "O" for i in range(len(words))
        ]
    return tokens, tags
