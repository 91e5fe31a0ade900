"""Laws of the split, over many random cases."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from tfclf.data import Columns, read_rows, split_rows
from tfclf.errors import ArgumentError
from tfclf.tasks import Head

CASES = range(40)


def random_rows(seed, mixed):
    """Rows of several labels of very different sizes, with texts that repeat.

    Where ``mixed``, equal texts can have different labels.
    """
    generator = np.random.default_rng(seed)
    num_labels = int(generator.integers(2, 9))
    shares = generator.dirichlet(np.full(num_labels, 0.4))
    count = int(generator.integers(20, 150))
    labels = generator.choice(num_labels, count, p=shares)
    numbers = generator.integers(0, max(3, count // int(generator.integers(1, 6))), count)
    texts = [f"{n}" if mixed else f"{n} {label}" for n, label in zip(numbers, labels, strict=True)]
    return texts, labels.tolist(), float(generator.uniform(0.05, 0.95))


def sides(texts, labels, share, seed=0):
    training, validation = split_rows(read_rows((texts, labels)), share, seed)
    return training.tolist(), validation.tolist()


def cases(mixed):
    for seed in CASES:
        texts, labels, share = random_rows(seed, mixed)
        try:
            yield texts, labels, share, *sides(texts, labels, share, seed)
        except ArgumentError:  # nothing to hold out: each label has hardly a text
            assert len(set(texts)) < 4 * len(set(labels))


@pytest.mark.parametrize("mixed", [False, True])
def test_disjoint_complete_and_in_order(mixed):
    for texts, _, _, training, validation in cases(mixed):
        assert training == sorted(training)
        assert validation == sorted(validation)
        assert sorted(training + validation) == list(range(len(texts)))
        assert training
        assert validation


@pytest.mark.parametrize("mixed", [False, True])
def test_equal_texts_stay_together(mixed):
    for texts, _, _, training, validation in cases(mixed):
        assert not {texts[i] for i in training} & {texts[i] for i in validation}


@pytest.mark.parametrize("mixed", [False, True])
def test_every_label_stays_in_training(mixed):
    for _, labels, _, training, _ in cases(mixed):
        assert {labels[i] for i in training} == set(labels)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_label_with_one_text_stays_in_training(mixed):
    for texts, labels, _, training, _ in cases(mixed):
        texts_of = defaultdict(set)
        for text, label in zip(texts, labels, strict=True):
            texts_of[label].add(text)
        lonely = {label for label, its in texts_of.items() if len(its) == 1}
        rows = [i for i, label in enumerate(labels) if label in lonely]
        assert set(rows) <= set(training)


def test_share_of_each_label():
    """Of n texts, n * share rounded up or down; from four on at least one, never all."""
    for texts, labels, share, _, validation in cases(False):
        totals = Counter(label for _, label in {*zip(texts, labels, strict=True)})
        held_out = Counter(label for _, label in {(texts[i], labels[i]) for i in validation})
        for label, total in totals.items():
            low, high = math.floor(total * share), math.ceil(total * share)
            assert max(low, total >= 4) <= held_out[label] <= max(high, 1)
            assert held_out[label] < total


def test_shares_are_kept_on_average():
    """Rounding by lot: a hundred labels of three texts give a fifth of them, not none."""
    texts = [f"text {i}" for i in range(300)]
    labels = [i % 100 for i in range(300)]
    numbers = [len(sides(texts, labels, 0.2, seed)[1]) for seed in range(30)]
    # A label gives 0 or 1 with mean 0.6 and variance 0.24: 60 of 100, with a standard error of
    # sqrt(100 * 0.24 / 30) = 0.9 over thirty draws; five of them.
    assert abs(np.mean(numbers) - 60) < 4.5


def test_every_text_has_the_same_chance():
    rows = read_rows(([f"text {i}" for i in range(11)], [0] * 7 + [1] * 4))
    times = np.zeros(11)
    for seed in range(400):
        times[split_rows(rows, 0.5, seed)[1]] += 1
    # Half of each label: 200 of 400 with a standard deviation of 10; five of them.
    assert np.abs(times - 200).max() < 50


def test_same_seed_same_split():
    texts, labels, _ = random_rows(5, True)
    assert sides(texts, labels, 0.3, 9) == sides(texts, labels, 0.3, 9)
    assert sides(texts, labels, 0.3, 9) != sides(texts, labels, 0.3, 10)


def test_global_random_state_is_left_alone():
    np.random.seed(4)
    expected = np.random.random()
    np.random.seed(4)
    sides(*random_rows(5, True))
    assert np.random.random() == expected


def test_more_labels_than_validation_rows():
    """Where scikit-learn's stratified splitters raise: 60 labels, about 12 rows to hold out."""
    texts = [f"text {i}" for i in range(120)]
    labels = [i % 60 for i in range(120)]
    training, validation = sides(texts, labels, 0.1)
    assert 0 < len(validation) < 60
    assert {labels[i] for i in training} == set(range(60))


