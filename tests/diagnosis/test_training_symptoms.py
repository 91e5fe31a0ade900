"""Rates, schedules, lengths and frozen parts: a planted case is named, a healthy one is not."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from tfclf.data import read_rows
from tfclf.diagnosis import Case, Plan
from tfclf.diagnosis.evidence.batch import Batch
from tfclf.diagnosis.evidence.model import read_model
from tfclf.diagnosis.evidence.steps import Trial, gradient, trial
from tfclf.diagnosis.symptoms import (
    batch_too_small,
    encoder_frozen,
    few_rows,
    learning_rate_too_high,
    learning_rate_too_low,
    no_warmup,
    nothing_trains,
    schedule_ends_early,
    schedule_negative,
    schedule_never_peaks,
    too_few_steps,
    unsuited_optimizer,
    vanishing_gradients,
)
from tfclf.training import WarmupDecay

EVERY = (
    batch_too_small, encoder_frozen, few_rows, learning_rate_too_high, learning_rate_too_low,
    no_warmup, nothing_trains, schedule_ends_early, schedule_negative, schedule_never_peaks,
    too_few_steps, unsuited_optimizer, vanishing_gradients,
)  # fmt: skip
ROWS, SEQ, WORDS, HIDDEN = 24, 7, 600, 160


def small(pretrained=True, width=HIDDEN, activation="tanh", penalty=None):
    """An encoder in the sense of the doctor: embeddings of a vocabulary, a normalisation."""
    keras.utils.set_random_seed(3)
    ids = keras.Input((None,), dtype="int32", name="input_ids")
    hidden = keras.layers.Embedding(max(WORDS, 2 * width), width, name="embedding")(ids)
    hidden = keras.layers.LayerNormalization(name="norm")(hidden)
    hidden = keras.layers.GlobalAveragePooling1D()(hidden)
    hidden = keras.layers.Dense(width, activation, kernel_regularizer=penalty, name="middle")(
        hidden
    )
    model = keras.Model(ids, keras.layers.Dense(3, name="answer")(hidden))
    if pretrained:
        norm = model.get_layer("norm")
        norm.gamma.assign(np.linspace(0.5, 1.5, width))
    return model


def compiled(model, optimizer):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, jit_compile=False)
    return model


def batch():
    generator = np.random.default_rng(0)
    labels = np.arange(ROWS) % 3
    ids = generator.integers(5, WORDS, (ROWS, SEQ))
    return Batch({"input_ids": ids.astype("int32")}, labels.astype("int32"))


def pipeline(rows=ROWS):
    return SimpleNamespace(
        batches=(batch(),), num_rows=rows, is_whole=True, size=rows, is_unbatched=False,
        counts=np.array([rows // 3] * 3),
    )  # fmt: skip


def case(model, plan=None, rows=12_000, **others):
    found = read_model(model, batch())
    plan = plan or Plan(3, 120, 16)
    return Case(model=found, train=pipeline(rows), plan=plan, **others)


def healthy(steps=360, rate=1e-4):
    schedule = WarmupDecay(rate, steps, steps // 10)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def named(module, *arguments, **keywords):
    found = module.look(case(*arguments, **keywords))
    if not found:
        return []
    found = found if isinstance(found, list) else [found]
    assert {one.name for one in found} == {module.SYMPTOM.name}
    return [one.severity for one in found]


@pytest.mark.parametrize("module", EVERY, ids=[m.SYMPTOM.name for m in EVERY])
def test_healthy_and_unknown_are_silent(module):
    assert named(module, compiled(small(), healthy())) == []
    assert not module.look(Case())
    assert not module.look(Case(plan=Plan(3, None, None)))


@pytest.mark.parametrize("module", EVERY, ids=[m.SYMPTOM.name for m in EVERY])
def test_looking_changes_nothing(module):
    model = compiled(small(), keras.optimizers.SGD(1e-3))
    one = case(model, Plan(1, 10, 2))
    before = one.model.digest()
    module.look(one)
    assert one.model.digest() == before


@pytest.mark.parametrize(
    ("rate", "said"),
    [(5e-4, []), (6e-4, ["warning"]), (1e-3, ["error"]), (1e-2, ["error"])],
    ids=["at the limit", "above", "Adam's default", "far above"],
)
def test_rate_too_high(rate, said):
    # A narrow encoder's limit is 5e-4; Adam's default is an error for every pretrained one.
    model = compiled(small(), keras.optimizers.Adam(rate))
    assert named(learning_rate_too_high, model) == said


def test_rate_of_a_new_or_frozen_encoder_or_of_the_head_alone():
    assert named(learning_rate_too_high, compiled(small(False), keras.optimizers.Adam(1e-2))) == []
    model = small()
    for name in ("embedding", "norm", "middle"):
        model.get_layer(name).trainable = False
    assert named(learning_rate_too_high, compiled(model, keras.optimizers.Adam(1e-2))) == []


def test_wide_encoders_bear_less():
    model = compiled(small(width=1024), keras.optimizers.Adam(5e-5))
    found = learning_rate_too_high.look(case(model))
    assert found.severity == "warning"  # limit 3e-5: roberta-large collapses at 5e-5
    assert "WarmupDecay(1e-05, total_steps=360, warmup_steps=36)" in found.remedy


@pytest.mark.parametrize(
    ("losses", "spreads", "destroyed"),
    [
        ((2.0, 1.0, 0.5), (0.1, 0.2, 0.4), False),
        ((2.0, 3.1, 0.5), (0.1, 0.2, 0.4), True),  # 3.1 > 1.5 x 2
        ((2.0, 1.9, 1.8), (0.1, 0.2, 0.001), True),  # 0.001 < 0.02 x 0.2
        ((2.0, float("nan"), 0.5), (0.1, 0.2, 0.4), True),
    ],
    ids=["falls", "rises", "all alike", "not a number"],
)
def test_what_a_trial_says(losses, spreads, destroyed):
    assert Trial(losses, spreads).destroyed is destroyed


def test_a_trial_is_what_fit_does():
    # Eight rows, the whole batch: SGD steps of the trial are those of model.fit on a copy.
    model = compiled(small(), keras.optimizers.SGD(0.5))
    some = Batch({"input_ids": batch().ids[:8]}, batch().labels[:8])
    one = Case(model=read_model(model, some), train=SimpleNamespace(batches=(some,)))
    before = one.model.digest()
    tried = trial(one, 0.5, steps=4)
    assert one.model.digest() == before
    model.get_layer("embedding").trainable = False  # the trial leaves the table of words
    compiled(model, keras.optimizers.SGD(0.5))
    losses = [float(model.train_on_batch(some.inputs["input_ids"], some.labels)) for _ in range(4)]
    np.testing.assert_allclose(losses, tried.losses[:4], rtol=1e-4)


def test_gradient_of_a_known_head():
    # With zero weights the softmax is 1/3 everywhere: the bias's gradient is 1/3 - share = 0 for
    # equal labels, and the loss ln 3.
    model = compiled(small(), healthy())
    head = model.get_layer("answer")
    head.kernel.assign(np.zeros(head.kernel.shape))
    found = gradient(case(model))
    assert found.loss == pytest.approx(np.log(3), rel=1e-5)
    some = batch().labels[:8]
    by_hand = 1 / 3 - np.bincount(some, minlength=3) / 8
    assert found.norms["answer/bias"] == pytest.approx(np.linalg.norm(by_hand), rel=1e-4)
    assert found.norms["middle/kernel"] == 0


@pytest.mark.parametrize(
    ("rate", "plan", "said"),
    [
        (1e-8, Plan(3, 120, 16), ["warning"]),
        (2e-5, Plan(1, 10, 16), ["warning"]),  # 10 x 2e-5 = 2e-4 in all
        (2e-5, Plan(1, 60, 16), []),
        (1e-8, Plan(), ["warning"]),
        (2e-5, Plan(), []),
    ],
    ids=["tiny", "ten steps", "sixty steps", "tiny without a plan", "without a plan"],
)
def test_rate_too_low(rate, plan, said):
    assert (
        named(learning_rate_too_low, compiled(small(), keras.optimizers.Adam(rate)), plan) == said
    )


class Unstopped(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 1e-4 * (1.0 - keras.ops.cast(step, "float32") / 100)


def of(schedule):
    return compiled(small(), keras.optimizers.AdamW(schedule))


def test_schedules():
    plan = Plan(2, 100, 16)
    long = WarmupDecay(1e-4, 4_000, 2_000)
    short = WarmupDecay(1e-4, 100, 10)
    assert named(schedule_never_peaks, of(long), plan) == ["warning"]
    assert named(schedule_never_peaks, of(long), Plan(20, 100, 16)) == []
    assert named(schedule_never_peaks, of(long), Plan(None, 10, 16)) == ["warning"]
    assert named(schedule_never_peaks, of(long), Plan(None, 100, 16)) == []
    assert named(schedule_ends_early, of(short), plan) == ["warning"]
    assert named(schedule_ends_early, of(short), Plan(None, 100, 16)) == []
    cosine = keras.optimizers.schedules.CosineDecay(1e-4, 200)
    assert named(schedule_ends_early, of(cosine), plan) == []
    assert named(schedule_negative, of(Unstopped()), plan) == ["error"]
    assert named(schedule_ends_early, of(Unstopped()), plan) == []
    assert named(schedule_negative, of(Unstopped()), Plan(1, 100, 16)) == []
    assert schedule_negative.look(case(of(Unstopped()), plan)).rows == (101,)


def test_no_warmup():
    # Half of the limit of 5e-4 is what a narrow encoder bears from the first step.
    assert named(no_warmup, compiled(small(), keras.optimizers.Adam(4e-4))) == ["note"]
    assert named(no_warmup, compiled(small(), keras.optimizers.Adam(1e-4))) == []
    assert named(no_warmup, compiled(small(False), keras.optimizers.Adam(4e-4))) == []


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("SGD", {"learning_rate": 1e-3}, ["warning"]),
        ("SGD", {"learning_rate": 0.01, "momentum": 0.9}, ["note"]),
        ("Adagrad", {}, ["warning"]),
        ("Adadelta", {}, ["warning"]),
        ("RMSprop", {"learning_rate": 1e-4}, []),
        ("AdamW", {"weight_decay": 0.5}, ["warning"]),
        ("AdamW", {"weight_decay": 0.01}, ["note"]),
        ("AdamW", {}, []),
    ],
    ids=["SGD", "momentum", "Adagrad", "Adadelta", "RMSprop", "decay", "norms", "AdamW"],
)
def test_unsuited_optimizer(name, settings, said):
    optimizer = getattr(keras.optimizers, name)(**settings)
    assert named(unsuited_optimizer, compiled(small(), optimizer)) == said


def test_penalty_under_adam():
    model = small(penalty=keras.regularizers.L2(0.01))
    assert named(unsuited_optimizer, compiled(model, keras.optimizers.Adam(1e-4))) == ["warning"]


@pytest.mark.parametrize(
    ("plan", "handled", "said"),
    [
        (Plan(1, 99, 16), False, ["warning"]),
        (Plan(1, 99, 16), True, ["note"]),
        (Plan(2, 100, 16), False, ["note"]),
        (Plan(3, 100, 16), False, []),
        (Plan(None, 10, 16), False, []),
    ],
    ids=["few", "ours", "some", "enough", "unknown"],
)
def test_too_few_steps(plan, handled, said):
    assert named(too_few_steps, small(), plan, handled=handled) == said


def test_batch_too_small():
    plan = Plan(3, 120, 2)
    assert named(batch_too_small, compiled(small(), healthy()), plan) == ["warning"]
    gathered = keras.optimizers.AdamW(1e-4, gradient_accumulation_steps=4)
    assert named(batch_too_small, compiled(small(), gathered), plan) == []
    assert named(batch_too_small, small(), Plan(3, 120, 8)) == []


def test_few_rows():
    assert named(few_rows, small(width=1024), rows=9_999) == ["warning"]
    assert named(few_rows, small(width=1024), rows=10_000) == []
    assert named(few_rows, small(), rows=23) == ["note"]  # 3 labels of 8 rows are 24
    assert named(few_rows, small(), rows=24) == []


@pytest.mark.parametrize("kind", ["names", "whole numbers", "decimal numbers"])
def test_few_rows_of_a_file(kind):
    spelt = {"names": "label {}", "whole numbers": "{}", "decimal numbers": "{}.5"}[kind]
    texts = [f"text {i}" for i in range(79)]
    rows = read_rows((texts, [spelt.format(i % 10) for i in range(79)]))
    (found,) = few_rows.look(Case(rows={"training": rows}))  # 10 labels of 8 rows are 80
    assert found.severity == "note" and "79 training rows of 10 labels" in found.evidence
    assert ("--task regression" in found.remedy) == (kind == "decimal numbers")
    enough = read_rows((["more", *texts], [spelt.format(i % 10) for i in range(80)]))
    assert few_rows.look(Case(rows={"training": enough})) == []


def test_nothing_trains():
    model = small()
    model.trainable = False
    assert named(nothing_trains, compiled(model, healthy())) == ["error"]
    model = small()
    model.get_layer("answer").trainable = False
    assert named(nothing_trains, model) == ["warning"]
    assert named(nothing_trains, compiled(model, healthy())) == ["error"]
    found = nothing_trains.look(case(model))
    assert "model.get_layer('answer').trainable = True" in found.remedy


@pytest.mark.parametrize("handled", [True, False], ids=["ours", "a user's"])
def test_encoder_frozen(handled):
    model = small()
    for name in ("embedding", "norm", "middle"):
        model.get_layer(name).trainable = False
    said = "note" if handled else "warning"
    assert named(encoder_frozen, compiled(model, healthy()), handled=handled) == [said]


def test_saturated_layer():
    model = compiled(small(), healthy())
    kernel = model.get_layer("middle").kernel
    kernel.assign(1e6 * kernel.numpy())  # tanh of thousands is 1 in float32, its slope 0
    found = vanishing_gradients.look(case(model))
    assert found.severity == "error"
    assert {"embedding/embeddings", "middle/kernel"} <= set(found.rows)


def test_a_layer_that_is_flat_but_for_a_few_units():
    model = compiled(small(), healthy())
    layer = model.get_layer("middle")
    layer.bias.assign(np.where(np.arange(HIDDEN) < 2, 0.0, 30.0))  # 158 of 160 are at 1
    found = vanishing_gradients.look(case(model))
    assert found.severity == "error"
    assert found.evidence.startswith("98.8% of what the head reads")  # 158 of 160


@pytest.mark.parametrize("hidden_by", ["a loss that clips logits", "a head of zeros"])
def test_a_flat_layer_is_seen_where_the_gradient_says_nothing(hidden_by):
    model = compiled(small(), healthy())
    assert named(vanishing_gradients, model) == []
    if hidden_by == "a head of zeros":
        kernel = model.get_layer("answer").kernel
        kernel.assign(np.zeros(kernel.shape))
    else:
        model.compile(healthy(), "sparse_categorical_crossentropy", jit_compile=False)
    assert named(vanishing_gradients, model) == []
    layer = model.get_layer("middle")
    layer.bias.assign(np.full(layer.bias.shape, 30.0))
    assert named(vanishing_gradients, model) == ["error"]


def test_dead_layer():
    model = compiled(small(activation="relu"), healthy())
    layer = model.get_layer("middle")
    layer.bias.assign(np.full(layer.bias.shape, -1e3))  # no unit ever fires
    assert named(vanishing_gradients, model) == ["error"]
