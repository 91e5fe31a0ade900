"""One label a token: golden values, what the class promises, and whose head is whose."""

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification, TFBertForTokenClassification, TFBertModel
from tfclf.errors import ArgumentError, CheckpointError

HEAD = ("classifier/kernel", "classifier/bias")
load = TFBertForTokenClassification.from_pretrained


@pytest.fixture(scope="module")
def model(tiny_config):
    return randomised(TFBertForTokenClassification(tiny_config))


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("tokens")
    model.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def inputs(tiny_config):
    generator = np.random.default_rng(3)
    ids = generator.integers(5, tiny_config.vocab_size, (4, 11)).astype("int32")
    mask = (np.arange(11) < np.array([11, 7, 3, 9])[:, None]).astype("int32")
    types = (np.arange(11) >= 5).astype("int32") * mask
    return {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": types}


def test_golden_logits(oracle):
    with np.load(oracle / "tiny_token.npz") as arrays:
        golden = dict(arrays)
    expected = golden.pop("logits")
    model = load(oracle / "tiny-token-h5")
    logits = np.array(model(golden))
    assert logits.shape == (7, 13, 6)
    np.testing.assert_allclose(logits, expected, atol=1e-5, rtol=0)
    assert model.load_report.new == model.load_report.dropped == ()


def test_dict_and_keywords_agree(model, inputs):
    assert model(inputs).shape == (4, 11, 3)
    by_keyword = model(
        inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        token_type_ids=inputs["token_type_ids"],
    )
    np.testing.assert_array_equal(model(inputs), by_keyword)


def test_ids_alone_have_type_zero_and_no_padding(model, inputs):
    ids = inputs["input_ids"]
    explicit = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
    np.testing.assert_allclose(model(ids), model(explicit), atol=1e-6)


@pytest.mark.parametrize("extra", [1, 8, 30])
def test_padding_changes_nothing(model, inputs, extra):
    padded = {name: np.pad(array, ((0, 0), (0, extra))) for name, array in inputs.items()}
    here = inputs["attention_mask"] == 1
    before, after = np.array(model(inputs)), np.array(model(padded))
    np.testing.assert_allclose(after[:, :11][here], before[here], atol=1e-5, rtol=0)


def test_a_token_sees_the_others(model, inputs):
    """The logits of a word depend on its neighbours, and not on other rows."""
    ids = inputs["input_ids"].copy()
    ids[0, 10] = 5 if ids[0, 10] != 5 else 6
    change = np.abs(np.array(model(inputs | {"input_ids": ids})) - np.array(model(inputs)))
    assert change[0, 0].max() > 1e-3
    assert change[1:].max() == 0


def test_save_and_reload(model, folder, inputs):
    again = load(folder)
    assert again.config == model.config
    np.testing.assert_array_equal(again(inputs), model(inputs))


def test_keras_file(model, inputs, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.config == model.config
    np.testing.assert_allclose(loaded(inputs), model(inputs), atol=1e-5, rtol=0)


def test_mixed_precision_gives_float32_logits(tiny_config, inputs):
    logits = TFBertForTokenClassification(tiny_config, dtype="mixed_bfloat16")(inputs)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"


def test_there_is_no_pooler(model):
    assert model.bert.pooler is None
    assert not [weight.path for weight in model.weights if "pooler" in weight.path]


def test_a_pooler_of_the_checkpoint_is_left_over(tiny_config, tmp_path):
    encoder = randomised(TFBertModel(tiny_config))
    encoder.save_pretrained(tmp_path)
    model = load(tmp_path, num_labels=5)
    assert set(model.load_report.dropped) == {"bert.pooler.dense.weight", "bert.pooler.dense.bias"}
    assert model.load_report.new == HEAD
    ids = np.array([[2, 9, 31, 7, 3]])
    np.testing.assert_array_equal(model.bert(ids).last_hidden_state, encoder(ids).last_hidden_state)


def test_the_head_of_a_sequence_model_is_refused(tiny_config, tmp_path):
    randomised(TFBertForSequenceClassification(tiny_config)).save_pretrained(tmp_path)
    message = "classifier.weight is the head of a BertForSequenceClassification"
    with pytest.raises(CheckpointError, match=message) as error:
        load(tmp_path)
    assert "new_head=True" in error.value.remedy
    report = load(tmp_path, new_head=True).load_report
    assert report.new == HEAD
    assert report.replaced == ("classifier.weight", "classifier.bias")


def test_a_sequence_model_refuses_the_head_of_tokens(folder):
    """Nor is there a pooler, without which it cannot do."""
    sequence = TFBertForSequenceClassification.from_pretrained
    message = "classifier.weight is the head of a BertForTokenClassification"
    with pytest.raises(CheckpointError, match=message) as error:
        sequence(folder)
    assert "bert.pooler.dense.weight is missing" in str(error.value)
    assert "new_head=True" in error.value.remedy and "new_pooler=True" in error.value.remedy
    with pytest.raises(CheckpointError, match="pooler.dense.bias is missing"):
        sequence(folder, new_head=True)
    report = sequence(folder, new_head=True, new_pooler=True).load_report
    assert report.new == ("bert/pooler/kernel", "bert/pooler/bias", *HEAD)


def test_a_text_in_several_windows_is_refused(model):
    with pytest.raises(ArgumentError, match=r"shape \(batch, seq\), got \(2, 3, 5\)"):
        model(np.ones((2, 3, 5), "int32"))
