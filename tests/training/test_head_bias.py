"""The bias of a new head starts at the best answer that does not read the text."""

import numpy as np
import pytest

from tfclf import TFBertForMultiTask, TFBertForSequenceClassification
from tfclf.data import LabelMap, read_rows
from tfclf.models import HeadConfig
from tfclf.tasks import Head
from tfclf.training import start_bias


def loaded(encoder, labels, **changes):
    return TFBertForSequenceClassification.from_pretrained(encoder, id2label=labels, **changes)


@pytest.mark.parametrize("hidden", [None, 7])
def test_several_labels_start_at_their_log_odds(tiny_encoder, hidden):
    target = read_rows((list("abcd"), [["y"], ["x", "y"], [], ["y"]]), task="multi-label").target
    model = loaded(tiny_encoder, ["x", "y", "z"], head_hidden_size=hidden)
    start_bias(model, "classifier", target, LabelMap(("x", "y", "z")))
    # Of 4 rows 1, 3 and 0, with half a row of each kind added: 1.5 / 5, 3.5 / 5 and 0.5 / 5.
    share = np.array([0.3, 0.7, 0.1])
    np.testing.assert_allclose(model.classifier.bias, np.log(share / (1 - share)), rtol=1e-6)


def test_a_number_starts_at_the_mean_of_those_that_are_there(tiny_encoder):
    heads = (Head("price", "regression", "price"), Head("kind", "single-label", "kind"))
    rows = read_rows((list("abc"), [2.0, None, 5.0], ["x", "y", "x"]), heads=heads)
    config = (
        HeadConfig("price", "regression", ("LABEL_0",)),
        HeadConfig("kind", "single-label", ("x", "y")),
    )
    model = TFBertForMultiTask.from_pretrained(tiny_encoder, heads=config)
    for name, target in rows.targets.items():
        start_bias(model, f"head_{name}", target, LabelMap(("x", "y")))
    biases = {v.path.split("/")[1]: v.numpy() for v in model.weights if v.name == "bias"}
    assert biases["head_price"].tolist() == [3.5]
    assert biases["head_kind"].tolist() == [0.0, 0.0]


def test_a_stored_head_is_left_alone(tiny_encoder, tmp_path):
    model = loaded(tiny_encoder, ["x"])
    model.classifier.bias.assign([0.25])
    model.save_pretrained(tmp_path)
    again = TFBertForSequenceClassification.from_pretrained(tmp_path)
    target = read_rows((list("ab"), [3.0, 4.0]), task="regression").target
    start_bias(again, "classifier", target, LabelMap(()))
    assert again.classifier.bias.numpy().tolist() == [0.25]
