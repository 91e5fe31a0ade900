"""AdamW as BERT is fine-tuned with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.training.fused_adamw import FusedAdamW

WITHOUT_DECAY = (
    "bias",
    "gamma",
    "beta",
)  # names of the biases and of layer normalisation's weights


def adamw(
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    weight_decay: float = 0.01,
    clip_norm: float | None = 1.0,
    rates: Mapping[str, float] | None = None,
    thaws: bool = False,
    **kwargs: Any,
) -> FusedAdamW:
    """Returns AdamW with decoupled decay, none on biases and layer normalisation.

    Args:
        learning_rate: Rate or schedule.
        weight_decay: Decay of kernels and embeddings, times the rate, at each step.
        clip_norm: Largest norm of all gradients together; None does not clip.
        rates: Multipliers of the rate by the path of a layer, as in ``LayerwiseAdamW``. Where all
            are 1 the steps are those of Keras's own AdamW.
        thaws: Whether weights join the training later, as with ``Thaw``: they then need the step
            counts of ``LayerwiseAdamW``.
        **kwargs: Passed on to ``FusedAdamW``.

    Raises:
        ArgumentError: A multiplier is not a positive number.

    Reference: Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2.

    Example:
    >>> type(adamw(1e-4)).__name__, type(adamw(1e-4, rates={"classifier": 10.0})).__name__
    ('FusedAdamW', 'LayerwiseAdamW')
    """
    settings = {
        "weight_decay": weight_decay,
        "epsilon": 1e-8,
        "global_clipnorm": clip_norm,
        **kwargs,
    }
    if thaws or any(rate != 1 for rate in (rates or {}).values()):
        return LayerwiseAdamW(learning_rate, rates, WITHOUT_DECAY, **settings)
    return FusedAdamW(learning_rate, without_decay=WITHOUT_DECAY, **settings)


@keras.saving.register_keras_serializable("tfclf")
class LayerwiseAdamW(FusedAdamW):
    """AdamW in which every variable has a learning rate and a step count of its own.

    Both the step and the decoupled decay of a variable take ``learning_rate * multiplier``. The
    bias correction of a variable counts from the first step that updates it. Keras's AdamW counts
    all steps for all: a variable that joins after thousands of them gets no correction, and moves
    by up to 6.6 times the learning rate in its first tens of steps. Where every multiplier is 1 and
    every variable is updated from the start, the steps are those of Keras's AdamW, bit by bit.

    Args:
        learning_rate: Rate or schedule.
        rates: Multipliers by the path of a layer or variable below the model, such as
            ``{"bert/encoder/layer_0": 0.5, "classifier": 10.0}``. The longest path that a variable
            lies under decides; 1 where there is none. Paths that no variable lies under are
            passed over, as layers may be frozen.
        without_decay: As in ``FusedAdamW``.
        **kwargs: Passed on to ``FusedAdamW``.

    Raises:
        ArgumentError: A multiplier is not a positive number.

    Reference: Howard and Ruder 2018, Universal Language Model Fine-tuning, section 3.2 (rates by
    layer); Kingma and Ba 2015, Adam, section 3 (bias correction).

    Example:
    >>> optimizer = LayerwiseAdamW(1e-4, {"bert": 0.5, "bert/encoder/layer_1": 0.8})
    >>> [optimizer.multiplier(f"model/{path}/kernel")
    ...  for path in ("bert/pooler", "bert/encoder/layer_1/output", "bert/encoder/layer_11/output")]
    [0.5, 0.8, 0.5]
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.001,
        rates: Mapping[str, float] | None = None,
        without_decay: Sequence[str] = (),
        **kwargs: Any,
    ):
        super().__init__(learning_rate, without_decay=without_decay, **kwargs)
        self.rates = {path: _checked(path, rate) for path, rate in (rates or {}).items()}

    def multiplier(self, path: str) -> float:
        """Returns the multiplier of a variable by its path, the model's name included."""
        below = path.partition("/")[2] or path  # a variable without a model is its own path
        matches = [key for key in self.rates if below == key or below.startswith(f"{key}/")]
        return self.rates[max(matches, key=len)] if matches else 1.0

    def build(self, variables: list[keras.Variable]) -> None:
        """Creates the moments of the variables and their step counts."""
        if self.built:
            return
        super().build(variables)
        self._multipliers = np.array([self.multiplier(v.path) for v in variables], "float32")
        self._first_steps = self.add_variable(  # -1 until the variable is first updated
            shape=(len(variables),),
            initializer=keras.initializers.Constant(-1),
            dtype="int",
            aggregation="only_first_replica",
            name="first_step",
        )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Decays a variable and takes Adam's step, at the rates of ``_own_rates``."""
        decay_rate, step_rate = ops.unstack(
            ops.cast(learning_rate[self._get_variable_index(variable)], variable.dtype)
        )
        if self._use_weight_decay(variable):
            decay = ops.cast(self.weight_decay, variable.dtype)
            self.assign_sub(variable, variable * decay * decay_rate)
        super().update_step(gradient, variable, step_rate)

    def _apply_weight_decay(self, variables: Any) -> None:
        """Leaves the decay to ``update_step``, where the variable's rate is known."""

    def _backend_update_step(
        self, grads: Any, trainable_variables: Any, learning_rate: Any
    ) -> None:
        rates = self._own_rates(trainable_variables, learning_rate)
        super()._backend_update_step(grads, trainable_variables, rates)

    def _own_rates(self, updated: Sequence[keras.Variable], learning_rate: Any) -> Any:
        """Returns the rates of the decay and of the step, shape (variables, 2).

        They are vectors, not a handful of scalars for each variable: on a GPU every operation on a
        scalar costs as much as one on a small kernel.
        """
        now = np.zeros(len(self._multipliers), bool)
        now[[self._get_variable_index(variable) for variable in updated]] = True
        # Plain tensors: JAX's own functions do not take variables.
        seen, iterations = map(ops.convert_to_tensor, (self._first_steps, self.iterations))
        first = ops.where(ops.logical_and(now, seen < 0), iterations, seen)
        self._first_steps.assign(first)
        rates = ops.cast(learning_rate, "float32") * self._multipliers
        # Adam corrects by the count of all steps; this exchanges it for the variable's own.
        own, common = iterations + 1 - first, iterations + 1
        late = self._bias_correction(own) / self._bias_correction(common)
        return ops.stack([rates, rates * ops.where(first > 0, late, 1.0)], axis=-1)

    def _bias_correction(self, steps: Any) -> Any:
        """Returns Adam's factor of the rate after so many steps (Kingma and Ba 2015, section 2)."""
        steps = ops.cast(steps, "float32")
        return ops.sqrt(1 - ops.power(self.beta_2, steps)) / (1 - ops.power(self.beta_1, steps))

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return super().get_config() | {"rates": dict(self.rates)}


def _checked(path: str, rate: Any) -> float:
    if not 0 < rate < float("inf"):
        raise ArgumentError(
            f"the learning rate of {path} is multiplied by {rate}, expected a positive number",
            remedy="To leave weights as they are, freeze them.",
        )
    return float(rate)
