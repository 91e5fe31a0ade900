"""Labels and predictions -> numbers, streaming inside Keras."""

from tfclf.metrics.macro_f1 import MacroF1

__all__ = ["MacroF1"]
