"""Mixup: between the wrapped model and its head, in training only."""

import keras
import numpy as np
import pytest
from scipy import special, stats

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification
from tfclf.errors import ArgumentError
from tfclf.losses import BinaryCrossentropy, SparseCategoricalCrossentropy
from tfclf.models import TFBertForTokenClassification
from tfclf.training import MacroF1Callback
from tfclf.training.mixup import Mixup, larger_ratios

BATCH, SEQ = 5, 8  # an odd batch: its third row is its own partner


class Fixed(Mixup):
    """Mixes at a known ratio."""

    def __init__(self, model, ratio, **settings):
        super().__init__(model, **settings)
        self.fixed = ratio

    def draw_ratio(self):
        return keras.ops.convert_to_tensor(self.fixed, "float32")


@pytest.fixture
def model(tiny_config):
    return randomised(TFBertForSequenceClassification(tiny_config.replace(num_hidden_layers=1)))


@pytest.fixture(scope="module")
def texts():
    generator = np.random.default_rng(4)
    mask = (np.arange(SEQ) < generator.integers(3, SEQ, (BATCH, 1))).astype("int32")
    ids = generator.integers(5, 60, (BATCH, SEQ)).astype("int32") * mask
    return {"input_ids": ids, "attention_mask": mask}


LABELS = np.array([0, 2, 1, 1, 0], "int32")
HOT = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 1]], "float32")
WEIGHTS = np.array([1.0, 0.5, 2.0, 0.0, 3.0], "float32")


def mixed_logits(model, texts, ratio):
    """The head's own matrix on mixed vectors, in NumPy."""
    vectors = np.array(model.bert(texts, training=False).pooler_output)
    mixed = ratio * vectors + (1 - ratio) * vectors[::-1]
    return mixed @ model.classifier.kernel.numpy() + model.classifier.bias.numpy()


def cross_entropy(logits, labels):
    return -special.log_softmax(logits, axis=-1)[np.arange(len(labels)), labels]


def binary_cross_entropy(logits, hot):
    return -(hot * special.log_expit(logits) + (1 - hot) * special.log_expit(-logits)).mean(-1)


def loss_of_fit(model, texts, labels, loss, weights=None):
    # A rate of 0: the loss is that of the weights as they are.
    model.compile(keras.optimizers.SGD(0.0), loss, jit_compile=False)
    fitted = model.fit(
        texts, labels, sample_weight=weights, batch_size=BATCH, shuffle=False, verbose=0
    )
    return fitted.history["loss"][0]


@pytest.mark.parametrize("ratio", [1.0, 0.7, 0.5])
@pytest.mark.parametrize(
    ("loss", "labels", "formula"),
    [
        (SparseCategoricalCrossentropy(), LABELS, cross_entropy),
        (BinaryCrossentropy(), HOT, binary_cross_entropy),
    ],
    ids=["single-label", "multi-label"],
)
def test_the_loss_of_a_batch_is_the_formula(model, texts, loss, labels, formula, ratio):
    logits = mixed_logits(model, texts, ratio)
    expected = ratio * formula(logits, labels) + (1 - ratio) * formula(logits, labels[::-1])
    found = loss_of_fit(Fixed(model, ratio), texts, labels, loss)
    assert found == pytest.approx(expected.mean(), rel=1e-5)


def test_sample_weights_go_with_their_labels(model, texts):
    logits = mixed_logits(model, texts, 0.7)
    own = WEIGHTS * cross_entropy(logits, LABELS)
    other = WEIGHTS[::-1] * cross_entropy(logits, LABELS[::-1])
    found = loss_of_fit(Fixed(model, 0.7), texts, LABELS, SparseCategoricalCrossentropy(), WEIGHTS)
    assert found == pytest.approx((0.7 * own + 0.3 * other).mean(), rel=1e-5)


