from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfclf.data import read_rows
from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.outcome import outcome_of_logits
from tfclf.diagnosis.evidence.pipeline import read_pipeline
from tfclf.diagnosis.symptoms import (
    class_imbalance,
    class_weight_ignored,
    class_weights_extreme,
    header_as_row,
    labels_do_not_fit_loss,
    labels_out_of_range,
    one_label_only,
    targets_not_scaled,
    unseen_labels,
)
from tfclf.models import TFBertForSequenceClassification

MODULES = (
    class_imbalance,
    class_weight_ignored,
    class_weights_extreme,
    header_as_row,
    labels_do_not_fit_loss,
    labels_out_of_range,
    one_label_only,
    targets_not_scaled,
    unseen_labels,
)
EVERY = {module.SYMPTOM.name: module.look for module in MODULES}


def facts(kind="sparse", outputs=3, **changed):
    """What is known of a model: its outputs and its loss."""
    loss = SimpleNamespace(
        name="sparse_categorical_crossentropy" if kind == "sparse" else kind,
        kind=kind,
        class_weights=None,
        treats_imbalance=False,
        ignores=(),
    )
    for name in ("class_weights", "treats_imbalance", "ignores"):
        setattr(loss, name, changed.pop(name, getattr(loss, name)))
    return SimpleNamespace(
        num_outputs=outputs, loss=loss, gives="logits", outputs=None, several_outputs=()
    )


def labelled(labels, weights=None):
    labels = np.asarray(labels)
    inputs = np.random.default_rng(0).integers(5, 900, (len(labels), 6))
    parts = (inputs, labels) if weights is None else (inputs, labels, np.asarray(weights))
    return read_pipeline(parts)


MIXED = np.arange(90) % 3


@pytest.mark.parametrize("name", EVERY)
def test_healthy_labels_are_silent(name):
    seen = labelled(MIXED)
    case = Case(train=seen, validation=seen, model=facts(), class_weight={0: 1.0, 1: 1.0, 2: 2.0})
    assert not EVERY[name](case)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_to_look_at_is_silent(name):
    assert not EVERY[name](Case())


def test_labels_from_one_on_are_out_of_range():
    case = Case(train=labelled(MIXED + 1), model=facts())
    (finding,) = labels_out_of_range.look(case)
    assert (finding.name, finding.severity) == ("labels-out-of-range", "error")
    assert "30 of 90 labels" in finding.evidence and "expected 0 to 2" in finding.evidence
    assert "(x, y - 1)" in finding.remedy
    assert not labels_out_of_range.look(Case(train=labelled(MIXED), model=facts()))


def test_more_classes_than_outputs():
    (finding,) = labels_out_of_range.look(Case(train=labelled(np.arange(90) % 5), model=facts()))
    assert "keras.layers.Dense(5)" in finding.remedy
    assert finding.rows == (3, 4, 8, 9, 13)


@pytest.mark.parametrize("ignores", [(), (-100,)], ids=["counted", "left out"])
def test_ignored_labels_need_a_loss_that_ignores_them(ignores):
    labels = np.where(MIXED == 2, -100, MIXED)
    found = labels_out_of_range.look(Case(train=labelled(labels), model=facts(ignores=ignores)))
    assert bool(found) == (not ignores)
    if found:
        assert "ignore_class=-100" in found[0].remedy


def test_negative_and_missing_labels():
    (finding,) = labels_out_of_range.look(Case(train=labelled(np.where(MIXED == 2, -1, MIXED))))
    assert "30 of 90 labels of the training pipeline are -1" in finding.evidence
    broken = MIXED.astype("float32")
    broken[[4, 7]] = np.nan
    (finding,) = labels_out_of_range.look(Case(train=labelled(broken)))
    assert "2 of 90 labels" in finding.evidence and finding.rows == (4, 7)


def test_one_output_tells_two_classes():
    case = Case(train=labelled(MIXED % 2), model=facts("binary", 1))
    assert not labels_out_of_range.look(case) and not labels_do_not_fit_loss.look(case)


