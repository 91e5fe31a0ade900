"""Label counts -> class weights, sampling, augmentation, advice."""

from tfclf.imbalance.accepted import Accepted, read_review
from tfclf.imbalance.advice import Choice, advise
from tfclf.imbalance.class_weights import STRATEGIES, class_weights
from tfclf.imbalance.copy_noise import CopyNoise
from tfclf.imbalance.repeat_factors import RepeatPlan, repeat_factors
from tfclf.imbalance.resampler import Resampler
from tfclf.imbalance.review import write_review
from tfclf.imbalance.sampling import SAMPLINGS, make_sampler
from tfclf.imbalance.screening import Screened, screen
from tfclf.imbalance.smote import SmoteFeatures, smote_features
from tfclf.imbalance.token_noise import TokenNoise

__all__ = [
    "SAMPLINGS",
    "STRATEGIES",
    "Accepted",
    "Choice",
    "CopyNoise",
    "RepeatPlan",
    "Resampler",
    "Screened",
    "SmoteFeatures",
    "TokenNoise",
    "advise",
    "class_weights",
    "make_sampler",
    "read_review",
    "repeat_factors",
    "screen",
    "smote_features",
    "write_review",
]
