"""Rows and a recipe -> a better recipe, or the word that there is none."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tfclf.errors import ArgumentError
from tfclf.tuning.dimensions import Range, Values, read_dimension
from tfclf.tuning.find_rate import FoundRate, find_rate

if TYPE_CHECKING:
    from tfclf.tuning.confirm import Confirmation as Confirmation
    from tfclf.tuning.tune_recipe import tune as tune
    from tfclf.tuning.tuned import Trial as Trial
    from tfclf.tuning.tuned import Tuned as Tuned

# What needs Optuna, and where it is.
_HOME = {
    "Confirmation": "confirm",
    "Trial": "tuned",
    "Tuned": "tuned",
    "tune": "tune_recipe",
}

__all__ = ["FoundRate", "Range", "Values", "find_rate", "read_dimension", *_HOME]


def __getattr__(name: str) -> Any:
    """Imports what needs Optuna when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'tfclf.tuning' has no attribute {name!r}")
    if find_spec("optuna") is None:
        raise ArgumentError(
            "a study needs the package optuna, which is not installed",
            remedy="pip install 'tfclf[tune]'",
        )
    return getattr(import_module(f"tfclf.tuning.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
