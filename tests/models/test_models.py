"""What the TFBert classes promise beyond the golden values."""

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification, TFBertModel
from tfclf.errors import ArgumentError


@pytest.fixture(scope="module")
def model(tiny_config):
    return randomised(TFBertForSequenceClassification(tiny_config))


@pytest.fixture(scope="module")
def inputs(tiny_config):
    generator = np.random.default_rng(3)
    ids = generator.integers(5, tiny_config.vocab_size, (4, 11)).astype("int32")
    mask = (np.arange(11) < np.array([11, 7, 3, 9])[:, None]).astype("int32")
    types = (np.arange(11) >= 5).astype("int32") * mask
    return {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": types}


def test_shapes(model, inputs, tiny_config):
    output = TFBertModel(tiny_config)(inputs)
    assert model(inputs).shape == (4, 3)
    assert output.last_hidden_state.shape == (4, 11, 12)
    assert output["pooler_output"].shape == output[1].shape == (4, 12)


def test_dict_and_keywords_agree(model, inputs):
    by_keyword = model(
        inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        token_type_ids=inputs["token_type_ids"],
    )
    np.testing.assert_array_equal(model(inputs), by_keyword)


def test_types_default_to_zero_and_mask_to_one(model, inputs):
    ids = inputs["input_ids"]
    explicit = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
    np.testing.assert_allclose(model(ids), model(explicit), atol=1e-6)


def test_types_matter(model, inputs):
    other = inputs | {"token_type_ids": 1 - inputs["token_type_ids"]}
    assert np.abs(np.array(model(inputs)) - np.array(model(other))).max() > 1e-3


def test_the_order_of_a_pair_matters(model):
    """[CLS] first [SEP] second [SEP]: swapped texts change the logits by more than rounding."""
    first, second = [31, 7, 55], [40, 9, 22, 60, 12]

    def logits_of(one, other):
        ids = np.array([[2, *one, 3, *other, 3]])
        types = (np.arange(ids.shape[1]) >= len(one) + 2).astype("int32")[None]
        return np.array(model({"input_ids": ids, "token_type_ids": types}))

    assert np.abs(logits_of(first, second) - logits_of(second, first)).max() > 1e-3
    np.testing.assert_array_equal(logits_of(first, second), logits_of(first, second))


@pytest.mark.parametrize("extra", [1, 8, 30])
def test_padding_changes_nothing(model, inputs, extra):
    padded = {name: np.pad(array, ((0, 0), (0, extra))) for name, array in inputs.items()}
    np.testing.assert_allclose(model(padded), model(inputs), atol=1e-5, rtol=0)


def test_dropout_only_in_training(tiny_config, inputs):
    model = randomised(TFBertForSequenceClassification(tiny_config.replace(classifier_dropout=0.5)))
    np.testing.assert_array_equal(model(inputs), model(inputs))
    first, second = np.array(model(inputs, training=True)), np.array(model(inputs, training=True))
    assert np.abs(first - second).max() > 1e-3


def test_unknown_input_is_named(model, inputs):
    with pytest.raises(ArgumentError, match="position_ids"):
        model(inputs | {"position_ids": inputs["input_ids"]})
    with pytest.raises(ArgumentError, match="expected input_ids"):
        model({"attention_mask": inputs["attention_mask"]})


def test_too_long_is_told(model):
    with pytest.raises(ArgumentError, match="at most 41 tokens, the model's positions, got 42"):
        model(np.ones((1, 42), "int32"))


def test_inside_a_functional_model(model, inputs):
    ids = keras.Input((None,), dtype="int32")
    mask = keras.Input((None,), dtype="int32")
    types = keras.Input((None,), dtype="int32")
    logits = model({"input_ids": ids, "attention_mask": mask, "token_type_ids": types})
    functional = keras.Model([ids, mask, types], keras.ops.softmax(logits))
    probabilities = functional(list(inputs.values()))
    np.testing.assert_allclose(np.sum(probabilities, -1), np.ones(4), atol=1e-5)
    assert len(functional.trainable_weights) == len(model.trainable_weights)


def test_keras_file(model, inputs, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.config == model.config
    np.testing.assert_allclose(loaded(inputs), model(inputs), atol=1e-5, rtol=0)


def test_mixed_precision_gives_float32_logits(tiny_config, inputs):
    model = TFBertForSequenceClassification(tiny_config, dtype="mixed_bfloat16")
    logits = model(inputs)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    assert model.bert.encoder.layers[0].intermediate.compute_dtype == "bfloat16"
    reference = TFBertForSequenceClassification(tiny_config)
    reference.set_weights(model.get_weights())
    # bfloat16 has 8 significant bits: 2 ** -8 relative a rounding, over two layers.
    np.testing.assert_allclose(logits, reference(inputs), atol=0.03)


def test_takes_a_transformers_config(tiny_config):
    from transformers import BertConfig

    config = BertConfig(**tiny_config.to_dict())
    assert TFBertForSequenceClassification(config).config == tiny_config


def test_initial_weights(tiny_config):
    model = TFBertModel(tiny_config.replace(hidden_size=192, initializer_range=0.05))
    kernel = keras.ops.convert_to_numpy(model.bert.encoder.layers[0].attention.query.kernel.value)
    # A normal cut at two standard deviations has 0.8796 of its spread.
    assert abs(kernel.std() - 0.8796 * 0.05) < 0.002
    assert np.abs(kernel).max() <= 0.1 + 1e-6
    assert not model.bert.pooler.bias.numpy().any()
