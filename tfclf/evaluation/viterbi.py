"""Scores of labels and of their succession -> the best sequence of labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tfclf.data.tag_schemes import Transitions, allowed_transitions
from tfclf.errors import ArgumentError


def viterbi(
    potentials: np.ndarray,
    transitions: np.ndarray,
    start: np.ndarray | None = None,
    end: np.ndarray | None = None,
) -> tuple[np.ndarray, float]:
    """Finds the sequence of labels with the highest sum of scores (Viterbi 1967; Forney 1973).

    The score of labels ``y`` is ``start[y_1] + sum_t potentials[t, y_t] + sum_t transitions[y_t,
    y_t+1] + end[y_n]``. A score of ``-inf`` forbids.

    Args:
        potentials: Score of each label at each word, shape (words, labels).
        transitions: Score of going from a label (row) to the next (column), (labels, labels).
        start: Score of each label at the first word, shape (labels,); None is 0.
        end: Score of each label at the last word, shape (labels,); None is 0.

    Returns:
        Label ids, shape (words,), int32, and their score. It is ``-inf`` where all sequences are
        forbidden, so that the ids mean nothing. Of equal scores, the lowest last label wins.

    Raises:
        ArgumentError: A shape does not fit.

    Example:
    >>> tags, score = viterbi(np.array([[1.0, 0], [0, 2]]), np.array([[0.0, -9], [0, 0]]))
    >>> tags.tolist(), score  # 0 then 1 would cost 9
    ([1, 1], 2.0)
    """
    words, labels = potentials.shape
    potentials, transitions = (np.asarray(x, "float64") for x in (potentials, transitions))
    edges = [np.zeros(labels) if edge is None else np.asarray(edge) for edge in (start, end)]
    if transitions.shape != (labels, labels) or any(edge.shape != (labels,) for edge in edges):
        raise ArgumentError(
            f"expected scores of {labels} labels, got transitions {transitions.shape}, "
            f"start {edges[0].shape} and end {edges[1].shape}"
        )
    if not words:
        return np.zeros(0, "int32"), 0.0
    score = edges[0] + potentials[0]  # of the best sequence up to here, by its last label
    before = np.zeros((words, labels), "int32")  # the label before the last in that sequence
    for word in range(1, words):
        extended = score[:, None] + transitions  # (from, to)
        before[word] = extended.argmax(0)
        score = extended.max(0) + potentials[word]
    score = score + edges[1]
    tags = np.empty(words, "int32")
    tags[-1] = score.argmax()
    for word in range(words - 1, 0, -1):
        tags[word - 1] = before[word, tags[word]]
    return tags, float(score[tags[-1]])


def decode_tags(logits: np.ndarray, labels: Sequence[str], scheme: str) -> np.ndarray:
    """Returns the most probable tags of a sentence among those that the scheme allows.

    The probability of a sequence is the product of the softmax probabilities of its tags.

    Args:
        logits: Shape (words, labels).
        labels: Labels in the order of their ids.
        scheme: Tag scheme, one of ``tfclf.data.tag_schemes.SCHEMES``.

    Returns:
        Label ids, shape (words,), int32, which are each word's highest logit where the scheme
        allows that, or where it allows no sequence of these labels at all.

    Raises:
        ArgumentError: There is no such scheme, or the logits are of other labels.
        DataError: A label is not of the scheme.

    Example:
    >>> decode_tags(np.array([[0, 3, 2.5], [0, 1, 0.5]]), ["B-x", "I-x", "O"], "bio").tolist()
    [2, 2]
    """
    if logits.ndim != 2 or logits.shape[1] != len(labels):
        raise ArgumentError(
            f"expected logits (words, {len(labels)}), one a label, got shape {logits.shape}"
        )
    allowed = _allowed(tuple(labels), scheme)
    highest = logits.argmax(-1).astype("int32")
    if _is_valid(highest, allowed):
        return highest
    # The logarithm of each word's softmax but for a shift, which is the same for all sequences:
    # that of the highest logit keeps their scores near 0 and so exact.
    log_p = np.asarray(logits, "float64") - logits.max(-1, keepdims=True)
    start, between, end = (np.where(may, 0.0, -np.inf) for may in allowed)
    tags, score = viterbi(log_p, between, start, end)
    return tags if score > -np.inf else highest


@lru_cache(maxsize=16)
def _allowed(labels: tuple[str, ...], scheme: str) -> Transitions:
    """Returns what a scheme allows, made once for all sentences of a model."""
    return allowed_transitions(labels, scheme)


def _is_valid(tags: np.ndarray, allowed: Transitions) -> bool:
    if not len(tags):
        return True
    inner = allowed.between[tags[:-1], tags[1:]].all()
    return bool(allowed.start[tags[0]] and inner and allowed.end[tags[-1]])
