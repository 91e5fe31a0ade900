"""The loss ladder: perfect, unweighted, weighted, sample weight, ignored, reduction, dtype."""

from functools import partial

import keras
import numpy as np
import pytest

from tests.gradients import double_precision, gradient
from tfclf.errors import ArgumentError
from tfclf.imbalance import class_weights
from tfclf.losses import SparseCategoricalCrossentropy, SparseCategoricalFocalCrossentropy

CLASSES = 5


@pytest.fixture(scope="module")
def batch():
    generator = np.random.default_rng(2)
    logits = generator.normal(0, 2, (11, CLASSES)).astype("float32")
    return generator.integers(0, CLASSES, 11), logits


def reference(labels, logits, gamma=0.0, weights=None):
    """The formula in NumPy, float64: -w_y (1 - p_y)^gamma log p_y for each row."""
    shifted = logits.astype("float64") - logits.max(-1, keepdims=True)
    log_p = (shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))[
        np.arange(len(labels)), labels
    ]
    return -np.asarray(weights or np.ones(CLASSES))[labels] * (1 - np.exp(log_p)) ** gamma * log_p


WEIGHTS = [0.1, 0.4, 1.0, 1.5, 2.0]


def test_perfect_predictions_cost_nothing():
    logits = 100.0 * np.eye(CLASSES, dtype="float32")
    loss = SparseCategoricalFocalCrossentropy(class_weights=WEIGHTS)
    assert float(loss(np.arange(CLASSES), logits)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_against_numpy(batch, gamma, weights):
    loss = SparseCategoricalFocalCrossentropy(gamma, weights, reduction="none")
    np.testing.assert_allclose(loss(*batch), reference(*batch, gamma, weights), rtol=1e-5)


def test_gamma_zero_is_cross_entropy(batch):
    focal = SparseCategoricalFocalCrossentropy(gamma=0.0, class_weights=WEIGHTS)
    plain = SparseCategoricalCrossentropy(class_weights=WEIGHTS)
    assert float(focal(*batch)) == float(plain(*batch))
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(SparseCategoricalCrossentropy()(*batch)) == pytest.approx(
        float(theirs(*batch)), rel=1e-6
    )


def test_mean_is_over_rows_not_over_weights(batch):
    loss = SparseCategoricalCrossentropy(class_weights=WEIGHTS)
    assert float(loss(*batch)) == pytest.approx(reference(*batch, 0, WEIGHTS).mean(), rel=1e-5)


def test_weights_of_one_change_nothing(batch):
    weighted = SparseCategoricalFocalCrossentropy(class_weights=np.ones(CLASSES))
    assert float(weighted(*batch)) == float(SparseCategoricalFocalCrossentropy()(*batch))


def test_sample_weight_two_is_the_row_twice(batch):
    labels, logits = batch
    loss = SparseCategoricalFocalCrossentropy(reduction="sum")
    twice = loss(np.append(labels, labels[3]), np.concatenate([logits, logits[3:4]]))
    weight = np.ones(11, "float32")
    weight[3] = 2
    assert float(loss(labels, logits, weight)) == pytest.approx(float(twice), rel=1e-6)


def test_ignored_rows_leave_sum_and_denominator(batch):
    labels, logits = batch
    masked = np.where(np.arange(11) % 3 == 0, -100, labels)
    loss = SparseCategoricalCrossentropy(class_weights=WEIGHTS, ignore_class=-100)
    kept = masked != -100
    expected = reference(labels[kept], logits[kept], 0, WEIGHTS).mean()
    assert float(loss(masked, logits)) == pytest.approx(expected, rel=1e-5)
    assert float(loss(np.full(11, -100), logits)) == 0


def test_padding_changes_no_gradient():
    """Rows of the ignored class, more or fewer of them, leave loss and gradient as they are."""
    generator = np.random.default_rng(4)
    logits = generator.normal(size=(2, 3, CLASSES)).astype("float32")
    labels = generator.integers(0, CLASSES, (2, 3))
    loss = SparseCategoricalFocalCrossentropy(ignore_class=-100)
    results = []
    for pad in (0, 4):
        padded = np.pad(labels, ((0, 0), (0, pad)), constant_values=-100)
        value, slopes = gradient(partial(loss, padded), np.pad(logits, ((0, 0), (0, pad), (0, 0))))
        results.append((value, slopes[:, :3]))
    for first, second in zip(*results, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_gradient_against_finite_differences(batch, gamma):
    labels, logits = batch[0][:3], batch[1][:3]
    _, slopes = gradient(
        partial(SparseCategoricalFocalCrossentropy(gamma, WEIGHTS), labels), logits
    )
    step = 1e-6
    for row, column in np.ndindex(*logits.shape):
        bump = np.zeros(logits.shape)
        bump[row, column] = step
        rise = reference(labels, logits + bump, gamma, WEIGHTS).mean()
        fall = reference(labels, logits - bump, gamma, WEIGHTS).mean()
        assert slopes[row, column] == pytest.approx((rise - fall) / (2 * step), abs=1e-5)


def test_gradient_is_finite_at_certainty():
    for gamma in (0.5, 2.0):
        loss = partial(SparseCategoricalFocalCrossentropy(gamma), np.zeros(2))
        _, slopes = gradient(loss, [[500.0, -500.0], [-500.0, 500.0]])
        assert np.isfinite(slopes).all()


def test_probabilities(batch):
    labels, logits = batch
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    loss = SparseCategoricalFocalCrossentropy(from_logits=False, reduction="none")
    np.testing.assert_allclose(
        loss(labels, probabilities), reference(labels, logits, 2.0), rtol=1e-4, atol=1e-6
    )


def test_labels_may_have_a_trailing_dimension(batch):
    labels, logits = batch
    loss = SparseCategoricalCrossentropy(ignore_class=2)
    assert float(loss(labels[:, None], logits)) == float(loss(labels, logits))


def test_half_precision_logits_give_a_float32_loss(batch):
    labels, logits = batch
    value = SparseCategoricalCrossentropy()(labels, keras.ops.cast(logits, "bfloat16"))
    assert keras.backend.standardize_dtype(value.dtype) == "float32"


def test_in_fit_with_class_weights():
    """A weight of 9 on the class that has a tenth of the rows balances the bias of the output."""
    labels = np.array([0] * 90 + [1] * 10)
    inputs = np.zeros((100, 1), "float32")
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(2)])
    loss = SparseCategoricalCrossentropy(class_weights=[1, 9])
    model.compile(keras.optimizers.SGD(0.5), loss)
    model.fit(inputs, labels, epochs=60, batch_size=100, verbose=0)
    probability = keras.ops.softmax(model(inputs[:1]))[0, 1]
    assert float(probability) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "weights", [[1.0, 0.0], [1.0, -1.0], [1.0, float("nan")], [1.0, float("inf")], [], [[1.0]]]
)
def test_bad_weights(weights):
    with pytest.raises(ArgumentError, match="expected one positive finite number a class"):
        SparseCategoricalFocalCrossentropy(class_weights=weights)


