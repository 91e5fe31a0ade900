"""How a head starts that no checkpoint has."""

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification, TFBertModel

WIDTH = 192


@pytest.fixture(scope="module")
def folder(tiny_config, tmp_path_factory):
    path = tmp_path_factory.mktemp("wide")
    config = tiny_config.replace(hidden_size=WIDTH, num_hidden_layers=1, initializer_range=0.01)
    randomised(TFBertModel(config)).save_pretrained(path)
    return path


def new_model(folder, **settings):
    return TFBertForSequenceClassification.from_pretrained(folder, num_labels=40, **settings)


def test_its_spread_follows_the_width(folder):
    """Variance 1 / hidden; 7,680 draws tell a standard deviation to about one in a hundred."""
    kernel = new_model(folder).classifier.kernel.numpy()
    assert kernel.std() == pytest.approx(WIDTH**-0.5, rel=0.04)
    assert abs(kernel.mean()) < 0.004
    assert not new_model(folder).classifier.bias.numpy().any()


def test_the_seed_decides(folder):
    kernels = []
    for seed in (3, 3, 4):
        keras.utils.set_random_seed(seed)
        kernels.append(new_model(folder).classifier.kernel.numpy())
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert np.abs(kernels[0] - kernels[2]).max() > 0.01


def test_a_model_from_a_config_has_the_configs_range(tiny_config):
    config = tiny_config.replace(hidden_size=WIDTH, initializer_range=0.01)
    kernel = TFBertForSequenceClassification(config).classifier.kernel.numpy()
    assert np.abs(kernel).max() <= 0.02 + 1e-6  # a normal cut at two standard deviations


def test_a_stored_head_is_left_alone(folder, tmp_path):
    first = new_model(folder)
    first.save_pretrained(tmp_path)
    again = TFBertForSequenceClassification.from_pretrained(tmp_path)
    kernels = (model.classifier.kernel.numpy() for model in (first, again))
    np.testing.assert_array_equal(*kernels)
