"""Dropout is on while predicting, or so high that little is left.

A layer that is called with ``training=True`` in the model drops at inference as well
(huggingface/transformers#695, #9039); and pretrained encoders stand a dropout of 0.1, with which
they were trained (Devlin et al. 2019, appendix A.2).
"""

from __future__ import annotations

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.model import ModelEvidence
from tfclf.diagnosis.finding import ERROR, WARNING, Finding
from tfclf.diagnosis.registry import Symptom

NAME, HIGH = "dropout-at-inference", "dropout-high"
HIGH_IN_ENCODER = 0.5  # five times the rate that encoders are pretrained with
HIGH_IN_HEAD = 0.7  # heads of one layer stand 0.5, which is usual there


def look(case: Case) -> list[Finding] | None:
    """Finds outputs that differ from pass to pass, and rates that are too high."""
    if case.model is None:
        return None
    return [found for found in (_at_inference(case.model), _high(case.model)) if found]


def _at_inference(model: ModelEvidence) -> Finding | None:
    """Tells of outputs that another draw of random numbers changes."""
    noise = model.noise if model.heads else None
    if noise is None or not noise.is_more_than_rounding:
        return None
    return Finding(
        NAME,
        ERROR,
        f"two passes over the same {len(model.heads[0].values)} rows with training=False differ by "
        f"up to {noise.largest:.3g}, where outputs are {noise.size:.3g} in size",
        "predictions are not what the model knows, and differ from call to call",
        "Call every layer without training=True, and pass on what call(inputs, training=None) is "
        "given.",
    )


def _high(model: ModelEvidence) -> Finding | None:
    """Looks at the rates of the dropout layers."""
    high = [
        dropout
        for dropout in model.anatomy.dropouts
        if dropout.rate >= (HIGH_IN_ENCODER if dropout.in_encoder else HIGH_IN_HEAD)
    ]
    if not high:
        return None
    rates = ", ".join(sorted({f"{dropout.rate:g}" for dropout in high}))
    names = tuple(dict.fromkeys(dropout.name for dropout in high))
    return Finding(
        HIGH,
        WARNING,
        f"{len(high)} dropout layers have the rate {rates}",
        "most of what a layer says is dropped at each step, and the loss may not fall at all",
        "Take 0.1, with which encoders are pretrained, and at most 0.5 before the last layer.",
        names,
    )


SYMPTOM = Symptom(NAME, "Dropout while predicting, or very high", look)