def test_weights_of_another_length(batch):
    with pytest.raises(ArgumentError, match="3 class weights, but 5 classes"):
        SparseCategoricalCrossentropy(class_weights=[1, 1, 1])(*batch)


def test_weights_as_dict():
    assert SparseCategoricalCrossentropy(class_weights={1: 2.0, 0: 1.0}).class_weights == [1, 2]
    with pytest.raises(ArgumentError, match="expected 0 to 1"):
        SparseCategoricalCrossentropy(class_weights={0: 1.0, 2: 2.0})


@pytest.mark.parametrize("gamma", [-1, float("nan"), float("inf")])
def test_bad_gamma(gamma):
    with pytest.raises(ArgumentError, match="gamma"):
        SparseCategoricalFocalCrossentropy(gamma=gamma)


def one_hot(labels):
    return np.eye(CLASSES)[labels]


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
def test_label_smoothing_is_that_of_keras(batch, smoothing):
    labels, logits = batch
    theirs = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction="none"
    )(one_hot(labels), logits)
    for loss in (
        SparseCategoricalCrossentropy(label_smoothing=smoothing, reduction="none"),
        SparseCategoricalFocalCrossentropy(0.0, label_smoothing=smoothing, reduction="none"),
    ):
        np.testing.assert_allclose(loss(labels, logits), theirs, rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_smoothed_focal_is_the_categorical_focal_of_keras(batch, smoothing):
    """Theirs takes smoothed one-hot labels, with a focus of its own in each term, as ours."""
    labels, logits = batch
    theirs = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=1.5, from_logits=True, label_smoothing=smoothing
    )
    loss = SparseCategoricalFocalCrossentropy(1.5, label_smoothing=smoothing)
    # Theirs clips probabilities at 1e-7 and normalises them again.
    expected = float(theirs(one_hot(labels), logits))
    assert float(loss(labels, logits)) == pytest.approx(expected, rel=1e-5)


