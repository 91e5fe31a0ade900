"""What every layer, model, optimizer and callback promises to Keras.

Each table has a row for every public class of its kind; a class without one fails by name.
"""

import io
import itertools
import json

import keras
import numpy as np
import pytest
from rich.console import Console

from tests.conftest import randomised
from tests.test_contracts import arguments, cases
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models import BertConfig, HeadConfig, TFBertForSequenceClassification
from tfclf.models.lookup import LookupTable
from tfclf.training import FusedAdamW, WarmupDecay
from tfclf.training.narrow_table import NarrowTable

BATCH, SEQ, HIDDEN, CLASSES = 2, 5, 12, 3
CONFIG = BertConfig(
    vocab_size=23, hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=3,
    intermediate_size=17, max_position_embeddings=7, labels=("a", "b", "c"),
    hidden_dropout_prob=0.1,
)  # fmt: skip
HEADS = (HeadConfig("mood", "single-label", ("x", "y")), HeadConfig("tags", "token", ("O", "B-z")))
GENERATOR = np.random.default_rng(4)
IDS = GENERATOR.integers(1, 23, (BATCH, SEQ)).astype("int32")
VECTORS = GENERATOR.standard_normal((BATCH, SEQ, HIDDEN)).astype("float32")

# Arguments of each layer or model, and what it reads.
LAYERS = {
    "BertAttention": (lambda: {"config": CONFIG}, VECTORS),
    "BertEmbeddings": (lambda: {"config": CONFIG}, IDS),
    "BertEncoder": (lambda: {"config": CONFIG}, VECTORS),
    "BertLayer": (lambda: {"config": CONFIG}, VECTORS),
    "BertMainLayer": (lambda: {"config": CONFIG}, IDS),
    "CounterDropout": (lambda: {"rate": 0.3, "seed": 3}, VECTORS),
    "LookupTable": (lambda: {"input_dim": 23, "output_dim": 6}, IDS),
    "Mixup": (
        lambda: {"model": TFBertForSequenceClassification(CONFIG), "alpha": 0.4, "seed": 3}, IDS
    ),
    "TFBertForMultiTask": (lambda: {"config": CONFIG.replace(heads=HEADS)}, IDS),
    "TFBertForSequenceClassification": (lambda: {"config": CONFIG}, IDS),
    "TFBertForTokenClassification": (lambda: {"config": CONFIG}, IDS),
    "TFBertModel": (lambda: {"config": CONFIG}, IDS),
    "TokenDense": (lambda: {"units": 9}, VECTORS),
}  # fmt: skip
NOT_SAVED = {
    "ConfiguredLayer": "a base",
    "PretrainedModel": "a base",
    "HeadOnly": "the head of another model, which is the one to save",
}
OPTIMIZERS = {
    "FusedAdamW": {"learning_rate": WarmupDecay(0.1, 9, 2), "global_clipnorm": 0.7,
                   "without_decay": ("bias",)},
    "LayerwiseAdamW": {
        "learning_rate": 0.01, "rates": {"a": 0.5}, "without_decay": ["bias"], "weight_decay": 0.1,
    },
}  # fmt: skip
# Arguments of each callback.
CALLBACKS = {
    "CollapseMonitor": lambda: {"every": 2},
    "DeferredReweighting": lambda: {"epoch": 2, "class_weights": [0.5, 1.0, 1.5]},
    "LateBest": lambda: {"monitor": "val_accuracy", "patience": 1, "tolerance": 0.01},
    "MacroF1Callback": lambda: {"per_class": True},
    "MeanScore": lambda: {"parts": ["accuracy", "loss"]},
    "ProgressDisplay": lambda: {
        "console": Console(file=io.StringIO()), "clock": itertools.count(step=20).__next__,
    },
    "RateRangeTest": lambda: {"lowest": 1e-4, "highest": 1e-2, "steps": 13},
    "StepTimer": dict,
    "Thaw": lambda: {"epoch": 2},
}  # fmt: skip
OF_ONE_FIT = {
    "NarrowTable": "made for the table and the optimizer of one training, and tested so",
    "Backup": "saves one training and goes on with it: tests/runs/test_resume.py",
    "ReportToTrial": "of one trial of a study: tests/tuning/test_tune.py",
    "Position": "where one training begins: tests/training/resuming/test_position.py",
}


def read(callback):
    """What a callback has seen or said, beside the logs and the weights."""
    if isinstance(getattr(callback, "console", None), Console):
        text = callback.console.file.getvalue()
        callback.console.file.truncate(0)
        callback.console.file.seek(0)
        return text
    timed = sum(map(len, getattr(callback, "_seconds", {}).values()))
    seen = [str(event) for event in getattr(callback, "events", ())]
    return timed, seen, getattr(callback, "kept_epoch", None)


def of_kind(base, without=()):
    return [thing for thing in cases(base) if thing.__name__ not in without]


def named(thing):
    return thing.__name__


