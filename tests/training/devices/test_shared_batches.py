"""What each process reads of a batch: put together, the batch."""

import numpy as np
import pytest

from tfclf.data import Batches, EncodedRows, LabelIds
from tfclf.training.devices import Devices, SharedBatches

ROWS, LENGTHS = 23, 3 + np.arange(23) % 5


def batches(**settings):
    offsets = np.concatenate([[0], np.cumsum(LENGTHS)])
    tokens = np.arange(1, offsets[-1] + 1, dtype="int32")
    rows = EncodedRows(tokens, offsets, LabelIds(np.arange(ROWS, dtype="int32")), 0, 8, 0, 0, 0)
    return Batches(rows, 8, shuffle=True, seed=4, static_shapes=True, **settings)


def shared(number, num_processes=1, **settings):
    return [
        SharedBatches(batches(**settings), Devices(("",) * number, num_processes, place))
        for place in range(num_processes)
    ]


def joined(parts):
    """The elements of several processes, put together."""
    for numbered in zip(*(part.read_epoch() for part in parts), strict=True):
        steps, elements = zip(*numbered, strict=True)
        assert len(set(steps)) == 1
        inputs, labels, weights = zip(*elements, strict=True)
        ids = np.concatenate([one["input_ids"] for one in inputs])
        yield ids, np.concatenate(labels), np.concatenate(weights)


@pytest.mark.parametrize("num_processes", [1, 2, 4])
def test_the_parts_make_the_batch(num_processes):
    whole = [element for _, element in batches().read_epoch()]
    parts = list(joined(shared(4, num_processes)))
    assert len(parts) == len(whole)
    for (inputs, labels, weights), (ids, own, counts) in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(ids, inputs["input_ids"])
        np.testing.assert_array_equal(own, labels)
        np.testing.assert_array_equal(counts, weights)


def test_every_batch_can_be_divided_and_every_row_counts_once():
    read = list(joined(shared(4, 2, batch_tokens=30)))  # 30 tokens are 6, 5, 4 or 3 rows
    assert {len(labels) % 4 for _, labels, _ in read} == {0}
    counted = [labels[weights > 0] for _, labels, weights in read]
    assert sorted(np.concatenate(counted)) == list(range(ROWS))
    left_out = [labels[weights == 0] for _, labels, weights in read]
    assert set(np.concatenate(left_out)) == {-100}


def test_as_a_dataset():
    (part,) = shared(2)
    dataset = part.dataset()
    assert int(dataset.cardinality()) == part.steps == 3
    first = [labels.numpy().tolist() for _, labels, _ in dataset]
    assert first == [labels.tolist() for _, (_, labels, _) in batches().read_epoch()]
