"""The scikit-learn face of runs: texts and labels as users hold them, one estimator."""

from tfclf.estimators.text_classifier import TextClassifier

__all__ = ["TextClassifier"]
