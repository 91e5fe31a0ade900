"""What a rescue does to a model, piece by piece."""

import keras
import numpy as np
import pytest

from tfclf.diagnosis.rescue import REMEDIES, Patient, restore_loss, weigh_classes
from tfclf.diagnosis.symptoms import SYMPTOMS
from tfclf.diagnosis.vital_signs import Facts
from tfclf.imbalance import class_weights
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.training import GentlerSchedule, LayerwiseAdamW, WarmupDecay, adamw

CLASSES, ROWS = 3, 24


def made(optimizer, loss=None, rows=ROWS):
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(CLASSES)])
    model.compile(optimizer, loss or SparseCategoricalCrossentropy(), jit_compile=False)
    start = model.get_weights()
    x = np.random.default_rng(0).normal(size=(rows, 5)).astype("float32")
    y = (np.arange(rows) % CLASSES).astype("int32")
    model.fit(x, y, batch_size=4, epochs=1, verbose=0)
    return model, start, x, y


def patient(model, start, **facts):
    known = Facts(step=6, since=6, **({"rate": 1.0, "limit": 0.5} | facts))
    healthy = [weight + 1 for weight in start]
    return Patient(model, known, start, healthy, 0.01, 18, np.array([12.0, 6.0, 6.0]))


OPTIMIZERS = {
    "schedule": lambda: adamw(WarmupDecay(1.0, 18, 2)),
    "layerwise": lambda: adamw(WarmupDecay(1.0, 18, 2), rates={"dense": 0.5}),
    "number": lambda: keras.optimizers.Adam(1.0),
    "adagrad": lambda: keras.optimizers.Adagrad(1.0),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(1.0)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizer_begins_anew_at_a_lower_rate(name):
    model, start, x, y = made(OPTIMIZERS[name]())
    said = REMEDIES["learning-rate-too-high"](patient(model, start))
    assert said == "Back to the weights of the start, at most at a rate of 1.0e-02"
    for own, first in zip(model.get_weights(), start, strict=True):
        np.testing.assert_array_equal(own, first)
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    fresh = type(inner).from_config(inner.get_config())
    fresh.build(model.trainable_variables)
    states = [
        {v.name: v.numpy() for v in one.variables if "learning_rate" not in v.name}
        for one in (inner, fresh)
    ]
    assert states[0].keys() == states[1].keys()
    for key, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][key])
    assert inner.global_clipnorm == 1.0
    rates = [float(inner.learning_rate)]
    for _ in range(8):
        model.fit(x[:4], y[:4], verbose=0)
        rates.append(float(inner.learning_rate))
    # The schedule falls while the eight steps of the new warm-up rise.
    assert 0.004 < max(rates) <= 0.01 + 1e-9


def test_a_schedule_stays_one_and_a_number_stays_a_number():
    model, start, *_ = made(OPTIMIZERS["schedule"]())
    REMEDIES["learning-rate-too-high"](patient(model, start))
    assert isinstance(model.optimizer._learning_rate, GentlerSchedule)
    model, start, *_ = made(OPTIMIZERS["number"]())
    REMEDIES["learning-rate-too-high"](patient(model, start))
    model.optimizer.learning_rate = 0.003  # as ReduceLROnPlateau does
    assert float(model.optimizer.learning_rate) == pytest.approx(0.003)


def test_a_schedule_goes_on_at_its_batch_where_gradients_are_gathered():
    """Six batches of four rows, two updates: Keras asks schedules for the rate of a batch."""
    model, start, *_ = made(adamw(WarmupDecay(1.0, 18, 2), gradient_accumulation_steps=4))
    assert int(model.optimizer.iterations) == 1
    REMEDIES["learning-rate-too-high"](patient(model, start))
    schedule = model.optimizer._learning_rate
    assert schedule.begin == 6
    # WarmupDecay falls from 1 at step 2 to 0 at step 18: the highest of what is left becomes 0.01.
    assert schedule.factor == pytest.approx(0.01 / float(WarmupDecay(1.0, 18, 2)(6)))


def test_layerwise_steps_count_from_the_first_again():
    model, start, *_ = made(OPTIMIZERS["layerwise"]())
    assert isinstance(model.optimizer, LayerwiseAdamW)
    REMEDIES["learning-rate-too-high"](patient(model, start))
    assert (model.optimizer._first_steps.numpy() == -1).all()


