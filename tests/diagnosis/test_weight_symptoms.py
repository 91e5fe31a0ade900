"""Weights, precision, dropout and devices: what is planted is named, what is healthy is silent."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

import tfclf
from tests.conftest import randomised
from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.batch import Batch
from tfclf.diagnosis.evidence.model import read_model
from tfclf.diagnosis.symptoms import (
    device_disagrees,
    dropout_at_inference,
    fp16_without_loss_scaling,
    not_finite,
    pooler_not_loaded,
    slow_precision,
    weights_not_loaded,
)
from tfclf.training.hardware import Hardware

Layers = keras.layers
IDS = {"input_ids": np.random.default_rng(0).integers(5, 30, (6, 7))}
INPUTS = np.random.default_rng(3).normal(size=(6, 5)).astype("float32")
SYMPTOMS = [
    device_disagrees,
    dropout_at_inference,
    fp16_without_loss_scaling,
    not_finite,
    pooler_not_loaded,
    slow_precision,
    weights_not_loaded,
]


def found(model, inputs=INPUTS, **facts):
    case = Case(model=read_model(model, Batch(inputs, np.arange(6) % 3)), **facts)
    result = []
    for symptom in SYMPTOMS:
        if symptom is not slow_precision:  # it says what this machine is
            some = symptom.SYMPTOM.look(case) or []
            result += some if isinstance(some, list) else [some]
    return result


def only(model, inputs=INPUTS, **facts):
    (finding,) = found(model, inputs, **facts)
    return finding


def dense(*layers, dtype=None):
    return keras.Sequential([keras.Input((5,)), *layers, Layers.Dense(3, dtype=dtype)])


@pytest.fixture
def large(tiny_config):
    """A vocabulary that is told from other tables by its size."""
    return tiny_config.replace(vocab_size=600)


def transformer(width, layers=2):
    """Somebody's own encoder: embeddings, then per layer two normalisations."""
    inputs = keras.Input((7,), dtype="int32")
    hidden = Layers.Embedding(600, width)(inputs)
    for number in range(2 * layers):
        hidden = Layers.LayerNormalization(name=f"norm_{number}")(Layers.Dense(width)(hidden))
    return keras.Model(inputs, Layers.Dense(3)(hidden[:, 0]))


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.SYMPTOM.name)
def test_without_a_model_nothing_is_found(symptom):
    assert not symptom.SYMPTOM.look(Case())


def test_a_model_that_was_loaded_is_silent(large, tmp_path):
    randomised(tfclf.TFBertModel(large)).save_pretrained(tmp_path)
    model = tfclf.TFBertForSequenceClassification.from_pretrained(tmp_path, num_labels=3)
    assert found(model, IDS) == []


def test_an_encoder_from_its_configuration_alone(large):
    finding = only(
        tfclf.TFBertForSequenceClassification(large), IDS, checkpoint="bert-base-uncased"
    )
    assert (finding.name, finding.severity) == ("weights-not-loaded", "error")
    # Embeddings have one normalisation and each of the two layers has two.
    assert "all 5 layer normalisations" in finding.evidence
    assert "load_report is None" in finding.evidence
    expected = "TFBertForSequenceClassification.from_pretrained('bert-base-uncased')"
    assert expected in finding.remedy


def test_an_encoder_of_somebody_else():
    assert only(transformer(128), IDS["input_ids"]).severity == "error"
    assert only(transformer(16), IDS["input_ids"]).severity == "note"  # nobody pretrains these


def test_layers_that_were_left_out_below_loaded_ones():
    model = transformer(16)
    for number in (0, 2, 3):
        layer = model.get_layer(f"norm_{number}")
        layer.set_weights([1.1 * np.ones(16), 0.1 * np.ones(16)])
    finding = only(model, IDS["input_ids"])
    assert (finding.name, finding.severity, finding.rows) == (
        "weights-not-loaded", "error", ("norm_1",),
    )  # fmt: skip


def test_new_layers_on_top_are_meant():
    model = transformer(16)
    for number in (0, 1):
        layer = model.get_layer(f"norm_{number}")
        layer.set_weights([1.1 * np.ones(16), 0.1 * np.ones(16)])
    assert found(model, IDS["input_ids"]) == []


