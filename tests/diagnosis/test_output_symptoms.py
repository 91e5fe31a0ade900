"""Each planted mismatch of outputs, loss, labels and metrics is named; what is right is silent."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

import tfclf
from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.batch import Batch
from tfclf.diagnosis.evidence.model import read_model
from tfclf.diagnosis.symptoms import (
    activation_mismatch,
    constant_outputs,
    logits_read_as_probabilities,
    loss_at_start,
    metric_reads_logits,
    model_not_compiled,
    probabilities_read_as_logits,
    several_outputs,
    softmax_over_batch,
    softmax_over_one_unit,
)

INPUTS = np.random.default_rng(3).normal(size=(8, 5)).astype("float32")
IDS = np.array([0, 1, 2, 0, 1, 2, 1, 0])
MULTI_HOT = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1], [1, 0, 1]] * 2, "float32")
Losses, Layers, Metrics = keras.losses, keras.layers, keras.metrics
SYMPTOMS = [
    activation_mismatch,
    constant_outputs,
    logits_read_as_probabilities,
    loss_at_start,
    metric_reads_logits,
    model_not_compiled,
    probabilities_read_as_logits,
    several_outputs,
    softmax_over_batch,
    softmax_over_one_unit,
]


def model_of(activation=None, units=3, dtype=None, scale=0.5):
    layer = Layers.Dense(units, activation=activation, dtype=dtype)
    model = keras.Sequential([keras.Input((5,)), layer], name="classifier")
    kernel = scale * np.random.default_rng(4).normal(size=(5, units))
    layer.set_weights([kernel, np.zeros(units)])
    return model


def case_of(model, labels=IDS, inputs=INPUTS, **facts):
    return Case(model=read_model(model, Batch(inputs, labels)), **facts)


def found(case):
    """All findings of this file's symptoms: a planted case has to show nothing else."""
    result = []
    for symptom in SYMPTOMS:
        some = symptom.SYMPTOM.look(case) or []
        result += some if isinstance(some, list) else [some]
    return result


def only(case):
    (finding,) = found(case)
    return finding


def compiled(model, loss, **settings):
    model.compile("adam", loss=loss, **settings)
    return model


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.SYMPTOM.name)
def test_without_a_model_nothing_is_found(symptom):
    assert not symptom.SYMPTOM.look(Case())


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.SYMPTOM.name)
def test_a_model_that_was_not_run_has_none_of_them(symptom):
    model = compiled(model_of(), "sparse_categorical_crossentropy")
    assert not symptom.SYMPTOM.look(Case(model=read_model(model)))


