"""scikit-learn's own checks of estimators.

They test with numbers and leave an estimator of texts out, as its tags tell them to. Here one that
spells numbers as texts stands for it, so that all of them run.
"""

import functools
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator
from sklearn.utils.validation import check_is_fitted, validate_data

from tests.estimators.estimators import SETTINGS, classifier
from tfclf import TextClassifier

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class SpeltClassifier(TextClassifier):
    """Reads numbers: a column is a letter, and so is how large its number is."""

    def fit(self, X, y, sample_weight=None):
        X = validate_data(self, X)
        number = self.n_features_in_
        super().fit(spelt(X), y, sample_weight)
        self.n_features_in_ = number
        return self

    def _read(self, X):
        check_is_fitted(self)
        return super()._read(spelt(validate_data(self, X, reset=False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        # An encoder of random weights that reads for one epoch: its answers are no better than its
        # features, and that they get better is for tests of training.
        tags.classifier_tags.poor_score = True
        return tags


def spelt(numbers):
    sizes = np.clip(2 * numbers + 13, 0, 25).astype(int)
    return [
        " ".join(f"{LETTERS[i % 26]}{LETTERS[size]}" for i, size in enumerate(row)) for row in sizes
    ]


ESTIMATOR = SpeltClassifier(
    "replaced by each test", epochs=1, learning_rate=1e-4, max_length=41, validation_share=0,
    random_state=0, settings=SETTINGS,
)  # fmt: skip
# What does not apply, and why.
LEFT_OUT = {
    "check_array_api_input": "texts are no array of a device: there is no array API for strings",
    "check_sample_weight_equivalence_on_dense_data": "a row that is there twice stands in two "
    "batches, one of weight 2 in one: the same gradients in another order, and other dropout",
}
# A fit takes a second or two. These have at most one; the others are run by make test-slow.
QUICK = {
    "check_estimator_cloneable", "check_estimator_tags_renamed", "check_valid_tag_types",
    "check_estimator_repr", "check_no_attributes_set_in_init", "check_estimators_unfitted",
    "check_do_not_raise_errors_in_init_or_set_params", "check_mixin_order", "check_complex_data",
    "check_dont_overwrite_parameters", "check_estimators_empty_data_messages",
    "check_estimator_sparse_tag", "check_estimator_sparse_array", "check_estimator_sparse_matrix",
    "check_estimators_pickle", "check_classifiers_one_label", "check_fit1d",
    "check_classifiers_one_label_sample_weights", "check_classifiers_regression_target",
    "check_supervised_y_no_nan", "check_parameters_default_constructible", "check_fit2d_1sample",
    "check_get_params_invariance", "check_set_params", "check_dict_unchanged",
    "check_requires_y_none", "check_estimators_partial_fit_n_features",
    "check_non_transformer_estimators_n_iter", "check_array_api_input",
}  # fmt: skip


def cases():
    for _, check in estimator_checks_generator(ESTIMATOR, legacy=True, mark=None):
        name = innermost(check).__name__
        more = [f"{k}={v}" for part in parts(check) for k, v in part.keywords.items()]
        marks = [] if name in QUICK else [pytest.mark.slow]
        yield pytest.param(check, name, id="-".join([name, *more]), marks=marks)


def parts(check):
    while isinstance(check, functools.partial):
        yield check
        check = check.func


def innermost(check):
    return [*parts(check)][-1].func


@pytest.mark.parametrize(("check", "name"), list(cases()))
def test_check_of_scikit_learn(check, name, tiny_encoder):
    if name in LEFT_OUT:
        pytest.skip(LEFT_OUT[name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as check_estimator itself has it
        check(clone(ESTIMATOR).set_params(model=tiny_encoder))


def test_scikit_learn_knows_that_texts_are_read(tiny_encoder):
    """Then it runs what asks for no input, and says that it leaves the rest out."""
    estimator = classifier(tiny_encoder)
    tags = get_tags(estimator)
    assert tags.input_tags.string and not tags.input_tags.two_d_array
    with pytest.warns(SkipTestWarning, match="requires input"):
        results = check_estimator(estimator)
    assert {result["status"] for result in results} == {"passed"}
