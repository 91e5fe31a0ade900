"""Fitted model -> decisions, figures, report."""

from tfclf.evaluation.calibration import (
    Temperature,
    choose_multi_label_temperature,
    choose_temperature,
)
from tfclf.evaluation.decisions import DECODINGS, Decider
from tfclf.evaluation.entities import entities_of, entity_scores
from tfclf.evaluation.judge import judge
from tfclf.evaluation.offsets import Offset, choose_offset
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
from tfclf.evaluation.priors import multi_label_prior_offset, prior_offset
from tfclf.evaluation.reliability import Reliability, draw_reliability, reliability
from tfclf.evaluation.report import score_table, warnings_of
from tfclf.evaluation.scores import (
    Scores,
    all_labels,
    confusion,
    multi_hot,
    multi_label_scores,
    regression_scores,
    single_label_scores,
    tag_scores,
)
from tfclf.evaluation.thresholds import Thresholds, choose_thresholds
from tfclf.evaluation.viterbi import decode_tags, viterbi

__all__ = [
    "DECODINGS",
    "Decider",
    "Logits",
    "Offset",
    "Reliability",
    "Scores",
    "Temperature",
    "Thresholds",
    "WordLogits",
    "all_labels",
    "choose_multi_label_temperature",
    "choose_offset",
    "choose_temperature",
    "choose_thresholds",
    "confusion",
    "decode_tags",
    "draw_confusion_matrix",
    "draw_label_scores",
    "draw_learning_curves",
    "draw_numbers",
    "draw_reliability",
    "entities_of",
    "entity_scores",
    "judge",
    "multi_hot",
    "multi_label_prior_offset",
    "multi_label_scores",
    "predict_heads",
    "predict_logits",
    "prior_offset",
    "regression_scores",
    "reliability",
    "score_table",
    "sigmoid",
    "single_label_scores",
    "softmax",
    "tag_scores",
    "viterbi",
    "warnings_of",
]
