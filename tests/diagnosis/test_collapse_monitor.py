"""The monitor on trainings that collapse by construction, and on healthy ones."""

import keras
import numpy as np
import pytest

from tfclf.diagnosis import CollapseMonitor
from tfclf.diagnosis.movement import Movement
from tfclf.errors import ArgumentError
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models import TFBertForSequenceClassification
from tfclf.training import MacroF1Callback, WarmupDecay, adamw

ROWS, WORDS, BATCH = 256, 6, 8


def rows(seed=0, labels=2):
    """Rows whose label is the first of two words that occur in each."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, labels, ROWS)
    ids = generator.integers(20, 40, (ROWS, WORDS))
    ids[:, 0], ids[:, -1], ids[:, 2] = 2, 3, 7 + label
    return ids.astype("int32"), label.astype("int32")


def network(width=2, **settings):
    """A small network of embeddings that reads words."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Input((WORDS,), dtype="int32"),
            keras.layers.Embedding(50, 8),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(width, activation=settings.pop("activation", None)),
        ]
    )
    loss = settings.pop("loss", None) or SparseCategoricalCrossentropy()
    model.compile(settings.pop("optimizer", None) or keras.optimizers.Adam(0.03), loss, **settings)
    return model


def fit(model, monitor, data=None, **settings):
    x, y = data or rows()
    return model.fit(
        x, y, batch_size=BATCH, verbose=0, callbacks=[monitor], **({"epochs": 4} | settings)
    )


