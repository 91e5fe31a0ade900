"""Layers that the gradient of the loss does not reach.

A saturated tanh before the head, a dead layer, a ``stop_gradient`` or a detour through NumPy
(Mosbach et al. 2021, section 5, on vanishing gradients in failed trainings).
"""

from __future__ import annotations

import math

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.encoder import is_transformer, trained_encoder
from tfclf.diagnosis.evidence.linear_probe import features_of
from tfclf.diagnosis.evidence.steps import Gradient, gradient
from tfclf.diagnosis.finding import ERROR, WARNING, Finding
from tfclf.diagnosis.registry import Symptom

NAME = "vanishing-gradients"
LEARNT = 1e-4  # a loss below it has no gradient to speak of
# Norm of the whole encoder's gradient over that of the head's: about 5 with a new head on a small
# pretrained encoder; where the float32 slope of a tanh is zero everywhere it is 0.
VANISHED = 1e-5
# Of a tanh before the head: of a small pretrained pooler no unit was as flat, of one that was made
# ten thousand times as large 99.6 %.
FLAT, MOST_UNITS = 0.999, 0.95
ANEW = (
    "Load the pooler's weights anew or reinitialise it (tfclf train --reinit-layers 1), and lower "
    "the rate that saturated it."
)
SHOWN = 6  # paths that are named


def look(case: Case) -> Finding | None:
    """Looks for layers without a gradient while others have one."""
    encoder = {variable.path for variable in trained_encoder(case)}
    if case.model is None or not encoder:
        return None
    if _says_no_logits(case) or _has_zero_head(case):
        return _saturated(case)  # the gradient says nothing of the encoder there
    found = gradient(case)
    if found is None:
        return _saturated(case)
    if not math.isfinite(found.loss) or abs(found.loss) < LEARNT:
        return None
    broken = [p for p, norm in found.norms.items() if norm is not None and not math.isfinite(norm)]
    if broken:
        return _finding(
            case,
            ERROR,
            f"the loss is {found.loss:.3g}, and the gradient of {len(broken)} of "
            f"{len(found.norms)} variables is not finite",
            "the first step makes the weights NaN",
            "Look for log(0), 0/0 or a square root of 0 in your own layers and loss; "
            "tf.debugging.enable_check_numerics() names the operation.",
            broken,
        )
    return _without(case, found, encoder) or _saturated(case)


def _without(case: Case, found: Gradient, encoder: set[str]) -> Finding | None:
    """Finds an encoder, or kernels of it, whose gradient is zero."""
    inside = {p: n or 0.0 for p, n in found.norms.items() if p in encoder}
    outside = {p: n or 0.0 for p, n in found.norms.items() if p not in encoder}
    body, head = (float(np.linalg.norm(list(n.values()) or [0])) for n in (inside, outside))
    if body <= VANISHED * head and (head > 0 or not outside):
        return _finding(
            case,
            ERROR,
            f"the gradient of the loss ({found.loss:.3g}) has a norm of {body:.1e} over all "
            f"{len(inside)} variables before the head, and of {head:.1e} over the head's",
            "only the head learns: a layer between them is saturated or cuts the gradient off",
            f"{ANEW} Take stop_gradient and .numpy() out of call.",
            list(inside),
        )
    # No gradient at all (None) is a part that the outputs do not use, such as a pooler.
    dead = [p for p, n in found.norms.items() if n == 0.0 and p in encoder and _is_kernel(p)]
    if not dead:
        return None
    return _finding(
        case,
        WARNING,
        f"the gradient of {len(dead)} kernels is exactly zero, while that of others is up to "
        f"{max(inside.values()):.1e}",
        "these layers do not learn; units behind a ReLU may be dead, or their weights all zero",
        "Load the checkpoint again or reinitialise these layers, and lower the learning rate.",
        dead,
    )


def _is_kernel(path: str) -> bool:
    """Tells whether a path is that of a matrix; the key bias's gradient is zero in theory."""
    return path.endswith(("kernel", "weight", "embeddings"))


def _says_no_logits(case: Case) -> bool:
    """Tells whether the loss clips logits as probabilities: a symptom of its own, and the cause."""
    if case.model is None or case.model.loss is None:
        return False
    return case.model.loss.from_logits is False and case.model.gives == "logits"


def _has_zero_head(case: Case) -> bool:
    """Tells whether the head starts at zero: then the first step alone has no gradient below."""
    kernels = [v for v in case.model.head_variables if len(v.shape) > 1] if case.model else []
    return any(not np.any(np.asarray(kernel.numpy())) for kernel in kernels)


def _saturated(case: Case) -> Finding | None:
    """Finds a tanh before the head that is flat for nearly every unit of nearly every row.

    The few units that are not have large and haphazard gradients, so that norms do not show it.
    """
    features = features_of(case)
    if features is None or not is_transformer(case) or np.abs(features.vectors).max() > 1:
        return None
    share = float((np.abs(features.vectors) > FLAT).mean())
    if share < MOST_UNITS:
        return None
    return _finding(
        case,
        ERROR,
        f"{share:.1%} of what the head reads is within {1 - FLAT:.0e} of 1 or -1, where a tanh is "
        "flat",
        "hardly any gradient passes through it to the encoder",
        ANEW,
        [],
    )


def _finding(
    case: Case, severity: str, evidence: str, effect: str, remedy: str, paths: list[str]
) -> Finding:
    prefix = f"{case.model.runs.name}/" if case.model is not None else ""
    shown = tuple(path.removeprefix(prefix) for path in paths[:SHOWN])
    return Finding(NAME, severity, evidence, effect, remedy, shown)


SYMPTOM = Symptom(NAME, "The gradient does not reach some layers", look)
