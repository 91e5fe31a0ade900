"""``fit`` begins in the middle of an epoch, and everything behind it is as ever."""

import keras
import numpy as np
import pytest

from tests.data.test_batches import encoded
from tfclf.data import Batches
from tfclf.training.resuming import Position


class Told(keras.callbacks.Callback):
    """Takes down what ``fit`` calls."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(batch)

    def on_test_begin(self, logs=None):
        self.calls.append("test")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append("end")


def fitted(done, *, validates, epochs=3, stops=None):
    rows = encoded(np.full(22, 4), np.arange(22) % 3)
    batches = Batches(rows, 5, shuffle=True)  # five of them
    inputs = keras.layers.Input((None,), name="input_ids", dtype="int32")
    mask = keras.layers.Input((None,), name="attention_mask", dtype="int32")
    outputs = keras.layers.Dense(3)(keras.ops.sum(keras.layers.Embedding(1100, 2)(inputs), 1))
    model = keras.Model({"input_ids": inputs, "attention_mask": mask}, outputs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, jit_compile=False)
    told, position = Told(), Position(batches, 1, done)
    history = model.fit(
        batches.dataset(),
        validation_data=Batches(rows, 5).dataset() if validates else None,
        initial_epoch=1,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[*([stops] if stops else []), told, position],
    )
    return told.calls, history, position


@pytest.mark.parametrize("validates", [True, False])
@pytest.mark.parametrize("done", [0, 2, 4])
def test_the_rest_of_the_epoch_and_the_next(done, validates):
    calls, history, position = fitted(done, validates=validates)
    test = ["test"] if validates else []
    rest = list(range(5 - done))
    assert calls == ["epoch 1", *rest, *test, "end", "epoch 2", *range(5), *test, "end"]
    assert history.epoch == [1, 2]
    assert (position.epoch, position.step) == (2, 5)


def test_an_epoch_of_which_only_the_end_is_left():
    """Its step is called for, and does nothing."""
    calls, history, _ = fitted(5, validates=True)
    assert calls == ["epoch 1", 0, "test", "end", "epoch 2", *range(5), "test", "end"]
    assert history.history["loss"][0] == 0.0  # the figures as they are: nothing was added up
    assert history.history["loss"][1] > 0.0


def test_who_stops_the_training_with_the_last_step_is_heard():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 2

    calls, _, _ = fitted(2, validates=True, stops=Stop())
    assert calls == ["epoch 1", 0, 1, 2, "test", "end"]
