"""The whole job: train, load, evaluate, predict."""

from tfclf.runs.classifier import Classifier
from tfclf.runs.job import DEFAULT_MODEL, LOGGERS, Job
from tfclf.runs.load import load
from tfclf.runs.run_directory import versions
from tfclf.runs.train import train

__all__ = ["DEFAULT_MODEL", "LOGGERS", "Classifier", "Job", "load", "train", "versions"]
