"""Bins of confidence against their definition, and the picture of them."""

import json

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from tfclf.errors import ArgumentError
from tfclf.evaluation import multi_label_scores
from tfclf.evaluation.reliability import draw_reliability, multi_label_confidence, reliability
from tfclf.evaluation.scores import calibration_error

PNG = b"\x89PNG\r\n\x1a\n"


def some_answers(rows, seed=0):
    generator = np.random.default_rng(seed)
    confidence = generator.random(rows) ** 0.5
    return confidence, generator.random(rows) < confidence**2


@pytest.mark.parametrize("bins", [1, 7, 15])
def test_against_scikit_learn(bins):
    confidence, correct = some_answers(401)
    found = reliability(confidence, correct, bins)
    accuracy, mean = calibration_curve(correct, confidence, n_bins=bins)
    here = np.flatnonzero(found.counts)
    np.testing.assert_allclose(np.array(found.accuracy)[here], accuracy)
    np.testing.assert_allclose(np.array(found.confidence)[here], mean)
    assert sum(found.counts) == 401


@pytest.mark.parametrize("bins", [4, 15])
def test_the_error_is_that_of_the_bins(bins):
    """Guo et al. 2017, equation 3: the distance in each bin, weighted by its share."""
    confidence, correct = some_answers(97)
    found = reliability(confidence, correct, bins)
    gaps = np.abs(np.subtract(found.accuracy, found.confidence)) * found.counts / 97
    assert found.error == pytest.approx(gaps.sum())
    assert found.error == calibration_error(confidence, correct, bins)


def test_by_hand():
    found = reliability(np.array([0.0, 0.3, 0.25, 1.0]), np.array([0, 1, 0, 1]), bins=4)
    assert found.counts == (1, 2, 0, 1)
    assert found.accuracy == (0.0, 0.5, 0.0, 1.0)
    assert found.confidence == pytest.approx((0.0, 0.275, 0.625, 1.0))
    assert found.error == pytest.approx(2 * 0.225 / 4)
    written = json.loads(json.dumps(found.to_dict()))
    assert list(written) == ["confidence", "accuracy", "counts", "error"]
    assert written["counts"] == [1, 2, 0, 1]


def test_of_nothing():
    found = reliability(np.zeros(0), np.zeros(0, bool), bins=2)
    assert (found.confidence, found.accuracy, found.counts) == ((0.25, 0.75), (0, 0), (0, 0))
    assert found.error == 0


@pytest.mark.parametrize(
    "confidence, correct, bins, message",
    [
        ([0.5, 0.5], [True], 3, r"shapes \(2,\) and \(1,\)"),
        ([[0.5]], [[True]], 3, r"shapes \(1, 1\)"),
        ([0.5, 1.5], [True, True], 3, "row 2: .*got 1.5"),
        ([np.nan], [True], 3, "row 1: .*got nan"),
        ([0.5], [True], 0, "bins is 0"),
    ],
)
def test_answers_that_cannot_be_binned(confidence, correct, bins, message):
    with pytest.raises(ArgumentError, match=message):
        reliability(np.array(confidence), np.array(correct), bins)


@pytest.mark.parametrize("threshold", [0.5, 0.2])
def test_several_labels_have_the_error_of_their_scores(threshold):
    generator = np.random.default_rng(3)
    p, truth = generator.random((41, 3)), generator.random((41, 3)) < 0.3
    said = p > threshold
    named = [[["abc"[i] for i in np.flatnonzero(row)] for row in hot] for hot in (truth, said)]
    scores = multi_label_scores(named[0], p, "abc", named[1])
    found = reliability(*multi_label_confidence(p, said, truth))
    assert found.error == pytest.approx(scores["expected_calibration_error"])
    assert sum(found.counts) == 41 * 3


def test_unknown_answers_are_left_out():
    confidence, correct = multi_label_confidence(
        np.array([[0.9, 0.4], [0.2, 0.3]]), np.array([[1, 0], [0, 1]]), np.array([[0, 0], [-1, 1]])
    )
    assert confidence.tolist() == [0.9, 0.6, 0.3]
    assert correct.tolist() == [False, True, True]
    with pytest.raises(ArgumentError, match=r"\(1, 2\), \(2, 1\) and \(1, 2\)"):
        multi_label_confidence(np.ones((1, 2)), np.ones((2, 1)), np.ones((1, 2)))


def test_the_picture(tmp_path):
    """Red where the model is too sure, green where not enough: each in its own half."""
    from matplotlib.image import imread

    edges = np.linspace(0.35, 0.95, 200)
    too_sure = reliability(edges, np.zeros(200, bool))
    not_enough = reliability(edges, np.ones(200, bool))
    draw_reliability(too_sure, not_enough, tmp_path / "a.png")
    draw_reliability(not_enough, too_sure, tmp_path / "b.png")
    for name, first in (("a.png", "red"), ("b.png", "green")):
        assert (tmp_path / name).read_bytes()[:8] == PNG
        r, g, b = np.moveaxis(imread(tmp_path / name)[..., :3], -1, 0)
        found = {"red": r - g > 0.2, "green": g - np.maximum(r, b) > 0.1}
        for color, here in found.items():
            assert here.sum() > 10_000
            # The axis on the left makes its half begin further to the right.
            on_the_left = here[:, : here.shape[1] // 2].sum() / here.sum()
            assert on_the_left > 0.9 if color == first else on_the_left < 0.1


def test_a_picture_of_nothing(tmp_path):
    nothing = reliability(np.zeros(0), np.zeros(0))
    draw_reliability(nothing, nothing, tmp_path / "empty.png")
    assert (tmp_path / "empty.png").read_bytes()[:8] == PNG