@pytest.mark.parametrize("most", [1, 2], ids=["two classes", "three classes"])
def test_one_output_is_too_few_for_a_sparse_loss(most):
    labels = np.arange(90) % (most + 1)
    (finding,) = labels_out_of_range.look(Case(train=labelled(labels), model=facts("sparse", 1)))
    assert (finding.severity, finding.rows[0]) == ("error", 1)
    assert "expected 0 alone" in finding.evidence
    assert f"keras.layers.Dense({most + 1})" in finding.remedy
    assert ("BinaryCrossentropy(from_logits=True)" in finding.remedy) == (most == 1)


def test_a_model_of_ours_is_widened_by_its_argument(tiny_encoder):
    model = facts()
    model.model = TFBertForSequenceClassification.from_pretrained(tiny_encoder, num_labels=3)
    (finding,) = labels_out_of_range.look(Case(train=labelled(np.arange(90) % 5), model=model))
    assert "Build the model with num_labels=5" in finding.remedy


@pytest.mark.parametrize("outputs", [1, 3], ids=str)
@pytest.mark.parametrize("what", ["ids", "numbers"])
def test_one_number_a_row_does_not_fit_several_outputs(what, outputs):
    labels = MIXED if what == "ids" else MIXED + 0.5
    seen = labelled(labels)
    found = labels_do_not_fit_loss.look(Case(train=seen, model=facts("squared", outputs)))
    assert [finding.severity for finding in found] == ["error"] * (outputs == 3)
    if found:
        remedy = "SparseCategoricalCrossentropy" if what == "ids" else "keras.layers.Dense(1)"
        assert remedy in found[0].remedy
        with pytest.raises(Exception, match="shape|size|dimension|Incompatible"):
            keras.losses.MeanSquaredError()(labels.astype("float32"), np.zeros((90, 3), "float32"))


HOT = np.eye(3)[MIXED]
MULTI = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1]] * 30)
MISFITS = {
    "one-hot with sparse": (HOT, "sparse", "CategoricalCrossentropy"),
    "ids with categorical": (MIXED, "categorical", "SparseCategoricalCrossentropy"),
    "ids with binary": (MIXED, "binary", "SparseCategoricalCrossentropy"),
    "multi-hot with softmax": (MULTI, "categorical", "BinaryCrossentropy"),
    "multi-hot with sparse": (MULTI, "sparse", "BinaryCrossentropy"),
}
FITS = {"ids": (MIXED, "sparse"), "one-hot": (HOT, "categorical"), "multi-hot": (MULTI, "binary")}


@pytest.mark.parametrize("what", MISFITS)
def test_labels_that_do_not_fit(what):
    labels, kind, other = MISFITS[what]
    (finding,) = labels_do_not_fit_loss.look(Case(train=labelled(labels), model=facts(kind)))
    assert (finding.name, finding.severity) == ("labels-do-not-fit-loss", "error")
    assert f"loss=keras.losses.{other}(from_logits=True)" in finding.remedy
    loss = getattr(keras.losses, other)(from_logits=True)
    assert np.isfinite(float(loss(labels.astype("float32"), np.zeros((90, 3), "float32"))))


@pytest.mark.parametrize("what", FITS)
def test_labels_that_fit(what):
    labels, kind = FITS[what]
    assert not labels_do_not_fit_loss.look(Case(train=labelled(labels), model=facts(kind)))


def test_strings_and_other_widths():
    (finding,) = labels_do_not_fit_loss.look(Case(train=labelled(np.array(["ham", "spam"] * 20))))
    assert "'ham', 'spam'" in finding.evidence and "StringLookup" in finding.remedy
    many = labelled(np.array(list("abcdef") * 10))
    (finding,) = labels_do_not_fit_loss.look(Case(train=many))
    code = "keras.layers.StringLookup(vocabulary=sorted(set(labels)), num_oov_indices=0)"
    assert code in finding.remedy
    lookup = eval(code, {"keras": keras, "labels": list("abcdef") * 10, "set": set})  # noqa: S307
    np.testing.assert_array_equal(lookup(["a", "f"]), [0, 5])
    case = Case(train=labelled(HOT), model=facts("categorical", 4))
    (finding,) = labels_do_not_fit_loss.look(case)
    assert "keras.layers.Dense(3)" in finding.remedy


