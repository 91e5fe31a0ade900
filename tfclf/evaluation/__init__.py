"""Fitted model -> decisions, figures, report."""

from tfclf.evaluation.decisions import DECODINGS, Decider
from tfclf.evaluation.entities import entities_of, entity_scores
from tfclf.evaluation.judge import judge
from tfclf.evaluation.pictures import (
    draw_confusion_matrix,
    draw_label_scores,
    draw_learning_curves,
    draw_numbers,
)
from tfclf.evaluation.predict import (
    Logits,
    WordLogits,
    predict_heads,
    predict_logits,
    sigmoid,
    softmax,
)
from tfclf.evaluation.report import score_table, warnings_of
from tfclf.evaluation.scores import (
    Scores,
    all_labels,
    confusion,
    multi_label_scores,
    regression_scores,
    single_label_scores,
    tag_scores,
)
from tfclf.evaluation.viterbi import decode_tags, viterbi

__all__ = [
    "DECODINGS",
    "Decider",
    "Logits",
    "Scores",
    "WordLogits",
    "all_labels",
    "confusion",
    "decode_tags",
    "draw_confusion_matrix",
    "draw_label_scores",
    "draw_learning_curves",
    "draw_numbers",
    "entities_of",
    "entity_scores",
    "judge",
    "multi_label_scores",
    "predict_heads",
    "predict_logits",
    "regression_scores",
    "score_table",
    "sigmoid",
    "single_label_scores",
    "softmax",
    "tag_scores",
    "viterbi",
    "warnings_of",
]
