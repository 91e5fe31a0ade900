"""AdamW against the algorithm in NumPy, against Keras's own, and against PyTorch."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification
from tfclf.errors import ArgumentError
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models.loading import named_weights
from tfclf.training import LayerwiseAdamW, WarmupDecay, adamw, rate_multipliers
from tfclf.training.fused_adamw import FusedAdamW


def test_decay_skips_biases_and_layer_normalisation(tiny_config):
    """With gradients of zero AdamW only decays: w <- w - rate * decay * w."""
    model = randomised(TFBertForSequenceClassification(tiny_config))
    optimizer = adamw(0.1, weight_decay=0.5)
    before = [variable.numpy() for variable in model.trainable_variables]
    zeros = [np.zeros(variable.shape, "float32") for variable in model.trainable_variables]
    optimizer.apply_gradients(zip(zeros, model.trainable_variables, strict=True))
    for variable, old in zip(model.trainable_variables, before, strict=True):
        factor = 1.0 if variable.name in ("bias", "gamma", "beta") else 0.95
        np.testing.assert_allclose(variable.numpy(), factor * old, rtol=1e-6, err_msg=variable.path)


def test_clipping_is_by_the_norm_of_all_gradients():
    first, second = keras.Variable([0.0]), keras.Variable([0.0])
    optimizer = adamw(1e-3, clip_norm=1.0)
    clipped = optimizer._clip_gradients([np.array([30.0]), np.array([40.0])])
    np.testing.assert_allclose(np.concatenate(clipped), [0.6, 0.8], rtol=1e-6)  # norm 50 -> 1
    assert first.shape == second.shape


@pytest.mark.parametrize("layer_decay, head_rate", [(1.0, 1.0), (0.5, 10.0)])
def test_five_steps_beside_pytorch(tiny_config, tmp_path, layer_decay, head_rate):
    """The same recipe in PyTorch: AdamW, no decay on biases and norms, clipping, the schedule."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    model = randomised(TFBertForSequenceClassification(tiny_config))
    model.save_pretrained(tmp_path)
    theirs = transformers.BertForSequenceClassification.from_pretrained(tmp_path).train()
    generator = np.random.default_rng(6)
    ids = generator.integers(5, tiny_config.vocab_size, (9, 13)).astype("int64")
    labels = generator.integers(0, 3, 9).astype("int64")
    schedule = WarmupDecay(1e-2, total_steps=5, warmup_steps=2)

    optimizer = adamw(schedule, rates=rate_multipliers(model, layer_decay, head_rate))
    assert type(optimizer) is (FusedAdamW if layer_decay == 1 else LayerwiseAdamW)
    model.compile(optimizer, SparseCategoricalCrossentropy(), run_eagerly=True)
    losses = []
    for _ in range(5):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(ids, labels)))

    # Two layers: the upper one and the pooler at 1, the lower one at d, the embeddings at d * d.
    multiplier = {"embeddings": layer_decay**2, "layer.0": layer_decay, "classifier": head_rate}
    groups = []
    for name, parameter in theirs.named_parameters():
        plain = "bias" in name or "LayerNorm" in name
        rate = next((rate for part, rate in multiplier.items() if part in name), 1.0)
        decay = 0.0 if plain else 0.01
        groups.append({"params": [parameter], "weight_decay": decay, "multiplier": rate})
    reference = torch.optim.AdamW(groups, lr=1.0, eps=1e-8)
    expected = []
    for step in range(5):
        for group in reference.param_groups:
            group["lr"] = float(schedule(step)) * group["multiplier"]
        loss = theirs(input_ids=torch.tensor(ids), labels=torch.tensor(labels)).loss
        reference.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
        reference.step()
        expected.append(loss.item())
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert len(named_weights(model)) == len(groups)


def variables():
    """A kernel that decays and a bias that does not, of two layers."""
    kernel = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")
    with keras.name_scope("model"):
        with keras.name_scope("low"):
            first = keras.Variable(kernel, name="kernel")
        with keras.name_scope("high"):
            second = keras.Variable(kernel[0], name="bias")
    return [first, second]


def gradients(step):
    generator = np.random.default_rng(100 + step)
    return [generator.normal(size=shape).astype("float32") for shape in ((5, 3), (3,))]


def train(optimizer, weights, steps, only=slice(None)):
    """Takes steps over some of the weights; steps are numbered, as gradients differ by number."""
    for step in steps:
        optimizer.apply(gradients(step)[only], weights[only])
    return [weight.numpy() for weight in weights]


SCHEDULE = WarmupDecay(0.05, total_steps=12, warmup_steps=3)
SETTINGS = {"weight_decay": 0.3, "epsilon": 1e-8}
LOW, HIGH = slice(0, 1), slice(1, 2)


def train_in_a_graph(optimizer, weights, steps):
    optimizer.build(weights)
    step = tf.function(lambda *gradients: optimizer.apply(gradients, weights))
    for number in steps:
        step(*gradients(number))


