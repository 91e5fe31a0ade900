"""Model, batches and recipe -> a fitted model."""

from tfclf.training.deferred_reweighting import DeferredReweighting
from tfclf.training.feature_batches import FeatureBatches
from tfclf.training.features import pooled_outputs
from tfclf.training.figures import TrainingFigures, peak_memory_bytes
from tfclf.training.fit import doubt, fit_model, optimizer_of_recipe
from tfclf.training.fused_adamw import FusedAdamW
from tfclf.training.gentler_schedule import GentlerSchedule
from tfclf.training.head_bias import start_bias
from tfclf.training.head_plan import HeadPlan
from tfclf.training.head_start import linear_layer, start_heads
from tfclf.training.jit_plan import shape_cost
from tfclf.training.late_best import LateBest
from tfclf.training.loss_table import log_prior
from tfclf.training.macro_f1_callback import MacroF1Callback
from tfclf.training.mean_score import MeanScore
from tfclf.training.mixup import Mixup
from tfclf.training.objective import Objective, objective
from tfclf.training.optimizer import LayerwiseAdamW, adamw
from tfclf.training.optimizer_over import config_without_rate
from tfclf.training.progress import ProgressDisplay, duration
from tfclf.training.rate_range_test import RateRangeTest
from tfclf.training.recipe import Recipe
from tfclf.training.schedule import WarmupDecay
from tfclf.training.settle import rate_of_width, settle
from tfclf.training.step_outputs import forget_traces, listen, stop_listening
from tfclf.training.thaw import Thaw
from tfclf.training.trainable import (
    count_parameters,
    freeze,
    rate_multipliers,
    reinitialize_layers,
)

__all__ = [
    "DeferredReweighting",
    "FeatureBatches",
    "FusedAdamW",
    "GentlerSchedule",
    "HeadPlan",
    "LateBest",
    "LayerwiseAdamW",
    "MacroF1Callback",
    "MeanScore",
    "Mixup",
    "Objective",
    "ProgressDisplay",
    "RateRangeTest",
    "Recipe",
    "Thaw",
    "TrainingFigures",
    "WarmupDecay",
    "adamw",
    "config_without_rate",
    "count_parameters",
    "doubt",
    "duration",
    "fit_model",
    "forget_traces",
    "freeze",
    "linear_layer",
    "listen",
    "log_prior",
    "objective",
    "optimizer_of_recipe",
    "peak_memory_bytes",
    "pooled_outputs",
    "rate_multipliers",
    "rate_of_width",
    "reinitialize_layers",
    "settle",
    "shape_cost",
    "start_bias",
    "start_heads",
    "stop_listening",
]
