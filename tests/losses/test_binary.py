"""The loss ladder over several labels a text, against NumPy, Keras and TensorFlow Addons."""

import keras
import numpy as np
import pytest

from tests.gradients import double_precision, gradient
from tfclf.errors import ArgumentError
from tfclf.losses import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_focal_crossentropy,
)

ROWS, CLASSES = 11, 5
WEIGHTS = [0.1, 0.4, 1.0, 1.5, 2.0]


@pytest.fixture(scope="module")
def batch():
    generator = np.random.default_rng(7)
    logits = generator.normal(0, 2, (ROWS, CLASSES)).astype("float32")
    return generator.integers(0, 2, (ROWS, CLASSES)), logits


def entries(labels, logits, gamma=0.0, weights=None, alpha=None):
    """The formula in NumPy, float64: -w a_t (1 - p_t)^gamma log p_t for each entry."""
    p = 1 / (1 + np.exp(-logits.astype("float64")))
    p_t = np.where(labels == 1, p, 1 - p)
    a_t = 1 if alpha is None else np.where(labels == 1, alpha, 1 - alpha)
    return -np.asarray(weights or [1.0] * CLASSES) * a_t * (1 - p_t) ** gamma * np.log(p_t)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [0.25, 0.5, 0.9])
def test_against_tensorflow_addons(oracle, alpha, gamma):
    """Theirs is the sum over the classes, ours the mean."""
    with np.load(oracle / "tfa_sigmoid_focal.npz") as arrays:
        loss = BinaryFocalCrossentropy(gamma, alpha=alpha, reduction="none")
        np.testing.assert_allclose(
            CLASSES * loss(arrays["labels"], arrays["logits"]),
            arrays[f"alpha{alpha}_gamma{gamma}"],
            rtol=1e-6,
        )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("alpha", [None, 0.3])
def test_against_numpy(batch, gamma, weights, alpha):
    loss = BinaryFocalCrossentropy(gamma, weights, alpha, reduction="none")
    expected = entries(*batch, gamma, weights, alpha).mean(-1)
    np.testing.assert_allclose(loss(*batch), expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gamma_zero_is_the_cross_entropy_of_keras(batch, smoothing):
    labels = batch[0] * (1 - smoothing) + smoothing / 2
    theirs = keras.losses.BinaryCrossentropy(from_logits=True, reduction="none")
    for loss in (
        BinaryFocalCrossentropy(gamma=0, reduction="none"),
        BinaryCrossentropy(reduction="none"),
    ):
        np.testing.assert_allclose(loss(labels, batch[1]), theirs(labels, batch[1]), rtol=1e-6)


def test_gamma_is_that_of_keras(batch):
    theirs = keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=True, alpha=0.3, gamma=1.5, from_logits=True
    )
    loss = BinaryFocalCrossentropy(gamma=1.5, alpha=0.3)
    assert float(loss(*batch)) == pytest.approx(float(theirs(*batch)), rel=1e-5)


def test_alpha_half_halves(batch):
    half = BinaryFocalCrossentropy(alpha=0.5)
    assert float(half(*batch)) == pytest.approx(0.5 * float(BinaryFocalCrossentropy()(*batch)))


