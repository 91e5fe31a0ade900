"""Whether a training is long enough for XLA to pay: compiling takes time before it saves any."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from tfclf.models import PretrainedModel
from tfclf.training.hardware import CPU, GPU, TPU, find_hardware

LAYERS, PIECES, TOKENS, OFF = "layers", "pieces", "tokens", "off"  # ``BertEncoder.jit``


@dataclass(frozen=True)
class Way:
    """What can be compiled of an encoder.

    Attributes:
        parts: As ``BertEncoder.jit``.
        saved: Share of the time of a step without it.
        per_shape: Seconds to compile, for each shape of a batch.
    """

    parts: str
    saved: float
    per_shape: float


# Measured with MiniLM on two cores of a server (docs/scaling.md), which also compile for an
# accelerator; what is of accelerators is guessed. On CPUs TensorFlow multiplies matrices faster
# than XLA: float32 a little, half precision, which XLA converts to float32 and back, several times
# as fast. So the products stay with it, and in half precision those of attention as well.
SINGLE, HALF = "single", "half"
WAYS = {
    (CPU, SINGLE): (Way(TOKENS, 0.06, 0.4), Way(PIECES, 0.10, 0.9)),
    (CPU, HALF): (Way(TOKENS, 0.16, 0.4),),
}
NOTHING = Way(OFF, 0.0, 0.0)
ON_ACCELERATORS = (Way(LAYERS, 0.4, 1.0),)
# FLOP per second of a step of which nothing is compiled.
FLOP_RATES = {(CPU, SINGLE): 2.5e11, (CPU, HALF): 3.4e11, (GPU, SINGLE): 2e13, (TPU, SINGLE): 2e13}
FLOP_PER_WEIGHT = 6  # for each token: a product and a sum, forwards once and backwards twice
UPDATE_ONCE = 0.9  # seconds to compile the optimizer's update
UPDATE_SAVED = 5e-10  # seconds of an update, for each weight
PER_SHAPE_OF_STEPS = 10.0  # seconds, where the whole step is compiled, as on JAX
FEW = 4  # shapes, before their number is known


@dataclass(frozen=True)
class JitPlan:
    """What of a training step is compiled, and why.

    Attributes:
        layers: What of the encoder is, as ``BertEncoder.jit``.
        update: Whether the optimizer's update is, once.
        per_shape: Seconds that one more shape of a batch takes to compile.
        why: The reason, as a clause.
    """

    layers: str
    update: bool
    per_shape: float
    why: str


def plan_jit(
    jit: str, model: PretrainedModel, num_tokens: float, num_shapes: int, num_updates: float
) -> JitPlan:
    """Decides what of the training step XLA compiles.

    Args:
        jit: ``"on"``, all that makes steps faster; ``"off"``; or ``"auto"``, what saves more time
            than compiling it takes.
        model: The model.
        num_tokens: Tokens of all epochs, padding counted.
        num_shapes: Number of shapes that batches have.
        num_updates: Steps of the optimizer in all epochs.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        return JitPlan(LAYERS, True, PER_SHAPE_OF_STEPS, f"{backend} compiles every step")
    if jit == "off":
        return JitPlan(OFF, False, 0.0, "as asked for")
    ways, seconds = ways_to_compile(model), num_tokens / tokens_per_second(model)
    if jit == "on":
        fastest = max(ways, key=lambda way: way.saved)
        return JitPlan(fastest.parts, True, fastest.per_shape, "as asked for")

    def gain(way: Way) -> float:
        return way.saved * seconds - way.per_shape * num_shapes

    best, saved_by_update = max(ways, key=gain), UPDATE_SAVED * weights_of(model) * num_updates
    shapes = f"{num_shapes} shape{'' if num_shapes == 1 else 's'} of batches"
    why = (
        f"compiling {best.parts} for {shapes} takes about {best.per_shape * num_shapes:.1f} s and "
        f"saves {best.saved * seconds:.1f} s, the update {UPDATE_ONCE:.1f} s and "
        f"{saved_by_update:.1f} s"
    )
    chosen = best if gain(best) > 0 else NOTHING
    return JitPlan(chosen.parts, saved_by_update > UPDATE_ONCE, chosen.per_shape, why)


def ways_to_compile(model: PretrainedModel) -> tuple[Way, ...]:
    """Returns what XLA can compile of an encoder here."""
    return WAYS.get((find_hardware().kind, precision_of(model)), ON_ACCELERATORS)


def shape_cost(jit: str, model: PretrainedModel, num_tokens: float, num_updates: float) -> float:
    """Returns what one more shape of a batch costs, in tokens of training.

    Args:
        jit: As in ``plan_jit``.
        model: The model.
        num_tokens: Tokens of all epochs.
        num_updates: As in ``plan_jit``.

    Returns:
        0 where nothing is compiled.
    """
    plan = plan_jit(jit, model, num_tokens, FEW, num_updates)
    return plan.per_shape * tokens_per_second(model)


def tokens_per_second(model: PretrainedModel) -> float:
    """Returns about how many tokens of a batch a training step reads in a second, uncompiled.

    Only the products with the weights of the layers are counted: they are nine tenths of the work.
    """
    place = find_hardware().kind, precision_of(model)
    rate = FLOP_RATES.get(place, FLOP_RATES.get((place[0], SINGLE), FLOP_RATES[CPU, SINGLE]))
    return rate / (FLOP_PER_WEIGHT * weights_of(model))


def precision_of(model: PretrainedModel) -> str:
    """Returns whether a model computes in single precision or in half."""
    return HALF if model.compute_dtype in ("float16", "bfloat16") else SINGLE


def weights_of(model: PretrainedModel) -> int:
    """Returns the number of weights of the layers' products."""
    config = model.config
    return (
        config.num_hidden_layers
        * config.hidden_size
        * (4 * config.hidden_size + 2 * config.intermediate_size)
    )