HEALTHY = {
    "logits": (None, 3, Losses.SparseCategoricalCrossentropy(from_logits=True), IDS, ["accuracy"]),
    "softmax": ("softmax", 3, "sparse_categorical_crossentropy", IDS, ["accuracy"]),
    "one-hot": ("softmax", 3, "categorical_crossentropy", np.eye(3)[IDS], [Metrics.AUC()]),
    "multi-hot": ("sigmoid", 3, "binary_crossentropy", MULTI_HOT, [Metrics.Precision()]),
    "multi-hot logits": (
        None, 3, Losses.BinaryCrossentropy(from_logits=True), MULTI_HOT,
        [Metrics.BinaryAccuracy(threshold=0.0), Metrics.AUC(from_logits=True)],
    ),
    "binary": ("sigmoid", 1, "binary_crossentropy", IDS % 2, ["accuracy"]),
    "numbers": (None, 1, "mse", INPUTS[:, 0], ["mae"]),
    "ours": (None, 3, tfclf.losses.SparseCategoricalFocalCrossentropy(), IDS,
             [tfclf.metrics.MacroF1(3)]),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_is_silent(name):
    activation, units, loss, labels, metrics = HEALTHY[name]
    model = compiled(model_of(activation, units), loss, metrics=metrics)
    train = SimpleNamespace(is_multi_hot=labels is MULTI_HOT)
    assert found(case_of(model, labels, train=train)) == []


WRONG = {
    "sparse": ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
    "categorical": (Losses.CategoricalCrossentropy(), "CategoricalCrossentropy"),
    "binary": (Losses.binary_crossentropy, "BinaryCrossentropy"),
}


@pytest.mark.parametrize("name", WRONG)
def test_logits_under_a_loss_of_probabilities(name):
    loss, remedy = WRONG[name]
    model = compiled(model_of(), loss)
    finding = only(case_of(model))
    assert (finding.name, finding.severity) == ("logits-read-as-probabilities", "error")
    assert f"loss=keras.losses.{remedy}(from_logits=True)" in finding.remedy
    z = INPUTS @ model.layers[-1].get_weights()[0]
    assert f"from {z.min():.2f} to {z.max():.2f}" in finding.evidence
    assert f"{z[0].sum():.2f}, {z[1].sum():.2f}, {z[2].sum():.2f}" in finding.evidence
    assert f"{np.mean((z <= 0) | (z >= 1)):.0%} of them get no gradient" in finding.effect


def test_its_remedy_cures():
    model = compiled(model_of(), "sparse_categorical_crossentropy")
    line = only(case_of(model)).remedy.removeprefix("Compile with loss=").rstrip(".")
    assert found(case_of(compiled(model, eval(line)))) == []  # noqa: S307


def test_the_program_of_the_seeds(tiny_encoder):
    model = tfclf.TFBertForSequenceClassification.from_pretrained(tiny_encoder, num_labels=3)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    ids = {"input_ids": np.random.default_rng(0).integers(5, 30, (8, 6))}
    (finding,) = logits_read_as_probabilities.look(case_of(model, inputs=ids))
    assert "loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)" in finding.remedy


def test_a_loss_of_ours_is_told_its_default():
    loss = tfclf.losses.SparseCategoricalCrossentropy(from_logits=False)
    finding = only(case_of(compiled(model_of(), loss)))
    assert "loss=tfclf.losses.SparseCategoricalCrossentropy()" in finding.remedy


def test_probabilities_that_keras_repairs_are_a_warning():
    loss = Losses.SparseCategoricalCrossentropy(from_logits=True)
    finding = only(case_of(compiled(model_of("softmax"), loss)))
    assert (finding.name, finding.severity) == ("probabilities-read-as-logits", "warning")
    assert "training is right" in finding.effect


@pytest.mark.parametrize("dtype", [None, "mixed_bfloat16"])
def test_probabilities_that_nobody_repairs_are_an_error(dtype):
    loss = tfclf.losses.SparseCategoricalCrossentropy()
    if dtype:  # the cast to the loss's float32 hides the logits from Keras
        loss = Losses.SparseCategoricalCrossentropy(from_logits=True)
    (finding,) = probabilities_read_as_logits.look(
        case_of(compiled(model_of("softmax", dtype=dtype), loss))
    )
    assert finding.severity == "error"
    # The least loss of three classes is that of the logits 1, 0, 0: -ln(e / (e + 2)).
    assert f"below {-np.log(np.e / (np.e + 2)):.2f}" in finding.effect


def test_sigmoids_read_as_logits():
    loss = tfclf.losses.BinaryCrossentropy()
    finding = only(case_of(compiled(model_of("sigmoid"), loss), MULTI_HOT))
    assert (finding.name, finding.severity) == ("probabilities-read-as-logits", "error")
    # A positive at the logit 1 costs ln(1 + 1/e), a negative at the logit 0 ln 2.
    assert "below 0.31" in finding.effect
    assert "below 0.69" in finding.effect


def test_a_softmax_over_one_unit():
    model = compiled(model_of("softmax", units=1), "binary_crossentropy")
    finding = only(case_of(model, IDS % 2))
    assert (finding.name, finding.severity) == ("softmax-over-one-unit", "error")
    assert 'Dense(1, activation="sigmoid")' in finding.remedy
    assert "only predictions are wrong" in finding.effect


class OverRows(keras.Model):
    def __init__(self):
        super().__init__(name="over_rows")
        self.dense = Layers.Dense(3)

    def call(self, inputs):
        return keras.ops.softmax(self.dense(inputs), axis=0)


def test_a_softmax_over_the_batch():
    finding = only(case_of(compiled(OverRows(), "sparse_categorical_crossentropy")))
    assert (finding.name, finding.severity) == ("softmax-over-batch", "error")
    assert "sum to 1 over the rows of the batch" in finding.evidence
    assert "axis=-1" in finding.remedy


def test_sigmoids_under_a_loss_of_one_label():
    severities = []
    for loss in ("sparse_categorical_crossentropy", tfclf.losses.SparseCategoricalCrossentropy()):
        finding = only(case_of(compiled(model_of("sigmoid"), loss)))
        assert finding.name == "activation-mismatch"
        severities.append(finding.severity)
    assert severities == ["warning", "error"]  # Keras takes the logits behind the sigmoid


def test_a_loss_that_is_0_where_all_outputs_are_1():
    loss = tfclf.losses.SparseCategoricalCrossentropy(from_logits=False)
    finding = only(case_of(compiled(model_of("sigmoid"), loss)))
    assert "the loss is 0 where all outputs are 1" in finding.effect


def test_a_softmax_for_several_labels():
    model = compiled(model_of("softmax"), "binary_crossentropy")
    train = SimpleNamespace(is_multi_hot=True)
    finding = only(case_of(model, MULTI_HOT, train=train))
    assert (finding.name, finding.severity) == ("activation-mismatch", "error")
    assert "BinaryCrossentropy(from_logits=True)" in finding.remedy


METRICS = {
    "accuracy of one output": (1, "accuracy", "BinaryAccuracy(threshold=0.0)"),
    "name": (3, "precision", "Precision(thresholds=0)"),
    "Recall": (3, Metrics.Recall(thresholds=[0.3, 0.7]), "Recall(thresholds=0)"),
    "AUC": (3, Metrics.AUC(), "AUC(from_logits=True)"),
    "F1Score": (3, Metrics.F1Score(threshold=0.5), "MultiLabelF1(num_classes)"),
    "BinaryCrossentropy": (3, Metrics.BinaryCrossentropy(), "Crossentropy(from_logits=True)"),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_that_need_probabilities(name):
    units, metric, remedy = METRICS[name]
    loss = Losses.BinaryCrossentropy(from_logits=True)
    model = compiled(model_of(units=units), loss, metrics=[metric])
    finding = only(case_of(model, MULTI_HOT if units > 1 else IDS % 2))
    assert (finding.name, finding.severity) == ("metric-reads-logits", "warning")
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    "metric", ["accuracy", Metrics.F1Score(), Metrics.Recall(top_k=1), Metrics.Precision(0.0)],
    ids=["accuracy", "F1Score", "top-k", "threshold-0"],
)  # fmt: skip
def test_metrics_of_the_largest_output_or_of_logits_are_silent(metric):
    loss = Losses.CategoricalCrossentropy(from_logits=True)
    assert found(case_of(compiled(model_of(), loss, metrics=[metric]), np.eye(3)[IDS])) == []


def test_a_loss_far_above_a_guess():
    loss = Losses.SparseCategoricalCrossentropy(from_logits=True)
    model = compiled(model_of(scale=30.0), loss)
    finding = only(case_of(model))
    assert (finding.name, finding.severity) == ("loss-at-start", "warning")
    z = (INPUTS @ model.layers[-1].get_weights()[0]).astype("float64")
    top = z.max(1)
    by_hand = np.mean(np.log(np.exp(z - top[:, None]).sum(1)) + top - z[np.arange(8), IDS])
    assert f"is {by_hand:.2f}, and {np.log(3):.2f} for" in finding.evidence


def test_a_trained_head_may_have_any_loss():
    loss = Losses.SparseCategoricalCrossentropy(from_logits=True)
    model = compiled(model_of(scale=30.0), loss)
    kernel, _ = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, np.array([0.1, -0.2, 0.1])])
    assert found(case_of(model)) == []


