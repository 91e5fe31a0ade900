"""Class weights that count from a later epoch on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from tfclf.errors import ArgumentError
from tfclf.losses.arguments import ClassWeights, checked_class_weights
from tfclf.losses.weighting import ClassificationLoss


class DeferredReweighting(keras.callbacks.Callback):
    """Trains without class weights first, and with them from an epoch on.

    Weights from the first step on let a few rare rows shape what the encoder learns of all rows.
    Deferred, they only move the borders between the classes. For any loss of ``tfclf.losses`` over
    classes; in the paper it is ``LDAMLoss``, with weights by the effective number of rows.

    The weights are put into the compiled loss, so the loss of validation has them from that epoch
    on too, and is no figure to stop early by. They stay there after ``fit``. The next ``fit`` with
    this callback begins without weights again, whatever the loss was compiled with. Where ``fit``
    begins at a later epoch, they count at once.

    Args:
        epoch: Epoch that the weights count from, counted from 1.
        class_weights: One positive weight a class; of mean 1, as
            ``tfclf.imbalance.class_weights`` gives them, so that the loss keeps its size.
        head: Name of the output, in a model that is compiled with several losses.

    Raises:
        ArgumentError: ``epoch`` is below 1, or a weight is not positive and finite; at the
            beginning of ``fit``: the model is not compiled with such a loss, has several of which
            none is named, or one with another number of classes.

    Reference: Cao, Wei, Gaidon, Arechiga, Ma 2019, Learning Imbalanced Datasets with
    Label-Distribution-Aware Margin Loss, algorithm 1.

    Example:
    >>> import keras, numpy as np
    >>> from tfclf.imbalance import class_weights
    >>> from tfclf.losses import LDAMLoss
    >>> model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    >>> model.compile("sgd", LDAMLoss(counts=[6, 2]))
    >>> late = DeferredReweighting(epoch=3, class_weights=class_weights([6, 2], "effective"))
    >>> x, y = np.ones((8, 3)), np.array([0] * 6 + [1] * 2)
    >>> _ = model.fit(x, y, epochs=2, verbose=0, callbacks=[late])
    >>> model.loss.class_weights is None
    True
    >>> _ = model.fit(x, y, epochs=3, verbose=0, callbacks=[late])
    >>> [round(weight, 2) for weight in model.loss.class_weights]
    [0.5, 1.5]
    """

    def __init__(self, epoch: int, class_weights: ClassWeights, head: str | None = None):
        super().__init__()
        if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 1:
            raise ArgumentError(f"epoch is {epoch!r}, expected the number of an epoch, from 1")
        if class_weights is None:
            raise ArgumentError(
                "class_weights is None, expected one positive finite number a class",
                remedy="tfclf.imbalance.class_weights makes them from counts.",
            )
        self.epoch, self.head = epoch, head
        self.class_weights = checked_class_weights(class_weights)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begins without weights, whatever an earlier ``fit`` has left."""
        _check_width(self.model, self._loss(), self.class_weights, self.head)
        self._weigh(None)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Switches the weights on; Keras counts epochs from 0."""
        if epoch + 1 >= self.epoch:
            self._weigh(self.class_weights)

    def _loss(self) -> ClassificationLoss:
        return _live_loss(self.model, self.head)

    def _weigh(self, class_weights: list[float] | None) -> None:
        """Gives the compiled loss these weights; ``fit`` looks its step up anew for each batch."""
        loss = self._loss()
        if loss.class_weights == class_weights:
            return
        loss.class_weights = class_weights
        # The weights of before are constants of the compiled steps.
        self.model.make_train_function(force=True)
        self.model.test_function = None


def _live_loss(model: keras.Model, head: str | None) -> ClassificationLoss:
    """Returns the loss object that the model's steps call.

    Keras calls the objects that were given to ``compile``, and keeps these in ``model.loss``.
    """
    losses = _by_head(model)
    if head is None and len(losses) > 1:
        raise ArgumentError(
            f"the model is compiled with several losses, of {_names(losses)}",
            where="DeferredReweighting",
            remedy="Say whose weights these are: head=.",
        )
    if head is not None and head not in losses:
        raise ArgumentError(
            f"no loss is compiled for {head!r}, only for {_names(losses)}",
            where="DeferredReweighting",
            remedy="Compile with a dict of losses by the names of the outputs.",
        )
    name, loss = next(iter(losses.items())) if head is None else (head, losses[head])
    if not isinstance(loss, ClassificationLoss):
        raise ArgumentError(
            f"the loss is {loss!r}, expected one of tfclf.losses over classes",
            where="DeferredReweighting",
            remedy="Compile with one, such as tfclf.losses.LDAMLoss(counts).",
        )
    shared = [other for other, its in losses.items() if its is loss and other != name]
    if shared:
        raise ArgumentError(
            f"{name!r} and {shared[0]!r} have one loss object, which would weigh both",
            where="DeferredReweighting",
            remedy="Compile with a loss object for each.",
        )
    return loss


def _by_head(model: keras.Model) -> dict[Any, Any]:
    """Returns the compiled losses by the names of their outputs; by None where there is one."""
    compiled = model.loss
    if isinstance(compiled, Mapping):
        return {name: loss for name, loss in compiled.items() if loss is not None}
    if isinstance(compiled, list | tuple):
        names = getattr(model, "output_names", None) or range(len(compiled))
        named = zip(names, compiled, strict=False)
        return {name: loss for name, loss in named if loss is not None}
    return {None: compiled}


def _names(losses: dict[Any, Any]) -> str:
    return ", ".join("its one output" if name is None else str(name) for name in losses)


def _check_width(
    model: keras.Model, loss: ClassificationLoss, class_weights: list[float], head: str | None
) -> None:
    """Raises where there are more or fewer weights than classes, if that can be told.

    Otherwise the loss would say so itself, but only in the epoch in which the weights begin.
    """
    counts, shape = getattr(loss, "counts", None), getattr(model, "output_shape", None)
    if isinstance(shape, Mapping):
        shape = shape.get(head)
    width = len(counts) if counts else shape[-1] if isinstance(shape, tuple) else None
    if isinstance(width, int) and width != len(class_weights):
        raise ArgumentError(
            f"{len(class_weights)} class weights, but {width} classes",
            where="DeferredReweighting",
            remedy="Give one weight for each class.",
        )
