"""What a training cost."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class TrainingFigures:
    """What a training cost.

    Attributes:
        examples: Training rows that an epoch reads, repeats counted.
        parameters: Weights of the model, each number counted.
        trainable_parameters: Those of them that train from the first step.
        epochs: Passes over them.
        steps: Updates of the optimizer.
        seconds: Wall time of ``fit``, validation left out.
        examples_per_second: ``examples * epochs / seconds``.
        compile_seconds: Of these, building the graph in the first step, and compiling in the first
            step of each shape of a batch.
        padding_share: Share of padding among all tokens.
        peak_memory_bytes: Largest resident size of the process so far.
        precision: Type of the computations.
        backend: Keras's backend.
        jit: What XLA compiled: ``"layers and update"``, one of these, or ``"off"``.
        resumed_from_step: 0 where training ran through.
        best_epoch: Epoch whose weights are kept, counted from 1; 0 is the start, None the last.
        score_at_start: Validation figure of the weights that training started with, where they were
            judged.
    """

    examples: int
    parameters: int
    trainable_parameters: int
    epochs: int
    steps: int
    seconds: float
    examples_per_second: float
    compile_seconds: float
    padding_share: float
    peak_memory_bytes: int
    precision: str
    backend: str
    jit: str
    resumed_from_step: int = 0
    best_epoch: int | None = None
    score_at_start: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as JSON."""
        return asdict(self)


def peak_memory_bytes() -> int:
    """Returns the largest resident size of this process so far (bytes); 0 where nobody tells."""
    try:
        import resource
    except ImportError:  # on Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