def test_one_label():
    case = Case(train=labelled(np.ones(50, int)), validation=labelled(np.zeros(50, int)))
    ours, theirs = one_label_only.look(case)
    assert (ours.severity, theirs.severity) == ("error", "warning")
    assert "all 50 labels of the training pipeline are '1'" in ours.evidence


def test_unseen_labels():
    case = Case(train=labelled(MIXED % 2), validation=labelled(MIXED))
    (finding,) = unseen_labels.look(case)
    assert (finding.name, finding.severity) == ("unseen-labels", "warning")
    assert "'2' (30)" in finding.evidence and "33.3%" in finding.evidence
    files = {
        "training": read_rows((["a", "b"], ["x", "y"])),
        "validation": read_rows((["c"], ["z"])),
    }
    (finding,) = unseen_labels.look(Case(rows=files, handled=True))
    assert finding.severity == "error" and "has 1 label that" in finding.evidence
    files["validation"] = read_rows((["c", "d"], ["z", "x"]))
    (finding,) = unseen_labels.look(Case(rows=files, handled=True))
    assert finding.severity == "note" and "'z' (1)" in finding.evidence
    # Ids of a pipeline beside the names of a file are other spellings of what may be the same.
    mixed = Case(rows={"training": files["training"]}, validation=labelled(MIXED))
    assert [found.severity for found in unseen_labels.look(mixed)] == ["warning"]


def test_the_only_row_has_the_only_label():
    (finding,) = one_label_only.look(Case(rows={"training": read_rows((["a"], ["x"]))}))
    assert "the only label of" in finding.evidence and finding.evidence.endswith("is 'x'")
    assert "stratify" not in finding.remedy and "rows of other labels" in finding.remedy


SKEWED = np.array([0] * 80 + [1] * 20)


def test_imbalance_at_which_a_collapse_was_reported():
    (finding,) = class_imbalance.look(Case(train=labelled(SKEWED), model=facts(outputs=2)))
    assert (finding.name, finding.severity) == ("class-imbalance", "warning")
    assert "0: 80, 1: 20" in finding.evidence and "4.0 times" in finding.evidence
    # 1/80 and 1/20 with mean 1: 2/5 and 8/5.
    assert "class_weights=[0.4, 1.6]" in finding.remedy


def test_weights_for_a_model_with_more_classes_are_given_to_fit():
    (finding,) = class_imbalance.look(Case(train=labelled(SKEWED), model=facts(outputs=3)))
    assert "fit(class_weight={0: 0.4, 1: 1.6})" in finding.remedy
    assert "never occur: 1" in finding.evidence


HANDLED = {
    "loss": {"model": facts(outputs=2, treats_imbalance=True)},
    "class_weight": {"model": facts(outputs=2), "class_weight": {0: 0.4, 1: 1.6}},
    "tfclf": {"model": facts(outputs=2), "handled": True},
    "not compiled": {},
}


@pytest.mark.parametrize("by", HANDLED)
def test_imbalance_that_is_seen_to_is_a_note(by):
    (finding,) = class_imbalance.look(Case(train=labelled(SKEWED), **HANDLED[by]))
    assert finding.severity == "note"


def test_sample_weights_see_to_imbalance_where_they_differ():
    weights = np.where(SKEWED == 1, 1.6, 0.4)
    for given, severity in ((weights, "note"), (np.ones(100), "warning")):
        case = Case(train=labelled(SKEWED, given), model=facts(outputs=2))
        assert class_imbalance.look(case)[0].severity == severity


