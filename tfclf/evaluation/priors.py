"""Priors of training and of use -> what is added to logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tfclf.errors import ArgumentError

SUM_TOLERANCE = 1e-6
SHOWN = 8  # labels named in a message


def prior_offset(
    training: Mapping[str, float], deployment: Mapping[str, float], labels: Sequence[str]
) -> np.ndarray:
    """Corrects a classifier of one label a row for other class frequencies in use.

    ``softmax(z + log(pi_new / pi_train))`` are the probabilities where classes occur as
    ``pi_new`` and texts of a class look as before (Saerens et al. 2002, Adjusting the Outputs of a
    Classifier to New a Priori Probabilities, equation 2.4). ``z`` are calibrated logits, divided by
    the temperature where there is one.

    Args:
        training: Share of each class among the rows that the model has learned from. Class weights
            and resampling change it: then it is the share after them.
        deployment: Share of each class where the model is used.
        labels: Labels in the order of their ids.

    Returns:
        Shape (classes,), float64.

    Raises:
        ArgumentError: A label has no share or is unknown, a share is not positive, or the shares do
            not sum to 1 within 1e-6.

    Example:
    >>> prior_offset({"ham": 0.8, "spam": 0.2}, {"spam": 0.5, "ham": 0.5}, ["ham", "spam"]).round(3)
    array([-0.47 ,  0.916])
    """
    shares = []
    for name, given in (("training prior", training), ("deployment prior", deployment)):
        prior = _ordered(given, labels, name)
        total = float(prior.sum())
        if abs(total - 1) > SUM_TOLERANCE:
            raise ArgumentError(
                f"expected shares that sum to 1, got a sum of {total:.8g}",
                where=name,
                remedy="Divide each share by the sum.",
            )
        shares.append(prior)
    return np.log(shares[1]) - np.log(shares[0])


def multi_label_prior_offset(
    training: Mapping[str, float], deployment: Mapping[str, float], labels: Sequence[str]
) -> np.ndarray:
    """Corrects a classifier of any number of labels a row for other frequencies in use.

    As ``prior_offset``, for each label and its absence by themselves: the difference of the
    log-odds of its shares.

    Args:
        training: Share of the rows that have each label, among those that the model has learned
            from.
        deployment: The same where the model is used.
        labels: Labels in the order of their ids.

    Returns:
        Shape (labels,), float64.

    Raises:
        ArgumentError: A label has no share or is unknown, or a share is not between 0 and 1.

    Example:
    >>> multi_label_prior_offset({"tax": 0.5}, {"tax": 0.1}, ["tax"]).round(3)
    array([-2.197])
    """
    from scipy.special import logit  # takes long: whoever only predicts does not wait for it

    shares = []
    for name, given in (("training prior", training), ("deployment prior", deployment)):
        prior = _ordered(given, labels, name)
        if (prior >= 1).any():
            first = int(np.flatnonzero(prior >= 1)[0])
            raise ArgumentError(
                f"the share of {labels[first]!r} is {prior[first]:g}, expected one below 1",
                where=name,
            )
        shares.append(logit(prior))
    return shares[1] - shares[0]


def _ordered(given: Mapping[str, float], labels: Sequence[str], name: str) -> np.ndarray:
    """Returns positive shares in the order of the labels."""
    for what, names in (
        ("no share of", [label for label in labels if label not in given]),
        ("a share of what is no label:", [label for label in given if label not in labels]),
    ):
        if names:
            shown = ", ".join(map(repr, names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
            raise ArgumentError(
                f"expected a share of each of {len(labels)} labels, got {what} {shown}", where=name
            )
    prior = np.array([given[label] for label in labels], "float64")
    wrong = np.flatnonzero(~(np.isfinite(prior) & (prior > 0)))
    if len(wrong):
        raise ArgumentError(
            f"the share of {labels[wrong[0]]!r} is {prior[wrong[0]]:g}, expected a positive one",
            where=name,
            remedy="A label that nearly never occurs has a small share, as 1e-6.",
        )
    return prior