def test_a_pooler_that_the_checkpoint_lacks(large, tmp_path):
    model = randomised(tfclf.TFBertForTokenClassification(large))
    model.save_pretrained(tmp_path)  # token models have no pooler
    model = tfclf.TFBertForSequenceClassification.from_pretrained(
        tmp_path, num_labels=3, new_pooler=True, new_head=True
    )
    finding = only(model, IDS)
    assert (finding.name, finding.severity) == ("pooler-not-loaded", "warning")
    assert "bert/pooler" in finding.evidence
    assert "load_report.new names bert/pooler/kernel" in finding.evidence


def test_a_pooler_of_the_checkpoint_is_its_own_affair(large, tmp_path):
    model = randomised(tfclf.TFBertModel(large))
    model.bert.pooler.bias.assign(np.zeros(12))
    model.save_pretrained(tmp_path)
    loaded = tfclf.TFBertForSequenceClassification.from_pretrained(tmp_path, num_labels=3)
    assert found(loaded, IDS) == []


def test_a_pooler_of_a_model_without_a_report(large):
    model = randomised(tfclf.TFBertForSequenceClassification(large))
    kernel = np.random.default_rng(0).normal(size=(12, 12))
    model.bert.pooler.bias.assign(np.zeros(12))
    # As BERT's initializer spreads it, exactly.
    model.bert.pooler.kernel.assign(0.02 * kernel / kernel.std())
    assert only(model, IDS).name == "pooler-not-loaded"
    model.bert.pooler.kernel.assign(0.5 * kernel / kernel.std())
    assert found(model, IDS) == []


def test_weights_that_are_no_numbers():
    model = dense(Layers.Dense(4, name="broken"))
    kernel, bias = model.get_layer("broken").get_weights()
    kernel[1, 2] = np.nan
    model.get_layer("broken").set_weights([kernel, bias])
    finding = only(model)
    assert (finding.name, finding.severity) == ("not-finite", "error")
    assert finding.evidence.startswith("1 of 4 weights")
    assert finding.rows == ("broken/kernel",)


def test_outputs_that_are_no_numbers():
    inputs = np.abs(INPUTS)
    inputs[[1, 4]] = 0.0
    model = dense(Layers.Lambda(lambda x: keras.ops.log(keras.ops.sum(x, 1, keepdims=True))))
    finding = only(model, inputs)
    assert finding.name == "not-finite"
    assert "2 of 6 rows" in finding.evidence
    assert finding.rows == (1, 4)


def test_inputs_that_are_no_numbers_are_named():
    inputs = INPUTS.copy()
    inputs[2] = np.inf
    finding = only(dense(), inputs)
    assert finding.rows == (2,)
    assert "inputs hold NaN or infinity" in finding.remedy


def test_pure_float16():
    finding = only(dense(dtype="float16"))
    assert (finding.name, finding.severity) == ("fp16-without-loss-scaling", "error")
    assert finding.evidence.startswith("2 of 2 trainable weights")


def test_float16_that_keras_does_not_scale():
    model = dense(dtype="mixed_float16")  # of the layer alone: the model's policy is float32
    model.compile("adam", loss="mse")
    finding = only(model)
    assert "Adam does not scale the loss" in finding.evidence
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    model.compile(scaled, loss="mse")
    assert found(model) == []


def test_float16_that_keras_was_told_not_to_scale():
    model = keras.Sequential([keras.Input((5,)), Layers.Dense(3)])
    model.dtype_policy = keras.DTypePolicy("mixed_float16")
    model.layers[0].dtype_policy = keras.DTypePolicy("mixed_float16")
    model.compile("adam", loss="mse", auto_scale_loss=False)
    finding = only(model)
    assert "does not scale the loss: compile was given auto_scale_loss=False" in finding.evidence
    model.compile("adam", loss="mse")
    assert found(model) == []


def test_float16_that_keras_scales(large):
    model = randomised(tfclf.TFBertForSequenceClassification(large, dtype="mixed_float16"))
    model.compile("adam", loss=tfclf.losses.SparseCategoricalCrossentropy())
    assert found(model, IDS) == []


