"""What a setting may be in a study: numbers between two ends, or some values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfclf.errors import ArgumentError
from tfclf.training import Recipe
from tfclf.training.recipe_checks import UNSET, WHOLE

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

BETWEEN = ".."
SYNTAX = "NAME=LOW..HIGH or NAME=VALUE,VALUE"
BY_FACTORS = ("learning_rate", "head_learning_rate", "weight_decay")  # settings of many magnitudes
FIELDS = {field.name for field in dataclasses.fields(Recipe)}
NOTHING = "none"  # what is written for None
NAMED_NONE = ("class_weights", "sampling", "decisions")  # where none is a name of its own


@dataclass(frozen=True)
class Range:
    """Numbers between two ends, both included.

    Args:
        low: The least.
        high: The greatest, above ``low``.
        log: Whether factors count alike, rather than differences.
        whole: Whether they are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def draw(self, trial: BaseTrial, name: str) -> float:
        """Lets a trial choose."""
        if self.whole:
            return trial.suggest_int(name, int(self.low), int(self.high), log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)

    def nearest(self, value: Any) -> float:
        """Returns a number between the ends: the value, or the end that is closer to it."""
        number = value if isinstance(value, (int, float)) else self.low
        nearest = min(max(number, self.low), self.high)
        return int(nearest) if self.whole else float(nearest)

    def __str__(self) -> str:
        return f"{self.low:g}{BETWEEN}{self.high:g}"


@dataclass(frozen=True)
class Values:
    """Some values, in no order.

    Args:
        values: The values, each once.
    """

    values: tuple[Any, ...]

    def draw(self, trial: BaseTrial, name: str) -> Any:
        """Lets a trial choose."""
        return trial.suggest_categorical(name, self.values)

    def nearest(self, value: Any) -> Any:
        """Returns the value where it is among them, else the first of them."""
        return value if value in self.values else self.values[0]

    def __str__(self) -> str:
        return ", ".join(NOTHING if value is None else str(value) for value in self.values)


Dimension = Range | Values


def read_dimension(text: str) -> tuple[str, Dimension]:
    """Reads a setting and what it may be, as it is typed.

    Args:
        text: ``NAME=LOW..HIGH`` or ``NAME=VALUE,VALUE``; names are those of ``tfclf.Recipe``, with
            dashes or underscores.

    Raises:
        ArgumentError: There is no such setting, or it cannot be this.

    Example:
    >>> read_dimension("learning-rate=1e-5..1e-3")
    ('learning_rate', Range(low=1e-05, high=0.001, log=True, whole=False))
    >>> read_dimension("freeze=none,embeddings,4")
    ('freeze', Values(values=(None, 'embeddings', 4)))
    """
    name, equals, said = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or not said.strip():
        raise ArgumentError(f"search: expected {SYNTAX}, got {text!r}")
    ends = said.split(BETWEEN)
    if len(ends) == 2:
        dimension: Dimension = _range(name, *(_value(name, end) for end in ends))
    else:
        dimension = Values(tuple(dict.fromkeys(_value(name, one) for one in said.split(","))))
    check_dimension(name, dimension)
    return name, dimension


def check_dimension(name: str, dimension: Dimension) -> None:
    """Raises where a recipe has no such setting, or it cannot be what is asked for.

    Raises:
        ArgumentError: It cannot.
    """
    if name not in FIELDS - {"seed"}:
        raise ArgumentError(
            f"search: no setting {name!r} of a recipe",
            remedy=f"Expected one of {', '.join(sorted(FIELDS - {'seed'}))}.",
        )
    if isinstance(dimension, Range):
        if not dimension.low < dimension.high:
            raise ArgumentError(
                f"search: {name} between {dimension.low} and {dimension.high}, expected the "
                "smaller one first"
            )
        if dimension.log and dimension.low <= 0:
            raise ArgumentError(
                f"search: {name} from {dimension.low}, expected more than 0: factors count"
            )
    ends = dimension.values if isinstance(dimension, Values) else (dimension.low, dimension.high)
    for value in ends:
        try:
            Recipe(**_with_what_it_needs(name, value))
        except ArgumentError as error:
            raise ArgumentError(f"search: {error.what}", remedy=error.remedy) from None


def _with_what_it_needs(name: str, value: Any) -> Mapping[str, Any]:
    """Returns a setting with others that it contradicts where they are missing."""
    needed: dict[str, Mapping[str, Any]] = {
        "thaw_epoch": {"freeze": "encoder"},
        "reweight_epoch": {"class_weights": "effective"},
        "sampling_ratio": {"sampling": "oversample"},
        "token_noise": {"sampling": "oversample"},
        "batch_tokens": {"max_length": 3},
    }
    if value == "smote":
        return {name: value, "freeze": "encoder"}
    return {name: value, **needed.get(name, {})}


def _range(name: str, low: Any, high: Any) -> Range:
    for end in (low, high):
        if not isinstance(end, (int, float)):
            raise ArgumentError(f"search: {name} from {low!r} to {high!r}, expected two numbers")
    return Range(low, high, log=name in BY_FACTORS, whole=name in WHOLE)


def _value(name: str, text: str) -> Any:
    text = text.strip()
    if text == NOTHING and name not in NAMED_NONE and (name in UNSET or name == "freeze"):
        return None
    for kind in (int, float):
        if text.isascii() and "_" not in text:
            try:
                return kind(text)
            except ValueError:
                continue
    return {"true": True, "false": False}.get(text.lower(), text)


def in_words(settings: Mapping[str, Any], digits: int) -> str:
    """Returns settings in a line.

    Args:
        settings: Their values by their names.
        digits: Significant digits of a number.

    Example:
    >>> in_words({"learning_rate": 1.234e-4, "epochs": 3, "freeze": None}, digits=2)
    'learning rate 0.00012, epochs 3, freeze none'
    """

    def short(value: Any) -> str:
        if value is None:
            return NOTHING
        return f"{value:.{digits}g}" if isinstance(value, float) else str(value)

    return ", ".join(f"{name.replace('_', ' ')} {short(one)}" for name, one in settings.items())
