"""Fitted model -> decisions, figures, report."""

from tfclf.evaluation.pictures import draw_confusion_matrix, draw_learning_curves
from tfclf.evaluation.predict import predict_logits, softmax
from tfclf.evaluation.report import score_table, warnings_of
from tfclf.evaluation.scores import Scores, all_labels, confusion, single_label_scores

__all__ = [
    "Scores",
    "all_labels",
    "confusion",
    "draw_confusion_matrix",
    "draw_learning_curves",
    "predict_logits",
    "score_table",
    "single_label_scores",
    "softmax",
    "warnings_of",
]