def test_what_is_no_number_goes_back_to_the_last_healthy_weights():
    model, start, *_ = made(OPTIMIZERS["number"]())
    assert "the last healthy weights" in REMEDIES["not-finite"](patient(model, start))
    np.testing.assert_array_equal(model.get_weights()[0], start[0] + 1)


def test_a_rate_that_is_too_low_is_raised_and_the_weights_stay():
    model, start, *_ = made(keras.optimizers.Adam(1e-6))
    before = model.get_weights()
    said = REMEDIES["learning-rate-too-low"](patient(model, start, rate=1e-6))
    assert said == "Goes on from the weights, at most at a rate of 1.0e-05"
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_class_weights_are_those_of_the_rows_seen():
    model, start, x, y = made(keras.optimizers.SGD(0.0))
    plain = np.array(SparseCategoricalCrossentropy(reduction="none")(y, model(x)))
    said = weigh_classes(patient(model, start))
    weights = class_weights(np.array([12, 6, 6]), "inverse")
    assert said.startswith("Goes on with class weights 0.6")
    expected = (plain * weights[y]).mean()
    assert float(model.compute_loss(x, y, model(x))) == pytest.approx(expected, rel=1e-5)
    restore_loss(model)
    assert float(model.compute_loss(x, y, model(x))) == pytest.approx(plain.mean(), rel=1e-5)


def test_half_precision_becomes_float32():
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [keras.layers.Input((5,)), keras.layers.Dense(CLASSES, dtype="mixed_float16")]
    )
    model.compile(keras.optimizers.Adam(0.1), SparseCategoricalCrossentropy(), jit_compile=False)
    start = model.get_weights()
    said = REMEDIES["fp16-without-loss-scaling"](patient(model, start))
    assert said.endswith("in float32")
    assert model(np.ones((2, 5), "float32")).dtype == "float32"


class Unsaid(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule as tutorials write it: it does not say its config."""

    def __call__(self, step):
        return keras.ops.minimum(1.0, 0.1 * (keras.ops.cast(step, "float32") + 1))


def test_a_schedule_that_cannot_say_its_config_is_held_down():
    model, start, x, y = made(keras.optimizers.Adam(Unsaid()))
    unknown = Patient(model, Facts(6, 6, rate=0.6), start, start, 0.01, None, np.zeros(9))
    REMEDIES["learning-rate-too-high"](unknown)
    rates = [float(model.optimizer._learning_rate(step)) for step in range(50)]
    assert max(rates) == pytest.approx(0.01)


def test_variables_that_do_not_train_now_keep_their_moments():
    model, start, x, y = made(OPTIMIZERS["number"]())
    model.layers[0].trainable = False
    REMEDIES["learning-rate-too-high"](patient(model, start))
    assert len(model.optimizer.variables) > 2


def test_a_rate_that_is_high_enough_is_not_raised():
    model, start, *_ = made(keras.optimizers.Adam(0.5))
    assert REMEDIES["learning-rate-too-low"](patient(model, start, rate=0.5)) == ""


def test_class_weights_without_a_row_seen_are_none():
    model, start, *_ = made(keras.optimizers.SGD(0.0))
    assert weigh_classes(Patient(model, Facts(1, 1), start, start, 0.1, 9, np.zeros(9))) == ""


def test_weights_of_one_unit_and_of_tokens_and_not_in_validation():
    from tfclf.diagnosis.rescue import _ids

    for labels, outputs, expected in (
        (np.array([0, 1, 1]), np.zeros((3, 1)), [0, 1, 1]),
        (np.array([[0], [1]]), np.zeros((2, 1)), [0, 1]),
        (np.array([[0, 2]]), np.zeros((1, 2, 3)), [[0, 2]]),
        (np.eye(3)[[2, 0]], np.zeros((2, 3)), [2, 0]),
    ):
        np.testing.assert_array_equal(_ids(labels, outputs), expected)
    model, start, x, y = made(keras.optimizers.SGD(0.0))
    plain = float(model.compute_loss(x, y, model(x)))
    weigh_classes(patient(model, start))
    assert float(model.compute_loss(x, y, model(x), training=False)) == pytest.approx(plain)
    weigh_classes(patient(model, start))  # a second time goes before the first
    restore_loss(model)
    assert "compute_loss" not in model.__dict__
    assert float(model.compute_loss(x, y, model(x))) == pytest.approx(plain)


def test_every_remedy_is_of_a_finding():
    assert set(REMEDIES) <= {symptom.name for symptom in SYMPTOMS}
