"""Sees a collapse within a few dozen steps of anybody's ``fit``, names it, and repairs it."""

from __future__ import annotations

import dataclasses
import logging
import weakref
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.diagnosis.evidence.loss_facts import READS, read_loss
from tfclf.diagnosis.movement import Movement
from tfclf.diagnosis.pulse import SLOTS, Pulse
from tfclf.diagnosis.rate_limits import limit_of
from tfclf.diagnosis.rescue import REMEDIES, Patient, restore_loss
from tfclf.diagnosis.vital_signs import (
    GRAVE,
    Collapse,
    Facts,
    agreement,
    is_doubtful,
    look,
    look_at_validation,
)
from tfclf.errors import ArgumentError
from tfclf.training import listen, rate_of_width, stop_listening

logger = logging.getLogger("tfclf")

ACTIONS = ("warn", "stop", "rescue")
WINDOW, VALIDATION_WINDOW = 32, 256  # steps
EVERY = 8  # steps between two looks
ROUNDING = 1 + 1e-5  # of rates
REMEMBERED = ("_begun", "_settled", "_doubted", "_true")


class CollapseMonitor(keras.callbacks.Callback):
    """Watches whether the outputs of a training still depend on the text.

    It hears the labels and outputs of the model's own training and validation steps; nothing is
    computed twice. Over the last 32 steps it looks at the correlation of outputs and labels, at the
    distribution of the predictions, at batches of a single label, at losses and outputs that are no
    numbers, at losses that take logits for probabilities, and at how far the encoder has moved.
    What it sees it says in one line, with the doctor's names of the causes that fit.

    Args:
        action: ``"warn"`` says it and goes on; ``"stop"`` stops the training; ``"rescue"`` repairs
            what can be repaired: it goes back to good weights and on from there with a lower rate,
            a warm-up and clipping, with class weights, in float32, or with a loss that reads
            logits, as the cause asks. What cannot be repaired within ``fit`` is warned of.
        most_rescues: How often it repairs before it stops the training.
        every: Steps between two looks.

    Raises:
        ArgumentError: The action is unknown, or a number is below 1.

    Attributes:
        events: What it saw in the last ``fit``, as ``Collapse``.

    A repair of the optimizer or of layers stays after ``fit``: the lower schedule, clipping,
    float32. What was put before the loss is taken away at the end.

    Example:
    >>> import keras, numpy as np
    >>> from tfclf.diagnosis import CollapseMonitor
    >>> x = np.random.default_rng(0).normal(size=(64, 3)); y = (x[:, 0] > 0).astype("int32")
    >>> model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    >>> monitor = CollapseMonitor(action="stop")
    >>> _ = model.fit(x, y, batch_size=4, epochs=2, verbose=0, callbacks=[monitor])
    >>> [(event.step, event.causes) for event in monitor.events]
    [(8, ('logits-read-as-probabilities',))]
    """

    def __init__(self, action: str = "warn", most_rescues: int = 2, every: int = EVERY):
        super().__init__()
        if action not in ACTIONS:
            raise ArgumentError(f"action is {action!r}, expected one of {', '.join(ACTIONS)}")
        for name, value in (("most_rescues", most_rescues), ("every", every)):
            if not isinstance(value, int) or value < 1:
                raise ArgumentError(f"{name} is {value!r}, expected a whole number from 1")
        self.action, self.most_rescues, self.every = action, most_rescues, every
        self.events: list[Collapse] = []
        self._pulses = Pulse(WINDOW), Pulse(VALIDATION_WINDOW, name="validation_pulse")
        self._trains = False
        # What began at random in an earlier fit is trained by now, and still not pretrained.
        self._begun_at_random: weakref.WeakSet[keras.Model] = weakref.WeakSet()

    def set_model(self, model: keras.Model) -> None:
        """Begins to listen, before Keras traces the training step."""
        stop_listening(model, self._feed)  # a fit before may have been broken off
        super().set_model(model)
        listen(model, self._feed, self._pulses)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Takes down where the training begins."""
        self.events, self._trains = [], True
        for pulse in self._pulses:
            pulse.clear()
        model = self.model
        restore_loss(model)
        self._movement = Movement(model)
        if not self._movement.pretrained:
            self._begun_at_random.add(model)
        pretrained = model not in self._begun_at_random
        width = getattr(getattr(model, "config", None), "hidden_size", None) or _width(model)
        self._safe_rate = rate_of_width(width)
        self._facts = Facts(
            0,
            0,
            limit=limit_of(width) if pretrained else None,
            pretrained=pretrained,
            frozen=self._movement.frozen,
            half_precision=_overflows(model),
            expects_probabilities=_expects_probabilities(model),
        )
        self._begun = self._settled = self._epoch_steps = 0
        self._doubted: int | None = None
        self._true = np.zeros(SLOTS)
        if self.action == "rescue":
            self._start = self._healthy = model.get_weights()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts the steps of the epoch from 0, as Keras does."""
        self._epoch_steps = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks every few steps, and at once where the loss is no number."""
        before = self._facts.step
        step = before + max(batch + 1 - self._epoch_steps, 1)  # several in one execution
        self._epoch_steps = batch + 1
        loss = float((logs or {}).get("loss", 0.0))
        self._facts = dataclasses.replace(
            self._facts, step=step, since=step - self._begun, loss=loss
        )
        broken = not np.isfinite(loss) and not self._was_told("not-finite")
        if broken or step // self.every > before // self.every:
            self._look()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forgets the validation before."""
        self._pulses[1].clear()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Looks at the validation of a training."""
        if self._trains:
            self._sync()
            self._tell(look_at_validation(self._pulses[1].read(), self._facts))
        else:
            self._leave()

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leaves the model as it was; a prediction has no labels to hear."""
        if not self._trains:
            self._leave()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keeps the weights of a healthy epoch."""
        self._facts = dataclasses.replace(self._facts, epochs=self._facts.epochs + 1)
        if self.action != "rescue" or any(self._was_told(kind) for kind in GRAVE):
            return
        weights = self.model.get_weights()
        if all(np.isfinite(weight).all() for weight in weights):
            self._healthy = weights

    def state(self) -> dict[str, Any]:
        """Returns what an interrupted training has to remember; metrics keep the last steps."""
        return {
            "facts": dataclasses.asdict(self._facts),
            "events": [event.to_dict() for event in self.events],
            "own": {name: vars(self)[name] for name in REMEMBERED},
            "movement": self._movement.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Takes what ``state`` returned, once ``fit`` has begun."""
        self._facts = Facts(**state["facts"])
        self.events = [Collapse.from_dict(event) for event in state["events"]]
        vars(self).update(state["own"])
        self._epoch_steps = 0
        if not self._movement.restore(state["movement"]):  # something has been thawed since
            self._movement = Movement(self.model)
            self._movement.restore(state["movement"])

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leaves the model's steps as they were."""
        self._trains = False
        self._leave()
        restore_loss(self.model)
        self._start = self._healthy = None

    def _leave(self) -> None:
        stop_listening(self.model, self._feed)

    def _feed(self, y: Any, y_pred: Any, sample_weight: Any, validates: bool) -> None:
        """Hears a step while it is traced; what it cannot read must not break a training."""
        try:
            self._pulses[validates].hear(y, y_pred, sample_weight)
        except (TypeError, ValueError, IndexError) as error:
            logger.info("CollapseMonitor cannot read the outputs of this model: %s", error)

    def _sync(self) -> None:
        """Brings variables up to date where the backend keeps them elsewhere during ``fit``."""
        sync = getattr(self.model, "jax_state_sync", None)
        if sync is not None:
            sync()

    def _look(self) -> None:
        """Measures, looks, tells."""
        self._sync()
        self._measure()
        beat = self._pulses[0].read()
        self._true += beat.true[-self.every :].sum(0)
        step, now = self._facts.step, agreement(beat)
        if is_doubtful(beat, self._facts):
            self._doubted = step if self._doubted is None else self._doubted
        else:
            self._doubted = None
        self._facts = dataclasses.replace(
            self._facts,
            best=max(self._facts.best, now.surely),
            doubted=0 if self._doubted is None else step - self._doubted,
        )
        self._tell(look(beat, self._facts))

    def _measure(self) -> None:
        """Takes down the rate and how far the encoder has moved."""
        if not self._movement.is_of(self.model):  # something was thawed or frozen
            self._movement = Movement(self.model)
        rate = getattr(self.model.optimizer, "learning_rate", None)
        rate = None if rate is None else float(ops.convert_to_numpy(rate))
        highest = max(rate or 0.0, self._facts.rate or 0.0)
        if rate is not None and rate > (self._facts.rate or 0.0) * ROUNDING:
            self._settled = self._facts.step
        self._facts = dataclasses.replace(
            self._facts,
            rate=None if rate is None else highest,
            settled=self._facts.step - self._settled,
            moved=self._movement.share(),
            frozen=self._movement.frozen,
        )

    def _was_told(self, kind: str) -> bool:
        """Tells whether this was seen since the last repair."""
        return any(event.kind == kind and event.step > self._begun for event in self.events)

    def _tell(self, seen: Collapse | None) -> None:
        """Says what was seen, once, and does what is to be done."""
        if seen is None or self._was_told(seen.kind):
            return
        if self.action == "rescue":
            seen = self._rescued(seen)
        elif self.action == "stop" and seen.kind in GRAVE:
            seen = dataclasses.replace(seen, remedy="The training is stopped")
            self.model.stop_training = True
        self.events.append(seen)
        logger.warning("Collapse at %s.", seen)

    def _rescued(self, seen: Collapse) -> Collapse:
        """Repairs the likeliest cause, and returns what was seen with what was done."""
        cause = next((name for name in seen.causes if name in REMEDIES), None)
        if cause is None or (seen.kind not in GRAVE and cause != "learning-rate-too-low"):
            return seen
        done = sum(event.repaired for event in self.events)
        if done >= self.most_rescues:
            self.model.stop_training = True
            return dataclasses.replace(
                seen, remedy=f"The training is stopped: {done} rescues did not help"
            )
        try:
            said = REMEDIES[cause](self._patient())
        except Exception as error:  # a user's own optimizer or loss: the training goes on
            self.model.set_weights(self._start)
            restore_loss(self.model)
            said = ""
            seen = dataclasses.replace(seen, remedy=f"It could not be repaired ({error})")
        if not said:
            return seen
        self._begin_anew(cause)
        return dataclasses.replace(seen, remedy=said, repaired=True)

    def _patient(self) -> Patient:
        steps = (self.params or {}).get("steps")
        return Patient(
            self.model,
            self._facts,
            self._start,
            self._healthy,
            self._safe_rate,
            steps * self.params["epochs"] if steps else None,
            self._true,
        )

    def _begin_anew(self, cause: str) -> None:
        """Counts from here after a repair."""
        self._begun = self._settled = self._facts.step
        self._movement.begin()
        self._pulses[0].clear()
        self._doubted = None
        self._facts = dataclasses.replace(
            self._facts,
            since=0,
            settled=0,
            epochs=0,
            best=0.0,
            doubted=0,
            rate=None,
            moved=None,
            expects_probabilities=self._facts.expects_probabilities
            and cause != "logits-read-as-probabilities",
            half_precision=self._facts.half_precision and cause != "fp16-without-loss-scaling",
        )


def _expects_probabilities(model: keras.Model) -> bool:
    """Tells whether the compiled loss takes the only output for probabilities."""
    if isinstance(model.loss, Mapping | list | tuple):
        return False
    loss = read_loss(model.loss, 2, None, 2)
    return loss is not None and loss.from_logits is False and loss.kind in READS


def _overflows(model: keras.Model) -> bool:
    """Tells whether layers compute in float16 and no optimizer scales the loss."""
    if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer):
        return False
    layers = model._flatten_layers(recursive=True, include_self=True)
    return any(layer.compute_dtype == "float16" for layer in layers)


def _width(model: keras.Model) -> int:
    """Returns the widest embedding of a model; 0 where there is none."""
    widths = [getattr(layer, "output_dim", 0) for layer in model._flatten_layers()]
    return max((width for width in widths if isinstance(width, int)), default=0)
