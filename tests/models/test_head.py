"""A head with a hidden layer."""

import keras
import numpy as np
import pytest
from safetensors import safe_open

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification, TFBertForTokenClassification, TFBertModel
from tfclf.errors import CheckpointError
from tfclf.models import stored_head

IDS = np.array([[5, 9, 60, 64, 3], [2, 2, 31, 7, 40]])
CLASSES = (TFBertForSequenceClassification, TFBertForTokenClassification)
NEW = ("classifier.output/kernel", "classifier.output/bias",
       "classifier.hidden/kernel", "classifier.hidden/bias")  # fmt: skip


@pytest.fixture(scope="module")
def config(tiny_config):
    return tiny_config.replace(head_hidden_size=7)


def names_in(folder):
    with safe_open(folder / "model.safetensors", "np") as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}


@pytest.mark.parametrize("family", CLASSES)
def test_its_layers(config, family):
    model = family(config)
    assert model.classifier_hidden.kernel.shape == (12, 7)
    assert model.classifier.kernel.shape == (7, 3)
    assert model(IDS).shape == ((2, 3) if family is CLASSES[0] else (2, 5, 3))


def test_a_linear_head_has_none(tiny_config):
    assert TFBertForSequenceClassification(tiny_config).classifier_hidden is None


def test_logits_by_hand(config):
    """Dense, tanh, dense: without dropout nothing else stands between vectors and logits."""
    model = randomised(TFBertForTokenClassification(config))
    vectors = np.array(model.bert(IDS).last_hidden_state)
    hidden, output = (layer.get_weights() for layer in (model.classifier_hidden, model.classifier))
    expected = np.tanh(vectors @ hidden[0] + hidden[1]) @ output[0] + output[1]
    np.testing.assert_allclose(model(IDS), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", CLASSES)
def test_save_and_reload(config, family, tmp_path):
    model = randomised(family(config))
    model.save_pretrained(tmp_path)
    again = family.from_pretrained(tmp_path)
    assert again.config == config
    assert again.load_report.new == again.load_report.dropped == ()
    np.testing.assert_array_equal(again(IDS), model(IDS))
    stored = names_in(tmp_path)
    # PyTorch's order of axes: (out, in).
    assert {name: shape for name, shape in stored.items() if not name.startswith("bert.")} == {
        "classifier_hidden.weight": (7, 12),
        "classifier_hidden.bias": (7,),
        "classifier_output.weight": (3, 7),
        "classifier_output.bias": (3,),
    }
    assert stored_head(tmp_path).labels == ("bad", "good", "ugly")


def test_keras_file(config, tmp_path):
    model = randomised(TFBertForSequenceClassification(config))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(IDS), model(IDS), atol=1e-5, rtol=0)


def test_a_new_one_spreads_as_its_inputs(tiny_config, tmp_path):
    """Variance 1 / fan-in of each layer; 36,864 and 7,680 draws."""
    wide = tiny_config.replace(hidden_size=192, num_hidden_layers=1, initializer_range=0.01)
    randomised(TFBertModel(wide)).save_pretrained(tmp_path)
    keras.utils.set_random_seed(8)
    model = TFBertForSequenceClassification.from_pretrained(
        tmp_path, num_labels=96, head_hidden_size=80
    )
    assert model.load_report.new == NEW
    assert model.classifier_hidden.kernel.numpy().std() == pytest.approx(192**-0.5, rel=0.03)
    assert model.classifier.kernel.numpy().std() == pytest.approx(80**-0.5, rel=0.04)
    assert not model.classifier.bias.numpy().any()
    assert not model.classifier_hidden.bias.numpy().any()


@pytest.mark.parametrize(
    "stored, wanted, message",
    [
        (7, None, "classifier_hidden.bias is of a head with another head_hidden_size"),
        (None, 7, "classifier.bias is of a head with another head_hidden_size"),
        (7, 8, r"classifier_hidden.weight has the shape \(7, 12\), expected \(8, 12\)"),
    ],
)
def test_another_form_is_refused(tiny_config, tmp_path, stored, wanted, message):
    """A trained head is not given up unasked."""
    first = TFBertForSequenceClassification(tiny_config.replace(head_hidden_size=stored))
    randomised(first).save_pretrained(tmp_path)
    load = TFBertForSequenceClassification.from_pretrained
    with pytest.raises(CheckpointError, match=message) as error:
        load(tmp_path, head_hidden_size=wanted)
    assert "new_head=True" in error.value.remedy
    model = load(tmp_path, head_hidden_size=wanted, new_head=True)
    head = {name for name in names_in(tmp_path) if name.startswith("classifier")}
    assert set(model.load_report.replaced) == head
    assert model.load_report.dropped == ()
    assert model(IDS).shape == (2, 3)


def test_dropout_stands_before_the_output_too(config):
    """Without a hidden kernel nothing that comes in matters, and still the logits vary."""
    model = randomised(TFBertForSequenceClassification(config.replace(classifier_dropout=0.5)))
    model.classifier_hidden.kernel.assign(np.zeros((12, 7)))
    in_training = np.array([model(IDS, training=True) for _ in range(4)])
    assert in_training.std(0).max() > 1e-3
    np.testing.assert_array_equal(model(IDS), model(IDS[::-1]))


def test_mixed_precision_gives_float32_logits(config):
    model = TFBertForSequenceClassification(config, dtype="mixed_bfloat16")
    assert keras.backend.standardize_dtype(model(IDS).dtype) == "float32"
    assert model.classifier_hidden.compute_dtype == "bfloat16"
