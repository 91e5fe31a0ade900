"""What every public thing promises."""

import inspect
import json
import os
import pkgutil
import subprocess
import sys
from importlib import import_module

import keras
import numpy as np
import pytest

import tfclf
from tfclf.losses.weighting import ClassificationLoss


def public_classes(base):
    for module in pkgutil.walk_packages(tfclf.__path__, "tfclf."):
        if module.name.startswith(("tfclf.cli", "tfclf.__main__")):
            continue
        for _, thing in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(thing, base) and thing.__module__ == module.name:
                if not inspect.isabstract(thing) and not thing.__name__.startswith("_"):
                    yield thing


def cases(base):
    return sorted(set(public_classes(base)), key=lambda thing: thing.__name__)


def arguments(thing, table):
    """The row of a class; a new class fails here, by its name."""
    if thing.__name__ not in table:
        pytest.fail(f"{thing.__name__} has no row: say in the table what it is made of")
    return table[thing.__name__]


ARGUMENTS = {
    "EntityF1": {"labels": ["B-x", "I-x", "O"], "ignore_class": -1},
    "MacroF1": {"num_classes": 3},
    "WarmupDecay": {"peak": 0.1, "total_steps": 9, "warmup_steps": 2, "decay": "cosine"},
    "GentlerSchedule": {
        "schedule": keras.optimizers.schedules.CosineDecay(0.1, 9),
        "begin": 2,
        "factor": 0.5,
        "warmup_steps": 3,
        "most": 0.02,
    },
    "Pulse": {"window": 7},
    "AsymmetricLoss": {"gamma_negative": 3.0, "clip": 0.1, "class_weights": [1, 2, 3]},
    "LDAMLoss": {"counts": [9, 4, 1], "max_margin": 0.7, "scale": 2.0, "ignore_class": -100},
    "LogitAdjustedCrossentropy": {"counts": [9, 4, 1], "tau": 1.3, "label_smoothing": 0.1},
    "SparseCategoricalFocalCrossentropy": {
        "gamma": [0, 1.5, 2],
        "class_weights": [1, 2, 3],
        "label_smoothing": 0.1,
    },
    "SparseCategoricalCrossentropy": {"class_weights": [1, 2, 3], "ignore_class": (-1, -100)},
    "BinaryFocalCrossentropy": {"alpha": 0.3, "class_weights": {1: 2, 0: 3}, "ignore_class": -100},
    "BinaryCrossentropy": {"class_weights": [1, 2], "ignore_class": [-1], "dtype": "float64"},
    "MeanSquaredError": {"reduction": "sum"},
    "MultiLabelF1": {"num_classes": 3, "labels": ("a", "b", "c"), "average": "micro"},
    "PearsonCorrelation": {},
    "R2Score": {"name": "explained"},
}
SERIALISED = [
    thing
    for base in (keras.losses.Loss, keras.metrics.Metric,
                 keras.optimizers.schedules.LearningRateSchedule)
    for thing in cases(base)
]  # fmt: skip


@pytest.mark.parametrize("thing", SERIALISED, ids=lambda thing: thing.__name__)
def test_keras_can_write_it_down_and_read_it_again(thing):
    made = thing(**arguments(thing, ARGUMENTS))
    config = keras.saving.serialize_keras_object(made)
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(config)))
    assert type(again) is thing
    assert again.get_config() == made.get_config()
    assert config["registered_name"] == f"tfclf>{thing.__name__}"


@pytest.mark.parametrize("thing", cases(ClassificationLoss), ids=lambda thing: thing.__name__)
def test_a_loss_over_classes_takes_logits(thing):
    assert inspect.signature(thing).parameters["from_logits"].default is True


def test_a_loss_is_its_loaded_self():
    labels, logits = np.array([0, 2, 1]), np.array([[1.0, 2, 3], [0, 0, 1], [5, 1, 0]])
    for name in ("SparseCategoricalFocalCrossentropy", "SparseCategoricalCrossentropy"):
        loss = getattr(tfclf.losses, name)(**ARGUMENTS[name])
        again = type(loss).from_config(loss.get_config())
        assert float(loss(labels, logits)) == float(again(labels, logits))


@pytest.mark.parametrize("name", tfclf.__all__)
def test_public_names_are_there_and_documented(name):
    thing = getattr(tfclf, name)
    if name != "__version__":
        assert thing.__doc__


@pytest.mark.parametrize(
    "room",
    [
        "data",
        "imbalance",
        "models",
        "losses",
        "metrics",
        "training",
        "evaluation",
        "runs",
        "estimators",
    ],
)
def test_a_room_lists_what_it_has(room):
    module = import_module(f"tfclf.{room}")
    assert sorted(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        assert hasattr(module, name)


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'TFRobertaModel'"):
        _ = tfclf.TFRobertaModel
    assert "TFBertModel" in dir(tfclf)


def run(code):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "HF_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_changes_nothing():
    code = """
import json, logging, os, sys, warnings
before = dict(os.environ), list(warnings.filters), list(logging.root.handlers)
import tfclf, tfclf.cli.app
assert (dict(os.environ), list(warnings.filters), list(logging.root.handlers)) == before
print(json.dumps([name for name in ("tensorflow", "keras", "transformers", "datasets", "numpy")
                  if name in sys.modules]))
"""
    assert json.loads(run(code)) == []


def test_importing_a_room_leaves_environment_and_logging_alone():
    code = """
import logging, os
import keras, tensorflow, datasets, transformers
before = dict(os.environ), logging.getLogger("tfclf").handlers, logging.root.level
import tfclf
tfclf.runs, tfclf.losses.SparseCategoricalCrossentropy
assert (dict(os.environ), logging.getLogger("tfclf").handlers, logging.root.level) == before
"""
    run(code)
