"""A second implementation of every task that transformers has, from folders of either side."""

import json

import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import (
    HeadConfig,
    TFBertForMultiTask,
    TFBertForSequenceClassification,
    TFBertForTokenClassification,
)

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SEQUENCE = (TFBertForSequenceClassification, transformers.BertForSequenceClassification)
TOKEN = (TFBertForTokenClassification, transformers.BertForTokenClassification)
CASES = {
    "single-label": (*SEQUENCE, ("bad", "good", "ugly"), "single_label_classification"),
    "multi-label": (*SEQUENCE, ("a", "b", "c", "d"), "multi_label_classification"),
    "regression": (*SEQUENCE, ("LABEL_0",), "regression"),
    "token": (*TOKEN, ("O", "B-x", "I-x", "B-y", "I-y"), None),
}


@pytest.fixture(scope="module")
def arrays(tiny_config):
    generator = np.random.default_rng(13)
    mask = (np.arange(13) < np.array([13, 4, 8, 2, 11, 6])[:, None]).astype("int64")
    ids = generator.integers(1, tiny_config.vocab_size, (6, 13)).astype("int64") * mask
    types = (np.arange(13) >= np.array([5, 2, 1, 1, 10, 3])[:, None]).astype("int64") * mask
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def assert_equal_logits(ours, theirs, arrays):
    with torch.no_grad():
        tensors = {name: torch.tensor(array) for name, array in arrays.items()}
        expected = theirs.eval()(**tensors).logits.numpy()
    assert np.std(expected) > 0.01
    np.testing.assert_allclose(ours(arrays), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("task", CASES)
def test_our_folder_in_transformers(tiny_config, tmp_path, arrays, task):
    ours, theirs, labels, problem_type = CASES[task]
    model = randomised(ours(tiny_config.replace(labels=labels, problem_type=problem_type)))
    model.save_pretrained(tmp_path)
    loaded = theirs.from_pretrained(tmp_path)
    assert_equal_logits(model, loaded, arrays)
    assert loaded.config.problem_type == problem_type
    assert loaded.config.id2label == dict(enumerate(labels))
    assert json.loads((tmp_path / "config.json").read_text()).get("problem_type") == problem_type


@pytest.mark.parametrize("task", CASES)
def test_their_folder_in_ours(tiny_config, tmp_path, arrays, task):
    ours, theirs, labels, problem_type = CASES[task]
    values = tiny_config.replace(labels=labels, problem_type=problem_type).to_dict()
    torch.manual_seed(3)
    model = theirs(transformers.BertConfig(**values))
    for parameter in model.parameters():
        parameter.data += 0.15 * torch.randn_like(parameter)
    model.save_pretrained(tmp_path)
    loaded = ours.from_pretrained(tmp_path)
    assert_equal_logits(loaded, model, arrays)
    assert (loaded.config.problem_type, loaded.config.labels) == (problem_type, labels)
    assert loaded.load_report.new == loaded.load_report.dropped == ()


@pytest.mark.parametrize("task", CASES)
def test_one_head_of_several(tiny_config, tmp_path, arrays, task):
    _, theirs, labels, problem_type = CASES[task]
    heads = tuple(HeadConfig(f"the_{name[:5]}", name, case[2]) for name, case in CASES.items())
    model = randomised(TFBertForMultiTask(tiny_config.replace(heads=heads)))
    name = f"the_{task[:5]}"
    model.single_task(name).save_pretrained(tmp_path)
    loaded = theirs.from_pretrained(tmp_path)
    assert_equal_logits(lambda inputs: model(inputs)[name], loaded, arrays)
    assert loaded.config.problem_type == problem_type
    assert loaded.config.id2label == dict(enumerate(labels))


def test_a_regression_of_theirs_says_so_by_its_loss(tiny_config, tmp_path, arrays):
    """transformers takes the mean squared error of it, as our loss does."""
    from tfclf.losses import MeanSquaredError

    config = tiny_config.replace(labels=("LABEL_0",), problem_type="regression")
    model = randomised(TFBertForSequenceClassification(config))
    model.save_pretrained(tmp_path)
    loaded = SEQUENCE[1].from_pretrained(tmp_path).eval()
    truth = np.array([0.5, -1, 2, 3.25, 0, 1], "float32")
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    expected = loaded(**tensors, labels=torch.tensor(truth)).loss.item()
    assert float(MeanSquaredError()(truth[:, None], model(arrays))) == pytest.approx(expected)


def test_transformers_takes_nothing_of_a_perceptron(tiny_config, tmp_path):
    """It would guess at random: it has to say that its head is new."""
    config = tiny_config.replace(head_hidden_size=7)
    randomised(TFBertForSequenceClassification(config)).save_pretrained(tmp_path)
    _, told = SEQUENCE[1].from_pretrained(tmp_path, output_loading_info=True)
    assert set(told["missing_keys"]) == {"classifier.weight", "classifier.bias"}
    assert set(told["unexpected_keys"]) == {
        "classifier_hidden.weight", "classifier_hidden.bias",
        "classifier_output.weight", "classifier_output.bias",
    }  # fmt: skip
