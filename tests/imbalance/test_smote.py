"""SMOTE on embeddings: what is made lies between near rows of its class."""

import sys

import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.imbalance.smote import smote_features

COUNTS = [40, 12, 4, 2, 1]
HIDDEN = 3


def vectors(seed=1):
    generator = np.random.default_rng(seed)
    ids = generator.permutation(np.repeat(np.arange(len(COUNTS)), COUNTS))
    centres = 9 * np.arange(len(COUNTS))[:, None]
    return (centres[ids] + generator.normal(size=(len(ids), HIDDEN))).astype("float32"), ids


def test_numbers():
    pytest.importorskip("imblearn")
    features, ids = vectors()
    made = smote_features(features, ids, ratio=0.25)
    # A quarter of 40 is 10: what the classes of 12, 4, 2 and 1 lack of it.
    assert made.num_made.tolist() == [0, 0, 6, 8, 9]
    assert np.bincount(made.ids).tolist() == [40, 12, 10, 10, 10]
    assert (made.features.dtype, made.features.shape) == (np.float32, (82, HIDDEN))
    np.testing.assert_array_equal(made.features[:59], features)
    np.testing.assert_array_equal(made.ids[:59], ids)
    assert made.ids[59:].tolist() == [2] * 6 + [3] * 8 + [4] * 9


@pytest.mark.parametrize("k", [1, 3, 5])
def test_what_is_made_lies_between_a_row_and_a_near_one_of_its_class(k):
    pytest.importorskip("imblearn")
    features, ids = vectors()
    made = smote_features(features, ids, k=k, seed=4)
    for point, label_id in zip(made.features[59:], made.ids[59:].tolist(), strict=True):
        own = features[ids == label_id]
        distances = np.linalg.norm(own[:, None] - own[None], axis=-1)
        near = distances.argsort(axis=1)[:, 1 : k + 1]
        gaps = [
            # On the line between two rows the way over the point is not longer.
            np.linalg.norm(point - own[row]) + np.linalg.norm(point - own[other])
            - distances[row, other]
            for row in range(len(own))
            for other in near[row]
        ]  # fmt: skip
        if label_id == 4:
            np.testing.assert_array_equal(point, own[0])
        else:
            assert min(gaps) < 1e-4


def test_a_class_of_one_row_is_repeated_and_it_is_said():
    pytest.importorskip("imblearn")
    made = smote_features(*vectors(), ratio=0.1)
    assert made.notes == ("class 4 has one row and no neighbour: it is repeated 3 times",)
    alone = smote_features(np.zeros((3, 2)), np.array([0, 0, 1]))
    assert alone.features.tolist() == [[0, 0]] * 4
    assert alone.ids.tolist() == [0, 0, 1, 1]


def test_a_function_of_the_seed():
    pytest.importorskip("imblearn")
    first, again, other = (smote_features(*vectors(), seed=seed).features for seed in (2, 2, 3))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_equal_classes_get_nothing():
    pytest.importorskip("imblearn")
    features = np.random.default_rng(0).normal(size=(6, HIDDEN))
    made = smote_features(features, np.array([0, 1, 0, 1, 1, 0]))
    assert made.num_made.tolist() == [0, 0]
    assert made.notes == ()
    np.testing.assert_allclose(made.features, features, rtol=1e-6)


@pytest.mark.parametrize(
    ("features", "ids", "settings", "message"),
    [
        (np.array([[2, 7], [3, 9]]), [0, 1], {}, "features are int64 .* two token ids"),
        ({"input_ids": np.zeros((2, 3))}, [0, 1], {}, "expected the vectors of a frozen encoder"),
        (np.zeros(4), [0, 1], {}, r"shape \(4,\), expected .* \(rows, hidden\)"),
        (np.array([[0.0], [np.nan]]), [0, 1], {}, "features, row 1: a feature is NaN or infinite"),
        (np.zeros((2, 3)), [[0, 1], [1, 0]], {}, "these have several. Repeat rows .*factors"),
        (np.zeros((2, 3)), [0, 1, 1], {}, r"ids are int64 of shape \(3,\)"),
        (np.zeros((2, 3)), [0.0, 1.0], {}, "ids are float64"),
        (np.zeros((2, 3)), [0, -100], {}, "ids, row 1: label id -100 stands for no known label"),
        (np.zeros((2, 3)), [0, 2], {}, "no row has the class 1"),
        (np.zeros((2, 3)), [0, 1], {"k": 0}, "k is 0, expected a whole number >= 1"),
        (np.zeros((2, 3)), [0, 1], {"ratio": 2}, r"ratio is 2, expected a number in \(0, 1\]"),
        (np.zeros((3, 3)), [0, 1, 1], {"ratio": 0.4}, "a ratio of 0.5 already"),
    ],
)
def test_bad_input(features, ids, settings, message):
    with pytest.raises(ArgumentError, match=message):
        smote_features(features, np.array(ids), **settings)


def test_without_imbalanced_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "imblearn", None)
    monkeypatch.setitem(sys.modules, "imblearn.over_sampling", None)
    with pytest.raises(ArgumentError, match="not installed. pip install imbalanced-learn"):
        smote_features(*vectors())
