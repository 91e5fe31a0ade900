"""AdamW in few operations, or as one program of XLA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.training.devices.summed_gradients import SummedGradients


@keras.saving.register_keras_serializable("tfclf")
class FusedAdamW(SummedGradients, keras.optimizers.AdamW):
    """Keras's AdamW, whose update TensorFlow can run as one program instead of thousands.

    Each operation of an update passes over all weights, and there are about twenty: clipping,
    decay, two moments, the step. TensorFlow has one of its own for the moments and the step. XLA
    makes one or two passes of all; its program has the shapes of the weights, whatever those of the
    batches, and so is compiled once.

    Args:
        learning_rate: Rate or schedule.
        without_decay: A variable whose name has one of these in it is not decayed. Unlike
            ``exclude_from_weight_decay`` this is saved and loaded with the optimizer.
        **kwargs: Those of Keras's AdamW.

    Attributes:
        jit: Whether TensorFlow compiles the update; looked at when a training step is traced. Where
            several devices take part, or a step is compiled as a whole, it is passed over.
    """

    jit = False

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.001,
        *,
        without_decay: Sequence[str] = (),
        **kwargs: Any,
    ):
        super().__init__(learning_rate, **kwargs)
        self.without_decay = tuple(without_decay)
        # Matches the names of variables, not their paths, and has to precede the build.
        self.exclude_from_weight_decay(var_names=list(without_decay))

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return super().get_config() | {"without_decay": list(self.without_decay)}

    def _backend_apply_gradients(self, grads: Any, trainable_variables: Any) -> None:
        update = super()._backend_apply_gradients
        if not self.jit or not one_device_of_tensorflow():
            update(grads, trainable_variables)
            return
        import tensorflow as tf

        def program(grads: Any) -> None:
            update(grads, trainable_variables)

        tf.function(program, jit_compile=True, autograph=False)(list(grads))

    def _apply_weight_decay(self, variables: Any) -> None:
        """Decays variables, at a rate that is computed once for all of them."""
        if self.weight_decay is None or not one_device_of_tensorflow():
            super()._apply_weight_decay(variables)
            return
        decay = ops.cast(self.learning_rate, "float32") * self.weight_decay
        for variable in variables:
            if self._use_weight_decay(variable):
                self.assign_sub(variable, variable * ops.cast(decay, variable.dtype))

    def _backend_update_step(
        self, grads: Any, trainable_variables: Any, learning_rate: Any
    ) -> None:
        update = super()._backend_update_step
        if not one_device_of_tensorflow():  # replicas are threads that share the optimizer
            update(grads, trainable_variables, learning_rate)
            return
        # Once for all variables: of each, that would be most operations of the step.
        step = ops.cast(self.iterations + 1, "float32")
        self._powers = tuple(ops.power(beta, step) for beta in (self.beta_1, self.beta_2))
        update(grads, trainable_variables, learning_rate)
        del self._powers

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Takes Adam's step of a variable, on TensorFlow in one operation."""
        if not hasattr(self, "_powers") or self.amsgrad:
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf

        place, kind = self._get_variable_index(variable), variable.dtype
        beta_1_power, beta_2_power = self._powers
        weight, first, second = (
            each.value if isinstance(each, keras.Variable) else each
            for each in (variable, self._momentums[place], self._velocities[place])
        )
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle,
            m=first.handle,
            v=second.handle,
            beta1_power=ops.cast(beta_1_power, kind),
            beta2_power=ops.cast(beta_2_power, kind),
            lr=ops.cast(learning_rate, kind),
            beta1=ops.cast(self.beta_1, kind),
            beta2=ops.cast(self.beta_2, kind),
            epsilon=ops.cast(self.epsilon, kind),
            grad=tf.cast(tf.convert_to_tensor(gradient), kind),  # rows are added up
        )

    def multiplier(self, path: str) -> float:
        """Returns what the rate of a variable is multiplied by, by its path: 1."""
        return 1.0

    def decay_of(self, variable: keras.Variable, first: int, last: int) -> float:
        """Returns what weight decay alone multiplies a variable by in some updates.

        Args:
            variable: The variable; its gradients are zero and always were.
            first: First of the updates, counted from 0 as ``iterations`` does.
            last: The update behind the last.
        """
        if not self.weight_decay or not self._use_weight_decay(variable):
            return 1.0
        # Schedules count batches; with gradient accumulation the last of each group updates.
        steps = (np.arange(first, last) + 1) * (self.gradient_accumulation_steps or 1) - 1
        rate = self._learning_rate
        rates = rate(steps) if callable(rate) else np.full(len(steps), float(rate))
        rates = ops.convert_to_numpy(rates).astype("float64") * self.multiplier(variable.path)
        return float(np.prod(1 - rates * self.weight_decay))


def one_device_of_tensorflow() -> bool:
    """Tells whether TensorFlow computes, on one device."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return bool(tf.distribute.get_strategy().num_replicas_in_sync == 1)
