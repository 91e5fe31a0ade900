"""Thawing in one ``fit``: what moves when, and how far.

Each epoch has one step, and the rate is constant: Adam's first step of a weight is then the rate
times the sign of the gradient, on top of the decay (Kingma and Ba 2015, section 2.1).
"""

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification
from tfclf.errors import ArgumentError
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models.loading import named_weights
from tfclf.training import LayerwiseAdamW, Thaw, WarmupDecay, adamw, freeze

RATE, DECAY, EPOCHS, THAW = 1e-3, 0.1, 5, 4


@pytest.fixture
def model(tiny_config):
    return randomised(TFBertForSequenceClassification(tiny_config.replace(num_hidden_layers=1)))


class Watch(keras.callbacks.Callback):
    """Keeps the weights after every epoch, and scores the epochs as it is told."""

    def __init__(self, scores):
        super().__init__()
        self.scores, self.weights = scores, []

    def on_train_begin(self, logs=None):
        self.weights = [values(self.model)]

    def on_epoch_end(self, epoch, logs):
        self.weights.append(values(self.model))
        logs["score"] = self.scores[epoch]


def values(model):
    return {path: variable.numpy() for path, (_, variable) in named_weights(model).items()}


def fit(model, optimizer, scores):
    model.compile(optimizer, SparseCategoricalCrossentropy(), jit_compile=False)
    generator = np.random.default_rng(6)
    ids = generator.integers(5, model.config.vocab_size, (7, 11))
    watch = Watch(scores)
    best = keras.callbacks.EarlyStopping("score", mode="max", patience=9, restore_best_weights=True)
    model.fit(
        ids,
        generator.integers(0, 3, 7),
        batch_size=7,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=[Thaw(THAW), watch, best],
    )
    return watch.weights


def is_head(path):
    return path.startswith("classifier/")


def check_who_moves(history):
    """Epoch 4 is the first that moves the encoder; frozen weights keep every bit."""
    for epoch, (before, after) in enumerate(zip(history, history[1:], strict=False), start=1):
        for path, value in before.items():
            moved = not np.array_equal(value, after[path])
            assert moved == (is_head(path) or epoch >= THAW), (epoch, path)


def first_steps(history):
    """The distance of every encoder kernel in the thawing epoch, in rates, the decay left out."""
    before, after = history[THAW - 1], history[THAW]
    return {
        path: np.abs(after[path] - before[path] * (1 - RATE * DECAY)) / RATE
        for path in before
        if path.startswith("bert/encoder/") and path.endswith("/kernel")
    }


def test_all_weights_join_with_steps_of_their_own_count(model):
    freeze(model, "encoder")
    optimizer = adamw(RATE, DECAY, thaws=True)
    history = fit(model, optimizer, scores=[1, 3, 2, 0, 0])
    check_who_moves(history)
    assert int(model.optimizer.iterations) == EPOCHS
    assert all(variable.trainable for _, variable in named_weights(model).values())
    for path, distance in first_steps(history).items():
        # sign(gradient) * rate, less where a gradient is hardly larger than epsilon
        assert distance.max() < 1 + 1e-3, path
        assert np.median(distance) == pytest.approx(1, abs=1e-3), path
    # The second epoch was the best, and is restored whole over the thaw.
    for path, value in values(model).items():
        np.testing.assert_array_equal(value, history[2][path], err_msg=path)


def test_any_optimizer_of_keras_does(model):
    """Keras's AdamW with a schedule, and a model that is frozen in part."""
    freeze(model, "embeddings")
    schedule = WarmupDecay(RATE, total_steps=EPOCHS, decay="constant")
    optimizer = adamw(schedule, DECAY)
    assert not isinstance(optimizer, LayerwiseAdamW)
    history = fit(model, optimizer, scores=[0, 0, 0, 0, 1])
    table = "bert/embeddings/token_type/embeddings"
    for epoch in range(1, EPOCHS + 1):
        moved = not np.array_equal(history[epoch][table], history[epoch - 1][table])
        assert moved == (epoch >= THAW)
    # Its correction counts all steps. After three of them the fourth step of a weight that begins
    # is 0.1 g / (1 - 0.9^4) over sqrt(0.001 g^2 / (1 - 0.999^4)): 0.58 of the rate, not 1.
    change = history[THAW][table] - history[THAW - 1][table] * (1 - RATE * DECAY)
    used = np.abs(change[0]) / RATE  # type 0 alone occurs
    assert np.median(used) == pytest.approx(0.5811, abs=1e-3)
    for path, value in values(model).items():
        np.testing.assert_array_equal(value, history[EPOCHS][path], err_msg=path)


def begin(model, epoch=None, thaw=3):
    """Drives the callback as ``fit`` does, without a step."""
    callback = Thaw(thaw)
    callback.set_model(model)
    callback.on_train_begin()
    if epoch is not None:
        callback.on_epoch_begin(epoch)
    return callback


def test_nothing_happens_where_nothing_is_frozen(model):
    model.compile(adamw(RATE), SparseCategoricalCrossentropy(), jit_compile=False)
    model.train_function = function = object()
    begin(model, epoch=2)
    assert model.train_function is function
    assert not model.optimizer.built


def test_the_optimizer_has_slots_for_all_and_the_model_stays_as_it_was(model):
    freeze(model, "encoder")
    model.bert.pooler.trainable = True
    before = {layer: layer.trainable for layer in model._flatten_layers()}
    model.compile(adamw(RATE, rates={"classifier": 2.0}), jit_compile=False)
    begin(model, epoch=1)  # the second epoch: one too early
    assert {layer: layer.trainable for layer in model._flatten_layers()} == before
    assert isinstance(model.optimizer, LayerwiseAdamW)
    # Two moments a weight, the count of all steps, the rate, and the vector of first steps.
    assert len(model.optimizer.variables) == 2 * len(named_weights(model)) + 3


def test_a_fit_that_begins_later_thaws_at_once(model):
    freeze(model, "encoder")
    model.compile("sgd", "mse", jit_compile=False)
    begin(model, epoch=7)
    assert len(model.trainable_weights) == len(named_weights(model))


def test_an_optimizer_built_over_a_part_is_refused(model):
    freeze(model, "encoder")
    model.compile(adamw(RATE), SparseCategoricalCrossentropy(), jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    with pytest.raises(ArgumentError, match="built over the weights that are not frozen.*Compile"):
        begin(model)


def test_an_optimizer_built_before_freezing_is_taken(model):
    model.compile("sgd", SparseCategoricalCrossentropy(), jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    number = len(model.optimizer.variables)
    freeze(model, "encoder")
    begin(model)
    assert len(model.optimizer.variables) == number


def test_epochs_are_counted_from_one():
    with pytest.raises(ArgumentError, match="epoch is 0, expected the number of an epoch, from 1"):
        Thaw(0)