@pytest.mark.parametrize("way", [train, train_in_a_graph])
def test_multipliers_of_one_change_no_bit(way):
    plain = adamw(SCHEDULE, 0.3)
    own = adamw(SCHEDULE, 0.3, thaws=True)
    assert type(own) is LayerwiseAdamW
    begun, expected, ours = variables(), variables(), variables()
    way(plain, expected, range(10))
    way(own, ours, range(10))
    for old, theirs, mine in zip(begun, expected, ours, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
        assert np.abs(mine.numpy() - old.numpy()).min() > 1e-3  # they moved at all


def test_a_multiplier_is_a_rate_of_its_own():
    """Without clipping the weights do not know of each other: each trains as if it were alone."""
    ours = train(
        LayerwiseAdamW(SCHEDULE, {"low": 0.4, "high": 7.0}, **SETTINGS), variables(), range(10)
    )
    for index, multiplier in enumerate((0.4, 7.0)):
        schedule = WarmupDecay(0.05 * multiplier, total_steps=12, warmup_steps=3)
        alone = variables()
        train(keras.optimizers.AdamW(schedule, **SETTINGS), alone, range(10), (LOW, HIGH)[index])
        np.testing.assert_allclose(
            ours[index], alone[index].numpy(), rtol=1e-5, atol=3e-6
        )  # TensorFlow's own operation rounds otherwise


def test_a_late_weight_steps_as_under_an_optimizer_of_its_own():
    """Bias correction counts a weight's own steps: the rate is constant, so its past is all."""
    optimizer, late = LayerwiseAdamW(0.05, **SETTINGS), variables()
    optimizer.build(late)
    train(optimizer, late, range(6), HIGH)
    np.testing.assert_array_equal(late[0].numpy(), variables()[0].numpy())  # not even decayed
    ours = train(optimizer, late, range(6, 10))
    fresh, through = variables(), variables()
    train(keras.optimizers.AdamW(0.05, **SETTINGS), fresh, range(6, 10), LOW)
    train(keras.optimizers.AdamW(0.05, **SETTINGS), through, range(10), HIGH)
    np.testing.assert_allclose(ours[0], fresh[0].numpy(), rtol=1e-5)
    np.testing.assert_allclose(ours[1], through[1].numpy(), rtol=1e-5)
    assert int(optimizer.iterations) == 10


def test_late_weights_beside_pytorch():
    torch = pytest.importorskip("torch")
    optimizer, weights = LayerwiseAdamW(0.05, {"low": 0.4}, **SETTINGS), variables()
    optimizer.build(weights)
    train(optimizer, weights, range(6), HIGH)
    ours = train(optimizer, weights, range(6, 10))
    theirs = [torch.tensor(weight.numpy(), requires_grad=True) for weight in variables()]
    reference = torch.optim.AdamW(
        [{"params": theirs[LOW], "lr": 0.02}, {"params": theirs[HIGH], "lr": 0.05}],
        weight_decay=0.3,
        eps=1e-8,
    )
    for step in range(10):
        for weight, gradient in zip(theirs, gradients(step), strict=True):
            weight.grad = torch.tensor(gradient)
        if step < 6:
            theirs[0].grad = None  # PyTorch passes over weights without a gradient
        reference.step()
    for mine, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, their.detach().numpy(), rtol=1e-4, atol=1e-6)


def test_the_longest_path_decides():
    optimizer = LayerwiseAdamW(
        1e-3, {"bert": 0.5, "bert/encoder/layer_1": 0.8, "bert/encoder/layer_1/output/bias": 0.9}
    )
    expected = {
        "model/bert/pooler/kernel": 0.5,
        "model/bert/encoder/layer_1/output/kernel": 0.8,
        "model/bert/encoder/layer_1/output/bias": 0.9,
        "model/bert/encoder/layer_10/output/kernel": 0.5,
        "model/bertie/kernel": 1.0,
        "model/classifier/kernel": 1.0,
    }
    assert {path: optimizer.multiplier(path) for path in expected} == expected


def test_keras_can_write_it_down_and_read_it_again():
    """Its loaded self takes the same steps: multipliers, exclusions and step counts come along."""
    made = adamw(SCHEDULE, 0.3, rates={"low": 0.4}, beta_2=0.99)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(made)))
    assert config["registered_name"] == "tfclf>LayerwiseAdamW"
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == made.get_config()
    first, second = variables(), variables()
    made.build(first)
    train(made, first, range(3), HIGH)
    again.build(second)
    again.set_weights([variable.numpy() for variable in made.variables])
    for weight, value in zip(second, first, strict=True):
        weight.assign(value)
    for mine, theirs in zip(
        train(made, first, range(3, 6)), train(again, second, range(3, 6)), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("rate", [0, -1.0, float("nan"), float("inf")])
def test_a_multiplier_that_is_no_rate_is_refused(rate):
    with pytest.raises(ArgumentError, match="rate of classifier is multiplied by .*, expected a p"):
        adamw(1e-3, rates={"classifier": rate})
