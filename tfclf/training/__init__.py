"""Model, batches and recipe -> a fitted model."""

from tfclf.training.fit import TrainingFigures, fit_model, peak_memory_bytes
from tfclf.training.macro_f1_callback import MacroF1Callback
from tfclf.training.optimizer import adamw
from tfclf.training.progress import ProgressDisplay, duration
from tfclf.training.recipe import Recipe
from tfclf.training.schedule import WarmupDecay

__all__ = [
    "MacroF1Callback",
    "ProgressDisplay",
    "Recipe",
    "TrainingFigures",
    "WarmupDecay",
    "adamw",
    "duration",
    "fit_model",
    "peak_memory_bytes",
]
