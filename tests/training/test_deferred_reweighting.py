"""Class weights that begin in an epoch of ``fit``, against the losses in NumPy.

Where the rate is 0 the logits stay as they are, and the loss of each epoch is known beforehand.
"""

import keras
import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.losses import (
    BinaryCrossentropy,
    LDAMLoss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from tfclf.training.deferred_reweighting import DeferredReweighting

ROWS, FEATURES, CLASSES = 7, 4, 3
WEIGHTS = [0.25, 0.75, 2.0]
LABELS = np.array([0, 0, 0, 0, 1, 1, 2])


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(2).normal(size=(ROWS, FEATURES)).astype("float32")


def kernel(classes=CLASSES):
    return np.random.default_rng(3).normal(size=(FEATURES, classes)).astype("float32")


def classifier(loss, rate=0.0, **settings):
    model = keras.Sequential(
        [keras.layers.Input((FEATURES,)), keras.layers.Dense(CLASSES, use_bias=False)]
    )
    model.set_weights([kernel()])
    model.compile(keras.optimizers.SGD(rate), loss, **{"jit_compile": False, **settings})
    return model


def fit(model, inputs, callbacks, epochs=4, **settings):
    settings = {"batch_size": ROWS, "shuffle": False, "verbose": 0, **settings}
    return model.fit(inputs, LABELS, epochs=epochs, callbacks=callbacks, **settings).history


def softmax(logits):
    scores = np.exp(logits.astype("float64"))
    return scores / scores.sum(-1, keepdims=True)


def cross_entropy(inputs, weights=(1, 1, 1)):
    each = -np.log(softmax(inputs @ kernel())[np.arange(ROWS), LABELS])
    return (np.array(weights)[LABELS] * each).mean()


@pytest.mark.parametrize("settings", [{}, {"run_eagerly": True}, {"jit_compile": True}])
def test_the_loss_of_each_epoch(inputs, settings):
    model = classifier(SparseCategoricalCrossentropy(), **settings)
    history = fit(
        model,
        inputs,
        [DeferredReweighting(3, WEIGHTS)],
        validation_data=(inputs, LABELS),
    )
    plain, weighted = cross_entropy(inputs), cross_entropy(inputs, WEIGHTS)
    assert abs(plain - weighted) > 0.1
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(history[name], [plain, plain, weighted, weighted], rtol=1e-5)


def test_a_second_fit_begins_without_weights_again(inputs):
    model, late = classifier(SparseCategoricalCrossentropy()), DeferredReweighting(2, WEIGHTS)
    plain, weighted = cross_entropy(inputs), cross_entropy(inputs, WEIGHTS)
    for callback in (late, late, DeferredReweighting(2, WEIGHTS)):
        history = fit(model, inputs, [callback], epochs=2)
        np.testing.assert_allclose(history["loss"], [plain, weighted], rtol=1e-5)
        assert model.loss.class_weights == WEIGHTS
        value = model.evaluate(inputs, LABELS, verbose=0)
        assert value == pytest.approx(weighted, rel=1e-5)


def test_a_fit_that_was_broken_off_leaves_nothing_behind(inputs):
    class Breaks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    model, late = classifier(SparseCategoricalCrossentropy()), DeferredReweighting(2, WEIGHTS)
    with pytest.raises(KeyboardInterrupt):
        fit(model, inputs, [late, Breaks()])
    history = fit(model, inputs, [late], epochs=1)
    assert history["loss"] == pytest.approx([cross_entropy(inputs)], rel=1e-5)


def test_the_steps_have_the_weights(inputs):
    """The gradient of cross-entropy is x (p - t) w_y / rows: one step of each kind by hand."""
    moved = []
    for epoch in (1, 2):
        model = classifier(SparseCategoricalCrossentropy(), rate=0.5)
        fit(model, inputs, [DeferredReweighting(epoch, WEIGHTS)], epochs=1)
        moved.append(model.get_weights()[0] - kernel())
    slope = softmax(inputs @ kernel()) - np.eye(CLASSES)[LABELS]
    for got, weights in zip(moved, (WEIGHTS, [1, 1, 1]), strict=True):
        each = np.array(weights)[LABELS][:, None] * slope
        np.testing.assert_allclose(got, -0.5 * inputs.T @ each / ROWS, rtol=1e-4, atol=1e-6)


def test_a_fit_that_begins_later_is_weighted_at_once(inputs):
    model = classifier(SparseCategoricalCrossentropy())
    history = fit(model, inputs, [DeferredReweighting(2, WEIGHTS)], epochs=4, initial_epoch=2)
    assert history["loss"] == pytest.approx([cross_entropy(inputs, WEIGHTS)] * 2, rel=1e-5)


def test_weights_of_the_loss_itself_do_not_count(inputs):
    model = classifier(SparseCategoricalCrossentropy([3.0, 1.0, 5.0]))
    history = fit(model, inputs, [DeferredReweighting(2, WEIGHTS)], epochs=2)
    expected = [cross_entropy(inputs), cross_entropy(inputs, WEIGHTS)]
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)


