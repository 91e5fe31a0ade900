"""Batches by tokens: the budget kept, every row as often as asked, their number constant."""

import numpy as np
import pytest

from tests.data.test_batches import encoded
from tfclf.data import Batches
from tfclf.data.batch_plan import (
    WINDOW,
    capacities,
    cut_by_bucket,
    cut_in_order,
    split_to,
    spread_order,
)
from tfclf.data.encode import EncodedRows
from tfclf.errors import ArgumentError
from tfclf.imbalance import make_sampler


def random_lengths(generator):
    """As of real texts: many short ones and a long tail."""
    count = int(generator.integers(1, 300))
    return np.minimum(generator.geometric(generator.uniform(0.02, 0.3), count) + 2, 128)


def random_draws(generator, count):
    """A sampler that reads the same number of rows in each epoch, drawn anew with repeats."""
    seed, number = int(generator.integers(1000)), int(generator.integers(1, 2 * count + 1))
    # Some epochs read long rows more often than others.
    return lambda epoch: (
        np.random.default_rng([seed, epoch]).beta(1, 1 + epoch % 3, number) * count
    ).astype("int64")


def class_draws(how):
    def made(generator, count):
        ids = np.minimum(generator.geometric(0.4, count) - 1, 3)
        return make_sampler(ids, how, seed=int(generator.integers(1000)))

    return made


SAMPLERS = {
    "every row once": lambda generator, count: None,
    "any draws": random_draws,
    "oversample": class_draws("oversample"),
    "undersample": class_draws("undersample"),
    "repeat-factors": class_draws("repeat-factors"),
}


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("static_shapes", [False, True])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_any_rows_any_budget(shuffle, static_shapes, sampler):
    for seed in range(25):
        generator = np.random.default_rng(seed)
        rows = encoded(random_lengths(generator))
        draws = SAMPLERS[sampler](generator, len(rows))
        batch_size = int(generator.integers(1, 40))
        budget = int(rows.lengths.max() * generator.uniform(1, 8))
        epochs = int(generator.integers(1, 5))
        batches = Batches(
            rows, batch_size, shuffle=shuffle, seed=seed, sampler=draws, batch_tokens=budget,
            static_shapes=static_shapes, epochs=epochs,
        )  # fmt: skip
        for epoch in range(epochs):
            plan = batches.plan(epoch)
            assert len(plan) == len(batches)
            wanted = np.arange(len(rows)) if draws is None else draws(epoch)
            assert sorted(batches.row_order(epoch)) == sorted(wanted)
            for batch in plan:
                shape = batches.batch(batch)[0]["input_ids"].shape
                assert shape[1] == batch.length >= rows.lengths[batch.indices].max()
                assert 1 <= len(batch.indices) <= shape[0] <= batch_size
                assert shape[0] * shape[1] <= budget
                if static_shapes:
                    assert shape in batches.shapes


def test_no_batch_could_hold_more_than_a_bucket_does():
    # 7 rows of 10 tokens and 5 of 30, at most 6 rows and 60 tokens: 6 | 1 left, with one of 30
    # tokens it makes 2 rows of 30, and two batches of two remain. Counted: 6, 2, 2, 2.
    batches = Batches(encoded([10] * 7 + [30] * 5), 6, shuffle=True, batch_tokens=60)
    plan = batches.plan(0)
    assert sorted((len(batch.indices), batch.length) for batch in plan) == [
        (2, 30), (2, 30), (2, 30), (6, 10),
    ]  # fmt: skip
    assert batches.shapes == [(2, 30), (6, 10)]


def test_what_would_fill_a_longer_batch_stays_a_short_one():
    # 3 rows of 10 tokens would be a batch and a half of 2 rows in the bucket of 30.
    batches = Batches(encoded([10] * 9 + [30] * 4), 6, shuffle=True, batch_tokens=60)
    assert sorted((len(batch.indices), batch.length) for batch in batches.plan(0)) == [
        (2, 30), (2, 30), (3, 10), (6, 10),
    ]  # fmt: skip


def test_a_budget_that_never_binds_changes_nothing():
    rows = encoded(random_lengths(np.random.default_rng(3)))
    for shuffle in (False, True):
        free, bound = (
            Batches(rows, 8, shuffle=shuffle, seed=4, batch_tokens=tokens)
            for tokens in (None, 8 * 128)
        )
        for epoch in range(2):
            assert free.row_order(epoch).tolist() == bound.row_order(epoch).tolist()
        assert len(free) == len(bound)


def test_the_longest_epoch_sets_the_number_and_the_others_cut_batches_in_half():
    rows = encoded([10] * 8 + [40] * 8)
    halves = [np.arange(8), np.arange(8, 16)]  # short rows in even epochs, long ones in odd
    batches = Batches(
        rows, 8, shuffle=True, sampler=lambda epoch: halves[epoch % 2], batch_tokens=80, epochs=2
    )
    sizes = [sorted(len(batch.indices) for batch in batches.plan(epoch)) for epoch in range(2)]
    # 8 rows of 40 tokens are 4 batches of 2; 8 of 10 tokens would be one, cut into four.
    assert sizes == [[2, 2, 2, 2], [2, 2, 2, 2]]
    # Epochs that nobody announced begin again with the rows of the first.
    assert sorted(batches.row_order(2)) == halves[0].tolist()
    assert sorted(batches.row_order(3)) == halves[1].tolist()
    assert batches.row_order(2).tolist() != batches.row_order(0).tolist()