class Masked(Layers.Layer):
    """The mask of many old programs: what is 0 gets -1e9, computed in the type of the layer."""

    def call(self, inputs):
        keep = keras.ops.cast(inputs > -9, self.compute_dtype)
        return inputs + (1.0 - keep) * keras.ops.cast(-1e9, self.compute_dtype)


def test_a_mask_that_float16_cannot_hold():
    names = {finding.name: finding for finding in found(dense(Masked(dtype="float16")))}
    assert set(names) == {"not-finite", "fp16-without-loss-scaling"}
    assert "-1e+09" in names["fp16-without-loss-scaling"].evidence.replace("-inf", "-1e+09")
    assert "-30000.0" in names["fp16-without-loss-scaling"].remedy
    assert found(dense(Masked())) == []


class Always(keras.Model):
    def __init__(self, rate=0.4):
        super().__init__()
        self.dense, self.dropout = Layers.Dense(3), Layers.Dropout(rate)

    def call(self, inputs, training=None):
        return self.dense(self.dropout(inputs, training=True))


def test_dropout_that_is_always_on():
    model = Always()
    model(INPUTS)
    finding = only(model)
    assert (finding.name, finding.severity) == ("dropout-at-inference", "error")
    assert "training=None" in finding.remedy
    model.dropout.rate = 0.0
    assert found(model) == []


def test_dropout_of_half_is_usual_before_a_head_and_not_in_an_encoder(large):
    assert found(dense(Layers.Dropout(0.5))) == []
    assert only(dense(Layers.Dropout(0.8))).name == "dropout-high"
    model = randomised(
        tfclf.TFBertForSequenceClassification(large.replace(hidden_dropout_prob=0.5))
    )
    finding = only(model, IDS)
    assert (finding.name, finding.severity) == ("dropout-high", "warning")
    assert "0.5" in finding.evidence
    usual = large.replace(hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)
    assert found(randomised(tfclf.TFBertForSequenceClassification(usual)), IDS) == []


HARDWARE = {
    "T4 with bfloat16": ("mixed_bfloat16", Hardware("GPU", (7, 5)), "mixed_float16"),
    "A100 with bfloat16": ("mixed_bfloat16", Hardware("GPU", (8, 0)), None),
    "T4 with float16": ("mixed_float16", Hardware("GPU", (7, 5)), None),
    "CPU without": ("mixed_bfloat16", Hardware("CPU", flags=frozenset({"avx2"})), "float32"),
    "CPU with": ("mixed_bfloat16", Hardware("CPU", flags=frozenset({"amx_bf16"})), None),
    "CPU unknown": ("mixed_bfloat16", Hardware("CPU"), None),
    "float32": ("float32", Hardware("GPU", (6, 0)), None),
}


@pytest.mark.parametrize("name", HARDWARE)
def test_precisions_that_are_slow_here(name, monkeypatch):
    policy, hardware, remedy = HARDWARE[name]
    monkeypatch.setattr(slow_precision, "find_hardware", lambda: hardware)
    finding = slow_precision.look(Case(model=read_model(dense(dtype=policy))))
    assert (finding is None) is (remedy is None)
    if finding:
        assert (finding.name, finding.severity) == ("slow-precision", "note")
        assert remedy in finding.remedy


def test_a_device_that_computes_otherwise(monkeypatch):
    model = read_model(dense(), Batch(INPUTS))
    assert device_disagrees.look(Case(model=model)) is None or device_disagrees.accelerator()
    monkeypatch.setattr(device_disagrees, "accelerator", lambda: "/device:GPU:0")
    assert device_disagrees.look(Case(model=model)) is None  # both are the CPU
    true = model.forward_on
    monkeypatch.setattr(model, "forward_on", lambda device, few: true(device, few) + 0.5)
    finding = device_disagrees.look(Case(model=model))
    assert (finding.name, finding.severity) == ("device-disagrees", "error")
    assert "differ by up to 0.5" in finding.evidence


def test_evidence_that_is_missing_is_silent():
    empty = SimpleNamespace(batch=None, heads=(), anatomy=SimpleNamespace(layers=[], dropouts=[]))
    assert dropout_at_inference.look(Case(model=empty)) == []
    assert device_disagrees.look(Case(model=empty)) is None
