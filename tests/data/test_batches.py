"""Batches: every row once, their number known, the order a function of seed and epoch."""

import numpy as np
import pytest

from tfclf.data import Batches, EncodedRows
from tfclf.data.row_labels import as_row_labels
from tfclf.errors import ArgumentError

PAD = 9


def encoded(lengths, label_ids=None):
    """Rows of given lengths; each token tells its row: the tokens of row i are 1000 + i."""
    lengths = np.asarray(lengths)
    tokens = np.repeat(1000 + np.arange(len(lengths)), lengths).astype("int32")
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return EncodedRows(tokens, offsets, as_row_labels(label_ids), PAD, int(lengths.max()), 0, 0, 0)


def random_case(seed):
    generator = np.random.default_rng(seed)
    lengths = np.minimum(generator.geometric(0.08, generator.integers(1, 200)) + 2, 64)
    return encoded(lengths), int(generator.integers(1, 23)), int(generator.integers(0, 1000))


def orders(batches, epochs):
    return [batches.row_order(epoch).tolist() for epoch in range(epochs)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_every_row_once_in_a_known_number_of_batches(shuffle):
    for seed in range(60):
        rows, batch_size, order_seed = random_case(seed)
        batches = Batches(rows, batch_size, shuffle=shuffle, seed=order_seed)
        assert len(batches) == batches.steps == -(-len(rows) // batch_size)
        for epoch in range(3):
            plan = batches.plan(epoch)
            sizes = [len(batch.indices) for batch in plan]
            assert len(plan) == batches.steps
            assert sorted(np.concatenate([batch.indices for batch in plan])) == [*range(len(rows))]
            assert sum(size < batch_size for size in sizes) <= 1
            assert max(sizes) <= batch_size


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_is_padded_to_the_least_bucket_that_holds_it(shuffle):
    for seed in range(20):
        rows, batch_size, order_seed = random_case(seed)
        batches = Batches(rows, batch_size, shuffle=shuffle, seed=order_seed)
        for batch in batches.plan(1):
            longest = rows.lengths[batch.indices].max()
            assert batch.length == min(b for b in batches.buckets.tolist() if b >= longest)


def test_content_of_a_batch():
    rows = encoded([3, 5, 2, 4], np.array([1, 0, 2, 1], "int32"))
    batches = Batches(rows, 3, buckets=[4, 7])
    (first, first_labels), (second, second_labels) = batches
    # From short to long: rows 2, 0 and 3, of 2, 3 and 4 tokens; then row 1 of 5 in a bucket of 7.
    np.testing.assert_array_equal(
        first["input_ids"],
        [[1002, 1002, PAD, PAD], [1000, 1000, 1000, PAD], [1003, 1003, 1003, 1003]],
    )
    np.testing.assert_array_equal(
        first["attention_mask"], [[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    )
    np.testing.assert_array_equal(second["input_ids"], [[1001] * 5 + [PAD] * 2])
    np.testing.assert_array_equal(second["attention_mask"], [[1] * 5 + [0] * 2])
    assert (first_labels.tolist(), second_labels.tolist()) == ([2, 1, 1], [0])
    for array in (*first.values(), first_labels):
        assert array.dtype == np.int32


def test_rows_without_labels():
    assert [len(element) for element in Batches(encoded([3, 4, 5]), 2)] == [1, 1]


def test_order_is_a_function_of_seed_and_epoch():
    rows = encoded(np.random.default_rng(3).integers(3, 30, 150))
    first, second = (Batches(rows, 8, shuffle=True, seed=5) for _ in range(2))
    expected = orders(first, 4)
    list(second)
    np.random.seed(1)
    assert [second.row_order(epoch).tolist() for epoch in (3, 1, 0, 2)] == [
        expected[epoch] for epoch in (3, 1, 0, 2)
    ]
    assert len({tuple(order) for order in expected}) == 4
    assert orders(Batches(rows, 8, shuffle=True, seed=6), 4) != expected


def test_global_random_state_is_left_alone():
    np.random.seed(4)
    expected = np.random.random()
    np.random.seed(4)
    list(Batches(encoded([3, 5, 4]), 2, shuffle=True))
    assert np.random.random() == expected


def test_without_shuffle_from_short_to_long():
    lengths = [7, 3, 5, 3, 9, 5, 3]
    batches = Batches(encoded(lengths), 2, seed=8)
    # By length, equal ones in the order of the rows.
    assert batches.row_order(0).tolist() == [1, 3, 6, 2, 5, 0, 4]
    assert orders(batches, 3) == [batches.row_order(0).tolist()] * 3


def test_row_order_puts_predictions_back():
    for shuffle in (False, True):
        rows = encoded(np.random.default_rng(2).integers(1, 20, 53))
        batches = Batches(rows, 7, shuffle=shuffle, seed=3)
        order = batches.row_order(batches.epoch)
        predictions = np.concatenate([inputs["input_ids"][:, 0] for (inputs,) in batches])
        restored = np.empty(53, int)
        restored[order] = predictions
        np.testing.assert_array_equal(restored, 1000 + np.arange(53))


def test_epochs():
    batches = Batches(encoded(range(3, 40)), 4, shuffle=True, seed=1)

    def read():
        return [int(row) - 1000 for (inputs,) in batches for row in inputs["input_ids"][:, 0]]

    expected = orders(batches, 3)
    assert [read() for _ in range(3)] == expected
    assert batches.epoch == 3


def test_a_pass_that_is_broken_off_is_repeated():
    batches = Batches(encoded(range(3, 40)), 4, shuffle=True, seed=1)
    passes = iter(batches)
    first = next(passes)[0]["input_ids"].tolist()
    passes.close()
    assert batches.epoch == 0
    assert next(iter(batches))[0]["input_ids"].tolist() == first


@pytest.mark.parametrize("shuffle", [False, True])
def test_padding_share_is_counted(shuffle):
    for seed in range(10):
        rows, batch_size, order_seed = random_case(seed)
        batches = Batches(rows, batch_size, shuffle=shuffle, seed=order_seed)
        masks = [inputs["attention_mask"] for (inputs,) in batches]
        real, all_ = sum(mask.sum() for mask in masks), sum(mask.size for mask in masks)
        assert real == rows.lengths.sum()
        assert batches.padding_share(0) == pytest.approx(1 - real / all_)


@pytest.mark.parametrize("mean", [8, 20, 60])
@pytest.mark.parametrize("batch_size", [16, 32])
def test_little_padding(mean, batch_size):
    """Lengths as of real texts: many short ones and a long tail, cut at 128 tokens."""
    generator = np.random.default_rng(mean)
    rows = encoded(np.minimum(generator.geometric(1 / mean, 3_000) + 2, 128))
    for epoch in range(2):
        assert Batches(rows, batch_size, shuffle=True).padding_share(epoch) <= 0.10


def test_no_padding_where_all_rows_are_of_one_length():
    assert Batches(encoded([5] * 11), 4, shuffle=True).padding_share() == 0


def test_sorted_labels_give_mixed_batches():
    """Four labels, one behind the other, whose lengths do not depend on the label."""
    generator = np.random.default_rng(12)
    label_ids = np.repeat(np.arange(4, dtype="int32"), 500)
    rows = encoded(np.minimum(generator.geometric(0.05, 2_000) + 2, 64), label_ids)
    batches = Batches(rows, 32, shuffle=True, seed=2)
    plan = [batch for epoch in range(2) for batch in batches.plan(epoch)]
    kinds = [np.unique(label_ids[b.indices]) for b in plan if len(b.indices) == 32]
    # A batch of 32 lacks one given label with a chance of 0.75 ** 32 = 1e-4.
    assert min(map(len, kinds)) >= 3
    assert np.mean([len(labels) == 4 for labels in kinds]) > 0.97


def test_order_of_batches_does_not_follow_their_length():
    rows = encoded(np.repeat(np.arange(3, 23), 40))
    lengths = [batch.length for batch in Batches(rows, 8, shuffle=True, seed=4).plan(0)]
    steps = np.arange(len(lengths))
    # 100 batches in random order: a correlation with a standard deviation of 0.1; four of them.
    assert len(lengths) == 100
    assert abs(np.corrcoef(steps, lengths)[0, 1]) < 0.4


def test_sampler_with_repeats():
    rows = encoded(np.random.default_rng(1).integers(3, 30, 40), np.arange(40, dtype="int32"))
    seen = []

    def sampler(epoch):
        seen.append(epoch)
        return np.random.default_rng(epoch).integers(0, 40, 71)

    for shuffle in (False, True):
        batches = Batches(rows, 8, shuffle=shuffle, sampler=sampler)
        assert batches.steps == 9  # 71 rows
        for epoch in (0, 3):
            drawn = batches.row_order(epoch)
            assert sorted(drawn) == sorted(sampler(epoch))
            assert len(batches.plan(epoch)) == 9
        labels = np.concatenate([label_ids for _, label_ids in batches])
        assert sorted(labels) == sorted(sampler(0))
    assert set(seen) == {0, 3}


def test_who_asks_for_the_same_epoch_again_waits_for_no_plan():
    seen = []

    def sampler(epoch):
        seen.append(epoch)
        return np.arange(30)

    batches = Batches(encoded(range(3, 33)), 8, shuffle=True, sampler=sampler)
    before = len(seen)
    first = batches.plan(2)
    expected = [batch.indices.tolist() for batch in first]
    first.clear()  # which is the caller's own
    assert [batch.indices.tolist() for batch in batches.plan(2)] == expected
    assert len(seen) == before + 1
    assert [batch.indices.tolist() for batch in batches.plan(1)] != expected
    assert len(seen) == before + 2


def test_sampler_that_leaves_rows_out():
    rows = encoded([3, 9, 4, 9, 5])
    batches = Batches(rows, 2, shuffle=True, sampler=lambda epoch: np.array([4, 0, 2]))
    assert sorted(batches.row_order(6)) == [0, 2, 4]
    assert len(batches) == 2


@pytest.mark.parametrize("batch_size", [0, -3])
def test_bad_batch_size(batch_size):
    with pytest.raises(ArgumentError, match=f"batch size is {batch_size}, expected at least 1"):
        Batches(encoded([3, 4]), batch_size)


@pytest.mark.parametrize("shuffle", [False, True])
def test_row_above_the_last_bucket(shuffle):
    """It would be lost without a word."""
    with pytest.raises(ArgumentError, match="longest row has 8 tokens, the last bucket holds 6"):
        Batches(encoded([3, 8, 4]), 2, shuffle=shuffle, buckets=[4, 6])


def values(dataset):
    """Row numbers and labels of one pass."""
    rows, labels = [], []
    for inputs, label_ids in dataset:
        rows += (inputs["input_ids"][:, 0].numpy() - 1000).tolist()
        labels += label_ids.numpy().tolist()
    return rows, labels


def test_tf_data():
    rows = encoded(np.random.default_rng(5).integers(3, 17, 90), np.arange(90, dtype="int32"))
    batches = Batches(rows, 4, shuffle=True, seed=7)
    expected = orders(batches, 3)
    dataset = batches.dataset()
    assert int(dataset.cardinality()) == 23
    assert dataset.options().autotune.enabled is False
    inputs, labels = dataset.element_spec
    assert {name: (*spec.shape, spec.dtype.name) for name, spec in inputs.items()} == {
        "input_ids": (None, None, "int32"),
        "attention_mask": (None, None, "int32"),
    }
    assert (*labels.shape, labels.dtype.name) == (None, "int32")
    assert values(dataset) == (expected[0], expected[0])
    assert values(dataset) == (expected[1], expected[1])
    assert batches.epoch == 2
    for _ in dataset:  # broken off
        break
    assert values(dataset) == (expected[2], expected[2])


def test_tf_data_broken_off_near_its_end():
    """What is read ahead is not read: only the last batch ends a pass."""
    batches = Batches(encoded(range(3, 14)), 3, shuffle=True, seed=2)
    dataset = batches.dataset()
    for number in (1, 2, 3) * 5:
        assert len(list(dataset.take(number))) == number  # of four
        assert batches.epoch == 0
    for epoch in (1, 2):  # as fit reads: four batches, without asking for a fifth
        iterator = iter(dataset)
        rows = [int(x) for _ in range(4) for x in next(iterator)[0]["input_ids"][:, 0] - 1000]
        assert rows == batches.row_order(epoch - 1).tolist()
        assert batches.epoch == epoch


def test_epochs_of_fit(monkeypatch):
    import keras

    batches = Batches(encoded(range(3, 14), np.zeros(11, "int32")), 3, shuffle=True, seed=2)
    plan, asked = batches.plan, []
    monkeypatch.setattr(batches, "plan", lambda epoch: asked.append(epoch) or plan(epoch))
    inputs = {name: keras.Input((None,), name=name) for name in ("input_ids", "attention_mask")}
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Reshape((-1, 1))(inputs["input_ids"]))
    model = keras.Model(inputs, keras.layers.Dense(1)(mean))
    model.compile("sgd", "mse", jit_compile=False)
    model.fit(batches.dataset(), epochs=5, shuffle=False, verbose=0)
    assert asked == [0, 1, 2, 3, 4]
    assert batches.epoch == 5


def test_tf_data_without_labels():
    batches = Batches(encoded([3, 4, 5]), 2)
    elements = list(batches.dataset())
    assert [len(element) for element in elements] == [1, 1]
    np.testing.assert_array_equal(elements[0][0]["input_ids"], [[1000] * 3 + [PAD], [1001] * 4])


def test_tf_data_refuses_a_sampler_of_changing_size():
    import tensorflow as tf

    batches = Batches(encoded([3] * 9), 2, sampler=lambda epoch: np.arange(3 + 4 * epoch))
    dataset = batches.dataset()
    assert len(list(dataset)) == 2
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="make 4 batches in epoch 2, expected 2"
    ):
        list(dataset)