def test_unmixed_it_trains_as_the_model_alone(model, texts, tiny_config):
    alone = TFBertForSequenceClassification(tiny_config.replace(num_hidden_layers=1))
    alone.set_weights(model.get_weights())
    begun = model.get_weights()
    for trained in (alone, Fixed(model, 1.0)):
        trained.compile(keras.optimizers.SGD(0.1), SparseCategoricalCrossentropy())
        trained.fit(texts, LABELS, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
    moved = 0
    for one, other, before in zip(alone.get_weights(), model.get_weights(), begun, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
        moved += not np.array_equal(before, other)
    # All that train but the bias of the keys, which a softmax over keys does not see.
    assert moved >= len(alone.trainable_weights) - 1


def test_evaluation_and_prediction_are_the_models_own(model, texts):
    mixed = Fixed(model, 0.6)
    for trained in (mixed, model):
        trained.compile("sgd", SparseCategoricalCrossentropy(), metrics=["accuracy"])
    np.testing.assert_array_equal(mixed.predict(texts, verbose=0), model.predict(texts, verbose=0))
    assert mixed.evaluate(texts, LABELS, verbose=0) == model.evaluate(texts, LABELS, verbose=0)


def test_the_wrapped_models_own_weights_train(model, texts):
    mixed = Mixup(model, alpha=0.4)
    begun = model.classifier.kernel.numpy()
    mixed.compile("adam", SparseCategoricalCrossentropy(), jit_compile=False)
    counting = MacroF1Callback()
    history = mixed.fit(
        texts, LABELS, validation_data=(texts, LABELS), epochs=2, verbose=0, callbacks=[counting]
    )
    assert (model.classifier.kernel.numpy() != begun).any()
    assert {"macro_f1", "val_macro_f1"} <= history.history.keys()
    assert mixed.trainable_weights == model.trainable_weights


def test_the_ratios_are_those_of_the_distribution():
    for alpha in (0.05, 0.2, 1.0, 4.0):
        ratios = larger_ratios(alpha).astype("float64")
        assert ratios.min() >= 0.5 and ratios.max() <= 1
        # Var = 1 / (4 (2 alpha + 1)), as of any Beta(alpha, alpha) around its mean of a half.
        assert ((ratios - 0.5) ** 2).mean() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=1e-3)
    # Of the larger part r: P(r <= x) = P(1 - x <= ratio <= x).
    table, beta = larger_ratios(0.2), stats.beta(0.2, 0.2)
    for x in (0.55, 0.7, 0.9, 0.99):
        assert (table <= x).mean() == pytest.approx(beta.cdf(x) - beta.cdf(1 - x), abs=1e-3)


def test_ratios_differ_from_batch_to_batch_and_repeat_with_the_seed(model):
    drawn = [[float(mixed.draw_ratio()) for _ in range(6)]
             for mixed in (Mixup(model, seed=seed) for seed in (3, 3, 4))]  # fmt: skip
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) > 1


@pytest.mark.parametrize("alpha", [0, -1.0, float("nan"), float("inf"), "0.2", True])
def test_bad_alpha(model, alpha):
    with pytest.raises(ArgumentError, match="alpha is .*, expected a positive number"):
        Mixup(model, alpha)


def test_a_model_over_words_is_refused(tiny_config):
    with pytest.raises(ArgumentError, match="is a TFBertForTokenClassification, expected"):
        Mixup(TFBertForTokenClassification(tiny_config.replace(num_hidden_layers=1)))


def test_labels_of_several_heads_are_refused(model, texts):
    mixed = Mixup(model)
    mixed.compile("sgd", SparseCategoricalCrossentropy())
    logits = mixed(texts, training=True)
    with pytest.raises(ArgumentError, match="labels as a dict, expected one array"):
        mixed.compute_loss(texts, {"intent": LABELS}, logits)


def test_texts_in_windows_are_refused_in_training_only(model):
    ids = np.random.default_rng(1).integers(5, 60, (BATCH, 2, SEQ))
    with pytest.raises(ArgumentError, match=r"ids of the shape \(5, 2, 8\)"):
        Mixup(model)({"input_ids": ids}, training=True)
    assert Mixup(model)({"input_ids": ids}, training=False).shape == (BATCH, 3)
