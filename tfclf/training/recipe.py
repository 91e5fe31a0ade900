"""Everything that can be set about a training, in one value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.imbalance import STRATEGIES, advise
from tfclf.training.schedule import DECAYS

LOSSES = ("cross-entropy", "focal")
AUTO = "auto"

# The peak rate that ``auto`` takes, by the width of the encoder: wide ones diverge sooner.
RATE_BY_WIDTH = ((1024, 2e-5), (768, 5e-5), (0, 1e-4))
MIN_STEPS = 300  # few steps leave the head untrained (Mosbach et al. 2021, section 5)
MIN_EPOCHS, MAX_EPOCHS = 3, 20


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. ``auto`` is settled by ``settle`` and said aloud.

    Attributes:
        epochs: Passes over the rows.
        learning_rate: Highest learning rate.
        batch_size: Rows in a batch.
        max_length: Longest text (tokens).
        loss: One of ``LOSSES``.
        gamma: Focus of the focal loss.
        class_weights: ``"none"`` or a strategy of ``tfclf.imbalance.class_weights``.
        sampling: ``"none"``: every row once an epoch.
        warmup: Share of the steps that warms up, in [0, 1).
        decay: Shape of the decay, one of ``DECAYS``.
        weight_decay: Decoupled decay of kernels and embeddings.
        clip_norm: Largest norm of all gradients together.
        patience: Epochs without a better validation figure before training stops; None never
            stops. The best epoch's weights are kept either way.
        seed: Seed of the split, the order, the dropout and the head.
    """

    epochs: int | str = AUTO
    learning_rate: float | str = AUTO
    batch_size: int = 32
    max_length: int = 128
    loss: str = AUTO
    gamma: float = 2.0
    class_weights: str = AUTO
    sampling: str = AUTO
    warmup: float = 0.1
    decay: str = "linear"
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    patience: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low in (("epochs", 1), ("batch_size", 1), ("max_length", 3), ("patience", 1)):
            value = getattr(self, name)
            if value in (AUTO, None) and name in ("epochs", "patience"):
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                raise ArgumentError(f"{name} is {value!r}, expected a whole number >= {low}")
        for name in ("learning_rate", "clip_norm"):
            value = getattr(self, name)
            if value != AUTO and not (_is_number(value) and 0 < value < float("inf")):
                raise ArgumentError(f"{name} is {value!r}, expected a positive number")
        for name, high in (("warmup", 1), ("weight_decay", float("inf")), ("gamma", float("inf"))):
            value = getattr(self, name)
            if not (_is_number(value) and 0 <= value < high):
                raise ArgumentError(f"{name} is {value!r}, expected a number in [0, {high})")
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ArgumentError(
                    f"{name} is {getattr(self, name)!r}, expected one of {', '.join(known)}"
                )
        if not isinstance(self.seed, int) or self.seed < 0:
            raise ArgumentError(f"seed is {self.seed!r}, expected a whole number >= 0")

    def settle(self, counts: np.ndarray, hidden_size: int) -> tuple[Recipe, list[str]]:
        """Replaces every ``auto`` by a value.

        Args:
            counts: Training rows of each class, shape (classes,).
            hidden_size: Width of the encoder.

        Returns:
            The recipe without ``auto``, and a sentence for each choice.
        """
        chosen: dict[str, Any] = {}
        said = []
        if self.learning_rate == AUTO:
            rate = next(rate for width, rate in RATE_BY_WIDTH if hidden_size >= width)
            chosen["learning_rate"] = rate
            said.append(f"learning rate {rate:g}: the encoder is {hidden_size} wide")
        if self.epochs == AUTO:
            steps = -(-int(counts.sum()) // self.batch_size)
            epochs = int(np.clip(-(-MIN_STEPS // steps), MIN_EPOCHS, MAX_EPOCHS))
            chosen["epochs"] = epochs
            said.append(f"{epochs} epochs: {steps} steps each")
        if self.class_weights == AUTO:
            advice = advise(counts)
            chosen["class_weights"] = advice.class_weights
            said.append(advice.reason)
        if self.loss == AUTO:
            chosen["loss"] = "cross-entropy"
        if self.sampling == AUTO:
            chosen["sampling"] = "none"
        return replace(self, **chosen), said

    def to_dict(self) -> dict[str, Any]:
        """Returns the recipe as JSON."""
        return asdict(self)


CHOICES = {
    "loss": (AUTO, *LOSSES),
    "class_weights": (AUTO, "none", *STRATEGIES),
    "sampling": (AUTO, "none"),
    "decay": DECAYS,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
