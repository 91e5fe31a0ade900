"""Labels of all rows: selected, counted, and put into strata."""

from collections import Counter

import numpy as np
import pytest

from tfclf.data.targets import Target, gather
from tfclf.tasks import Head

NAMES = ("b", "a", "c")


def target_of(rows, names=NAMES, task="multi-label", **settings):
    """A target with some rows: lists of names or of numbers, or None."""
    numbers = task == "regression"
    lists = [row or [] for row in rows]
    flat = [value if numbers else names.index(value) for row in lists for value in row]
    return Target(
        Head("h", task),
        () if numbers else names,
        np.array(flat, "float64" if numbers else "int32"),
        np.concatenate([[0], np.cumsum(list(map(len, lists)), dtype="int64")]).astype("int64"),
        np.array([row is not None for row in rows], bool),
        **settings,
    )


def random_rows(seed, count=40):
    generator = np.random.default_rng(seed)
    rows = []
    for size in generator.integers(-1, 4, count):
        rows.append(None if size < 0 else generator.permutation(NAMES)[:size].tolist())
    return rows


def test_values():
    rows = [["b", "a"], None, [], ["c"], ["a"]]
    target = target_of(rows)
    assert len(target) == 5
    assert target.values() == rows
    numbers = [[1.5], None, [-2.0]]
    assert target_of(numbers, task="regression").values() == numbers


def test_label_counts():
    target = target_of([["b", "a"], None, ["a"]])
    assert target.label_counts == {"b": 1, "a": 2, "c": 0}
    assert target_of([None, []]).label_counts == {"b": 0, "a": 0, "c": 0}
    assert target_of([None], names=()).label_counts == {}
    assert target_of([[1.0], [1.0]], task="regression").label_counts == {}


@pytest.mark.parametrize("seed", range(4))
def test_select(seed):
    rows = random_rows(seed)
    target = target_of(rows, declared=("a", "b", "c", "d"), scheme="bio", num_broken=7)
    indices = np.random.default_rng(seed).integers(0, len(rows), 55)  # with repeats
    some = target.select(indices)
    assert some.values() == [rows[i] for i in indices]
    counts = Counter(label for i in indices for label in rows[i] or [])
    assert some.label_counts == {name: counts[name] for name in NAMES}
    assert (some.names, some.declared) == (target.names, target.declared)
    assert (some.scheme, some.num_broken) == ("bio", 7)
    assert target.values() == rows
    assert some.select(np.arange(55)).values() == some.values()


def test_select_nothing():
    some = target_of([["b"], None]).select(np.empty(0, int))
    assert (len(some), some.values(), some.offsets.tolist()) == (0, [], [0])
    assert some.label_counts == {"b": 0, "a": 0, "c": 0}


@pytest.mark.parametrize("seed", range(3))
def test_gather_against_slices(seed):
    generator = np.random.default_rng(seed)
    parts = [generator.integers(0, 99, n) for n in generator.integers(0, 5, 20)]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    for size in (0, 1, 33):
        indices = generator.integers(0, 20, size)
        flat, ends = gather(np.concatenate(parts), offsets, indices)
        expected = [parts[i].tolist() for i in indices]
        bounds = zip(ends[:-1], ends[1:], strict=True)
        assert [flat[begin:end].tolist() for begin, end in bounds] == expected
        assert len(flat) == ends[-1]


def test_other_names():
    target = target_of([["b", "a"], ["a"]], declared=("a", "b"))
    other = target.with_codes(("y", "x"), np.array([1, 0, 0]))
    assert other.values() == [["x", "y"], ["y"]]
    assert other.flat.dtype == "int32"


def test_declared_names_are_kept_where_they_are_names_of_these_labels():
    target = target_of([["b", "a"], ["a"]], declared=("c", "b", "a"))
    codes = np.array([0, 1, 1])
    assert target.with_codes(("a", "b"), codes).declared == ("c", "b", "a")
    assert target.with_codes(("a", "E-b"), codes).declared is None
    assert target_of([["b"]]).with_codes(("a",), np.array([0])).declared is None


def test_strata_of_one_label():
    rows = [["a"], None, ["b"], ["a"], ["c"]]
    strata = target_of(rows, task="single-label").strata()
    assert strata.dtype == "int64"
    assert strata.tolist() == [1, -1, 0, 1, 2]  # places in NAMES


def test_strata_of_several_labels_are_the_rarest():
    rows = [["b", "a"], ["a", "c"], [], ["a"], ["c", "a"], ["a", "b", "c"], None, ["c"]]
    # b twice, c four times, a five times.
    expected = ["b", "c", None, "a", "c", "b", None, "c"]
    strata = target_of(rows).strata().tolist()
    assert [None if s < 0 else NAMES[s] for s in strata] == expected


@pytest.mark.parametrize("seed", range(5))
def test_strata_against_the_definition(seed):
    rows = random_rows(seed)
    counts = Counter(label for row in rows for label in row or [])
    for row, stratum in zip(rows, target_of(rows).strata(), strict=True):
        if row:
            assert counts[NAMES[stratum]] == min(counts[label] for label in row)
            assert NAMES[stratum] in row
        else:
            assert stratum == -1


def test_strata_of_numbers_are_tenths():
    generator = np.random.default_rng(2)
    numbers = generator.permutation(np.arange(50) * 1.5 - 20)
    rows = [[float(number)] for number in numbers]
    rows.insert(7, None)
    strata = target_of(rows, task="regression").strata()
    assert strata[7] == -1
    # 50 numbers that all differ: five in each tenth, in their order.
    expected = numbers.argsort().argsort() // 5
    assert np.delete(strata, 7).tolist() == expected.tolist()


def test_strata_of_few_different_numbers():
    rows = [[number] for number in [0.0] * 90 + [1.0] * 10]
    strata = target_of(rows, task="regression").strata()
    assert len(set(strata[:90].tolist())) == len(set(strata[90:].tolist())) == 1
    assert strata[0] < strata[90]


@pytest.mark.parametrize("rows", [[], [None], [None, []], [[]]])
def test_strata_without_labels(rows):
    assert target_of(rows).strata().tolist() == [-1] * len(rows)
