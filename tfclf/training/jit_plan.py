"""Whether a training is long enough for XLA to pay: compiling takes time before it saves any."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from tfclf.models import PretrainedModel
from tfclf.training.hardware import CPU, GPU, TPU, find_hardware
from tfclf.training.recipe_checks import AUTO

# Measured on two cores of a server (docs/scaling.md), which also compile for an accelerator.
FLOP_RATES = {CPU: 3e11, GPU: 3e13, TPU: 3e13}  # of a step (FLOP per second); the last two guessed
SAVED = 0.7  # of the time of a compiled step, that one which is not takes more
ONCE = 3.0  # seconds to compile the optimizer's update and to trace for XLA
PER_SHAPE = 1.0  # seconds to compile a layer's two passes, for each shape of a batch
PER_SHAPE_OF_STEPS = 10.0  # the same where the whole step is compiled, as on JAX
LAYERS, PIECES, OFF = "layers", "pieces", "off"
FLOP_PER_WEIGHT = 6  # for each token: a product and a sum, forwards once and backwards twice


@dataclass(frozen=True)
class JitPlan:
    """What of a training step is compiled, and why.

    Attributes:
        layers: What of the encoder is, for each shape of a batch: ``"layers"``, ``"pieces"``
            between matrix products, or ``"off"``.
        update: Whether the optimizer's update is, once.
        why: The reason, as a clause.
    """

    layers: str
    update: bool
    why: str


def plan_jit(jit: str, model: PretrainedModel, num_tokens: float, num_shapes: int) -> JitPlan:
    """Decides what of the training step XLA compiles.

    Args:
        jit: ``"on"``, ``"off"``, or ``"auto"``: what saves more time than compiling it takes.
        model: The model.
        num_tokens: Tokens of all epochs, padding counted.
        num_shapes: Number of shapes that batches have.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        return JitPlan(LAYERS, True, f"{backend} compiles every step")
    parts = parts_to_compile()
    if jit != AUTO:
        return JitPlan(parts if jit == "on" else OFF, jit == "on", "as asked for")
    saved = SAVED * num_tokens / tokens_per_second(model)
    cost = ONCE + PER_SHAPE * num_shapes
    shapes = f"{num_shapes} shape{'' if num_shapes == 1 else 's'} of batches"
    why = f"compiling {shapes} takes about {cost:.0f} s and saves about {saved:.0f} s"
    return JitPlan(parts if saved > cost else OFF, saved > cost, why)


def parts_to_compile() -> str:
    """Returns what XLA is to compile of an encoder, where it compiles.

    On CPUs TensorFlow multiplies matrices faster than XLA: float32 a little, half precision, which
    XLA converts to float32 and back, several times as fast.
    """
    return PIECES if find_hardware().kind == CPU else LAYERS


def shape_cost(jit: str, model: PretrainedModel, num_tokens: float) -> float:
    """Returns what one more shape of a batch costs, in tokens of training.

    Args:
        jit: As in ``plan_jit``.
        model: The model.
        num_tokens: Tokens of all epochs.

    Returns:
        0 where nothing is compiled.
    """
    if keras.backend.backend() != "tensorflow":
        return PER_SHAPE_OF_STEPS * tokens_per_second(model)
    compiled = plan_jit(jit, model, num_tokens, 1).layers != OFF
    return PER_SHAPE * tokens_per_second(model) if compiled else 0.0


def tokens_per_second(model: PretrainedModel) -> float:
    """Returns about how many tokens of a batch a training step reads in a second.

    Only the products with the weights of the layers are counted: they are nine tenths of the work.
    """
    config = model.config
    weights = (
        config.num_hidden_layers
        * config.hidden_size
        * (4 * config.hidden_size + 2 * config.intermediate_size)
    )
    rate = FLOP_RATES.get(find_hardware().kind, FLOP_RATES[CPU])
    return rate / (FLOP_PER_WEIGHT * weights)
