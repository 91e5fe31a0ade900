"""The embedding table, whole and narrow."""

import numpy as np
import pytest
from keras import ops

from tests.gradients import gradient_of
from tfclf.errors import ArgumentError
from tfclf.models.lookup import LookupTable

IDS = np.array([4, 1, 7])


@pytest.fixture
def table():
    table = LookupTable(9, 5)
    table.build()
    return table


def test_a_narrow_table_finds_the_same_rows(table):
    ids = np.array([[1, 4, 4], [7, 1, 7]])
    whole = ops.convert_to_numpy(table(ids, training=True))
    table.narrow(IDS)
    np.testing.assert_array_equal(ops.convert_to_numpy(table(ids, training=True)), whole)
    np.testing.assert_array_equal(ops.convert_to_numpy(table(ids, training=False)), whole)
    assert [tuple(weight.shape) for weight in table.trainable_weights] == [(3, 5)]


def test_trained_rows_are_written_back(table):
    before = ops.convert_to_numpy(table.embeddings).copy()
    table.narrow(IDS)
    table.narrow_rows.assign(np.arange(15, dtype="float32").reshape(3, 5))
    table.write_back(0.5)  # what did not train decays
    expected = 0.5 * before
    expected[IDS] = np.arange(15).reshape(3, 5)
    np.testing.assert_allclose(ops.convert_to_numpy(table.embeddings), expected)
    table.widen()
    np.testing.assert_allclose(ops.convert_to_numpy(table.embeddings), expected)
    assert [tuple(weight.shape) for weight in table.weights] == [(9, 5)]
    assert len(table.trainable_weights) == 1


def test_the_gradient_adds_up_the_occurrences_of_an_id(table):
    """By hand: each row gets the sum of the upstream gradients where it was read."""
    ids = np.array([1, 7, 1])
    upstream = np.arange(15, dtype="float32").reshape(3, 5)
    positions = ops.convert_to_tensor(ids)

    def read(own):
        return table._rows_of(own[0], positions)

    (found,) = gradient_of(read, [ops.convert_to_numpy(table.embeddings)], upstream)
    expected = np.zeros((9, 5))
    expected[1], expected[7] = upstream[0] + upstream[2], upstream[1]
    np.testing.assert_allclose(found, expected)


def test_it_is_narrowed_once(table):
    table.narrow(IDS)
    with pytest.raises(ArgumentError, match="narrow already"):
        table.narrow(IDS)


def test_half_precision_adds_up_in_float32(tiny_config):
    """4,096 occurrences of one type: bfloat16 cannot count beyond 256."""
    from tfclf.models.embeddings import BertEmbeddings

    embeddings = BertEmbeddings(tiny_config, dtype="mixed_bfloat16")
    embeddings.build()
    assert embeddings.token_type.compute_dtype == "float32"
    types = np.ones(4096, "int32")

    def read(own):
        return embeddings.token_type._rows_of(own[0], ops.convert_to_tensor(types))

    width = tiny_config.hidden_size
    (found,) = gradient_of(
        read, [np.zeros((2, width), "float32")], np.ones((4096, width), "float32")
    )
    np.testing.assert_array_equal(found[1], 4096)
