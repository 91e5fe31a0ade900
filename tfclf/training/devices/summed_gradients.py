"""Gradients that are summed over the replicas before anything is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from tfclf.models.replicas import replica_context, sum_over_replicas


class SummedGradients:
    """What an optimizer inherits before its own class, to step as one device would.

    On several devices of ``tf.distribute`` Keras clips the gradients of each replica, and sums
    what is left: another step than that of one device with the whole batch, drawn towards replicas
    with small gradients. Here they are summed first. With ``gradient_accumulation_steps`` Keras
    fails there, since it sums in a branch that each replica takes for itself; here all take it
    together. It changes nothing on one device, nor on JAX.

    Example:
    >>> import keras
    >>> class OwnAdam(SummedGradients, keras.optimizers.Adam): ...
    """

    gradient_accumulation_steps: int | None
    _iterations: Any

    def _clip_gradients(self, grads: Sequence[Any]) -> list[Any]:
        return super()._clip_gradients(sum_over_replicas(grads))  # type: ignore[misc]

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> list[Any]:
        """Leaves the gradients alone: they are sums already."""
        return list(grads_and_vars)

    def _backend_apply_gradients(self, grads: Any, trainable_variables: Any) -> None:
        context = replica_context()
        if not self.gradient_accumulation_steps or context is None:
            super()._backend_apply_gradients(grads, trainable_variables)  # type: ignore[misc]
        else:
            steps = (ops.convert_to_tensor(self._iterations) + 1) % self.gradient_accumulation_steps
            context.merge_call(self._gather_or_step, args=(steps, grads, trainable_variables))

    def _gather_or_step(self, strategy: Any, steps: Any, grads: Any, variables: Any) -> None:
        """Adds to the gradients that are gathered, or takes the step that these are for."""
        import tensorflow as tf

        every, optimizer = self.gradient_accumulation_steps, self
        gathered: list[Any] = [
            optimizer._accumulated_gradients[optimizer._get_variable_index(variable)]
            for variable in strategy.experimental_local_results(variables)[0]
        ]

        def step(grads: Any, variables: Any) -> None:
            grads = [(grad + kept) / every for grad, kept in zip(grads, gathered, strict=True)]
            grads = optimizer._clip_gradients(grads)
            optimizer._apply_weight_decay(variables)
            optimizer._backend_update_step(grads, variables, optimizer.learning_rate)
            optimizer._backend_reset_gradient_accumulators()

        def gather(grads: Any, variables: Any) -> None:
            optimizer._backend_increment_gradient_accumulators(grads, gathered)

        def in_all(work: Any) -> Any:
            return lambda: strategy.extended.call_for_each_replica(work, args=(grads, variables))

        steps = strategy.experimental_local_results(steps)[0]  # alike in all
        tf.cond(steps == 0, in_all(step), in_all(gather))