def test_a_smoothed_loss_is_least_at_the_smoothed_target():
    """With p = t the gradient of cross-entropy, p - t, is 0: 0.7 + 0.3 / 5 and 0.3 / 5."""
    targets = np.array([[0.76, 0.06, 0.06, 0.06, 0.06]])
    with double_precision():
        loss = SparseCategoricalCrossentropy(label_smoothing=0.3, dtype="float64")
        value, slopes = gradient(partial(loss, np.array([0])), np.log(targets))
    np.testing.assert_allclose(slopes, np.zeros((1, 5)), atol=1e-12)
    assert float(value) == pytest.approx(-(targets * np.log(targets)).sum())  # its entropy


def test_an_example_has_the_weight_of_its_label_under_smoothing_too(batch):
    labels, logits = batch
    weighted = SparseCategoricalCrossentropy(WEIGHTS, label_smoothing=0.2)
    plain = SparseCategoricalCrossentropy(label_smoothing=0.2)
    as_sample_weight = plain(labels, logits, np.array(WEIGHTS)[labels])
    assert float(weighted(labels, logits)) == pytest.approx(float(as_sample_weight), rel=1e-6)


def test_a_label_that_is_no_class_has_no_smoothed_loss_either(batch):
    labels = np.where(np.arange(11) % 3 == 0, -1, batch[0])
    loss = SparseCategoricalFocalCrossentropy(label_smoothing=0.2, reduction="none")
    value = np.asarray(loss(labels, batch[1]))
    assert (value[labels == -1] == 0).all()
    assert (value[labels != -1] > 0).all()


def test_gamma_of_each_class(batch):
    labels, logits = batch
    gammas = [0.0, 0.5, 1.0, 2.0, 5.0]
    value = np.asarray(SparseCategoricalFocalCrossentropy(gammas, reduction="none")(labels, logits))
    for label, gamma in enumerate(gammas):
        mine = labels == label
        expected = reference(labels[mine], logits[mine], gamma)
        np.testing.assert_allclose(value[mine], expected, rtol=1e-5)
    assert set(labels) == set(range(CLASSES))


def test_class_balanced_focal_is_its_formula(batch):
    """Cui et al. 2019, section 4.3: weights (1 - b) / (1 - b^n), made to sum to the classes."""
    labels, logits = batch
    counts, beta = np.array([700, 150, 60, 9, 3]), 0.99
    inverse = (1 - beta) / (1 - beta**counts)
    weights = (inverse * CLASSES / inverse.sum()).tolist()
    loss = SparseCategoricalFocalCrossentropy(
        1.5, class_weights(counts, "effective", beta=beta), reduction="none"
    )
    np.testing.assert_allclose(loss(labels, logits), reference(*batch, 1.5, weights), rtol=1e-5)