def test_perfect_predictions_cost_nothing(batch):
    sure = 200.0 * batch[0] - 100.0
    assert float(BinaryFocalCrossentropy(class_weights=WEIGHTS)(batch[0], sure)) == 0


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_sure_and_wrong_costs_its_logit(gamma):
    """1 - p_t is 1 there, and -log p_t = log(1 + e^100) = 100."""
    loss, labels = BinaryFocalCrossentropy(gamma), np.array([[0, 1, 1, 0]])
    value, slopes = gradient(lambda x: loss(labels, x), [[100.0, -100.0, 100.0, -100.0]])
    assert float(value) == pytest.approx(50.0)  # two of four entries are wrong
    # The slope of a wrong entry's loss is 1, of a right one's 0; the mean is over four.
    np.testing.assert_allclose(slopes, [[0.25, -0.25, 0, 0]], atol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("alpha", [None, 0.3])
def test_gradient_against_finite_differences(batch, gamma, alpha):
    labels, logits = batch[0][:3].copy(), batch[1][:3].astype("float64")
    labels[1, 2], labels[2] = -100, -100
    known = labels != -100
    with double_precision():
        loss = BinaryFocalCrossentropy(gamma, WEIGHTS, alpha, ignore_class=-100, dtype="float64")
        value, slopes = gradient(lambda x: loss(labels, x), logits)

    def mean(logits):  # the third row does not count
        each = np.where(known, entries(labels, logits, gamma, WEIGHTS, alpha), 0)[:2]
        return (each.sum(-1) / known[:2].sum(-1)).mean()

    assert float(value) == pytest.approx(mean(logits), rel=1e-12)
    step = 1e-6
    for row, column in np.ndindex(*logits.shape):
        bump = np.zeros(logits.shape)
        bump[row, column] = step
        slope = (mean(logits + bump) - mean(logits - bump)) / (2 * step)
        assert slopes[row, column] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("weight", [None, np.linspace(0, 2, ROWS, dtype="float32")])
def test_unknown_entries_leave_sum_and_denominators(batch, weight):
    labels, logits = batch[0].copy(), batch[1]
    labels[2], labels[5, :3], labels[8, 4] = -100, -100, -1
    loss = BinaryFocalCrossentropy(1.0, WEIGHTS, ignore_class=(-1, -100))
    rows = [
        entries(labels, logits, 1.0, WEIGHTS)[i][labels[i] >= 0].mean()
        for i in range(ROWS)
        if i != 2
    ]
    counted = np.ones(ROWS - 1) if weight is None else np.delete(weight, 2)
    expected = (counted * rows).mean()
    assert float(loss(labels, logits, weight)) == pytest.approx(expected, rel=1e-5)
    padded = np.pad(labels, ((0, 2), (0, 0)), constant_values=-100)
    more = None if weight is None else np.pad(weight, (0, 2), constant_values=3)
    value = loss(padded, np.pad(logits, ((0, 2), (0, 0)), constant_values=4), more)
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_class_weights_do_not_weigh_the_denominator(batch):
    loss = BinaryCrossentropy(class_weights=WEIGHTS)
    assert float(loss(*batch)) == pytest.approx(entries(*batch, 0, WEIGHTS).mean(), rel=1e-5)


def test_sample_weight_two_is_the_row_twice(batch):
    labels, logits = batch
    loss = BinaryFocalCrossentropy(reduction="sum")
    twice = loss(np.concatenate([labels, labels[3:4]]), np.concatenate([logits, logits[3:4]]))
    weight = np.ones(ROWS, "float32")
    weight[3] = 2
    assert float(loss(labels, logits, weight)) == pytest.approx(float(twice), rel=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_probabilities(batch, gamma):
    labels, logits = batch
    probabilities = 1 / (1 + np.exp(-logits))
    loss = BinaryFocalCrossentropy(gamma, alpha=0.3, from_logits=False, reduction="none")
    expected = entries(labels, logits, gamma, alpha=0.3).mean(-1)
    np.testing.assert_allclose(loss(labels, probabilities), expected, rtol=1e-4)


@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float32"])
def test_any_type_of_label(batch, kind):
    loss = BinaryCrossentropy(ignore_class=-100)
    expected = entries(*batch).mean()
    assert float(loss(batch[0].astype(kind), batch[1])) == pytest.approx(expected, rel=1e-6)


def test_half_precision_logits_give_a_float32_loss(batch):
    value = BinaryFocalCrossentropy()(batch[0], keras.ops.cast(batch[1], "bfloat16"))
    assert keras.backend.standardize_dtype(value.dtype) == "float32"


def test_the_function_is_the_loss(batch):
    loss = BinaryFocalCrossentropy(1.5, WEIGHTS, 0.3, reduction="none")
    values = binary_focal_crossentropy(*batch, 1.5, WEIGHTS, 0.3)
    np.testing.assert_array_equal(values, loss(*batch))


def test_in_fit_the_bias_becomes_the_frequency():
    """Without features, cross-entropy is least where each probability is its label's frequency."""
    labels = np.zeros((20, 3), "int32")
    labels[:5, 0], labels[:10, 1], labels[:, 2] = 1, 1, -100
    labels[:8, 2] = [1, 0] * 4  # of 8 known entries
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(5.0), BinaryCrossentropy(ignore_class=-100))
    inputs = np.zeros((20, 1), "float32")
    model.fit(inputs, labels, epochs=40, batch_size=20, verbose=0)
    probabilities = keras.ops.sigmoid(model(inputs[:1]))[0]
    # Rows without the third label have a mean over two, so their entries count 3/2 as much:
    # (5 * 1/3 + 0) / (8 / 3 + 12 / 2) and (8 / 3 + 2 / 2) / (8 / 3 + 12 / 2).
    np.testing.assert_allclose(probabilities, [5 / 26, 11 / 26, 1 / 2], atol=0.005)


def test_label_ids_are_refused(batch):
    with pytest.raises(ArgumentError, match="Label ids go with SparseCategoricalCrossentropy"):
        BinaryCrossentropy()(np.zeros(ROWS), batch[1])
    with pytest.raises(ArgumentError, match=r"labels of shape \(11, 4\)"):
        BinaryCrossentropy()(batch[0][:, :4], batch[1])
    assert float(SparseCategoricalCrossentropy()(np.zeros(ROWS), batch[1])) > 0


def test_weights_of_another_length(batch):
    with pytest.raises(ArgumentError, match="3 class weights, but 5 classes"):
        BinaryCrossentropy(class_weights=[1, 1, 1])(*batch)


@pytest.mark.parametrize("gamma", [-1, float("nan"), float("inf")])
def test_bad_gamma(gamma):
    with pytest.raises(ArgumentError, match="gamma"):
        BinaryFocalCrossentropy(gamma=gamma)


@pytest.mark.parametrize("alpha", [0, 1, -0.5, float("nan")])
def test_bad_alpha(alpha):
    with pytest.raises(ArgumentError, match="expected a number between 0 and 1, or None"):
        BinaryFocalCrossentropy(alpha=alpha)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
def test_label_smoothing_is_that_of_keras(batch, smoothing):
    theirs = keras.losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction="none"
    )(*batch)
    for loss in (
        BinaryCrossentropy(label_smoothing=smoothing, reduction="none"),
        BinaryFocalCrossentropy(0.0, label_smoothing=smoothing, reduction="none"),
    ):
        np.testing.assert_allclose(loss(*batch), theirs, rtol=1e-6)