UNTREATED = {
    "weights of the frequent label": {"class_weight": {0: 100.0, 1: 1.0}},
    "weights of other ids": {"class_weight": {0: 1.0, 99: 2.0}},
    "a list": {"class_weight": [0.4, 1.6]},
    "rows of the frequent label": {"rows": np.where(SKEWED == 0, 1e6, 1.0)},
    "rows drawn by chance": {"rows": 1.0 + np.arange(100) % 2},
}


@pytest.mark.parametrize("name", UNTREATED)
def test_weights_that_do_not_lift_rare_labels_are_no_treatment(name):
    given = dict(UNTREATED[name])
    case = Case(train=labelled(SKEWED, given.pop("rows", None)), model=facts(outputs=2), **given)
    (finding,) = class_imbalance.look(case)
    assert finding.severity == "warning"
    assert ("these weights do not lift" in finding.effect) == (name != "a list")
    weights = "a row of '0' weighs 100, one of '1' 1" in finding.evidence
    assert weights == (name == "weights of the frequent label")


def test_many_classes_of_moderate_imbalance_are_no_warning():
    labels = np.repeat(np.arange(20), np.linspace(20, 90, 20).astype(int))  # 90 to 20: 4.5
    (finding,) = class_imbalance.look(Case(train=labelled(labels), model=facts(outputs=20)))
    assert finding.severity == "note"
    long_tail = np.repeat(np.arange(20), [*range(100, 119), 5])  # 118 to 5: 23.6
    (finding,) = class_imbalance.look(Case(train=labelled(long_tail), model=facts(outputs=20)))
    assert finding.severity == "warning"
    assert "'19' with 5; 1 of 20 classes with fewer than 10 rows" in finding.evidence
    assert "numpy.unique" in finding.remedy


def test_rare_and_missing_labels_among_several():
    labels = np.zeros((300, 3), int)
    labels[:120, 0] = labels[100:102, 1] = 1
    labels[100:102, 0] = 1  # two rows with two labels
    case = Case("multi-label", train=labelled(labels), model=facts("binary"))
    (finding,) = class_imbalance.look(case)
    assert finding.severity == "warning"
    assert "(1 0.67%)" in finding.evidence and "1 labels have no row at all (2)" in finding.evidence


@pytest.mark.parametrize(("found", "severity"), [(2, "note"), (1, "warning")], ids=str)
def test_imbalance_that_a_trained_model_has_mastered_is_a_note(found, severity):
    # Of 12 rows answered, 4 are of the rare label, of which 2 (one half) or 1 are said.
    truth = np.array([0] * 8 + [1] * 4)
    outcome = outcome_of_logits(
        "single-label", truth, np.eye(2)[[0] * 8 + [1] * found + [0] * (4 - found)]
    )
    case = Case(train=labelled(SKEWED), model=facts(outputs=2), outcome=outcome)
    (finding,) = class_imbalance.look(case)
    assert finding.severity == severity
    assert ("finds 50% of the rows of '1'" in finding.evidence) == (severity == "note")


WEIGHTS = {
    "list": ([1.0, 2.0, 3.0], "class_weight={0: 1.0, 1: 2.0, 2: 3.0}"),
    "array": (np.array([1.0, 2.0, 3.0]), "class_weight={0: 1.0, 1: 2.0, 2: 3.0}"),
    "names": ({"ham": 1.0, "spam": 2.0}, "Use the ids"),
    "lacking one": ({0: 1.0, 2: 2.0}, "each id from 0 to 2"),
    "lacking the last": ({0: 1.0, 1: 2.0}, "each id from 0 to 2"),
}


@pytest.mark.parametrize("form", WEIGHTS)
def test_class_weight_that_keras_does_not_take(form):
    given, remedy = WEIGHTS[form]
    dataset = tf.data.Dataset.from_tensor_slices((np.ones((90, 4), "int32"), MIXED)).batch(30)
    case = Case(train=read_pipeline(dataset), class_weight=given)
    (finding,) = class_weight_ignored.look(case)
    assert (finding.name, finding.severity) == ("class-weight-ignored", "warning")
    assert remedy in finding.remedy
    if form.startswith("lacking"):
        assert "which 30 rows have" in finding.evidence
        assert ("outside Keras's table" in finding.effect) == (form == "lacking the last")


