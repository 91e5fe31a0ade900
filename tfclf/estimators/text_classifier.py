"""A scikit-learn estimator over the recipe of ``tfclf train``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from tfclf.data import ONLY_HEAD, LongText, TextRules
from tfclf.errors import ArgumentError
from tfclf.estimators.estimator_job import estimator_job, own_random_numbers
from tfclf.estimators.given_labels import Classes, GivenLabels
from tfclf.estimators.given_texts import GivenTexts
from tfclf.estimators.given_weights import given_weights
from tfclf.estimators.kept_run import KeptRun
from tfclf.runs import DEFAULT_MODEL, Classifier, load, train
from tfclf.runs.job import VALIDATION_SHARE
from tfclf.training import ProgressDisplay

SEVERAL = "multi-label"
LEAST = np.finfo("float64").tiny  # probability whose logarithm is taken of none


class TextClassifier(ClassifierMixin, BaseEstimator):
    """A BERT classifier with the interface of scikit-learn: texts and labels in, labels out.

    ``fit`` does what ``tfclf train`` does: it holds validation rows out, settles what is ``auto``
    by the rows, starts the head at a linear probe, watches for collapse, and chooses an offset, or
    thresholds, and a temperature on the validation rows. What is between ``fit`` and ``predict``
    is a run directory, in ``output`` or a temporary folder; a pickle carries its files.

    Texts are a list, a NumPy array of the shape (rows,) or (rows, 1), a series, or a frame of one
    column, of pandas, polars or Arrow. Pairs of texts are a list of tuples, an array of the shape
    (rows, 2) or a frame of two columns. Labels are strings, whole numbers or truth values, and
    ``predict`` gives them back in their type. With ``task="multi-label"`` they are lists, or an
    array or frame of zeros and ones with a column for each label; ``predict`` gives back the same.

    With ``sample_weight`` rows count for more or less in the loss and in the probe; a weight of 0
    takes a row out of both. Which of them are held out, what decides and the figures look at all
    rows alike. Where ``"auto"`` would treat imbalance, it is left to these weights.

    Args:
        model: Folder or hub id of the checkpoint. Without a network give a folder.
        task: ``"single-label"``, or ``"multi-label"`` for any number of labels a text.
        epochs: Passes over the rows, or ``"auto"``.
        learning_rate: Highest learning rate, or ``"auto"``.
        batch_size: Rows in a batch.
        max_length: Longest text (tokens).
        loss: ``"auto"`` or one of the task's, such as ``"focal"``, as in ``tfclf.Recipe``.
        class_weights: ``"auto"``, ``"none"``, a strategy of ``tfclf.imbalance.class_weights``, or a
            dict of a positive number for each class.
        sampling: ``"auto"``, ``"none"``, or a name of ``tfclf.imbalance.SAMPLINGS``.
        freeze: ``"encoder"``, ``"embeddings"`` or a number of layers that do not train; None trains
            everything.
        patience: Epochs without a better validation figure before training stops; None never.
        precision: ``"float32"``, ``"bfloat16"``, ``"float16"`` or ``"auto"``.
        settings: Other fields of ``tfclf.Recipe``, such as ``{"gamma": 1.0, "mixup": 0.2}``.
        validation_share: Share of the texts that ``fit`` holds out, in [0, 1); 0 trains on all, and
            chooses no offset, thresholds or temperature.
        rules: What is done to each text; None does nothing.
        long_text: What becomes of longer texts; None keeps their head.
        new_head: Whether a checkpoint's head is replaced by a new one.
        devices: How many devices train together, or ``"auto"``.
        output: Folder to keep the run in, new or empty; None takes a temporary one, which goes with
            the estimator.
        random_state: Seed of split, order, dropout and head; a ``RandomState``; or None for another
            one each time. NumPy's own random numbers are left as they were.
        verbose: Whether progress is shown on standard error.

    Attributes:
        classes_: The classes, ascending, shape (classes,).
        n_features_in_: Texts of a row: 1, or 2 for pairs.
        feature_names_in_: Names of the columns, where ``fit`` was given a frame.
        classifier_: What ``tfclf.load`` gives of the run.
        run_: The run directory.
        metrics_: Figures of the run; those of the validation rows are under ``"validation"``.

    Example:
    >>> classifier = TextClassifier("path/to/bert", epochs=3, random_state=0)
    >>> classifier.set_params(loss="focal").get_params()["loss"]
    'focal'
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = DEFAULT_MODEL,
        *,
        task: str = "single-label",
        epochs: int | str = "auto",
        learning_rate: float | str = "auto",
        batch_size: int = 32,
        max_length: int = 128,
        loss: str = "auto",
        class_weights: str | Mapping[Any, float] = "auto",
        sampling: str = "auto",
        freeze: str | int | None = None,
        patience: int | None = None,
        precision: str = "float32",
        settings: Mapping[str, Any] | None = None,
        validation_share: float = VALIDATION_SHARE,
        rules: TextRules | None = None,
        long_text: LongText | None = None,
        new_head: bool = False,
        devices: int | str = "auto",
        output: str | os.PathLike[str] | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ):
        self.model = model
        self.task = task
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_length = max_length
        self.loss = loss
        self.class_weights = class_weights
        self.sampling = sampling
        self.freeze = freeze
        self.patience = patience
        self.precision = precision
        self.settings = settings
        self.validation_share = validation_share
        self.rules = rules
        self.long_text = long_text
        self.new_head = new_head
        self.devices = devices
        self.output = output
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Trains a classifier; an earlier one of this estimator is forgotten.

        Args:
            X: Texts, or pairs of texts.
            y: Labels.
            sample_weight: What each row counts for, at least 0, shape (rows,); None counts all
                alike. Their unit does not matter.

        Returns:
            The estimator itself.

        Raises:
            TfclfError: Texts, labels, checkpoint or arguments cannot be used.
        """
        texts, labels = GivenTexts.read(X), GivenLabels.read(y, self.task)
        if len(texts) != len(labels):
            raise ArgumentError(
                f"expected a label for each text, got {len(texts)} texts and {len(labels)} labels"
            )
        texts.check_against(labels.names)
        weights = given_weights(sample_weight, len(texts))
        run = KeptRun(self.output)
        with own_random_numbers():
            job = estimator_job(self.get_params(deep=False), texts, labels, weights, run.folder)
            classifier = train(job, display=ProgressDisplay() if self.verbose else None)
        self._run, self._loaded, self._classes = run, classifier, labels.classes
        self.classes_ = labels.classes.values
        self.n_features_in_ = len(texts.columns)
        self.metrics_ = classifier.metrics
        vars(self).pop("feature_names_in_", None)
        if texts.names is not None:
            self.feature_names_in_ = np.array(texts.names, object)
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        """Returns the label of each text; of several labels the lists, or zeros and ones.

        Args:
            X: Texts, or pairs of texts, as ``fit`` was given.

        Raises:
            NotFittedError: There is nothing to predict with yet.
            TfclfError: It is nothing that the model reads.
        """
        answers = self.classifier_.predict(*self._read(X).columns)
        classes: Classes = self._classes
        return classes.given_lists(answers) if self.task == SEVERAL else classes.given(answers)

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Returns the probability of each class for each text, shape (rows, classes).

        Rows add up to 1; with ``task="multi-label"`` each class has a probability of its own, and
        one that no training row has the probability 0.

        Args:
            X: As in ``predict``.
        """
        found = self.classifier_.predict_proba(*self._read(X).columns)
        columns = self._classes.columns(self.classifier_.labels)
        return np.hstack([found, np.zeros((len(found), 1))])[:, columns]

    def decision_function(self, X: Any) -> np.ndarray:  # noqa: N803
        """Returns scores whose order is that of the decision.

        Of two classes the log-odds of the second, shape (rows,); of more the logarithm of each
        one's probability, shape (rows, classes), the highest of which ``predict`` says. With
        ``task="multi-label"`` the log-odds above those of each label's threshold: ``predict`` says
        what is above 0.

        Args:
            X: As in ``predict``.
        """
        probabilities = np.maximum(self.predict_proba(X), LEAST)
        if self.task == SEVERAL:
            return _log_odds(probabilities) - _log_odds(self._thresholds())
        scores = np.log(probabilities)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803
        """Returns the share of rows that are answered right, with all their labels.

        Args:
            X: As in ``predict``.
            y: Their labels.
            sample_weight: What each row counts for, shape (rows,); None counts all alike.
        """
        truth = GivenLabels.read(y, self.task).names
        said = self.classifier_.predict(*self._read(X).columns)
        if self.task == SEVERAL:
            right = [set(a) == set(b) for a, b in zip(truth, said, strict=True)]
            return float(accuracy_score([True] * len(right), right, sample_weight=sample_weight))
        return float(accuracy_score(truth, said, sample_weight=sample_weight))

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Copies the run, for ``tfclf.load``, ``tfclf export`` and transformers.

        Args:
            folder: Where to; it must not exist, or be empty.
        """
        check_is_fitted(self)
        self._run.save(folder)

    @property
    def classifier_(self) -> Classifier:
        """What ``tfclf.load`` gives of the run."""
        check_is_fitted(self)
        if self._loaded is None:
            self._loaded = load(self.run_)
        return self._loaded

    @property
    def run_(self) -> Path:
        """The run directory."""
        check_is_fitted(self)
        return self._run.folder

    def _read(self, X: Any) -> GivenTexts:  # noqa: N803
        """Reads texts, and checks that they are what the model was trained on."""
        check_is_fitted(self)
        texts = GivenTexts.read(X)
        known = getattr(self, "feature_names_in_", None)
        if known is not None and texts.names is not None and texts.names != tuple(known):
            raise ArgumentError(
                f"X: expected the columns that fit was given, {', '.join(known)}, got "
                f"{', '.join(texts.names)}",
                remedy=f"Select them: frame[{list(known)}].",
            )
        return texts

    def _thresholds(self) -> np.ndarray:
        """Returns the probability above which each class is said, shape (classes,)."""
        decider = self.classifier_.deciders[ONLY_HEAD]
        own = decider.thresholds or (0.5,) * len(decider.labels)
        return np.array([*own, 0.5])[self._classes.columns(decider.labels)]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classes_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.one_d_array = True, True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = self.task == SEVERAL
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        return state | {"_loaded": None} if "_loaded" in state else state


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    return np.log(probabilities) - np.log(np.maximum(1 - probabilities, LEAST))