@pytest.mark.parametrize("thing", of_kind(keras.layers.Layer, NOT_SAVED), ids=named)
def test_a_layer_is_its_config(thing):
    make, _ = arguments(thing, LAYERS)
    made = thing(**make())
    config = keras.saving.serialize_keras_object(made)
    assert config["registered_name"] == f"tfclf>{thing.__name__}"
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(config)))
    assert type(again) is thing
    assert json.dumps(again.get_config()) == json.dumps(made.get_config())


@pytest.mark.parametrize("thing", of_kind(keras.layers.Layer, NOT_SAVED), ids=named)
def test_a_saved_model_with_it_answers_alike(thing, tmp_path):
    make, values = arguments(thing, LAYERS)
    made = thing(**make())
    model = made
    if not isinstance(made, keras.Model):
        entry = keras.Input(values.shape[1:], dtype=values.dtype)
        model = keras.Model(entry, keras.tree.flatten(made(entry)))
    randomised(model)
    expected = keras.tree.flatten(model.predict(values, verbose=0))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    for ours, theirs in zip(
        expected, keras.tree.flatten(loaded.predict(values, verbose=0)), strict=True
    ):
        np.testing.assert_allclose(theirs, ours, atol=1e-6)


@pytest.mark.parametrize("thing", of_kind(keras.optimizers.Optimizer), ids=named)
def test_an_optimizer_is_its_config(thing):
    """Both take the same steps."""
    made = thing(**arguments(thing, OPTIMIZERS))
    config = keras.saving.serialize_keras_object(made)
    assert config["registered_name"] == f"tfclf>{thing.__name__}"
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(config)))
    assert type(again) is thing
    assert json.dumps(again.get_config()) == json.dumps(made.get_config())
    ends = []
    for optimizer in (made, again):
        weights = [keras.Variable([1.0, -2.0], name="kernel"), keras.Variable([3.0], name="bias")]
        optimizer.build(weights)
        for gradient in (0.5, -0.1, 2.0):
            optimizer.apply([keras.ops.full((2,), gradient), keras.ops.full((1,), gradient)])
        ends.append(np.concatenate([keras.ops.convert_to_numpy(weight) for weight in weights]))
    np.testing.assert_array_equal(*ends)
    assert (ends[0] != [1, -2, 3]).all()


def fit(callback):
    """Trains a plain Keras model, always the same, its first layer frozen."""
    keras.utils.set_random_seed(2)
    first = keras.layers.Dense(6, "tanh", trainable=False)
    model = keras.Sequential([keras.Input((4,)), first, keras.layers.Dense(CLASSES)])
    loss = SparseCategoricalCrossentropy()
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=["accuracy"])
    generator = np.random.default_rng(7)
    x, y = generator.standard_normal((26, 4)), generator.integers(0, CLASSES, 26)
    history = model.fit(
        x[:20], y[:20], batch_size=4, validation_data=(x[20:], y[20:]), epochs=4, verbose=0,
        shuffle=False, callbacks=[callback],
    )  # fmt: skip
    return history.history, model.get_weights(), read(callback)


@pytest.mark.parametrize("thing", of_kind(keras.callbacks.Callback, OF_ONE_FIT), ids=named)
def test_a_callback_begins_each_fit_anew(thing):
    """In a plain model's fit, the second time as one that was just made."""
    make = arguments(thing, CALLBACKS)
    used = thing(**make())
    fit(used)
    (logs, weights, seen), (new_logs, new_weights, newly_seen) = fit(used), fit(thing(**make()))
    assert logs.keys() == new_logs.keys()
    for name, values in logs.items():
        np.testing.assert_allclose(values, new_logs[name], atol=1e-6)
    for ours, theirs in zip(weights, new_weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert seen == newly_seen


def test_a_narrow_table_in_a_plain_model():
    """Its rows alone train, and the table has them after fit."""
    table = LookupTable(23, 6)
    table.build(None)
    begun = keras.ops.convert_to_numpy(table.embeddings)
    table.narrow(np.array([4, 9, 11]))
    pool = keras.layers.GlobalAveragePooling1D()
    model = keras.Sequential([keras.Input((SEQ,), dtype="int32"), table, pool])
    optimizer = FusedAdamW(0.1, weight_decay=0.0)
    model.compile(optimizer, "mse")
    ids = np.array([[4, 9, 11, 9, 4]] * 3, "int32")
    model.fit(ids, np.ones((3, 6)), verbose=0, callbacks=[NarrowTable(table, optimizer)])
    ended = keras.ops.convert_to_numpy(table.embeddings)
    assert np.flatnonzero((ended != begun).any(-1)).tolist() == [4, 9, 11]


def test_tables_have_no_row_of_a_class_that_is_gone():
    for base, *tables in (
        (keras.layers.Layer, LAYERS, NOT_SAVED),
        (keras.optimizers.Optimizer, OPTIMIZERS),
        (keras.callbacks.Callback, CALLBACKS, OF_ONE_FIT),
    ):
        rows = [name for table in tables for name in table]
        assert sorted(rows) == sorted({thing.__name__ for thing in cases(base)})
