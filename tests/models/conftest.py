"""A whole checkpoint to be damaged, and what has to hold of every refusal."""

import json

import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification
from tfclf.errors import CheckpointError, ConfigError
from tfclf.models import open_checkpoint
from tfclf.models.loading import load_weights


@pytest.fixture(scope="session")
def whole_state(tmp_path_factory, tiny_config):
    """The tensors of a checkpoint that loads, in PyTorch's naming."""
    from safetensors.numpy import load_file

    folder = tmp_path_factory.mktemp("whole")
    randomised(TFBertForSequenceClassification(tiny_config)).save_pretrained(folder)
    return load_file(folder / "model.safetensors")


@pytest.fixture(scope="session")
def bystander(tiny_config):
    """A model that failing loads must leave as it is."""
    return randomised(TFBertForSequenceClassification(tiny_config), seed=9)


@pytest.fixture
def folder(tmp_path, tiny_config):
    """A folder with the configuration and no weights."""
    (tmp_path / "model").mkdir()
    config = json.dumps(tiny_config.to_dict("BertForSequenceClassification"))
    (tmp_path / "model" / "config.json").write_text(config)
    return tmp_path / "model"


def refused(path, kind=CheckpointError, **how):
    """Loads, and returns the message of the error, which has a place and a remedy."""
    with pytest.raises((CheckpointError, ConfigError)) as error:
        TFBertForSequenceClassification.from_pretrained(path, **how)
    assert type(error.value) is kind
    assert error.value.where and error.value.remedy
    return str(error.value)


def untouched(folder, model, **how):
    """Loads into a model, which must fail and leave all weights; returns the message."""
    before = [weight.numpy().copy() for weight in model.weights]
    with open_checkpoint(folder) as checkpoint, pytest.raises(CheckpointError) as error:
        load_weights(model, checkpoint, **how)
    assert error.value.where and error.value.remedy
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    return str(error.value)


def read_all(folder):
    """Reads every tensor, which a whole file must allow."""
    with open_checkpoint(folder) as checkpoint:
        return {name: checkpoint.read(name) for name in checkpoint.shapes}
