"""Pairs of texts without segment ids: the model is not told where the second text begins.

huggingface/transformers#3456 (three-part inputs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.anatomy import array_of
from tfclf.diagnosis.evidence.token_rows import padding_id
from tfclf.diagnosis.finding import NOTE, WARNING, Finding
from tfclf.diagnosis.registry import Symptom

NAME = "segment-ids-missing"
MOST = 0.9  # share of rows with a separator in their middle: pairs
TABLES = ("token_type", "segment", "type_embedding")  # in the paths of the embeddings of types
LEAST_ROWS = 8
ROWS = 8  # that are tried
NOTHING = 1e-3  # of the outputs' size: types that change less were never trained
KEY = "token_type_ids"


def look(case: Case) -> Finding | None:
    """Looks for separators within rows whose types are all zero."""
    batches = [b for p in (case.train, case.validation) if p is not None for b in p.batches]
    batches = [batch for batch in batches if batch.ids is not None and batch.ids.size]
    if not batches or not _tables(case):
        return None
    if any(batch.types is not None and np.any(batch.types) for batch in batches):
        return None
    rows = [row for batch in batches for row in batch.tokens() or []]
    rows = [row for row in rows if np.array_equal(row, np.round(row))]  # the others are no tokens
    sep_id = _separator(case, rows)
    if sep_id is None:
        return None
    pairs = [row for row in rows if _second(row, sep_id) is not None]
    if len(rows) < LEAST_ROWS or len(pairs) < MOST * len(rows):
        return None
    key = batches[0].key_of("types") or KEY
    given = f"all {key} are 0" if batches[0].types is not None else f"there is no {key} input"
    change = _change(case, batches[0], sep_id)
    tried = "" if change is None else f"; with segment ids the outputs change by {change:.1%}"
    return Finding(
        NAME,
        NOTE if change is not None and change < NOTHING else WARNING,
        f"{len(pairs)} of {len(rows)} rows hold two texts with a separator (id {sep_id}) between "
        f"them, and {given}{tried}",
        "the encoder was pretrained to tell the two by their segment ids",
        "Keep what the tokenizer gives for pairs: tokenizer(first, second, "
        f"return_token_type_ids=True), and pass it as inputs[{key!r}].",
    )


def _tables(case: Case) -> list[np.ndarray]:
    """Returns the embeddings of at least two types; some encoders have none."""
    if case.model is None:
        return []
    return [
        array_of(v)
        for v in case.model.runs.weights
        if len(v.shape) == 2 and v.shape[0] > 1 and any(name in v.path.lower() for name in TABLES)
    ]


def _separator(case: Case, rows: list[np.ndarray]) -> int | None:
    """Returns the id of the separator: the tokenizer's, else the one that all rows end with."""
    if case.vocabulary is not None and case.vocabulary.sep_id is not None:
        return int(case.vocabulary.sep_id)
    ends = {int(row[-1]) for row in rows if len(row)}
    return ends.pop() if len(ends) == 1 else None


def _second(row: np.ndarray, sep_id: int) -> int | None:
    """Returns where the second text begins; None where there is one only."""
    at = np.flatnonzero(row[:-1] == sep_id)
    inside = [int(i) for i in at if 0 < i < len(row) - 2]
    return inside[0] + 1 if inside and row[-1] == sep_id else None


def _change(case: Case, batch: Any, sep_id: int) -> float | None:
    """Returns how far right segment ids change the outputs, in shares of their size.

    None where that cannot be tried: a functional model passes over inputs that it does not know.
    """
    if case.model is None or not case.model.is_steady or not isinstance(batch.inputs, Mapping):
        return None
    inputs = {name: np.asarray(value)[:ROWS] for name, value in batch.inputs.items()}
    ids, key = batch.ids[:ROWS], batch.key_of("types") or KEY
    types = np.zeros_like(ids)
    for row, kinds in zip(ids, types, strict=True):
        filled = np.flatnonzero(row != padding_id(case))
        begin = _second(row[: filled[-1] + 1], sep_id) if len(filled) else None
        if begin is not None:
            kinds[begin : filled[-1] + 1] = 1
    try:
        before = case.model.forward(inputs)
        after = case.model.forward(inputs | {key: types})
    except Exception:  # the model takes no such input
        return None
    if np.array_equal(before, after) and any(
        np.ptp(table, axis=0).any() for table in _tables(case)
    ):
        return None  # the types differ and did not reach the outputs: nothing was tried
    size = float(np.sqrt((before**2).mean()))
    return float(np.sqrt(((after - before) ** 2).mean()) / max(size, 1e-12))


SYMPTOM = Symptom(NAME, "Pairs of texts have no segment ids", look)
