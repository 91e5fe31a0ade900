"""Label counts -> class weights and advice."""

from tfclf.imbalance.advice import Advice, advise
from tfclf.imbalance.class_weights import STRATEGIES, class_weights

__all__ = ["STRATEGIES", "Advice", "advise", "class_weights"]
