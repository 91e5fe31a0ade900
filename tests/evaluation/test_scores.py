"""Figures against scikit-learn, scipy and seqeval, and by hand."""

import numpy as np
import pytest
import scipy.stats
from sklearn import metrics as sklearn_metrics

from tfclf.evaluation import (
    confusion,
    multi_label_scores,
    regression_scores,
    single_label_scores,
    softmax,
    tag_scores,
)
from tfclf.evaluation.scores import calibration_error


def probabilities_of(predicted, labels):
    return 0.7 * np.eye(len(labels))[[labels.index(name) for name in predicted]] + 0.1


LABELS = ["a", "b", "c", "d"]


@pytest.mark.parametrize("seed", range(5))
def test_against_scikit_learn(seed):
    generator = np.random.default_rng(seed)
    true = generator.choice(["a", "b", "c", "new"], 50).tolist()
    predicted = generator.choice(["a", "b", "c"], 50).tolist()
    scores = single_label_scores(true, probabilities_of(predicted, LABELS), LABELS)
    report = sklearn_metrics.classification_report(
        true, predicted, output_dict=True, zero_division=0
    )
    for name in ("a", "b", "c", "new"):
        expected = report[name]
        row = scores["per_class"][name]
        assert row["precision"] == pytest.approx(expected["precision"])
        assert row["recall"] == pytest.approx(expected["recall"])
        assert row["f1"] == pytest.approx(expected["f1-score"])
        assert row["support"] == expected["support"]
    assert scores["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"])
    assert scores["weighted_f1"] == pytest.approx(report["weighted avg"]["f1-score"])
    assert scores["accuracy"] == scores["micro_f1"] == pytest.approx(report["accuracy"])
    assert scores["predicted_classes"] == 3
    assert predicted.count(scores["most_predicted"]) == max(map(predicted.count, "abc"))
    assert scores["per_class"]["d"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def random_lists(generator, labels, rows, share=0.3):
    return [[name for name in labels if generator.random() < share] for _ in range(rows)]


@pytest.mark.parametrize("seed", range(5))
def test_several_labels_against_scikit_learn(seed):
    """Labels that only the truth has count; d never occurs, and in the macro-F1 it does not."""
    generator = np.random.default_rng(seed)
    truth = random_lists(generator, ["a", "b", "c", "new", "newer"], 60)
    said = random_lists(generator, ["a", "b", "c"], 60)
    scores = multi_label_scores(truth, np.full((60, 4), 0.5), LABELS, said)
    names = [*LABELS, "new", "newer"]
    true, predicted = (
        np.array([[x in row for x in names] for row in rows]) for rows in (truth, said)
    )
    occurring = [0, 1, 2, 4, 5]
    macro = sklearn_metrics.f1_score(true[:, occurring], predicted[:, occurring],
                                     average="macro", zero_division=0)  # fmt: skip
    assert scores["macro_f1"] == pytest.approx(macro)
    for average in ("micro", "weighted", "samples"):
        expected = sklearn_metrics.f1_score(true, predicted, average=average, zero_division=0)
        assert scores[f"{average}_f1"] == pytest.approx(expected)
    assert scores["hamming_loss"] == pytest.approx(sklearn_metrics.hamming_loss(true, predicted))
    assert scores["subset_accuracy"] == sklearn_metrics.accuracy_score(true, predicted)
    columns = sklearn_metrics.precision_recall_fscore_support(true, predicted, zero_division=0)
    assert list(scores["per_class"]) == names
    for i, row in enumerate(scores["per_class"].values()):
        figures = [row[key] for key in ("precision", "recall", "f1", "support")]
        assert figures == pytest.approx([column[i] for column in columns])
        assert type(row["support"]) is int
    assert scores["predicted_classes"] == 3
    assert scores["most_predicted"] == LABELS[predicted[:, :4].sum(0).argmax()]
    assert scores["rows_without_label"] == sum(not row for row in said) > 0


@pytest.mark.parametrize("seed", range(3))
def test_one_label_that_may_be_missing(seed):
    """A single column is no choice between two classes: only the label itself is counted."""
    generator = np.random.default_rng(seed)
    true, said = generator.random((2, 40)) < [[0.4], [0.6]]
    rows = [[["a"] if here else [] for here in side] for side in (true, said)]
    scores = multi_label_scores(rows[0], np.full((40, 1), 0.5), ["a"], rows[1])
    expected = sklearn_metrics.f1_score(true, said)
    for average in ("macro", "micro", "weighted"):
        assert scores[f"{average}_f1"] == pytest.approx(expected)
    assert scores["samples_f1"] == np.mean(true & said)  # 1 where both have it, else 0
    assert scores["hamming_loss"] == pytest.approx(np.mean(true != said))
    assert scores["subset_accuracy"] == pytest.approx(np.mean(true == said))
    assert scores["per_class"] == {
        "a": {
            "precision": pytest.approx(sklearn_metrics.precision_score(true, said)),
            "recall": pytest.approx(sklearn_metrics.recall_score(true, said)),
            "f1": pytest.approx(expected),
            "support": true.sum(),
        }
    }


def test_several_labels_by_hand():
    # a: said twice, once right, one true -> precision 1/2, recall 1. b: never said, one true.
    scores = multi_label_scores(
        [["a"], ["b"], []], np.array([[0.9, 0.2], [0.7, 0.4], [0.3, 0.1]]), "ab", [["a"], ["a"], []]
    )
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert scores["micro_f1"] == pytest.approx(2 * 1 / (2 + 2))
    assert scores["samples_f1"] == pytest.approx(1 / 3)
    assert scores["hamming_loss"] == pytest.approx(2 / 6)
    # Six decisions in bins of 1/15, all of their own but 0.9 and 0.9: right with confidence
    # 0.9, 0.8, 0.7 and 0.9, wrong with 0.7 and 0.6. Bin of 0.7: 0.7 + 0.7 - 1 = 0.4.
    assert scores["expected_calibration_error"] == pytest.approx((0.2 + 0.2 + 0.4 + 0.6) / 6)


def test_nothing_is_said_and_nothing_is_true():
    scores = multi_label_scores([[], []], np.full((2, 3), 0.2), "abc", [[], []])
    assert scores["macro_f1"] == scores["micro_f1"] == scores["hamming_loss"] == 0
    assert scores["subset_accuracy"] == 1
    assert (scores["predicted_classes"], scores["rows_without_label"]) == (0, 2)


@pytest.mark.parametrize("seed", range(4))
def test_numbers_against_scipy_and_scikit_learn(seed):
    generator = np.random.default_rng(seed)
    truth = np.round(generator.normal(2, 3, 31), 1)  # with ties
    predicted = np.round(truth + generator.normal(size=31), 1)
    scores = regression_scores(truth.tolist(), predicted)
    assert scores == pytest.approx(
        {
            "pearson": scipy.stats.pearsonr(truth, predicted).statistic,
            "spearman": scipy.stats.spearmanr(truth, predicted).statistic,
            "mean_squared_error": sklearn_metrics.mean_squared_error(truth, predicted),
            "mean_absolute_error": sklearn_metrics.mean_absolute_error(truth, predicted),
            "r2": sklearn_metrics.r2_score(truth, predicted),
            "spread": predicted.std(),
            "true_spread": truth.std(),
        }
    )


@pytest.mark.parametrize(
    "truth, predicted, r2",
    [([1.0, 2, 6], [3.0, 3, 3], 0.0), ([2.0, 2, 2], [1.0, 2, 3], 0.0), ([5.0], [4.0], 0.0)],
)
def test_constant_numbers_have_no_correlation(truth, predicted, r2):
    """The first case: the mean of the truth, whose share of the variance is 0 by definition."""
    scores = regression_scores(truth, np.array(predicted))
    assert (scores["pearson"], scores["spearman"], scores["r2"]) == (0, 0, r2)
    assert scores["mean_squared_error"] == pytest.approx(
        np.mean(np.subtract(truth, predicted) ** 2)
    )
    assert (scores["spread"], scores["true_spread"]) == (np.std(predicted), np.std(truth))


def test_two_numbers():
    scores = regression_scores([1.0, 2.0], np.array([5.0, 3.0]))
    assert (scores["pearson"], scores["spearman"]) == (pytest.approx(-1), pytest.approx(-1))


@pytest.mark.parametrize("scheme", ["bio", "none", None])
def test_tags_against_seqeval_and_scikit_learn(scheme):
    seqeval = pytest.importorskip("seqeval.metrics.sequence_labeling")
    generator = np.random.default_rng(6)
    tags = ["O", "B-x", "I-x", "B-y", "I-y"]
    lengths = generator.integers(0, 9, 40)
    truth = [generator.choice([*tags, "B-new"], n).tolist() for n in lengths]
    said = [generator.choice(tags, n).tolist() for n in lengths]
    scores = tag_scores(truth, [np.full((n, 5), 0.2) for n in lengths], tags, said, scheme)
    flat_truth, flat_said = ([tag for row in rows for tag in row] for rows in (truth, said))
    assert scores["words"] == sum(lengths)
    assert scores["accuracy"] == sklearn_metrics.accuracy_score(flat_truth, flat_said)
    assert scores["macro_f1"] == pytest.approx(
        sklearn_metrics.f1_score(flat_truth, flat_said, average="macro", zero_division=0)
    )
    if scheme == "bio":
        for name in ("f1", "precision", "recall"):
            expected = getattr(seqeval, f"{name}_score")(truth, said, zero_division=0)
            assert scores[name] == pytest.approx(expected)
        assert set(scores["per_entity"]) == {"x", "y", "new"}
    else:
        assert not {"f1", "precision", "recall", "per_entity"} & scores.keys()


def test_confidence_is_that_of_the_decoded_tag():
    """Not of the best one, which the scheme may forbid: 0.3, 0.3 and right, 1 - 0.3 off."""
    probabilities = [np.array([[0.3, 0.1, 0.6], [0.3, 0.1, 0.6]])]
    scores = tag_scores([["O", "O"]], probabilities, ["O", "B-x", "I-x"], [["O", "O"]], "bio")
    assert scores["expected_calibration_error"] == pytest.approx(0.7)


def test_calibration_error_by_hand():
    # Two rows in the bin of 0.6: accuracy 1/2, gap 0.1, weight 2/3. One in that of 0.9: gap 0.1.
    error = calibration_error(np.array([0.6, 0.6, 0.9]), np.array([True, False, True]), bins=10)
    assert error == pytest.approx(0.1)
    assert calibration_error(np.ones(3), np.ones(3, bool)) == 0
    assert calibration_error(np.ones(3), np.zeros(3, bool)) == 1


def test_confusion_is_true_by_predicted():
    matrix = confusion(["a", "a", "b"], ["b", "b", "a"], ["a", "b", "c"])
    np.testing.assert_array_equal(matrix, [[0, 2, 0], [1, 0, 0], [0, 0, 0]])


def test_softmax_is_finite_for_large_logits():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4, -1e4]])), [[0.5, 0.5, 0]])