def test_arrays_are_weighed_row_by_row():
    case = Case(train=labelled(MIXED), class_weight={0: 1.0, 1: 2.0})
    assert "the weight 1" in class_weight_ignored.look(case)[0].effect


def test_class_weight_together_with_others():
    weights = {0: 1.0, 1: 2.0, 2: 2.0}
    seen = labelled(MIXED, np.ones(90))
    (finding,) = class_weight_ignored.look(Case(train=seen, class_weight=weights))
    assert "sample weights" in finding.evidence
    (finding,) = class_weight_ignored.look(Case(train=labelled(MULTI), class_weight=weights))
    assert "several labels a row" in finding.evidence and "BinaryFocal" in finding.remedy


@pytest.mark.parametrize("where", ["class_weight", "loss", "sample weights", "rows of -1"])
@pytest.mark.parametrize("ratio", [99.0, 101.0])
def test_extreme_weights(where, ratio):
    weights = {0: 1.0, 1: 1.0, 2: ratio}
    case = {
        "class_weight": Case(class_weight=weights),
        "loss": Case(model=facts(class_weights=(1.0, 1.0, ratio))),
        "sample weights": Case(train=labelled(MIXED, np.where(MIXED == 2, ratio, 1.0))),
        "rows of -1": Case(train=labelled(MIXED - 1, np.where(MIXED == 0, ratio, 1.0))),
    }[where]
    found = class_weights_extreme.look(case)
    assert [finding.severity for finding in found] == ["warning"] * (ratio > 100)


def test_weights_that_are_no_weights():
    (finding,) = class_weights_extreme.look(Case(class_weight={0: 1.0, 1: float("nan")}))
    assert "1 of class_weight are negative or not finite" in finding.evidence
    assert class_weights_extreme.look(Case(class_weight={0: "much"})) == []


def test_a_header_among_the_rows():
    texts = ["text", *(f"row {i}" for i in range(9))]
    labels = ["label", *("ham", "spam", "ham") * 3]
    (finding,) = header_as_row.look(Case(rows={"training": read_rows((texts, labels))}))
    assert (finding.name, finding.severity, finding.rows) == ("header-as-row", "warning", (0,))
    (finding,) = header_as_row.look(Case(train=read_pipeline((np.array(texts), np.array(labels)))))
    assert "the training pipeline, row 0 has the label 'label'" in finding.evidence


def test_a_label_that_is_called_like_a_column():
    labels = ["category", "brand", "category", "brand", "size"]
    rows = read_rows(([f"row {i}" for i in range(5)], labels))
    assert header_as_row.look(Case(rows={"training": rows})) == []


def test_numbers_far_from_zero():
    values = np.random.default_rng(0).normal(300, 50, 200)
    (finding,) = targets_not_scaled.look(Case("regression", train=labelled(values)))
    assert (finding.name, finding.severity) == ("targets-not-scaled", "warning")
    mean, spread = values.mean(), values.std()
    assert f"(y - {mean:.4g}) / {spread:.4g}" in finding.remedy
    scaled = (values - mean) / spread
    assert not targets_not_scaled.look(Case("regression", train=labelled(scaled)))
    fitted = facts("squared", 1)
    fitted.outputs = np.full((8, 1), 305.0)  # within a standard deviation: it has learnt them
    assert not targets_not_scaled.look(Case("regression", train=labelled(values), model=fitted))


def test_scores_and_outliers():
    scores = np.random.default_rng(0).uniform(0, 5, 200)  # as people rate similarity
    assert not targets_not_scaled.look(Case("regression", train=labelled(scores)))
    scores[17] = 500.0
    found = targets_not_scaled.look(Case("regression", train=labelled(scores)))
    assert "500" in found[-1].evidence and found[-1].rows == (17,)
