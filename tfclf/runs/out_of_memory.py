"""A batch that does not fit into memory -> what does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfclf.data import Batches
from tfclf.errors import RunError
from tfclf.training import FeatureBatches, Recipe
from tfclf.training.devices import SharedBatches

# What TensorFlow's and JAX's runtimes call it, in the class or in the message of an error.
NAMES = ("ResourceExhaustedError", "RESOURCE_EXHAUSTED")


@contextmanager
def explain_memory(
    train: Batches | SharedBatches | FeatureBatches, recipe: Recipe, num_devices: int = 1
) -> Iterator[None]:
    """Says which batch does not fit into memory and what would, in the place of a traceback.

    Args:
        train: The batches of training.
        recipe: How they are trained on.
        num_devices: Devices that each batch is divided by.

    Raises:
        RunError: What is done inside ran out of memory.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        rows, tokens = largest_batch(train, recipe)
        each = "vectors" if tokens is None else f"rows x {tokens} tokens"
        parts = "" if num_devices == 1 else f", divided by {num_devices} devices"
        raise RunError(
            f"out of memory: the largest batch has {rows} {each}{parts}",
            remedy=_remedy(rows, tokens, recipe, num_devices),
        ) from None


def is_out_of_memory(error: BaseException) -> bool:
    """Tells whether an error of Python, TensorFlow or JAX says that memory is short.

    Example:
    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("RESOURCE_EXHAUSTED: ..."))
    (True, True)
    """
    if isinstance(error, MemoryError) or type(error).__name__ in NAMES:
        return True
    # JAX's errors of its runtime have gone by several names, all of them RuntimeErrors.
    return isinstance(error, RuntimeError) and any(name in str(error) for name in NAMES)


def largest_batch(
    train: Batches | SharedBatches | FeatureBatches, recipe: Recipe
) -> tuple[int, int | None]:
    """Returns rows and tokens (of each row) of the batch with most of both; of vectors no tokens.

    Among batches of as many tokens it is that of the longest rows: attention grows with them.
    """
    if isinstance(train, FeatureBatches):
        return recipe.batch_size, None
    if train.static_shapes:
        shapes = train.shapes
    else:
        shapes = [(len(batch.indices), batch.length) for batch in train.plan(0)]
    return max(shapes, key=lambda shape: (shape[0] * shape[1], shape[1]))


def _remedy(rows: int, tokens: int | None, recipe: Recipe, num_devices: int) -> str:
    """Returns what needs less memory than a batch of so many rows and tokens."""
    ways = []
    parts = _least_divisor(recipe.batch_size // num_devices)
    if rows == recipe.batch_size and parts is not None:
        groups = recipe.gradient_accumulation_steps * parts
        ways.append(
            f"--batch-size {recipe.batch_size // parts} with --gradient-accumulation-steps "
            f"{groups} (the same step)"
        )
    if tokens is not None:
        budget = max(rows // 2 * tokens, tokens, recipe.max_length)
        if rows > 1 and budget < rows * tokens:
            ways.append(f"--batch-tokens {budget} (fewer long texts in a batch)")
        still = recipe.freeze == "encoder" and recipe.thaw_epoch is None
        if not recipe.gradient_checkpointing and not still:
            ways.append("--gradient-checkpointing (the same step, a third slower)")
        ways = ways or [f"a --max-length below {recipe.max_length}"]
    return f"Pass {', or '.join(ways or ['a smaller --batch-size'])}."


def _least_divisor(number: int) -> int | None:
    """Returns the least divisor above 1: 2 of what can be halved; None of 1."""
    return next((part for part in range(2, number + 1) if number % part == 0), None)
