"""Batches of few shapes, whatever rows come."""

import numpy as np
import pytest

from tfclf.data import EncodedRows
from tfclf.errors import ArgumentError
from tfclf.evaluation.static_batches import filled, rungs, static_batches


def rows_of(lengths, max_length=100, **settings):
    """Rows of nothing but their lengths."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype("int64")
    tokens = np.ones(offsets[-1], "int32")
    return EncodedRows(tokens, offsets, None, 0, max_length, 0, 0, 0, **settings)


def windows_of(counts, max_length):
    """Texts of so many whole windows."""
    ends = np.concatenate([[0], np.cumsum(counts)])
    return rows_of(np.full(ends[-1], max_length), max_length, row_ends=ends, windowed=True)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("batch_size", [None, 7])
def test_every_item_once_in_a_shape_of_few(seed, batch_size):
    """Full batches have one shape a length, and of the short ones the lines are a power of two."""
    lengths = np.random.default_rng(seed).integers(2, 101, 999)
    batches = list(static_batches(rows_of(lengths), 400, batch_size))
    found = np.concatenate([batch.indices for batch, _ in batches])
    assert sorted(found.tolist()) == list(range(999))
    for batch, lines in batches:
        assert lengths[batch.indices].max() <= batch.length
        assert len(batch.indices) <= lines
        assert lines * batch.length <= 400
        full = min(400 // batch.length, batch_size or 400)
        assert lines == full or lines.bit_count() == 1
    shapes = {(lines, batch.length) for batch, lines in batches}
    assert len(shapes) <= 3 * len(rungs(rows_of(lengths)))


def test_a_single_text_costs_no_more():
    assert [lines for _, lines in static_batches(rows_of([9]), 1_000)] == [1]
    assert [lines for _, lines in static_batches(rows_of([9, 9, 9]), 1_000)] == [4]


def test_nothing_gives_nothing():
    assert list(static_batches(rows_of([]), 1_000)) == []


def test_lengths_do_not_go_by_the_rows():
    assert rungs(rows_of([3])).tolist() == [8, 12, 16, 24, 32, 48, 64, 96, 100]
    assert rungs(rows_of([97, 3])).tolist() == rungs(rows_of([3])).tolist()
    assert rungs(rows_of([3], max_length=5)).tolist() == [5]


def test_windows_come_in_powers_of_two():
    rows = windows_of([1, 3, 1, 5, 2], max_length=11)
    assert rungs(rows).tolist() == [8, 11, 22, 44, 88]
    batches = list(static_batches(rows, 90))
    assert [(batch.length, len(batch.indices), lines) for batch, lines in batches] == [
        (22, 3, 4),  # two of one window fill no batch, and stand with the one of two
        (44, 1, 1),
        (88, 1, 1),
    ]
    assert rows.padded(np.array([3]), 88)["input_ids"].shape == (1, 8, 11)


def test_a_text_beyond_the_budget_stands_alone():
    batches = list(static_batches(rows_of([100, 90, 99]), 60))
    assert [lines for _, lines in batches] == [1, 1, 1]


def test_a_batch_size_below_1():
    with pytest.raises(ArgumentError, match="batch size is 0"):
        list(static_batches(rows_of([3]), 60, batch_size=0))


def test_filling_repeats_the_last_row():
    ids = np.arange(12).reshape(3, 2, 2)
    (found,) = filled({"ids": ids}, 5).values()
    np.testing.assert_array_equal(found[:3], ids)
    np.testing.assert_array_equal(found[3:], [ids[2]] * 2)
    np.testing.assert_array_equal(filled({"ids": ids}, 3)["ids"], ids)