def test_a_row_above_the_budget():
    rows = encoded([3, 9, 40, 7])
    with pytest.raises(ArgumentError, match="row 3: 40 tokens, but a batch may have 39") as raised:
        Batches(rows, 2, batch_tokens=39)
    assert "--batch-tokens 40 or more" in str(raised.value)
    assert len(Batches(rows, 2, batch_tokens=40)) == 3  # 3 and 7, 9, 40
    with pytest.raises(ArgumentError, match="40 tokens, 64 with padding, but a batch may have 50"):
        Batches(rows, 2, buckets=[9, 64], batch_tokens=50)


def test_a_row_of_windows_is_counted_with_all_of_them():
    # Rows of one and of three windows of at most 6 tokens: 5, and 3 * 6.
    rows = EncodedRows(
        np.ones(20, "int32"), np.array([0, 5, 11, 17, 20]), None, 0, 6, 0, 0, 0,
        row_ends=np.array([0, 1, 4]), windowed=True,
    )  # fmt: skip
    with pytest.raises(ArgumentError, match="row 2: 18 tokens, but a batch may have 17") as raised:
        Batches(rows, 2, batch_tokens=17)
    assert "--batch-tokens 18 or more, or a smaller --max-windows" in str(raised.value)
    assert Batches(rows, 2, batch_tokens=18).shapes == [(1, 18), (2, 5)]


def test_sampler_of_changing_size():
    with pytest.raises(ArgumentError, match="returns 3 rows in one epoch and 6 in another"):
        Batches(
            encoded([3] * 9), 2, sampler=lambda epoch: np.arange(3 * (epoch + 1)),
            batch_tokens=9, epochs=2,
        )  # fmt: skip


def test_cuts_keep_the_order_of_the_rows():
    generator = np.random.default_rng(6)
    for _ in range(50):
        bucket_of = generator.integers(0, 5, generator.integers(1, 60))
        most = np.sort(generator.integers(1, 9, 5))[::-1]
        for part in cut_by_bucket(bucket_of, most):
            # What was left of lower buckets stands first; of one bucket the order is that given.
            key = list(zip(bucket_of[part].tolist(), part.tolist(), strict=True))
            assert key == sorted(key)
            assert len(part) <= most[bucket_of[part].max()]
        ordered = np.sort(bucket_of)
        parts = cut_in_order(ordered, most)
        assert np.concatenate(parts).tolist() == [*range(len(bucket_of))]
        for part, after in zip(parts[:-1], parts[1:], strict=True):
            # One more row would be too many.
            assert len(part) <= most[ordered[part[-1]]]
            assert len(part) + 1 > most[ordered[after[0]]]


def test_capacities():
    assert capacities(np.array([4, 9, 128]), 32).tolist() == [32, 32, 32]
    assert capacities(np.array([4, 9, 128]), 32, 100).tolist() == [25, 11, 1]


@pytest.mark.parametrize("number", [3, 4, 10])
def test_splitting(number):
    parts = split_to([np.arange(6), np.arange(6, 7), np.arange(7, 10)], number)
    assert len(parts) == number
    assert np.concatenate(parts).tolist() == [*range(10)]
    sizes = [len(part) for part in parts]
    assert min(sizes) == 1 and max(sizes) <= {3: 6, 4: 3, 10: 1}[number]


@pytest.mark.parametrize("number", [1, 7, 8, 9, 61, 128])
def test_each_few_batches_are_of_all_lengths(number):
    generator = np.random.default_rng(number)
    lengths = generator.integers(3, 40, number)
    order = spread_order(lengths, generator)
    assert sorted(order) == list(range(number))
    means = [lengths[order[i : i + WINDOW]].mean() for i in range(0, number - WINDOW, WINDOW)]
    shuffled = generator.permutation(lengths)
    others = [shuffled[i : i + WINDOW].mean() for i in range(0, number - WINDOW, WINDOW)]
    if len(means) > 2:
        assert np.std(means) < np.std(others)


def test_which_batch_of_a_pile_comes_when_is_random():
    """Of 64 batches, in 8 deals: the first place has a batch of any of the piles."""
    lengths = np.arange(64)
    first = [spread_order(lengths, np.random.default_rng(seed))[0] for seed in range(200)]
    assert {place // 8 for place in first} == set(range(8))
    assert len(set(first)) > 50  # of 64, by chance 61 (64 (1 - e^(-200/64)))


@pytest.mark.parametrize("done", [0, 1, 4])
def test_reading_goes_on_in_the_middle_of_an_epoch(done):
    rows = encoded(3 + np.arange(31) % 9)
    read, whole = Batches(rows, 7, shuffle=True), Batches(rows, 7, shuffle=True)
    read.go_on(2, done)
    passes = [[ids["input_ids"].tolist() for ids, *_ in read] for _ in range(2)]
    expected = [[whole.batch(b)[0]["input_ids"].tolist() for b in whole.plan(e)] for e in (2, 3)]
    assert passes == [expected[0][done:], expected[1]]


def test_changed_copies_go_on_as_they_were():
    """What is done to a copy hangs on how often its row was read before in the epoch."""

    def numbered(inputs, indices, copies, epoch):
        return inputs | {"copies": copies}

    rows = encoded(np.full(5, 4))
    settings = {"sampler": lambda epoch: np.repeat(np.arange(5), 3), "change": numbered}
    whole = [part["copies"].tolist() for part, *_ in Batches(rows, 4, **settings)]
    rest = Batches(rows, 4, **settings)
    rest.go_on(0, 2)
    assert [part["copies"].tolist() for part, *_ in rest] == whole[2:]