def test_steps_are_built_anew_only_where_the_weights_change(inputs):
    class Watch(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.functions = []

        def on_epoch_begin(self, epoch, logs=None):
            self.functions.append(self.model.train_function)

    watch = Watch()
    fit(classifier(LDAMLoss([4, 2, 1])), inputs, [DeferredReweighting(3, WEIGHTS), watch])
    first, second, third, fourth = watch.functions
    assert first is second
    assert second is not third
    assert third is fourth


def two_heads(losses):
    features = keras.Input((FEATURES,))
    layer = keras.layers.Dense
    outputs = {
        "topic": layer(CLASSES, use_bias=False, name="topic")(features),
        "tones": layer(2, use_bias=False, name="tones")(features),
    }
    model = keras.Model(features, outputs)
    model.get_layer("topic").set_weights([kernel()])
    model.get_layer("tones").set_weights([kernel(2)])
    model.compile(keras.optimizers.SGD(0.0), losses, jit_compile=False)
    return model


def both_losses():
    return {"topic": SparseCategoricalCrossentropy(), "tones": BinaryCrossentropy()}


TONES = np.array([[1, 0], [0, 0], [1, 1], [0, 1], [0, 0], [1, 0], [0, 1]])


def test_of_several_heads_the_named_one_is_weighted(inputs):
    model = two_heads(both_losses())
    tone_weights = [0.5, 1.5]
    history = model.fit(
        inputs, {"topic": LABELS, "tones": TONES}, epochs=3, batch_size=ROWS, verbose=0,
        callbacks=[
            DeferredReweighting(3, WEIGHTS, head="topic"),
            DeferredReweighting(2, tone_weights, head="tones"),
        ],
    ).history  # fmt: skip
    p = 1 / (1 + np.exp(-(inputs @ kernel(2)).astype("float64")))
    entries = -np.log(np.where(TONES == 1, p, 1 - p))
    plain, weighted = entries.mean(), (entries * tone_weights).mean()
    np.testing.assert_allclose(history["tones_loss"], [plain, weighted, weighted], rtol=1e-5)
    plain, weighted = cross_entropy(inputs), cross_entropy(inputs, WEIGHTS)
    np.testing.assert_allclose(history["topic_loss"], [plain, plain, weighted], rtol=1e-5)


def begin(model, **settings):
    """Lets the callback look at the model, as ``fit`` does before the first step."""
    callback = DeferredReweighting(2, **settings)
    callback.set_model(model)
    callback.on_train_begin()


def test_heads_that_cannot_be_meant():
    model = two_heads(both_losses())
    with pytest.raises(ArgumentError, match="several losses, of topic, tones.*head="):
        begin(model, class_weights=WEIGHTS)
    with pytest.raises(ArgumentError, match="no loss is compiled for 'tone', only for topic, tone"):
        begin(model, class_weights=WEIGHTS, head="tone")
    begin(model, class_weights=[1.0, 2.0], head="tones")
    with pytest.raises(ArgumentError, match="no loss is compiled for 'topic', only for its one"):
        begin(classifier(LDAMLoss([4, 2, 1])), class_weights=WEIGHTS, head="topic")


def test_one_loss_object_for_two_heads_is_refused():
    loss = BinaryCrossentropy()
    model = two_heads({"topic": loss, "tones": loss})
    with pytest.raises(ArgumentError, match="'tones' and 'topic' have one loss object"):
        begin(model, class_weights=[1.0, 2.0], head="tones")


def test_a_list_of_losses_goes_by_the_names_of_the_outputs():
    features = keras.Input((FEATURES,))
    outputs = [keras.layers.Dense(CLASSES, name=name)(features) for name in ("topic", "other")]
    model = keras.Model(features, outputs)
    losses = [SparseCategoricalCrossentropy([1, 2, 3]), SparseCategoricalCrossentropy([3, 2, 1])]
    model.compile("sgd", losses, jit_compile=False)
    begin(model, class_weights=WEIGHTS, head="other")
    assert losses[0].class_weights == [1, 2, 3]
    assert losses[1].class_weights is None


@pytest.mark.parametrize("loss", ["mse", keras.losses.MeanSquaredError(), MeanSquaredError(), None])
def test_a_loss_without_class_weights_is_refused(loss):
    with pytest.raises(ArgumentError, match="expected one of tfclf.losses over classes"):
        begin(classifier(loss), class_weights=WEIGHTS)


@pytest.mark.parametrize("loss", [LDAMLoss([4, 2, 1]), SparseCategoricalCrossentropy()])
def test_another_number_of_classes_is_refused_before_the_first_step(loss):
    with pytest.raises(ArgumentError, match="2 class weights, but 3 classes"):
        begin(classifier(loss), class_weights=[1.0, 2.0])


@pytest.mark.parametrize("epoch", [0, -1, 1.5, True, "2"])
def test_bad_epochs(epoch):
    with pytest.raises(ArgumentError, match="expected the number of an epoch, from 1"):
        DeferredReweighting(epoch, WEIGHTS)


@pytest.mark.parametrize("weights", [None, [], [1.0, 0.0], [1.0, float("nan")], [1.0, 2e4]])
def test_bad_weights(weights):
    with pytest.raises(ArgumentError, match="class_weights"):
        DeferredReweighting(2, weights)


def test_weights_may_be_a_dict():
    assert DeferredReweighting(2, {1: 1.5, 0: 0.5}).class_weights == [0.5, 1.5]