def test_equal_outputs_of_different_rows():
    model = keras.Sequential([keras.Input((5,)), Layers.Dense(4), Layers.Dense(3)])
    model.layers[0].set_weights(
        [np.zeros((5, 4)), np.array([1.0, 2.0, -1.0, 0.5])]
    )  # reads nothing
    compiled(model, Losses.SparseCategoricalCrossentropy(from_logits=True))
    finding = only(case_of(model))
    assert (finding.name, finding.severity) == ("constant-outputs", "error")
    assert "mean cosine of 1.0000" in finding.evidence
    # The same rows again and again have the same outputs in a healthy model as well.
    assert found(case_of(model, inputs=np.repeat(INPUTS[:1], 8, 0))) == []


@pytest.mark.parametrize("reads", [False, True])
def test_equal_outputs_of_small_batches(reads):
    """Two rows say too little: those of further batches are answered as well."""
    model = keras.Sequential([keras.Input((5,)), Layers.Dense(4), Layers.Dense(3)])
    if not reads:
        model.layers[0].set_weights([np.zeros((5, 4)), np.ones(4)])
    small = tuple(Batch(INPUTS[i : i + 2], IDS[i : i + 2]) for i in range(0, 8, 2))
    one = Case(model=read_model(model, small[0]), train=SimpleNamespace(batches=small))
    finding = constant_outputs.look(one)
    assert (finding is None) == reads
    assert reads or "of 8 rows" in finding.evidence
    alike = SimpleNamespace(batches=small[:1] * 4)  # the same two rows again and again
    assert constant_outputs.look(Case(model=one.model, train=alike)) is None


