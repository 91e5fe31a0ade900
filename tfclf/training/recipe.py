"""Everything that can be set about a training, in one value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tfclf.data import SUBWORDS
from tfclf.errors import ArgumentError
from tfclf.imbalance import STRATEGIES, advise
from tfclf.tasks import TASKS, find_task
from tfclf.training.schedule import DECAYS

LOSSES = tuple(dict.fromkeys(loss for task in TASKS.values() for loss in task.losses))
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
        loss: One of the task's ``losses``; with several heads each has the first of its own.
        gamma: Focus of the focal losses.
        class_weights: ``"none"`` or a strategy of ``tfclf.imbalance.class_weights``.
        sampling: ``"none"``: every row once an epoch.
        warmup: Share of the steps that warms up, in [0, 1).
        decay: Shape of the decay, one of ``DECAYS``.
        weight_decay: Decoupled decay of kernels and embeddings.
        clip_norm: Largest norm of all gradients together.
        patience: Epochs without a better validation figure before training stops; None never
            stops. The best epoch's weights are kept either way.
        freeze: ``"encoder"``, ``"embeddings"``, or a number of layers from below, with the
            embeddings, that do not train; None trains everything.
        thaw_epoch: Epoch, counted from 1, from which what was frozen trains as well.
        layer_decay: What the learning rate is multiplied by from one layer to the next below.
        head_learning_rate: Highest rate of the head; None takes ``learning_rate``.
        reinit_layers: Layers from above that start anew, with the pooler.
        head_hidden_size: Width of the hidden layer of the head; None for a linear head.
        subwords: Which subwords of a word have its tag, ``"first"`` or ``"all"``.
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
    freeze: str | int | None = None
    thaw_epoch: int | None = None
    layer_decay: float = 1.0
    head_learning_rate: float | None = None
    reinit_layers: int = 0
    head_hidden_size: int | None = None
    subwords: str = "first"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low in WHOLE.items():
            value = getattr(self, name)
            if value in (AUTO, None) and name in UNSET_OR_WHOLE:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                raise ArgumentError(f"{name} is {value!r}, expected a whole number >= {low}")
        for name in ("learning_rate", "clip_norm", "head_learning_rate"):
            value = getattr(self, name)
            unset = (name, value) in (("learning_rate", AUTO), ("head_learning_rate", None))
            if not unset and not (_is_number(value) and 0 < value < float("inf")):
                raise ArgumentError(f"{name} is {value!r}, expected a positive number")
        for name, high in (("warmup", 1), ("weight_decay", float("inf")), ("gamma", float("inf"))):
            value = getattr(self, name)
            if not (_is_number(value) and 0 <= value < high):
                raise ArgumentError(f"{name} is {value!r}, expected a number in [0, {high})")
        if not (_is_number(self.layer_decay) and 0 < self.layer_decay <= 1):
            raise ArgumentError(f"layer_decay is {self.layer_decay!r}, expected a number in (0, 1]")
        if self.thaw_epoch is not None and self.freeze is None:
            raise ArgumentError(
                f"thaw_epoch is {self.thaw_epoch}, but nothing is frozen",
                remedy="Say what is frozen until then: --freeze encoder.",
            )
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ArgumentError(
                    f"{name} is {getattr(self, name)!r}, expected one of {', '.join(known)}"
                )
        layers = isinstance(self.freeze, int) and not isinstance(self.freeze, bool)
        if self.freeze not in FROZEN and not (layers and self.freeze >= 1):
            raise ArgumentError(
                f"freeze is {self.freeze!r}, expected encoder, embeddings, "
                "or a number of layers of at least 1"
            )

    def settle(
        self,
        counts: np.ndarray | None,
        hidden_size: int,
        *,
        task: str | None = "single-label",
        num_rows: int | None = None,
    ) -> tuple[Recipe, list[str]]:
        """Replaces every ``auto`` by a value.

        Args:
            counts: Training rows of each class, shape (classes,).
            hidden_size: Width of the encoder.
            task: Name of the task; None where there are several heads, each with its own loss.
            num_rows: Training rows; None takes the sum of the counts.

        Returns:
            The recipe without ``auto``, and a sentence for each choice.

        Raises:
            ArgumentError: The loss or the class weights do not fit the task.
        """
        self._check_task(task)
        chosen: dict[str, Any] = {}
        said = []
        if self.learning_rate == AUTO:
            rate = next(rate for width, rate in RATE_BY_WIDTH if hidden_size >= width)
            chosen["learning_rate"] = rate
            said.append(f"learning rate {rate:g}: the encoder is {hidden_size} wide")
        if self.epochs == AUTO:
            rows = int(counts.sum()) if num_rows is None else num_rows
            steps = -(-rows // self.batch_size)
            epochs = int(np.clip(-(-MIN_STEPS // steps), MIN_EPOCHS, MAX_EPOCHS))
            chosen["epochs"] = epochs
            said.append(f"{epochs} epochs: {steps} steps each")
        if self.class_weights == AUTO:
            chosen["class_weights"] = "none"
            if task == "single-label":
                advice = advise(counts)
                chosen["class_weights"] = advice.class_weights
                said.append(advice.reason)
        if self.loss == AUTO and task is not None:
            chosen["loss"] = find_task(task).losses[0]
        if self.sampling == AUTO:
            chosen["sampling"] = "none"
        settled = replace(self, **chosen)
        if settled.thaw_epoch is not None and settled.thaw_epoch > settled.epochs:
            raise ArgumentError(
                f"thaw_epoch is {settled.thaw_epoch}, but there are {settled.epochs} epochs",
                remedy="Thaw earlier, or leave it out to keep the weights frozen.",
            )
        return settled, said

    def _check_task(self, task: str | None) -> None:
        """Raises where loss or class weights are not of the task."""
        known = (AUTO,) if task is None else (AUTO, *find_task(task).losses)
        if self.loss not in known:
            whose = "several heads" if task is None else f"the task {task}"
            raise ArgumentError(f"{whose}: loss {self.loss!r}, expected one of {', '.join(known)}")
        if task in (None, "regression") and self.class_weights not in (AUTO, "none"):
            what = "several heads" if task is None else "numbers"
            raise ArgumentError(
                f"class_weights is {self.class_weights!r}, but {what} have none",
                remedy="Leave it out, or pass none.",
            )

    def to_dict(self) -> dict[str, Any]:
        """Returns the recipe as JSON."""
        return asdict(self)


CHOICES = {
    "loss": (AUTO, *LOSSES),
    "class_weights": (AUTO, "none", *STRATEGIES),
    "sampling": (AUTO, "none"),
    "decay": DECAYS,
    "subwords": SUBWORDS,
}
FROZEN = (None, "encoder", "embeddings")
WHOLE = {
    "epochs": 1,
    "batch_size": 1,
    "max_length": 3,
    "patience": 1,
    "thaw_epoch": 2,
    "reinit_layers": 0,
    "head_hidden_size": 1,
    "seed": 0,
}  # least value
UNSET_OR_WHOLE = ("epochs", "patience", "thaw_epoch", "head_hidden_size")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
