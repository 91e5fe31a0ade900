"""What more padding does to the outputs, padded as the pipeline pads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.encoder import is_pretrained, once
from tfclf.diagnosis.evidence.token_rows import padding_id
from tfclf.models import PretrainedModel, TFBertModel

COLUMNS = 8  # that are added
ROWS = 8  # that are tried


@dataclass(frozen=True)
class PaddingFacts:
    """How the pipeline pads.

    Attributes:
        num_rows: Rows looked at.
        padded_rows: Rows that end in padding.
        share: Share of padding among all ids.
        has_mask: Whether there is a mask.
        masked_out: Share of the padding that the mask leaves out; None without padding or mask.
        masked_text: Share of the text that the mask leaves out; None without a mask.
        pad_id: The id of padding.
        widths: The widths of the batches, each once.
    """

    num_rows: int
    padded_rows: int
    share: float
    has_mask: bool
    masked_out: float | None
    masked_text: float | None
    pad_id: int
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class LongerPadding:
    """What ``COLUMNS`` more columns of padding do.

    Attributes:
        change: Largest change of an output, in shares of the size of the outputs.
        answers_changed: Rows (or tokens) that have another answer then.
        num_answers: Rows (or tokens) that were compared.
    """

    change: float
    answers_changed: int
    num_answers: int


def padding_facts(case: Case) -> PaddingFacts | None:
    """Looks at the padding of the kept batches; None without token ids."""
    if case.model is not None:
        return once(case.model, "padding", lambda: _facts(case))
    return _facts(case)


def longer_padding(case: Case) -> LongerPadding | None:
    """Appends padding to some padded rows and compares the outputs, once a case.

    The mask of what is appended is the one that the pipeline gives to padding: of ones where it
    does not tell padding from text.

    Returns:
        What it did; None where no row is padded, the model takes no other length, or its outputs
        change by chance as well.
    """
    return None if case.model is None else once(case.model, "longer", lambda: _longer(case))


def is_of_one_width(case: Case, facts: PaddingFacts) -> bool:
    """Tells whether a model that is no pretrained encoder gets batches of one width.

    Then its training and its validation have the same padding behind the same text, and a model
    that learns with that padding answers with it. A pretrained encoder, or one that is of a kind
    that checkpoints are loaded into, has learnt without; and who gives a mask means it.
    """
    if len(facts.widths) != 1 or facts.has_mask or is_pretrained(case):
        return False
    layers = case.model.anatomy.layers if case.model is not None else []
    return not any(isinstance(one, (PretrainedModel, TFBertModel)) for one in layers)


def ids_key(batch: Any) -> str | None:
    """Returns under which key of a dict the token ids stand; None where there is no dict."""
    if not isinstance(batch.inputs, Mapping):
        return None
    key = batch.key_of("ids")
    return next(iter(batch.inputs)) if key is None and len(batch.inputs) == 1 else key


def batches_of_ids(case: Case) -> list[Any]:
    """Returns the kept batches that have token ids."""
    pipelines = [p for p in (case.train, case.validation) if p is not None]
    return [b for p in pipelines for b in p.batches if b.ids is not None and b.ids.size]


def _padding(ids: np.ndarray, pad_id: int) -> np.ndarray:
    """Returns where a row ends in padding, shape (batch, seq)."""
    text = ids != pad_id
    return ~np.logical_or.accumulate(text[:, ::-1], axis=1)[:, ::-1]


def _facts(case: Case) -> PaddingFacts | None:
    batches, pad_id = batches_of_ids(case), padding_id(case)
    if not batches:
        return None
    padded, places, rows, size = 0, 0, 0, 0
    out, masks, text_out, text = 0, 0, 0, 0
    for batch in batches:
        padding = _padding(batch.ids, pad_id)
        rows, size = rows + len(padding), size + padding.size
        padded, places = padded + int(padding[:, -1].sum()), places + int(padding.sum())
        if batch.mask is not None and batch.mask.shape == padding.shape:
            masks += 1
            out += int((batch.mask[padding] == 0).sum())
            text_out += int((batch.mask[~padding] == 0).sum())
            text += int((~padding).sum())
    has_mask = masks == len(batches)
    return PaddingFacts(
        num_rows=rows,
        padded_rows=padded,
        share=places / size,
        has_mask=has_mask,
        masked_out=out / places if has_mask and places else None,
        masked_text=text_out / text if has_mask and text else None,
        pad_id=pad_id,
        widths=tuple(sorted({batch.ids.shape[1] for batch in batches})),
    )


def _longer(case: Case) -> LongerPadding | None:
    facts = padding_facts(case)
    if facts is None or not facts.padded_rows or case.model is None or not case.model.is_steady:
        return None
    batch = max(batches_of_ids(case), key=lambda b: int(_padding(b.ids, facts.pad_id)[:, -1].sum()))
    chosen = np.flatnonzero(_padding(batch.ids, facts.pad_id)[:, -1])[:ROWS]
    ids = batch.ids[chosen]
    text = ~_padding(ids, facts.pad_id)
    if not text.any() or not isinstance(batch.inputs, Mapping | np.ndarray):
        return None
    masked = 0 if facts.masked_out is None or facts.masked_out > 0.5 else 1
    last = max(int(np.flatnonzero(text.any(0))[-1]) + 1, 1)
    # As long as before where the model has no positions left: then from less padding to more.
    try:
        before = case.model.forward(_resized(batch, chosen, ids.shape[1], facts, masked))
        after = case.model.forward(_resized(batch, chosen, ids.shape[1] + COLUMNS, facts, masked))
    except Exception:
        try:
            after = case.model.forward(_resized(batch, chosen, ids.shape[1], facts, masked))
            if last == ids.shape[1]:
                return None
            before = case.model.forward(_resized(batch, chosen, last, facts, masked))
        except Exception:  # of one length only
            return None
    return _compared(case, before, after, text)


def _resized(batch: Any, rows: np.ndarray, width: int, facts: PaddingFacts, masked: int) -> Any:
    """Returns inputs of some rows with as many columns, of which the further are padding."""
    fill = {"ids": facts.pad_id, "mask": masked, "types": 0}

    def resized(value: np.ndarray, what: str | None) -> np.ndarray:
        value = np.asarray(value)[rows]
        if what is None:
            return value
        more = np.full((len(value), max(width - value.shape[1], 0)), fill[what], value.dtype)
        return np.concatenate([value[:, :width], more], axis=1)

    if not isinstance(batch.inputs, Mapping):
        return resized(batch.inputs, "ids")
    names = {batch.key_of(what): what for what in fill} | {ids_key(batch): "ids"}
    return {key: resized(value, names.get(key)) for key, value in batch.inputs.items()}


def _compared(
    case: Case, before: np.ndarray, after: np.ndarray, text: np.ndarray
) -> LongerPadding | None:
    if before.ndim == 3:  # one answer a token: those of text
        width = min(before.shape[1], after.shape[1], text.shape[1])
        before, after = (x[:, :width][text[:, :width]] for x in (before, after))
    if before.shape != after.shape or not before.size:
        return None
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        return None
    size = float(np.sqrt((before**2).mean()))
    changed = _answers(case, before) != _answers(case, after)
    return LongerPadding(
        float(np.abs(after - before).max() / max(size, 1e-12)),
        int(changed.reshape(len(changed), -1).any(1).sum()),
        len(changed),
    )


def _answers(case: Case, outputs: np.ndarray) -> np.ndarray:
    """Returns the label of each row, or which of several it gets; of numbers none."""
    outputs = outputs.reshape(-1, outputs.shape[-1])
    if case.task == "regression":
        return np.zeros(len(outputs), int)
    if outputs.shape[1] > 1 and case.task != "multi-label":
        return outputs.argmax(-1)
    is_probability = case.model is not None and case.model.gives == "sigmoid"
    return outputs > (0.5 if is_probability else 0.0)
