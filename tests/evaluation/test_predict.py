"""Predictions come back in the order of the rows."""

import numpy as np

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification
from tfclf.data import EncodedRows
from tfclf.evaluation import predict_logits


def test_order_and_values(tiny_config):
    model = randomised(TFBertForSequenceClassification(tiny_config))
    generator = np.random.default_rng(9)
    lengths = generator.integers(2, 30, 53)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    tokens = generator.integers(5, tiny_config.vocab_size, offsets[-1]).astype("int32")
    rows = EncodedRows(tokens, offsets, None, 0, 30, 0, 0, 0)
    logits = predict_logits(model, rows, batch_size=7)
    alone = [model(tokens[a:b][None])[0] for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    np.testing.assert_allclose(logits, alone, atol=1e-5)
