"""A second implementation: PyTorch's BERT, from folders that either side wrote."""

import numpy as np
import pytest

from tests.conftest import randomised
from tests.gradients import gradients_of_weights
from tfclf import TFBertForSequenceClassification, TFBertModel
from tfclf.models import BertConfig

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "quick_gelu", "relu", "tanh",
               "silu", "swish", "sigmoid")  # fmt: skip


def inputs(config: BertConfig) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(11)
    ids = generator.integers(1, config.vocab_size, (5, 13)).astype("int64")
    mask = (np.arange(13) < np.array([13, 4, 8, 2, 11])[:, None]).astype("int64")
    types = generator.integers(0, config.type_vocab_size, (5, 13)).astype("int64")
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def torch_logits(model, arrays):
    with torch.no_grad():
        tensors = {name: torch.tensor(array) for name, array in arrays.items()}
        return model.eval()(**tensors).logits.numpy()


@pytest.mark.parametrize("hidden_act", ACTIVATIONS)
def test_our_folder_in_pytorch(tiny_config, tmp_path, hidden_act):
    config = tiny_config.replace(hidden_act=hidden_act, layer_norm_eps=1e-3, type_vocab_size=4)
    ours = randomised(TFBertForSequenceClassification(config))
    ours.save_pretrained(tmp_path)
    theirs = transformers.BertForSequenceClassification.from_pretrained(tmp_path)
    arrays = inputs(config)
    np.testing.assert_allclose(ours(arrays), torch_logits(theirs, arrays), atol=1e-5)
    assert theirs.config.id2label == {0: "bad", 1: "good", 2: "ugly"}


def test_pytorch_folder_in_ours(tiny_config, tmp_path):
    values = tiny_config.to_dict() | {"hidden_dropout_prob": 0.2, "classifier_dropout": 0.3}
    torch.manual_seed(3)
    theirs = transformers.BertForSequenceClassification(transformers.BertConfig(**values))
    for parameter in theirs.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    theirs.save_pretrained(tmp_path)
    ours = TFBertForSequenceClassification.from_pretrained(tmp_path)
    arrays = inputs(tiny_config)
    np.testing.assert_allclose(ours(arrays), torch_logits(theirs, arrays), atol=1e-5)
    assert ours.config.head_dropout == 0.3
    assert ours.load_report.new == ours.load_report.dropped == ()


def test_hidden_states(tiny_config, tmp_path):
    ours = randomised(TFBertModel(tiny_config))
    ours.save_pretrained(tmp_path)
    theirs = transformers.BertModel.from_pretrained(tmp_path).eval()
    arrays = inputs(tiny_config)
    with torch.no_grad():
        expected = theirs(**{name: torch.tensor(array) for name, array in arrays.items()})
    output = ours(arrays)
    np.testing.assert_allclose(output[0], expected.last_hidden_state.numpy(), atol=1e-5)
    np.testing.assert_allclose(output[1], expected.pooler_output.numpy(), atol=1e-5)


def test_gradients(tiny_config, tmp_path):
    """The gradient of every weight, through both implementations' own differentiation."""
    from tfclf.losses import SparseCategoricalCrossentropy
    from tfclf.models.loading import named_weights

    ours = randomised(TFBertForSequenceClassification(tiny_config))
    ours.save_pretrained(tmp_path)
    theirs = transformers.BertForSequenceClassification.from_pretrained(tmp_path).train()
    arrays, labels = inputs(tiny_config), np.array([0, 2, 1, 1, 0])
    loss, weights = SparseCategoricalCrossentropy(), named_weights(ours)
    _, gradients = gradients_of_weights(
        lambda: loss(labels, ours(arrays, training=True)),
        [variable for _, variable in weights.values()],
    )
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    theirs(**tensors, labels=torch.tensor(labels)).loss.backward()
    expected = dict(theirs.named_parameters())
    for (names, _), gradient in zip(weights.values(), gradients, strict=True):
        value = gradient.T if names.transposed else gradient
        np.testing.assert_allclose(
            value, expected[names.torch].grad.numpy(), atol=1e-5, err_msg=names.torch
        )


def test_embedded_encoder(encoder, tmp_path):
    """A real encoder of 22.7 million weights, on texts from 3 to 300 tokens."""
    generator = np.random.default_rng(8)
    lengths = np.array([3, 7, 20, 64, 129, 300])
    mask = (np.arange(300) < lengths[:, None]).astype("int64")
    arrays = {
        "input_ids": generator.integers(1000, 30_000, mask.shape).astype("int64") * mask,
        "attention_mask": mask,
    }
    ours = TFBertForSequenceClassification.from_pretrained(encoder, num_labels=7)
    ours.classifier.kernel.assign(generator.normal(0, 0.3, (384, 7)))
    ours.save_pretrained(tmp_path)
    theirs = transformers.BertForSequenceClassification.from_pretrained(tmp_path)
    np.testing.assert_allclose(ours(arrays), torch_logits(theirs, arrays), atol=1e-4)
