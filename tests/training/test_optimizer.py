"""AdamW against the algorithm in NumPy and against PyTorch."""

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models.loading import named_weights
from tfclf.training import WarmupDecay, adamw


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


def test_five_steps_beside_pytorch(tiny_config, tmp_path):
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

    model.compile(adamw(schedule), SparseCategoricalCrossentropy(), jit_compile=False)
    losses = []
    for _ in range(5):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(ids, labels)))

    plain = [p for name, p in theirs.named_parameters() if "bias" in name or "LayerNorm" in name]
    decayed = [
        p for name, p in theirs.named_parameters() if not ("bias" in name or "LayerNorm" in name)
    ]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1.0, eps=1e-8)
    expected = []
    for step in range(5):
        for group in optimizer.param_groups:
            group["lr"] = float(schedule(step))
        loss = theirs(input_ids=torch.tensor(ids), labels=torch.tensor(labels)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
        optimizer.step()
        expected.append(loss.item())
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert len(named_weights(model)) == len(plain) + len(decayed)
