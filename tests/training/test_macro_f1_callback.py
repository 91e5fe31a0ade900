"""Macro-F1 in anybody's fit."""

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score

from tfclf import MacroF1Callback
from tfclf.errors import ArgumentError
from tfclf.metrics import MacroF1

CLASSES = 4


@pytest.fixture
def rows():
    generator = np.random.default_rng(1)
    x = generator.normal(size=(90, 6)).astype("float32")
    y = (x[:, :CLASSES] + 0.5 * generator.normal(size=(90, CLASSES))).argmax(-1)
    return x, y


def classifier(loss=None, activation=None, **settings):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.layers.Input((6,)), keras.layers.Dense(CLASSES, activation=activation)]
    )
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=activation is None)
    model.compile(keras.optimizers.Adam(0.03), loss, **settings)
    return model


class Recorder(keras.callbacks.Callback):
    """Computes macro-F1 a second time, with scikit-learn on the model's predictions."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y, self.values = x, y, []

    def on_epoch_end(self, epoch, logs=None):
        predicted = np.argmax(self.model(self.x), -1)
        self.values.append(f1_score(self.y, predicted, average="macro", zero_division=0))


@pytest.mark.parametrize("settings", [{}, {"run_eagerly": True}, {"metrics": ["accuracy"]}])
def test_equals_scikit_learn_at_each_epoch(rows, settings):
    x, y = rows
    model, recorder = classifier(**settings), Recorder(x[60:], y[60:])
    history = model.fit(
        x[:60], y[:60], validation_data=(x[60:], y[60:]), epochs=4, batch_size=16, verbose=0,
        callbacks=[recorder, MacroF1Callback()],
    ).history  # fmt: skip
    np.testing.assert_allclose(history["val_macro_f1"], recorder.values, atol=1e-6)
    assert ("accuracy" in history) == ("metrics" in settings)


def test_one_pass_over_validation(rows):
    """The model sees each validation row once an epoch, as it does without the callback."""
    x, y = rows
    seen = []

    class Counting(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(CLASSES)

        def call(self, inputs, training=False):
            if not training:
                seen.append(len(inputs))
            return self.dense(inputs)

    model = Counting()
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True), run_eagerly=True)
    callback = MacroF1Callback(num_classes=CLASSES)
    model.fit(x[:60], y[:60], validation_data=(x[60:], y[60:]), epochs=3, verbose=0,
              callbacks=[callback])  # fmt: skip
    assert sum(size for size in seen if isinstance(size, int)) - 90 <= 3 * 30


@pytest.mark.parametrize("first", [True, False])
def test_early_stopping_wherever_it_stands(rows, first):
    """A rate that grows ruins the model after the second epoch; the best weights come back."""
    x, y = rows
    model = classifier()
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_macro_f1", mode="max", patience=2, restore_best_weights=True
    )
    ruin = keras.callbacks.LearningRateScheduler(lambda epoch: 0.03 if epoch < 2 else -0.5)
    ours = MacroF1Callback()
    callbacks = [stopping, ours, ruin] if first else [ours, ruin, stopping]
    history = model.fit(x[:60], y[:60], validation_data=(x[60:], y[60:]), epochs=12, verbose=0,
                        callbacks=callbacks).history  # fmt: skip
    assert len(history["loss"]) < 12
    predicted = np.argmax(model(x[60:]), -1)
    best = f1_score(y[60:], predicted, average="macro", zero_division=0)
    assert best == pytest.approx(max(history["val_macro_f1"]), abs=1e-6)


def test_the_model_is_as_before(rows):
    x, y = rows
    model = classifier(metrics=["accuracy"])
    names, method = [metric.name for metric in model.metrics], model.compute_metrics
    for _ in range(2):  # a second fit works as well
        model.fit(x, y, verbose=0, callbacks=[MacroF1Callback()])
        assert [metric.name for metric in model.metrics] == names
        assert model.compute_metrics == method
    assert "macro_f1" not in model.evaluate(x, y, return_dict=True, verbose=0)
    model.get_config()


def test_a_compiled_metric_is_used(rows):
    x, y = rows
    model = classifier(metrics=[MacroF1(CLASSES, per_class=True)])
    for _ in range(2):
        history = model.fit(x, y, verbose=0, callbacks=[MacroF1Callback()]).history
        assert {f"f1_{i}" for i in range(CLASSES)} | {"macro_f1", "loss"} == set(history)


def test_per_class_names(rows):
    x, y = rows
    callback = MacroF1Callback(labels=["n", "e", "s", "w"], per_class=True)
    history = classifier().fit(x, y, validation_data=(x, y), verbose=0, callbacks=[callback])
    names = {"loss", "macro_f1", "f1_n", "f1_e", "f1_s", "f1_w"}
    assert set(history.history) == names | {f"val_{name}" for name in names}


def test_one_hot_labels_and_probabilities(rows):
    x, y = rows
    model = classifier(loss="categorical_crossentropy", activation="softmax")
    recorder = Recorder(x, y)
    one_hot = np.eye(CLASSES)[y]
    history = model.fit(x, one_hot, validation_data=(x, one_hot), verbose=0,
                        callbacks=[recorder, MacroF1Callback()]).history  # fmt: skip
    np.testing.assert_allclose(history["val_macro_f1"], recorder.values, atol=1e-6)


def test_unknown_width_is_told(rows):
    x, y = rows

    class Unbuilt(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(CLASSES)

        def call(self, inputs):
            return {"a": self.dense(inputs)}

    model = Unbuilt()
    model.compile("sgd", {"a": keras.losses.SparseCategoricalCrossentropy(True)})
    with pytest.raises(ArgumentError, match=r"MacroF1Callback\(num_classes="):
        model.fit(x, {"a": y}, verbose=0, callbacks=[MacroF1Callback()])
