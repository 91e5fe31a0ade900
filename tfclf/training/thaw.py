"""Frozen weights that join the training in the course of ``fit``."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.errors import ArgumentError
from tfclf.training.optimizer_over import optimizer_over


class Thaw(keras.callbacks.Callback):
    """Makes all weights trainable at the beginning of an epoch.

    A new head on a frozen encoder is trained first, then both together: so a random head does not
    pull at pretrained weights. Steps and the learning rate's schedule go on over the thaw. With
    ``LayerwiseAdamW``, as ``adamw(..., thaws=True)`` gives it, Adam's bias correction of the thawed
    weights begins with them; with Keras's own Adam and AdamW it does not, and they move by up to
    6.6 times the learning rate at first.

    Nothing happens where nothing is frozen. The model is frozen before ``compile``, and stays
    thawed after ``fit``. On JAX, where an optimizer steps all the weights that it is over,
    ``model.optimizer`` is another one from the thaw on, that goes on where the first stood.

    Args:
        epoch: Epoch that all weights train from, counted from 1: ``Thaw(3)`` leaves them frozen in
            epochs 1 and 2. Where ``fit`` begins later, it thaws at once.

    Raises:
        ArgumentError: ``epoch`` is below 1; at the beginning of ``fit``, on TensorFlow: the
            optimizer knows only the weights that are not frozen.

    Reference: Kumar et al. 2022, Fine-Tuning can Distort Pretrained Features and Underperform
    Out-of-Distribution; Zhang et al. 2021, Revisiting Few-sample BERT Fine-tuning, section 4 (what
    Adam without its bias correction does to BERT).

    Example:
    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(5, name="base"),
    ...                           keras.layers.Dense(2)])
    >>> base = model.get_layer("base")
    >>> base.trainable = False
    >>> model.compile("sgd", "mse")
    >>> begun, x = base.get_weights()[0], np.ones((8, 3))
    >>> _ = model.fit(x, np.ones((8, 2)), epochs=2, verbose=0, callbacks=[Thaw(epoch=2)])
    >>> base.trainable, bool((base.get_weights()[0] == begun).all())
    (True, False)
    """

    def __init__(self, epoch: int):
        super().__init__()
        if epoch < 1:
            raise ArgumentError(f"epoch is {epoch}, expected the number of an epoch, from 1")
        self.epoch = epoch

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Builds the optimizer over all weights, those included that are frozen as yet."""
        if not _is_frozen(self.model):
            return
        if keras.backend.backend() == "jax":
            self._begin_anew()
            return
        variables = _all_variables(self.model)
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(variables)
        _check_is_built_over(optimizer, variables)
        # A step from an earlier fit would train the weights of then.
        self.model.make_train_function(force=True)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Thaws; Keras counts epochs from 0."""
        if epoch + 1 >= self.epoch and _is_frozen(self.model):
            for layer in self.model._flatten_layers():
                # One by one: on TensorFlow ``model.trainable = True`` does nothing where it is True
                # already, though layers below be frozen.
                layer.trainable = True
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Has the step trace again what trains."""
        model = self.model
        if keras.backend.backend() == "jax" and model.optimizer.built:
            model.optimizer = optimizer_over(model.optimizer, model.trainable_variables)
        model.make_train_function(force=True)


def _is_frozen(model: keras.Model) -> bool:
    """Tells whether any layer with weights is frozen."""
    return any(not layer.trainable and layer.weights for layer in model._flatten_layers())


def _all_variables(model: keras.Model) -> list[keras.Variable]:
    """Returns what ``model.trainable_variables`` is when nothing is frozen, in its order."""
    ids = {
        id(variable) for layer in model._flatten_layers() for variable in layer._trainable_variables
    }
    return [variable for variable in model.variables if id(variable) in ids]


def _check_is_built_over(optimizer: keras.optimizers.Optimizer, variables: list[Any]) -> None:
    """Raises ArgumentError where the optimizer was built over other variables."""
    known = {id(variable) for variable in optimizer._trainable_variables}
    if any(id(variable) not in known for variable in variables):
        raise ArgumentError(
            "the optimizer was built over the weights that are not frozen, and cannot take others",
            where="Thaw",
            remedy="Compile the model again, or build its optimizer before freezing: "
            "model.optimizer.build(model.trainable_variables).",
        )
