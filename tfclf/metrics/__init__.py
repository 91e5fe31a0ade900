"""Labels and predictions -> numbers, streaming inside Keras."""

from tfclf.metrics.entity_f1 import EntityF1
from tfclf.metrics.macro_f1 import MacroF1
from tfclf.metrics.multi_label_f1 import MultiLabelF1
from tfclf.metrics.pearson import PearsonCorrelation
from tfclf.metrics.r2_score import R2Score

__all__ = ["EntityF1", "MacroF1", "MultiLabelF1", "PearsonCorrelation", "R2Score"]