def test_texts_as_objects_are_counted():
    """tf.data gives texts as arrays of bytes objects."""
    texts = np.array([b"good film", b"bad", b"worse", b"good film", b"best"] * 2, object)
    batch = Batch(texts, IDS)
    assert constant_outputs._num_different(batch) == 4
    pair = Batch({"text": texts, "other": np.arange(10)}, IDS)
    assert constant_outputs._num_different(pair) == 4  # texts tell rows apart
    fixed = Batch((texts.astype("S"), np.arange(10)), IDS)
    assert constant_outputs._num_different(fixed) == 10


def test_a_head_that_starts_at_0_is_no_collapse():
    model = compiled(model_of(scale=0.0), Losses.SparseCategoricalCrossentropy(from_logits=True))
    assert found(case_of(model)) == []


def test_the_mean_cosine():
    # 90 degrees between the first two, 45 between either and the third: (0 + 2 / sqrt 2) / 3.
    vectors = np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]])
    assert constant_outputs.mean_cosine(vectors) == pytest.approx(np.sqrt(2) / 3)


def test_a_model_without_a_loss_is_noted():
    finding = only(case_of(model_of()))
    assert (finding.name, finding.severity) == ("model-not-compiled", "note")
    assert found(case_of(model_of(), handled=True)) == []


def test_several_outputs_are_noted_and_each_is_looked_at():
    inputs = keras.Input((5,))
    outputs = {name: Layers.Dense(3, name=name)(inputs) for name in ("topic", "tone")}
    right = Losses.SparseCategoricalCrossentropy(from_logits=True)
    losses = {"topic": "sparse_categorical_crossentropy", "tone": right}
    model = compiled(keras.Model(inputs, outputs), losses)
    wrong, note = found(case_of(model, {"topic": IDS, "tone": IDS}))
    assert (wrong.name, note.name) == ("logits-read-as-probabilities", "several-outputs")
    assert "for 'topic'" in wrong.remedy
    assert "'tone' (loss SparseCategoricalCrossentropy)" in note.evidence
    assert note.severity == "note"
