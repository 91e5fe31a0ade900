"""Layer normalisation and its gradient, as functions."""

from __future__ import annotations

from typing import Any

from keras import ops

from tfclf.models.gradients import wide_type
from tfclf.models.sum_of_rows import sum_of_rows


def normalize(x: Any, epsilon: float) -> tuple[Any, Any]:
    """Brings vectors to mean 0 and variance 1 over their last axis (Ba et al. 2016, eq. 3).

    Args:
        x: Vectors, shape (..., hidden); sums over them are in float32 at least.
        epsilon: What is added to the variance.

    Returns:
        The vectors, of the type of ``x``, and what each was multiplied by, shape (..., 1).
    """
    wide = ops.cast(x, wide_type(x.dtype))
    centred = wide - ops.mean(wide, axis=-1, keepdims=True)
    scale = ops.rsqrt(ops.mean(centred * centred, axis=-1, keepdims=True) + epsilon)
    return ops.cast(centred * scale, x.dtype), scale


def normalize_gradient(
    unit: Any, scale: Any, gamma: Any, upstream: Any, *, compiled: bool = False
) -> tuple[Any, Any, Any]:
    """Returns the gradients of ``normalize(x) * gamma + beta`` by x, gamma and beta.

    Args:
        unit: What ``normalize`` returned, shape (rows, hidden).
        scale: The scales that it returned, shape (rows, 1).
        gamma: Scale of the layer, shape (hidden,).
        upstream: Gradient by the value, shape (rows, hidden).
        compiled: As in ``sum_of_rows``.
    """
    kind = scale.dtype
    wide, here = ops.cast(unit, kind), ops.cast(upstream, kind)
    inner = here * ops.cast(gamma, kind)
    along = wide * ops.mean(inner * wide, axis=-1, keepdims=True)
    by_x = scale * (inner - ops.mean(inner, axis=-1, keepdims=True) - along)
    by_gamma, by_beta = (sum_of_rows(each, compiled=compiled) for each in (here * wide, here))
    types = (upstream.dtype, gamma.dtype, gamma.dtype)
    return tuple(map(ops.cast, (by_x, by_gamma, by_beta), types))
