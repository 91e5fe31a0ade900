"""The layer of a training step against what the backend derives, and against plain layers."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.gradients import gradient_of
from tfclf.models.activations import ACTIVATIONS, DERIVATIVES
from tfclf.models.compiled_pieces import ATTENTION_PIECES, TOKEN_PIECES, CompiledPieces
from tfclf.models.config import BertConfig
from tfclf.models.encoder import BertEncoder, BertLayer
from tfclf.models.fused_layer import FusedLayer, LayerTensors
from tfclf.models.fused_norm import FusedNorm
from tfclf.models.gradients import differentiable
from tfclf.models.layer_pieces import LayerPieces

BATCH, SEQ, HIDDEN, HEADS, INNER = 3, 5, 12, 2, 7
SHAPES = [(BATCH, SEQ, HIDDEN)]
SHAPES += [(HIDDEN, HIDDEN), (HIDDEN,)] * 4 + [(HIDDEN,)] * 2
SHAPES += [(HIDDEN, INNER), (INNER,), (INNER, HIDDEN), (HIDDEN,), (HIDDEN,), (HIDDEN,)]


def config(**changes):
    settings = {
        "vocab_size": 11,
        "hidden_size": HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "max_position_embeddings": 9,
    }
    return BertConfig(**(settings | changes))


def tensors(seed=0):
    generator = np.random.default_rng(seed)
    return [generator.normal(0, 0.7, shape).astype("float32") for shape in SHAPES]


def upstream(seed=1):
    return np.random.default_rng(seed).normal(size=SHAPES[0]).astype("float32")


def others(*, masked, dropout):
    bias = None
    if masked:
        bias = np.zeros((BATCH, 1, 1, SEQ), "float32")
        bias[1, ..., 3:] = bias[2, ..., 1:] = -1e9
    keys = [np.array([7, count, 0], "uint32") if dropout else None for count in range(3)]
    return (bias, *keys)


@pytest.mark.parametrize("dropout", [False, True], ids=["without_dropout", "with_dropout"])
@pytest.mark.parametrize("masked", [False, True], ids=["no_padding", "padding"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_by_hand_is_the_derived_one(activation, masked, dropout):
    fused = FusedLayer(LayerPieces(HEADS, activation, 1e-12, 0.2, 0.3))
    rest = others(masked=masked, dropout=dropout)
    derived = gradient_of(lambda own: fused.forward(own, rest)[0], tensors(), upstream())
    step = differentiable(fused.forward, fused.backward)
    found = gradient_of(lambda own: step(LayerTensors(*own), rest), tensors(), upstream())
    for name, ours, theirs in zip(LayerTensors._fields, found, derived, strict=True):
        # float32, sums of up to 60 products: 1e-6 of the largest, and a zero stays one.
        atol = 2e-6 * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("options", [["jit"], ["checkpoint"], ["jit", "checkpoint"]], ids="-".join)
def test_how_it_runs_changes_nothing(options):
    fused = FusedLayer(LayerPieces(HEADS, "gelu", 1e-12, 0.2, 0.3))
    rest = others(masked=True, dropout=True)
    plain, other = (
        gradient_of(lambda own, step=step: step(own, rest), tensors(), upstream())
        for step in (
            differentiable(fused.forward, fused.backward),
            differentiable(fused.forward, fused.backward, **dict.fromkeys(options, True)),
        )
    )
    for name, ours, theirs in zip(LayerTensors._fields, other, plain, strict=True):
        atol = 2e-6 * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol, err_msg=name)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="pieces are of TensorFlow")
@pytest.mark.parametrize(
    "names", [TOKEN_PIECES, TOKEN_PIECES + ATTENTION_PIECES], ids=["tokens", "all"]
)
def test_pieces_by_themselves_change_nothing(names):
    rest = others(masked=True, dropout=True)
    # Masks differ between what is compiled and what is not.
    attention_rate = 0.2 if "mix" in names else 0.0
    pieces = LayerPieces(HEADS, "gelu", 1e-12, attention_rate, 0.3, compiled=True)
    plain, other = (
        gradient_of(
            lambda own, f=fused: differentiable(f.forward, f.backward)(own, rest),
            tensors(),
            upstream(),
        )
        for fused in (FusedLayer(pieces), FusedLayer(CompiledPieces(pieces, names)))
    )
    for name, ours, theirs in zip(LayerTensors._fields, other, plain, strict=True):
        atol = 2e-6 * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol, err_msg=name)


def test_norm_by_hand():
    fused = FusedNorm(1e-6, 0.25)
    generator = np.random.default_rng(3)
    values = [
        generator.normal(size=shape).astype("float32")
        for shape in (SHAPES[0], (HIDDEN,), (HIDDEN,))
    ]
    keys = [np.array([3, 4, 0], "uint32")]
    derived = gradient_of(lambda own: fused.forward(own, keys)[0], values, upstream())
    step = differentiable(fused.forward, fused.backward)
    found = gradient_of(lambda own: step(own, keys), values, upstream())
    for ours, theirs in zip(found, derived, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=5e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_derivatives_are_slopes(activation):
    """Against a difference quotient in float64, whose error is of the order of its step squared."""
    points = np.linspace(-4, 4, 41) + 0.013  # not at the corner of ReLU
    x, step = ops.convert_to_tensor(points, "float64"), 1e-5
    if keras.backend.standardize_dtype(x.dtype) != "float64":
        pytest.skip("the backend has no float64")
    slope = (ACTIVATIONS[activation](x + step) - ACTIVATIONS[activation](x - step)) / (2 * step)
    np.testing.assert_allclose(DERIVATIVES[activation](x), slope, atol=1e-8)


@pytest.mark.parametrize("dtype, atol", [("float32", 2e-6), ("mixed_bfloat16", 0.06)])
def test_training_without_dropout_is_inference(dtype, atol):
    """One layer, two ways; bfloat16 rounds to 2 ** -8 after each of a dozen operations."""
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    layer = BertLayer(config(**still), dtype=dtype)
    layer.build()
    hidden = ops.cast(tensors()[0], layer.compute_dtype)
    bias = ops.cast(others(masked=True, dropout=False)[0], layer.compute_dtype)
    trained = ops.convert_to_numpy(ops.cast(layer(hidden, bias, training=True), "float32"))
    plain = ops.convert_to_numpy(ops.cast(layer(hidden, bias, training=False), "float32"))
    np.testing.assert_allclose(trained, plain, atol=atol, rtol=0)


def test_dropout_of_an_encoder_changes_with_each_call():
    encoder = BertEncoder(config(initializer_range=0.5))
    encoder.build()
    first, second = (ops.convert_to_numpy(encoder(tensors()[0], training=True)) for _ in "ab")
    assert np.abs(first - second).max() > 0.1
    again, same = (ops.convert_to_numpy(encoder(tensors()[0], training=False)) for _ in "ab")
    np.testing.assert_array_equal(again, same)


def test_layers_share_their_program_and_not_their_masks():
    """Two layers of equal weights: with shared masks the second would repeat the first's."""
    encoder = BertEncoder(config(initializer_range=0.5, hidden_dropout_prob=0.5))
    encoder.build()
    encoder.jit = "layers"
    first, second = encoder.layers
    second.set_weights(first.get_weights())
    step = first.step(jit="layers")
    hidden = tensors()[0]
    outputs = [
        ops.convert_to_numpy(each(hidden, training=True, step=step)) for each in (first, second)
    ]
    assert np.abs(outputs[0] - outputs[1]).max() > 0.1
