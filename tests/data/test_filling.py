"""Short batches filled up: what they teach and what is counted is that of the short batch."""

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.conftest import randomised, write_tokenizer
from tests.data.test_batches import encoded
from tests.data.test_batches_of_tasks import HEADS, every_head
from tfclf import Recipe, TFBertForMultiTask, TFBertForSequenceClassification
from tfclf.data import Batches, LabelIds, LabelMap, MultiHot, Numbers, Tokenizer
from tfclf.data.filling import filled_up
from tfclf.diagnosis.pulse import Pulse
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models import HeadConfig
from tfclf.tasks import IGNORED, TASKS
from tfclf.training.head_plan import HeadPlan
from tfclf.training.loss_table import LOSSES
from tfclf.training.mixup import Mixup
from tfclf.training.objective import METRICS, objective

ROWS, LINES, SEQ, CLASSES = 5, 8, 6, 3
NAMES = ("B-x", "I-x", "O")
COMPILED = keras.backend.backend() == "jax"  # which is slow else; on TensorFlow it is the other way


def a_batch(task, seed=0):
    """Logits and labels of a short batch, one of whose rows has no label, and how they are made."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(LINES, CLASSES)).astype("float32")
    ids = generator.integers(0, CLASSES, ROWS).astype("int32")
    if task == "single-label":
        ids[1] = IGNORED
        return logits, ids, LabelIds(ids)
    if task == "multi-label":
        hot = generator.integers(0, 2, (ROWS, CLASSES)).astype("float32")
        hot[1] = IGNORED
        return logits, hot, MultiHot(ids, np.arange(ROWS + 1), np.ones(ROWS, bool), CLASSES)
    if task == "regression":
        numbers = generator.normal(size=(ROWS, 1)).astype("float32")
        numbers[1] = np.nan
        return logits[:, :1], numbers, Numbers(numbers[:, 0])
    tags = generator.integers(0, CLASSES, (ROWS, SEQ)).astype("int32")
    tags[generator.random((ROWS, SEQ)) < 0.4] = IGNORED
    logits = generator.normal(size=(LINES, SEQ, CLASSES)).astype("float32")
    return logits, tags, LabelIds(ids)


def filled(labels, form):
    inputs = {"input_ids": np.zeros((ROWS, SEQ), "int32")}
    return filled_up(inputs, labels, form, LINES)[1:]


CASES = [(task, name) for task in TASKS for name in TASKS[task].losses]


@pytest.mark.parametrize(("task", "loss"), CASES, ids=[f"{t}-{name}" for t, name in CASES])
def test_the_loss_of_the_short_batch(task, loss):
    """For any logits, those of the lines that fill it up included: so its gradient is, too."""
    function = LOSSES[loss].make(Recipe(), [0.5, 1.0, 1.5], np.array([5, 9, 20]))
    for seed in range(3):
        logits, labels, form = a_batch(task, seed)
        more, weights = filled(labels, form)
        expected = float(function(labels, logits[:ROWS]))
        assert expected > 0
        assert float(function(more, logits, weights)) == pytest.approx(expected, rel=1e-6)
        assert float(function(more, logits)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_the_figures_of_the_short_batch(task, weighted):
    """Keras gives weights to ``weighted_metrics`` alone."""
    head = next(head for head in HEADS if head.task == task)
    plan = HeadPlan(head, LabelMap(NAMES), np.ones(3), scheme="BIO")
    logits, labels, form = a_batch(task)
    more, weights = filled(labels, form)
    short, full = METRICS[task](plan), METRICS[task](plan)
    short.update_state(labels, logits[:ROWS])
    full.update_state(more, logits, weights if weighted else None)
    for one, other in zip(short.variables, full.variables, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6)
    assert float(short.result()) == pytest.approx(float(full.result()), rel=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_the_pulse_of_the_short_batch(task):
    """What the collapse monitor hears."""
    logits, labels, form = a_batch(task)
    short, full = Pulse(window=1), Pulse(window=1)
    short.hear(labels, logits[:ROWS])
    full.hear(*[filled(labels, form)[0], logits, filled(labels, form)[1]])
    for name, one, other in zip(short.read()._fields, short.read(), full.read(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6, err_msg=name)


def test_lines_behind_the_rows():
    ids = np.array([0, 2, 1], "int32")
    rows = encoded([4, 4, 3], ids)
    batches = Batches(rows, 8, static_shapes=True)
    ((inputs, labels, weights),) = batches
    # From short to long: rows 2, 0 and 1; then the last two of them, and all of them again.
    order = [2, 0, 1, 0, 1, 2, 0, 1]
    np.testing.assert_array_equal(inputs["input_ids"][:, 0], np.add(order, 1000))
    np.testing.assert_array_equal(inputs["attention_mask"].sum(1), rows.lengths[order])
    assert labels.tolist() == [1, 0, 2] + [IGNORED] * 5
    assert weights.tolist() == [1] * 3 + [0] * 5
    assert weights.dtype == np.float32
    assert batches.shapes == [(8, 3), (8, 4)]
    assert batches.padding_share() == pytest.approx(1 - 11 / 32)
    assert batches.row_order().tolist() == [2, 0, 1]


def test_whole_batches_are_as_they_were():
    rows = encoded(np.random.default_rng(1).integers(3, 20, 64), np.arange(64, dtype="int32"))
    plain, static = (
        Batches(rows, 8, shuffle=True, static_shapes=static) for static in (False, True)
    )
    for (inputs, labels), (others, same, weights) in zip(plain, static, strict=True):
        for name, ids in inputs.items():
            np.testing.assert_array_equal(ids, others[name])
        np.testing.assert_array_equal(labels, same)
        assert weights.tolist() == [1] * 8


def test_rows_without_labels():
    batches = Batches(encoded([3, 3, 3]), 2, static_shapes=True)
    assert [[part["input_ids"].shape for part in element] for element in batches] == [[(2, 3)]] * 2


def test_what_is_changed_is_changed_before():
    """A change sees the rows alone, and what it made of them is repeated."""

    def change(inputs, items, copies, epoch):
        assert len(inputs["input_ids"]) == len(items) == len(copies)
        return inputs | {"input_ids": inputs["input_ids"] + 7000 * (copies[:, None] > 0)}

    rows = encoded([3, 3], np.array([0, 1], "int32"))
    batches = Batches(
        rows, 5, sampler=lambda epoch: np.array([0, 1, 1]), static_shapes=True, change=change
    )
    ((inputs, _, _),) = batches
    assert inputs["input_ids"][:, 0].tolist() == [1000, 1001, 8001, 1001, 8001]


def test_elements_of_a_dataset():
    rows = encoded(np.random.default_rng(5).integers(3, 17, 90), np.arange(90, dtype="int32"))
    batches = Batches(rows, 4, shuffle=True, seed=7, static_shapes=True, batch_tokens=40)
    dataset = batches.dataset()
    assert dataset.options().autotune.enabled is False
    assert int(dataset.cardinality()) == len(batches)
    assert dataset.element_spec[2].dtype.name == "float32"
    expected = batches.row_order(0)
    shapes, seen = set(), []
    for inputs, labels, weights in dataset:
        shapes.add(tuple(inputs["input_ids"].shape))
        assert (labels.numpy() == IGNORED).tolist() == (weights.numpy() == 0).tolist()
        seen += labels.numpy()[weights.numpy() > 0].tolist()
    assert seen == expected.tolist()
    assert sorted(shapes) == batches.shapes


@pytest.fixture(scope="module")
def every_task(tmp_path_factory):
    """Rows with labels for heads of every task, and the model for them."""
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(Path(folder))
    rows, rows_as_ids = every_head(Tokenizer(folder), max_length=30)
    plans, heads = [], []
    for head in HEADS:
        labels = LabelMap.from_rows(rows, head.name)
        scheme = "BIO" if head.task == "token" else None
        plans.append(HeadPlan(head, labels, np.ones(len(labels)), scheme))
        heads.append(HeadConfig(head.name, head.task, labels.names or ("value",)))
    return rows_as_ids, plans, tuple(heads)


def test_a_training_of_every_task(every_task, tiny_config):
    """Same weights and figures after an epoch with two short batches."""
    rows, plans, heads = every_task
    recipe, fitted = Recipe(), []
    for static in (False, True):
        config = tiny_config.replace(heads=heads, num_hidden_layers=1)
        model = randomised(TFBertForMultiTask(config))
        aim = objective(plans, recipe)
        model.compile(
            keras.optimizers.SGD(0.05), aim.loss, aim.loss_weights, metrics=aim.metrics,
            jit_compile=COMPILED,
        )  # fmt: skip
        batches = Batches(
            rows,
            8,
            shuffle=True,
            seed=3,
            batch_tokens=90,
            static_shapes=static,
            buckets=[7, 18, 30],
        )
        sizes = [(len(batch.indices), batch.length) for batch in batches.plan(0)]
        assert sum(size not in batches.shapes for size in sizes) == 2
        history = model.fit(batches.dataset(), shuffle=False, verbose=0)
        fitted.append((model.get_weights(), history.history))
    for one, other in zip(fitted[0][0], fitted[1][0], strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
    for name, values in fitted[0][1].items():
        if "loss" not in name:  # whose mean over an epoch Keras weighs by the lines
            np.testing.assert_allclose(values, fitted[1][1][name], rtol=1e-4, err_msg=name)


class Fixed(Mixup):
    """Mixes at a known ratio."""

    def draw_ratio(self):
        return keras.ops.convert_to_tensor(0.7, "float32")


@pytest.mark.parametrize("count", [3, 4], ids=["odd", "even"])
def test_mixup_of_the_short_batch(tiny_config, count):
    """Filled up to twice its rows and more, each row has the partner that it had."""
    generator = np.random.default_rng(8)
    ids = generator.integers(5, 60, (count, SEQ)).astype("int32")
    labels = np.array([0, 2, 1, 1], "int32")[:count]
    fitted = []
    for data in ({"i": ids}, labels, None), filled_up({"i": ids}, labels, LabelIds(labels), 9):
        model = randomised(
            TFBertForSequenceClassification(tiny_config.replace(num_hidden_layers=1))
        )
        mixed = Fixed(model, alpha=0.2)
        loss = SparseCategoricalCrossentropy(ignore_class=IGNORED)
        mixed.compile(keras.optimizers.SGD(0.1), loss, jit_compile=COMPILED)
        inputs, given, weights = data
        history = mixed.fit(
            inputs["i"], given, sample_weight=weights, batch_size=9, shuffle=False, verbose=0
        )
        fitted.append((history.history["loss"][0], model.get_weights()))
    (expected, weights), (value, others) = fitted
    assert value == pytest.approx(expected, rel=1e-5)
    for one, other in zip(weights, others, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-6)