@pytest.fixture
def bert(tiny_encoder):
    """A pretrained model whose schedule goes up to a rate."""

    def make(rate, steps=ROWS // BATCH * 4):
        keras.utils.set_random_seed(2)
        model = TFBertForSequenceClassification.from_pretrained(tiny_encoder, num_labels=2)
        kernel = model.classifier.kernel
        kernel.assign(np.random.default_rng(2).normal(0, 0.02, kernel.shape))  # on any backend
        optimizer = adamw(WarmupDecay(rate, steps, steps // 10))
        model.compile(optimizer, SparseCategoricalCrossentropy(), jit_compile=False)
        return model

    return make


def test_a_healthy_training_is_silent():
    monitor = CollapseMonitor("warn")
    history = fit(network(), monitor, validation_split=0.1)
    assert history.history["loss"][-1] < 0.1
    assert monitor.events == []


def test_logs_and_steps_are_as_without_it():
    x, y = rows()
    plain, watched = network(metrics=["accuracy"]), network(metrics=["accuracy"])
    settings = {"validation_data": (x, y), "shuffle": False}
    before = fit(plain, keras.callbacks.Callback(), (x, y), **settings)
    after = fit(watched, CollapseMonitor(), (x, y), **settings)
    # JAX compiles a step as a whole, and what is heard of it may change the order of a sum.
    tolerance = {"rtol": 0 if keras.backend.backend() == "tensorflow" else 1e-4, "atol": 0}
    assert before.history.keys() == after.history.keys()
    for name, figures in before.history.items():
        np.testing.assert_allclose(figures, after.history[name], **tolerance)
    for own, other in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, **tolerance)
    assert "compute_metrics" not in watched.__dict__
    assert [metric.name for metric in watched.metrics] == [metric.name for metric in plain.metrics]


@pytest.mark.parametrize("order", ["first", "last"])
def test_it_listens_beside_another_callback(order):
    monitor, macro = CollapseMonitor(), MacroF1Callback()
    callbacks = [monitor, macro] if order == "first" else [macro, monitor]
    x, y = rows()
    model = network()
    history = model.fit(x, y, epochs=1, verbose=0, callbacks=callbacks)
    assert "macro_f1" in history.history
    assert "compute_metrics" not in model.__dict__ and "test_step" not in model.__dict__
    assert "macro_f1" not in model.fit(x, y, epochs=1, verbose=0).history


def test_logits_read_as_probabilities_are_seen_at_once_and_repaired():
    naive = "sparse_categorical_crossentropy"
    monitor = CollapseMonitor("rescue")
    model = network(loss=naive)
    history = fit(model, monitor)
    (event,) = monitor.events
    assert (event.step, event.causes[0]) == (8, "logits-read-as-probabilities")
    assert "the loss is given probabilities" in event.remedy
    assert history.history["loss"][-1] < 0.1
    assert "compute_loss" not in model.__dict__


def test_the_same_repair_gives_what_the_right_loss_gives():
    monitor = CollapseMonitor("rescue", every=1)
    repaired = network(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.SGD(0.1))
    x, y = rows()
    fit(repaired, monitor, (x, y), epochs=1, shuffle=False)
    # After one step it went back to the start: from there it trains as this one does, clipped.
    right = network(optimizer=keras.optimizers.SGD(0.1, global_clipnorm=1.0))
    right.optimizer.learning_rate = float(repaired.optimizer.learning_rate)
    fit(right, keras.callbacks.Callback(), (x[BATCH:], y[BATCH:]), epochs=1, shuffle=False)
    for own, other in zip(repaired.get_weights(), right.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, atol=1e-6)


def test_sorted_labels_are_seen():
    x, y = rows()
    order = np.argsort(y, kind="stable")
    parts = np.array_split(order, 16)  # runs of a few batches, label after label
    order = np.concatenate([parts[i] for i in (0, 15, 1, 14, 2, 13, 3, 12, 4, 11, 5, 10, 6, 9)])
    monitor = CollapseMonitor("warn")
    fit(network(), monitor, (x[order], y[order]), shuffle=False, epochs=2)
    assert monitor.events[0].causes == ("sorted-labels",)
    assert monitor.events[0].step <= 32


def test_numbers_that_are_none_stop_a_training():
    x, y = rows()
    monitor = CollapseMonitor("stop")
    model = network(optimizer=keras.optimizers.SGD(float("inf")))
    history = fit(model, monitor, (x, y))
    assert monitor.events[0].kind == "not-finite"
    assert monitor.events[0].step <= 3
    assert len(history.epoch) == 1


def test_it_goes_back_from_numbers_that_are_none():
    class Breaks(keras.callbacks.Callback):
        """Breaks a weight once, as a bad batch might."""

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                kernel = self.model.layers[-1].kernel
                kernel.assign(kernel * np.nan)

    x, y = rows()
    model, monitor = network(), CollapseMonitor("rescue")
    history = model.fit(x, y, batch_size=BATCH, epochs=4, verbose=0, callbacks=[monitor, Breaks()])
    (event,) = monitor.events
    assert event.kind == "not-finite" and "the last healthy weights" in event.remedy
    assert history.history["loss"][-1] < 0.2
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_a_rate_that_is_too_high_is_seen_named_and_repaired(bert):
    monitor = CollapseMonitor("rescue")
    model = bert(0.5)
    history = fit(model, monitor)
    assert monitor.events[0].causes[0] == "learning-rate-too-high"
    assert monitor.events[0].step <= 40
    assert "the weights of the start, at most at a rate of 1.0e-04" in monitor.events[0].remedy
    rates = [float(model.optimizer.learning_rate)]
    assert max(rates) <= 1e-4
    assert np.isfinite(history.history["loss"][-1])


def test_a_healthy_pretrained_model_is_silent(bert):
    monitor = CollapseMonitor("warn")
    fit(bert(3e-4), monitor)
    assert monitor.events == []


def test_it_rescues_so_often_and_no_more(bert):
    class Worse(keras.callbacks.Callback):
        """Raises the rate again after each rescue."""

        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.learning_rate = 0.5

    x, y = rows()
    model = bert(0.5)
    model.compile(keras.optimizers.Adam(0.5), SparseCategoricalCrossentropy(), jit_compile=False)
    monitor = CollapseMonitor("rescue", most_rescues=1)
    model.fit(x, y, batch_size=BATCH, epochs=4, verbose=0, callbacks=[monitor, Worse()])
    assert len(monitor.events) == 2
    assert "The training is stopped" in monitor.events[1].remedy


def test_a_second_fit_begins_anew():
    monitor = CollapseMonitor("warn")
    fit(network(loss="sparse_categorical_crossentropy"), monitor, epochs=1)
    assert len(monitor.events) == 1
    fit(network(), monitor, epochs=1)
    assert monitor.events == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "pray"}, "action is 'pray', expected one of warn, stop, rescue"),
        ({"most_rescues": 0}, "most_rescues is 0"),
        ({"every": 1.5}, "every is 1.5"),
    ],
    ids=["action", "rescues", "every"],
)
def test_bad_arguments_are_named(arguments, said):
    with pytest.raises(ArgumentError, match=said):
        CollapseMonitor(**arguments)


def test_movement_is_the_distance_in_shares_of_the_norm(tiny_encoder):
    model = TFBertForSequenceClassification.from_pretrained(tiny_encoder, num_labels=2)
    movement = Movement(model)
    assert movement.pretrained and not movement.frozen
    assert movement.share() == 0.0
    for variable in model.trainable_weights:
        variable.assign(variable * 1.5)
    assert movement.share() == pytest.approx(0.5, rel=1e-5)
    movement.begin()
    assert movement.share() == 0.0


def test_a_new_network_is_not_pretrained_and_a_frozen_one_is_frozen(tiny_config, tiny_encoder):
    assert not Movement(TFBertForSequenceClassification(tiny_config)).pretrained
    model = TFBertForSequenceClassification.from_pretrained(tiny_encoder, num_labels=2)
    model.bert.trainable = False
    frozen = Movement(model)
    assert frozen.frozen and frozen.share() is None