def test_a_label_whose_only_text_has_another_label_too():
    """The text counts for the label that has it first, and may not take the other one away."""
    texts = ["shared", "shared", *"abcdefgh"]
    labels = ["big", "small", *["big"] * 8]
    for seed in range(25):
        training, _ = sides(texts, labels, 0.5, seed)
        assert 1 in training


def test_nothing_to_hold_out():
    with pytest.raises(ArgumentError, match="2 rows are too few to hold 10% of them.*--validation"):
        sides(["a", "b"], ["x", "y"], 0.1)
    with pytest.raises(ArgumentError, match="6 rows are too few"):
        sides(["a"] * 3 + ["b"] * 3, ["x"] * 3 + ["y"] * 3, 0.5)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_bad_share(share):
    with pytest.raises(ArgumentError, match="validation share is .*between 0 and 1"):
        sides(["a", "b"], ["x", "y"], share)


# Pairs, words, and other labels than one


@pytest.mark.parametrize("seed", range(6))
def test_equal_pairs_stay_together(seed):
    generator = np.random.default_rng(seed)
    first, second = ([f"text {i}" for i in generator.integers(0, 5, 90)] for _ in range(2))
    labels = generator.integers(0, 3, 90).tolist()
    rows = read_rows((first, second, labels), columns=Columns(text_pair="b"))
    training, validation = split_rows(rows, 0.3, seed)
    pairs = list(zip(first, second, strict=True))
    there, held_out = ({pairs[i] for i in side} for side in (training, validation))
    assert not there & held_out
    assert {pair[::-1] for pair in held_out} & there  # a pair the other way round is another one


def random_lists(seed):
    """Lists of labels, some empty, and texts that repeat."""
    generator = np.random.default_rng(seed)
    names = np.array([*"abcdefg"])
    count = int(generator.integers(12, 60))
    lists = [generator.permutation(names)[:n].tolist() for n in generator.integers(0, 4, count)]
    return [f"text {i}" for i in generator.integers(0, count, count)], lists


@pytest.mark.parametrize("task", ["multi-label", "token"])
def test_laws_with_lists_of_labels(task):
    for seed in CASES:
        texts, lists = random_lists(seed)
        inputs = texts
        if task == "token":
            lists = [tags or ["O"] for tags in lists]
            inputs = [[text] * len(tags) for text, tags in zip(texts, lists, strict=True)]
        rows = read_rows((inputs, lists), task=task)
        training, validation = split_rows(rows, 0.5, seed)
        assert sorted([*training, *validation]) == list(range(len(rows)))
        prints = rows.fingerprints
        assert not set(prints[training].tolist()) & set(prints[validation].tolist())
        # Of each label something stays in training, also of those that decided no stratum.
        assert {label for i in training for label in lists[i]} == set(sum(lists, []))


def test_a_label_that_is_never_the_rarest():
    """L stands in three rows, each time beside a label of which there are only two."""
    lists = [["L", "S"], ["L", "T"], ["L", "U"], ["S"], ["T"], ["U"], *[["M"]] * 7]
    for seed in range(40):
        rows = read_rows(([f"text {i}" for i in range(13)], lists), task="multi-label")
        training, _ = split_rows(rows, 0.5, seed)
        assert {0, 1, 2} & set(training.tolist())


def test_numbers_give_each_tenth():
    numbers = np.random.default_rng(1).permutation(100) - 50.0
    rows = read_rows(([f"text {i}" for i in range(100)], numbers.tolist()), task="regression")
    for seed in range(5):
        _, validation = split_rows(rows, 0.2, seed)
        tenths = Counter((numbers[validation] + 50).astype(int) // 10)
        assert set(tenths.values()) == {2} and len(tenths) == 10  # two of each ten


def test_rows_of_several_heads():
    heads = (Head("a", "single-label"), Head("b", "multi-label"))
    labels = [*["x", "y"] * 20, *[None] * 40]
    lists = [*[None] * 40, *[["u"], ["v", "u"], [], ["w"]] * 10]
    rows = read_rows(([f"text {i}" for i in range(80)], labels, lists), heads=heads)
    training, validation = split_rows(rows, 0.25, 3)
    assert sorted([*training, *validation]) == list(range(80))
    held_out = Counter(map(str, (labels[i] or lists[i] for i in validation)))
    # A quarter of 20, 20 and of 10 each of the lists, rounded up or down.
    assert held_out["x"] == held_out["y"] == 5
    assert {held_out[str(its)] for its in (["u"], ["v", "u"], [], ["w"])} <= {2, 3}
