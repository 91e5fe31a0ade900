"""Tags of sentences -> the entities in them, and how many of them were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tfclf.data.tag_schemes import ONGOING, OPEN, OUTSIDE, split_tag
from tfclf.errors import ArgumentError

Entity = tuple[str, int, int]  # type, first word, last word


def entities_of(tags: Sequence[str]) -> list[Entity]:
    """Reads the entities of a sentence, by the rules of CoNLL 2000's ``conlleval``.

    The tags may be of any scheme and break it: an I- or E- that goes on with nothing begins an
    entity. Equals ``seqeval.metrics.sequence_labeling.get_entities``; tags that are not a letter
    of B, I, E, S and a type are outside of entities.

    Args:
        tags: Tag of each word.

    Returns:
        Type, first word and last word of each entity, in order, words counted from 0.

    Example:
    >>> entities_of(["B-person", "I-person", "O", "I-place", "B-place"])
    [('person', 0, 1), ('place', 3, 3), ('place', 4, 4)]
    """
    entities: list[Entity] = []
    letter_before, type_before = OUTSIDE, ""
    for word, tag in enumerate(tags):
        letter, type_ = split_tag(tag)
        if letter in ONGOING and letter_before in OPEN and type_ == type_before:
            entities[-1] = (type_, entities[-1][1], word)
        elif letter != OUTSIDE:
            entities.append((type_, word, word))
        letter_before, type_before = letter, type_
    return entities


def entity_scores(
    truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Judges predicted tags by the entities in them.

    An entity is found where type, first and last word are those of a true one. The figures are
    seqeval's, in its default mode, with ``zero_division=0``.

    Args:
        truth: True tags of each sentence.
        predicted: Predicted tags of each sentence.

    Returns:
        ``f1``, ``precision`` and ``recall`` over all entities (micro), and ``per_entity``, for each
        type that occurs on either side ``precision``, ``recall``, ``f1`` and ``support``, the
        number of true ones.

    Raises:
        ArgumentError: A sentence has another number of tags in truth and prediction, or there are
            more sentences on one side.

    Example:
    >>> scores = entity_scores([["B-x", "I-x", "B-y"]], [["B-x", "O", "B-y"]])
    >>> scores["f1"], scores["per_entity"]["y"]
    (0.5, {'precision': 1.0, 'recall': 1.0, 'f1': 1.0, 'support': 1})
    """
    if len(truth) != len(predicted):
        raise ArgumentError(f"{len(truth)} true sentences, but {len(predicted)} predicted ones")
    true_counts, predicted_counts, found = Counter[str](), Counter[str](), Counter[str]()
    for row, (true_tags, predicted_tags) in enumerate(zip(truth, predicted, strict=True)):
        if len(true_tags) != len(predicted_tags):
            raise ArgumentError(
                f"{len(true_tags)} true tags, but {len(predicted_tags)} predicted ones",
                where=f"sentence {row + 1}",
            )
        true, guesses = entities_of(true_tags), entities_of(predicted_tags)
        true_counts.update(type_ for type_, _, _ in true)
        predicted_counts.update(type_ for type_, _, _ in guesses)
        found.update(type_ for type_, _, _ in set(true) & set(guesses))
    totals = _figures(found.total(), predicted_counts.total(), true_counts.total())
    return {
        **{name: totals[name] for name in ("f1", "precision", "recall")},
        "per_entity": {
            type_: _figures(found[type_], predicted_counts[type_], true_counts[type_])
            for type_ in sorted(true_counts | predicted_counts)
        },
    }


def _figures(found: int, predicted: int, support: int) -> dict[str, float | int]:
    """Returns precision, recall, F1 and support; what would be 0 / 0 is 0."""
    return {
        "precision": found / predicted if predicted else 0.0,
        "recall": found / support if support else 0.0,
        "f1": 2 * found / (predicted + support) if predicted + support else 0.0,
        "support": support,
    }
