"""Ours beside TensorFlow Addons on random labels and scores.

Of its CRF there is only decoding to compare: tfclf trains no transitions.
"""

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.gradients import gradient
from tests.legacy.addons_cases import CRF, F1, FOCAL
from tfclf.evaluation.scores import multi_label_scores, single_label_scores
from tfclf.evaluation.viterbi import viterbi
from tfclf.losses import BinaryFocalCrossentropy
from tfclf.metrics import MacroF1, MultiLabelF1

pytestmark = pytest.mark.legacy


def each(questions):
    return pytest.mark.parametrize("question", questions, ids=lambda question: question.name)


@each(FOCAL)
def test_focal_loss(their, differences, question):
    """Theirs is the sum over the classes, ours the mean."""
    answer, arrays = their.answer(question.name), question.arrays
    loss = BinaryFocalCrossentropy(**question.settings, reduction="none")
    classes = arrays["labels"].shape[1]

    def summed(predictions):
        return keras.ops.sum(classes * loss(arrays["labels"], predictions))

    found = classes * loss(arrays["labels"], arrays["predictions"])
    differences.compare("focal loss", found, answer["loss"])
    _, slope = gradient(summed, arrays["predictions"])
    differences.compare("gradient of the focal loss", slope, answer["gradient"])


def classes_that_occur(question):
    """Theirs takes the mean over all classes; ours, and scikit-learn's, over those that occur."""
    labels, scores, threshold = *question.arrays.values(), question.settings["threshold"]
    said = scores == scores.max(-1, keepdims=True) if threshold is None else scores > threshold
    return labels, said, (labels | said).any(0)


@each(F1)
def test_f1_metrics(their, differences, question):
    answer, arrays, threshold = their.answer(question.name), question.arrays, question.settings
    classes = arrays["labels"].shape[1]
    share = np.mean(classes_that_occur(question)[2])
    if threshold["threshold"] is None:
        metrics = {"macro": MacroF1(classes)}
    else:
        metrics = {
            average: MultiLabelF1(classes, average=average, **threshold)
            for average in ("macro", "micro")
        }
    for average, metric in metrics.items():
        for part in np.array_split(np.arange(len(arrays["labels"])), 4):
            metric.update_state(arrays["labels"][part].astype("int32"), arrays["scores"][part])
        found = metric.result() * (share if average == "macro" else 1)
        differences.compare("F1", found, answer[average])


@each(F1)
def test_f1_of_reports(their, differences, question):
    """``metrics.json``, and scikit-learn itself."""
    answer, names = their.answer(question.name), np.array(list("abcdefghijkl"))
    labels, said, occurring = classes_that_occur(question)
    names = names[: labels.shape[1]]
    if question.settings["threshold"] is None:
        scores = single_label_scores(names[labels.argmax(-1)], question.arrays["scores"], names)
    else:
        rows = [[names[hot].tolist() for hot in table] for table in (labels, said)]
        scores = multi_label_scores(rows[0], question.arrays["scores"], names.tolist(), rows[1])
    for average in ("macro", "micro", "weighted"):
        share = np.mean(occurring) if average == "macro" else 1
        sklearn = f1_score(
            labels[:, occurring], said[:, occurring], average=average, zero_division=0
        )
        for found in (scores[f"{average}_f1"], sklearn):
            differences.compare("F1", found * share, answer[average])


@each(CRF)
def test_best_tags(their, differences, question):
    """Decoding alone: tfclf trains no transitions, so has nothing beside the log-likelihood."""
    answer, arrays = their.answer(question.name), question.arrays
    for i, length in enumerate(arrays["lengths"]):
        tags, score = viterbi(arrays["potentials"][i, :length], arrays["transitions"])
        assert tags.tolist() == answer["tags"][i, :length].tolist()
        differences.compare("score of the best tags", score, answer["score"][i])
