"""The model gives every text the same outputs.

The end of a collapse: a rate that is too high has made the vectors of all texts equal, and no later
step gets them apart (huggingface/transformers#735; Mosbach et al. 2021, section 4). Also an encoder
that does not read its inputs.
"""

from __future__ import annotations

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.anatomy import array_of
from tfclf.diagnosis.evidence.batch import Batch, leaves
from tfclf.diagnosis.evidence.model import ModelEvidence
from tfclf.diagnosis.finding import ERROR, Finding
from tfclf.diagnosis.registry import Symptom

NAME = "constant-outputs"
LEAST_ROWS = 4  # different ones
MOST_BATCHES = 8  # that are run where the first has fewer rows than that
SPREAD = 1e-4  # of the outputs over the rows, by their size; float32 rounds to 1e-6 of it
SPREAD_HALF = 1e-3  # bfloat16 rounds to 4e-3: equal answers are often exactly equal there


def look(case: Case) -> Finding | None:
    """Finds it where different texts have outputs that are equal but for rounding."""
    model = case.model
    if model is None or model.batch is None or not model.heads:
        return None
    if _starts_at_zero(model):
        return None
    answers = [_of_rows(head.values) for head in model.heads]
    if _num_different(model.batch) < LEAST_ROWS:
        answers = _of_more_batches(case, model)
    for head, values in zip(model.heads, answers, strict=False):
        if head.gives == "one-unit-softmax":
            continue  # a finding of its own
        spread, size = float(values.std(0).max()), float(np.sqrt(np.mean(values**2)))
        half = head.dtype not in ("float32", "float64")
        if np.isfinite(spread) and spread <= (SPREAD_HALF if half else SPREAD) * size:
            return _finding(model, f"{head.name!r} of {len(values)} rows", spread, size)
    return None


def _finding(model: ModelEvidence, which: str, spread: float, size: float) -> Finding:
    evidence = f"the outputs {which} differ by {spread:.2g}, where they are {size:.3g} in size"
    assert model.batch is not None  # noqa: S101
    vectors = model.features(model.batch.inputs)
    effect = "every text gets the same answer"
    if vectors is not None and vectors.ndim == 2 and len(vectors) > 1:
        cosine = mean_cosine(vectors)
        evidence += f"; the vectors that the last layer reads have a mean cosine of {cosine:.4f}"
    remedy = (
        "It has collapsed or does not read its inputs: check that they reach the first layer, and "
        "start again from fresh weights with a tenth of the rate."
    )
    if model.has_encoder:
        remedy = (
            "Its encoder has collapsed or does not read its inputs: check that input_ids reach it, "
            "and start again from the pretrained weights with a peak rate of 2e-5 to 5e-5 and "
            "warm-up: model.compile(tfclf.training.adamw(2e-5), loss=...)."
        )
    return Finding(NAME, ERROR, evidence, effect, remedy)


def mean_cosine(vectors: np.ndarray) -> float:
    """Returns the mean cosine between different rows, shape (rows, hidden)."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    units = vectors / lengths
    rows = len(units)
    return float((np.square(units.sum(0)).sum() - rows) / (rows * (rows - 1)))


def _of_rows(values: np.ndarray) -> np.ndarray:
    """Returns one answer a row; of one a token that of the first, which all texts have."""
    if values.ndim > 2:
        values = values.reshape(len(values), -1, values.shape[-1])[:, 0]
    return values


def _of_more_batches(case: Case, model: ModelEvidence) -> list[np.ndarray]:
    """Returns the answers to some small batches; none where these have too few different rows."""
    batches = [] if case.train is None else case.train.batches[:MOST_BATCHES]
    different = {row for batch in batches for row in batch.fingerprints()}
    if len(model.heads) != 1 or len(different) < LEAST_ROWS:
        return []
    answers = [model.forward(batch.inputs) for batch in batches]
    answers = [each[:, None] if each.ndim == 1 else each for each in answers]
    return [np.concatenate([_of_rows(each) for each in answers])]


def _num_different(batch: Batch) -> int:
    """Returns how many rows of a batch differ from each other."""
    arrays = [array for array in leaves(batch.inputs) if array.ndim]
    if any(array.dtype.kind == "O" for array in arrays):  # texts, whose bytes are elsewhere
        return len(set(batch.fingerprints()))
    rows = min((len(array) for array in arrays), default=0)
    return len({b"".join(array[row].tobytes() for array in arrays) for row in range(rows)})


def _starts_at_zero(model: ModelEvidence) -> bool:
    """Tells whether a head's weights are 0, as some start on purpose: all its outputs are equal."""
    return any(not np.any(array_of(layer.kernel)) for layer in model.anatomy.heads)


SYMPTOM = Symptom(
    NAME,
    "Different texts get the same outputs",
    look,
)
