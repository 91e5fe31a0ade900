"""What is frozen, started anew and counted, by the names of the weights."""

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification, TFBertModel
from tfclf.errors import ArgumentError
from tfclf.models.loading import named_weights
from tfclf.training import (
    LayerwiseAdamW,
    count_parameters,
    freeze,
    rate_multipliers,
    reinitialize_layers,
)


@pytest.fixture
def model(tiny_config):
    return randomised(TFBertForSequenceClassification(tiny_config.replace(num_hidden_layers=4)))


def frozen_parts(model):
    """The paths of the parts of which weights are frozen: embeddings, layers, pooler, head."""
    return {
        path.rsplit("/", 1)[0] if path.count("/") < 3 else "/".join(path.split("/")[:3])
        for path, (_, variable) in named_weights(model).items()
        if not any(variable is other for other in model.trainable_weights)
    }


EMBEDDINGS = {f"bert/embeddings/{name}" for name in ("word", "position", "token_type", "norm")}
LAYERS = [f"bert/encoder/layer_{i}" for i in range(4)]


@pytest.mark.parametrize(
    "what, expected",
    [
        (None, set()),
        ("embeddings", EMBEDDINGS),
        (1, EMBEDDINGS | set(LAYERS[:1])),
        (3, EMBEDDINGS | set(LAYERS[:3])),
        (4, EMBEDDINGS | set(LAYERS)),
        ("encoder", EMBEDDINGS | set(LAYERS) | {"bert/pooler"}),
    ],
)
def test_what_is_frozen(model, what, expected):
    freeze(model, what)
    assert frozen_parts(model) == expected


def test_a_frozen_encoder_leaves_the_weights_of_the_head(model):
    freeze(model, "encoder")
    assert [variable.path.split("/", 1)[1] for variable in model.trainable_weights] == [
        "classifier/kernel",
        "classifier/bias",
    ]


def test_freezing_adds_to_what_is_frozen(model):
    model.bert.trainable = False
    model.bert.pooler.trainable = True  # bert says False, and yet this one trains
    freeze(model, None)
    assert "bert/pooler" not in frozen_parts(model)
    freeze(model, "encoder")
    assert "bert/pooler" in frozen_parts(model)


@pytest.mark.parametrize("what", [0, 5, -1, True, 1.0, "all"])
def test_what_cannot_be_frozen(model, what):
    with pytest.raises(
        ArgumentError, match=f'freeze is {what!r}, expected "encoder", "embeddings" .* 1 to 4'
    ):
        freeze(model, what)
    assert frozen_parts(model) == set()


def test_rates_fall_from_layer_to_layer(model):
    assert rate_multipliers(model, layer_decay=0.5, head_rate=3) == {
        "bert/embeddings": 0.0625,
        "bert/encoder/layer_0": 0.125,
        "bert/encoder/layer_1": 0.25,
        "bert/encoder/layer_2": 0.5,
        "bert/encoder/layer_3": 1.0,
        "bert/pooler": 1.0,
        "classifier": 3.0,
    }


def test_every_weight_lies_under_one_path(model):
    rates = rate_multipliers(model)
    assert set(rates.values()) == {1.0}
    for path in named_weights(model):
        assert sum(path.startswith(f"{key}/") for key in rates) == 1


def test_the_optimizer_takes_the_paths(model):
    optimizer = LayerwiseAdamW(1e-3, rate_multipliers(model, layer_decay=0.5, head_rate=3))
    weights = {path: variable for path, (_, variable) in named_weights(model).items()}
    assert optimizer.multiplier(weights["bert/embeddings/norm/gamma"].path) == 0.0625
    assert optimizer.multiplier(weights["bert/encoder/layer_2/attention/key/bias"].path) == 0.5
    assert optimizer.multiplier(weights["bert/pooler/kernel"].path) == 1.0
    assert optimizer.multiplier(weights["classifier/bias"].path) == 3.0


def test_an_encoder_alone_has_no_rate_of_a_head(tiny_config):
    paths = rate_multipliers(TFBertModel(tiny_config), layer_decay=0.9)
    assert list(paths)[-1] == "bert/pooler"


@pytest.mark.parametrize(
    "argument", [{"layer_decay": 0}, {"layer_decay": 1.1}, {"head_rate": 0}, {"head_rate": np.inf}]
)
def test_rates_that_are_none_are_refused(model, argument):
    with pytest.raises(ArgumentError, match=f"{next(iter(argument))} is .*, expected a .*number"):
        rate_multipliers(model, **argument)


def values(model):
    return {path: variable.numpy() for path, (_, variable) in named_weights(model).items()}


def test_the_upper_layers_and_the_pooler_start_anew(model):
    keras.utils.set_random_seed(8)
    before = values(model)
    reinitialize_layers(model, 2)
    after = values(model)
    deviation = model.config.initializer_range
    anew = ("bert/encoder/layer_2/", "bert/encoder/layer_3/", "bert/pooler/")
    drawn = []
    for path, value in after.items():
        if not path.startswith(anew):
            np.testing.assert_array_equal(value, before[path], err_msg=path)
        elif path.endswith("/kernel"):
            drawn.append(value.ravel())
            assert np.abs(value).max() <= 2 * deviation * (1 + 1e-6), path  # the normal is cut
        else:
            expected = 1.0 if path.endswith("/gamma") else 0.0
            np.testing.assert_array_equal(value, np.full(value.shape, expected), err_msg=path)
    assert len({kernel[:3].tobytes() for kernel in drawn}) == len(drawn) == 13  # no two are equal
    # A normal cut at two deviations has the variance 1 - 4 phi(2) / (2 Phi(2) - 1) = 0.7737 of the
    # whole one's, 0.8796 of its deviation. That of 2112 draws is off by 1.3 % or so: 4 of these.
    np.testing.assert_allclose(np.concatenate(drawn).std(), 0.8796 * deviation, rtol=0.052)


def test_a_seed_decides_on_the_new_values(model):
    kernels = []
    for seed in (3, 3, 4):
        keras.utils.set_random_seed(seed)
        reinitialize_layers(model, 1)
        kernels.append(values(model)["bert/pooler/kernel"])
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[0], kernels[2])


def test_none_starts_anew(model):
    before = values(model)
    reinitialize_layers(model, 0)
    for path, value in values(model).items():
        np.testing.assert_array_equal(value, before[path], err_msg=path)


@pytest.mark.parametrize("number", [5, -1, False, None])
def test_layers_that_are_not_there(model, number):
    with pytest.raises(ArgumentError, match=f"anew is {number!r}, expected .* from 0 to 4"):
        reinitialize_layers(model, number)


def test_parameters_are_counted(tiny_config):
    """By hand, for sizes: hidden 12, expanded 17, 41 positions, 2 types, 3 labels, v words."""
    model = TFBertForSequenceClassification(tiny_config.replace(hidden_dropout_prob=0.1))
    embeddings = (tiny_config.vocab_size + 41 + 2) * 12 + 2 * 12
    layer = 4 * (12 * 12 + 12) + (12 * 17 + 17) + (17 * 12 + 12) + 2 * 2 * 12
    pooler, head = 12 * 12 + 12, 12 * 3 + 3
    every = embeddings + 2 * layer + pooler + head
    assert count_parameters(model) == (every, every)
    freeze(model, 1)
    assert count_parameters(model) == (layer + pooler + head, every)
    freeze(model, "encoder")
    assert count_parameters(model) == (head, every)