def test_smoothing_mixes_the_losses_of_both_labels(batch):
    """s / 2 and 1 - s / 2 as labels, for s = 0.2, with what an unknown entry has left out."""
    labels, logits = batch[0].copy(), batch[1]
    labels[4, 2] = -100
    focal, alpha = 1.5, 0.3
    same = entries(labels, logits, focal, WEIGHTS, alpha)
    other = entries(1 - labels, logits, focal, WEIGHTS, alpha)
    expected = np.where(labels >= 0, 0.9 * same + 0.1 * other, 0).sum(-1) / (labels >= 0).sum(-1)
    loss = BinaryFocalCrossentropy(
        focal, WEIGHTS, alpha, ignore_class=-100, reduction="none", label_smoothing=0.2
    )
    np.testing.assert_allclose(loss(labels, logits), expected, rtol=1e-5)


def test_gamma_and_alpha_of_each_class(batch):
    """The mean over the classes of five losses over one class."""
    gammas, alphas = [0.0, 0.5, 1.0, 2.0, 5.0], [0.1, 0.3, 0.5, 0.7, 0.9]
    expected = np.mean(
        [
            entries(batch[0][:, [i]], batch[1][:, [i]], gammas[i], [WEIGHTS[i]], alphas[i])
            for i in range(CLASSES)
        ],
        axis=0,
    )[:, 0]
    loss = BinaryFocalCrossentropy(gammas, WEIGHTS, alphas, reduction="none")
    np.testing.assert_allclose(loss(*batch), expected, rtol=1e-5)
