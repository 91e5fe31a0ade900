"""Model, batches and recipe -> a fitted model."""

from tfclf.training.fit import TrainingFigures, fit_model, peak_memory_bytes
from tfclf.training.head_bias import start_bias
from tfclf.training.macro_f1_callback import MacroF1Callback
from tfclf.training.mean_score import MeanScore
from tfclf.training.objective import HeadPlan, Objective, objective
from tfclf.training.optimizer import LayerwiseAdamW, adamw
from tfclf.training.progress import ProgressDisplay, duration
from tfclf.training.recipe import Recipe
from tfclf.training.schedule import WarmupDecay
from tfclf.training.thaw import Thaw
from tfclf.training.trainable import (
    count_parameters,
    freeze,
    rate_multipliers,
    reinitialize_layers,
)

__all__ = [
    "HeadPlan",
    "LayerwiseAdamW",
    "MacroF1Callback",
    "MeanScore",
    "Objective",
    "ProgressDisplay",
    "Recipe",
    "Thaw",
    "TrainingFigures",
    "WarmupDecay",
    "adamw",
    "count_parameters",
    "duration",
    "fit_model",
    "freeze",
    "objective",
    "peak_memory_bytes",
    "rate_multipliers",
    "reinitialize_layers",
    "start_bias",
]
