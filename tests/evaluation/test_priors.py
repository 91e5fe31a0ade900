"""Corrections for other priors against Bayes' rule."""

import numpy as np
import pytest
from scipy.stats import norm

from tfclf.errors import ArgumentError
from tfclf.evaluation import sigmoid, softmax
from tfclf.evaluation.priors import multi_label_prior_offset, prior_offset

LABELS = ("a", "b", "c")
OLD, NEW = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.25, 0.65])


def shares(prior, names=LABELS):
    return dict(zip(names, prior.tolist(), strict=True))


def densities():
    """Of 7 texts in each class, which the prior leaves as they are."""
    return norm.pdf(np.linspace(-2, 4, 7)[:, None], loc=[0, 1, 2.5])


def test_one_label_by_bayes():
    joint = densities() * OLD
    old = joint / joint.sum(-1, keepdims=True)
    joint = densities() * NEW
    new = joint / joint.sum(-1, keepdims=True)
    offset = prior_offset(shares(OLD), dict(reversed(shares(NEW).items())), LABELS)
    np.testing.assert_allclose(softmax(np.log(old) + offset), new)


def test_several_labels_by_bayes():
    there, absent = densities(), norm.pdf(np.linspace(-2, 4, 7))[:, None]
    old, new = (there * p / (there * p + absent * (1 - p)) for p in (OLD, NEW))
    offset = multi_label_prior_offset(shares(OLD), shares(NEW), LABELS)
    np.testing.assert_allclose(sigmoid(np.log(old / (1 - old)) + offset), new)


def test_the_same_prior_changes_nothing():
    for correct in (prior_offset, multi_label_prior_offset):
        assert correct(shares(OLD), shares(OLD), LABELS).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "new, message",
    [
        ({"a": 0.5, "b": 0.5}, "of each of 3 labels, got no share of 'c'"),
        (shares(NEW) | {"d": 0.1}, "got a share of what is no label: 'd'"),
        (shares(np.array([0.5, 0.5, 0.0])), "the share of 'c' is 0, expected a positive one"),
        (shares(np.array([0.5, -0.5, 1])), "the share of 'b' is -0.5"),
        (shares(np.array([0.5, 0.5, np.nan])), "the share of 'c' is nan"),
    ],
)
@pytest.mark.parametrize("correct", [prior_offset, multi_label_prior_offset])
def test_impossible_priors(correct, new, message):
    with pytest.raises(ArgumentError, match=f"^deployment prior: .*{message}"):
        correct(shares(OLD), new, LABELS)
    with pytest.raises(ArgumentError, match=f"^training prior: .*{message}"):
        correct(new, shares(OLD), LABELS)


def test_shares_have_to_sum_to_one():
    with pytest.raises(ArgumentError, match="deployment prior: .* got a sum of 1.1"):
        prior_offset(shares(OLD), shares(NEW + [0.1, 0, 0]), LABELS)
    assert prior_offset(shares(OLD), shares(NEW + [5e-7, 0, 0]), LABELS).shape == (3,)
    with pytest.raises(ArgumentError, match="the share of 'b' is 1, expected one below 1"):
        multi_label_prior_offset(shares(OLD), {"a": 0.5, "b": 1.0, "c": 0.2}, LABELS)
