"""The estimator within what scikit-learn and imbalanced-learn build of estimators."""

from collections import Counter

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.estimators.estimators import classifier, rows

TEXTS, LABELS = rows(90)
OTHERS, TRUTH = rows(30, seed=1)


def test_clone(tiny_encoder):
    estimator = classifier(tiny_encoder, batch_size=7, task="multi-label")
    again = clone(estimator)
    assert again is not estimator and again.get_params() == estimator.get_params()
    assert not vars(again).keys() - again.get_params().keys(), "a constructor only stores"


def test_cross_validation(tiny_encoder):
    scores = cross_val_score(classifier(tiny_encoder), TEXTS, LABELS, cv=2, scoring="f1_macro")
    assert scores.shape == (2,) and (scores >= 0).all() and (scores <= 1).all()
    found = cross_validate(
        classifier(tiny_encoder), np.array(TEXTS, object), LABELS, cv=2, return_estimator=True,
        scoring=["accuracy", "neg_log_loss", "roc_auc_ovr"],
    )  # fmt: skip
    first, second = found["estimator"]
    assert first.run_ != second.run_
    assert np.isfinite(found["test_neg_log_loss"]).all()


def test_grid_search(tiny_encoder):
    """More passes at a higher rate see more; which wins is not ours to say, that both ran is."""
    grid = {"learning_rate": [1e-4, 1e-2], "epochs": np.array([1])}
    search = GridSearchCV(classifier(tiny_encoder), grid, cv=2, error_score="raise")
    search.fit(TEXTS, LABELS)
    assert len(search.cv_results_["params"]) == 2
    assert search.best_estimator_.predict(OTHERS).shape == (30,)
    assert search.score(OTHERS, TRUTH) == search.best_estimator_.score(OTHERS, TRUTH)


def test_pipeline(tiny_encoder):
    """Upper case is lost on the tiny encoder's tokenizer: the step before is what tells."""
    shout = FunctionTransformer(lambda texts: [text.replace("zzz", "good") for text in texts])
    steps = Pipeline([("rules", shout), ("bert", classifier(tiny_encoder))])
    steps.set_params(bert__epochs=2).fit(TEXTS, LABELS)
    assert steps.named_steps["bert"].epochs == 2
    np.testing.assert_array_equal(
        steps.predict_proba(["zzz", "the zzz"]), steps.predict_proba(["good", "the good"])
    )
    assert steps.classes_.tolist() == ["bad", "good", "ugly"]


@pytest.mark.parametrize("ensemble", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_calibration(tiny_encoder, ensemble):
    calibrated = CalibratedClassifierCV(classifier(tiny_encoder), cv=2, ensemble=ensemble)
    calibrated.fit(TEXTS, LABELS)
    probabilities = calibrated.predict_proba(OTHERS)
    assert probabilities.shape == (30, 3)
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-6)


def test_a_sampler_of_imbalanced_learn(tiny_encoder):
    """The run's counts are those after the sampler: each label as often as the most frequent."""
    sampling = pytest.importorskip("imblearn.over_sampling")
    pipeline = pytest.importorskip("imblearn.pipeline")
    column = np.array(TEXTS, object)[:, None]
    steps = pipeline.Pipeline(
        [("more", sampling.RandomOverSampler(random_state=0)), ("bert", classifier(tiny_encoder))]
    )
    steps.fit(column, LABELS)
    assert steps.predict(column[:8]).shape == (8,)
    most = max(Counter(LABELS).values())
    training = steps.named_steps["bert"].metrics_["training"]
    assert training["examples"] == 3 * most
