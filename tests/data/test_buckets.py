"""The choice of bucket lengths, against every other choice."""

from itertools import combinations

import numpy as np
import pytest

from tfclf.data import fit_buckets


def padded(lengths, buckets):
    """Tokens with each row in the shortest bucket that holds it."""
    return sum(min(bucket for bucket in buckets if bucket >= length) for length in lengths)


def brute_force(lengths, max_buckets, max_waste):
    """The fewest buckets under ``max_waste`` and the tokens of the best choice of that many."""
    sizes = sorted(set(lengths))
    for number in range(1, min(max_buckets, len(sizes)) + 1):
        inner = combinations(sizes[:-1], number - 1)
        best = min(padded(lengths, (*chosen, sizes[-1])) for chosen in inner)
        if 1 - sum(lengths) / best <= max_waste:
            break
    return number, best


@pytest.mark.parametrize("max_waste", [0.0, 0.03, 0.2])
def test_against_every_subset(max_waste):
    generator = np.random.default_rng(7)
    for _ in range(60):
        num_sizes, max_buckets = generator.integers(1, 8), int(generator.integers(1, 6))
        sizes = generator.choice(np.arange(1, 60), num_sizes, replace=False)
        lengths = generator.choice(sizes, generator.integers(1, 40))
        buckets = fit_buckets(lengths, max_buckets=max_buckets, max_waste=max_waste)
        number, tokens = brute_force(lengths.tolist(), max_buckets, max_waste)
        assert len(buckets) == number
        assert padded(lengths, buckets) == tokens


def test_by_hand():
    lengths = np.array([5, 5, 5, 6, 20, 21, 21])
    # One bucket: 7 * 21 = 147 of 83 tokens. Two: 4 * 6 + 3 * 21 = 87, a waste of 4.6 %. Three:
    # 5 or 20 apart from it saves 3 or 1 tokens: 15 + 6 + 63 = 84, 1.2 %.
    assert fit_buckets(lengths, max_waste=0.05).tolist() == [6, 21]
    assert fit_buckets(lengths, max_waste=0.04).tolist() == [5, 6, 21]
    assert fit_buckets(lengths, max_waste=0.0).tolist() == [5, 6, 20, 21]
    assert fit_buckets(lengths, max_buckets=1).tolist() == [21]


@pytest.mark.parametrize("rows_read", [1, 3])
def test_cost_of_shapes_against_every_subset(rows_read):
    generator = np.random.default_rng(17)
    for _ in range(60):
        sizes = generator.choice(np.arange(1, 60), generator.integers(1, 8), replace=False)
        lengths = generator.choice(sizes, generator.integers(1, 40))
        most, shape_cost = int(generator.integers(1, 8)), float(generator.uniform(0.1, 300))

        def cost(buckets, lengths=lengths, shape_cost=shape_cost):
            return rows_read * padded(lengths.tolist(), buckets) + shape_cost * len(buckets)

        *inner, last = sorted(set(lengths.tolist()))
        best = min(
            cost((*chosen, last))
            for number in range(min(most, len(inner) + 1))
            for chosen in combinations(inner, number)
        )
        found = fit_buckets(lengths, max_buckets=most, shape_cost=shape_cost, rows_read=rows_read)
        assert len(found) <= most
        assert cost(found.tolist()) == pytest.approx(best)


def test_cost_of_shapes_by_hand():
    lengths = np.array([5, 5, 5, 6, 20, 21, 21])
    # As above: 147 tokens with one bucket, 87 with two, 84 with three and 83 with four.
    for shape_cost, number in ((0.5, 4), (2, 3), (10, 2), (70, 1)):
        assert len(fit_buckets(lengths, shape_cost=shape_cost)) == number
    # Read ten times, 60 tokens are 600.
    assert len(fit_buckets(lengths, shape_cost=70, rows_read=10)) == 2


def test_ascending_and_whole():
    generator = np.random.default_rng(8)
    for _ in range(10):
        lengths = np.minimum(generator.geometric(0.03, 700) + 2, 128)
        buckets = fit_buckets(lengths)
        assert (np.diff(buckets) > 0).all()
        assert buckets[-1] == lengths.max()
        assert len(buckets) <= 24
        assert set(buckets.tolist()) <= set(lengths.tolist())


def test_no_more_buckets_than_the_waste_asks_for():
    lengths = np.random.default_rng(9).integers(3, 65, 2_000).tolist()
    buckets = fit_buckets(np.array(lengths))
    assert len(buckets) < 24
    assert 1 - sum(lengths) / padded(lengths, buckets) <= 0.03
    fewer = fit_buckets(np.array(lengths), max_buckets=len(buckets) - 1)
    assert 1 - sum(lengths) / padded(lengths, fewer) > 0.03


def test_order_of_the_rows_does_not_matter():
    generator = np.random.default_rng(10)
    lengths = generator.integers(1, 50, 300)
    expected = fit_buckets(lengths).tolist()
    assert fit_buckets(np.sort(lengths)).tolist() == expected
    assert fit_buckets(generator.permutation(lengths)).tolist() == expected


@pytest.mark.parametrize("count", [1, 9])
def test_one_length(count):
    assert fit_buckets(np.full(count, 17)).tolist() == [17]


def test_every_length_up_to_512():
    """Two rows of each length: the last bucket is 512, and no length lacks a bucket."""
    buckets = fit_buckets(np.repeat(np.arange(3, 513), 2), max_buckets=5)
    assert len(buckets) == 5
    assert buckets[-1] == 512
