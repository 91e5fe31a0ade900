"""The whole job: train, load, evaluate, predict, diagnose, export."""

from tfclf.runs.augmentation import Augmentation, augment
from tfclf.runs.classifier import Classifier, load
from tfclf.runs.diagnose import diagnose
from tfclf.runs.export import FORMATS, Exported, export_run
from tfclf.runs.fingerprint import fingerprint
from tfclf.runs.job import DEFAULT_MODEL, LOGGERS, Job
from tfclf.runs.manifest import check_manifest
from tfclf.runs.reading import Reading
from tfclf.runs.train_run import train
from tfclf.versions import versions

__all__ = [
    "DEFAULT_MODEL",
    "FORMATS",
    "LOGGERS",
    "Augmentation",
    "Classifier",
    "Exported",
    "Job",
    "Reading",
    "augment",
    "check_manifest",
    "diagnose",
    "export_run",
    "fingerprint",
    "load",
    "train",
    "versions",
]
