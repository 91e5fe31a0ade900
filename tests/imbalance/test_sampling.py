"""Sampling: plans of indices that are functions of labels, seed and epoch."""

import numpy as np
import pytest

from tfclf.data import Batches, EncodedRows, LabelIds, MultiHot, Numbers, TagIds
from tfclf.errors import ArgumentError
from tfclf.imbalance.item_labels import item_labels
from tfclf.imbalance.repeat_factors import RepeatPlan, repeat_factors
from tfclf.imbalance.sampling import SAMPLINGS, make_sampler

COUNTS = [50, 7, 3]
IDS = np.random.default_rng(2).permutation(np.repeat([0, 1, 2], COUNTS))
BY_CLASS = ("oversample", "undersample", "balanced", "sqrt")


def times(sampler, epoch, num_items):
    return np.bincount(sampler(epoch), minlength=num_items)


def class_sizes(sampler, epoch, ids=IDS):
    return np.bincount(ids[sampler(epoch)], minlength=len(COUNTS)).tolist()


def encoded(lengths, labels, **more):
    lengths = np.asarray(lengths)
    tokens = np.repeat(1000 + np.arange(len(lengths)), lengths).astype("int32")
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return EncodedRows(tokens, offsets, labels, 0, int(lengths.max()), 0, 0, 0, **more)


def multi_hot(label_sets, num_labels):
    """None is a row without labels."""
    ids = np.array([i for labels in label_sets for i in labels or ()], int)
    offsets = np.concatenate([[0], np.cumsum([len(labels or ()) for labels in label_sets])])
    present = np.array([labels is not None for labels in label_sets])
    return MultiHot(ids, offsets, present, num_labels)


SETS = [[0]] * 60 + [[0, 1]] * 8 + [[0, 2]] * 2 + [[]] * 25 + [None] * 5


@pytest.mark.parametrize(
    ("how", "settings", "sizes"),
    [
        ("oversample", {}, [50, 50, 50]),
        ("oversample", {"ratio": 0.3}, [50, 15, 15]),  # 0.3 * 50
        ("oversample", {"ratio": 0.13}, [50, 7, 7]),  # 0.13 * 50 = 6.5, rounded up
        ("oversample", {"ratio": 0.06}, [50, 7, 3]),  # 3 / 50: as they are
        ("undersample", {}, [3, 3, 3]),
        ("undersample", {"ratio": 0.25}, [12, 7, 3]),  # 3 / 0.25
        ("undersample", {"ratio": 0.07}, [42, 7, 3]),  # 3 / 0.07 = 42.9, rounded down
        ("balanced", {}, [20, 20, 20]),
        # sqrt: 7.071, 2.646, 1.732 of 11.449; of 60 that is 37.06, 13.87 and 9.08. Rounded down it
        # is 59, and the largest remainder gets the one that is left.
        ("sqrt", {}, [37, 14, 9]),
    ],
)
def test_items_of_each_class(how, settings, sizes):
    sampler = make_sampler(IDS, how, seed=4, **settings)
    for epoch in range(5):
        assert class_sizes(sampler, epoch) == sizes


def test_a_ratio_does_not_round_up_what_is_whole():
    # In binary 0.07 * 100 is above 7.
    ids = np.repeat([0, 1], [100, 5])
    assert np.bincount(ids[make_sampler(ids, "oversample", ratio=0.07)(0)]).tolist() == [100, 7]


@pytest.mark.parametrize("how", BY_CLASS)
def test_items_of_a_class_are_read_equally_often_within_one(how):
    for seed in range(8):
        generator = np.random.default_rng(seed)
        ids = generator.permutation(np.repeat(np.arange(5), generator.integers(1, 60, 5)))
        sampler = make_sampler(ids, how, seed=seed)
        total = np.zeros(len(ids), int)
        for epoch in range(9):
            read = times(sampler, epoch, len(ids))
            total += read
            for counts in (read, total):
                for label_id in range(5):
                    assert np.ptp(counts[ids == label_id]) <= 1


@pytest.mark.parametrize("how", BY_CLASS)
def test_every_row_is_read_in_the_end(how):
    # The most that a class is cut is from 50 rows to 3 an epoch: 17 epochs see all of them.
    sampler = make_sampler(IDS, how, seed=1)
    seen = np.unique(np.concatenate([sampler(epoch) for epoch in range(17)]))
    assert seen.tolist() == [*range(60)]


def test_oversampling_reads_large_classes_once():
    read = times(make_sampler(IDS, "oversample"), 3, 60)
    assert (read[IDS == 0] == 1).all()
    assert set(read[IDS == 1]) == {7, 8}  # 50 / 7
    assert set(read[IDS == 2]) == {16, 17}  # 50 / 3


def test_equal_classes_are_left_as_they_are():
    ids = np.repeat([0, 1, 2], 4)
    for how in BY_CLASS:
        assert np.sort(make_sampler(ids, how)(2)).tolist() == [*range(12)]


@pytest.mark.parametrize("how", SAMPLINGS)
def test_a_function_of_seed_and_epoch(how):
    first, again, other = (make_sampler(IDS, how, seed=seed) for seed in (6, 6, 7))
    drawn = [first(epoch).tolist() for epoch in range(4)]
    np.random.seed(3)
    state = np.random.get_state()[1].tolist()
    assert [again(epoch).tolist() for epoch in (2, 0, 3, 1)] == [drawn[i] for i in (2, 0, 3, 1)]
    assert np.random.get_state()[1].tolist() == state
    assert [other(epoch).tolist() for epoch in range(4)] != drawn
    read = {tuple(times(first, epoch, 60)) for epoch in range(4)}
    assert len(read) > 1


@pytest.mark.parametrize("how", SAMPLINGS)
def test_what_has_no_known_label_is_read_once(how):
    ids = np.concatenate([IDS, [-100, -1, -100, -1]])
    sampler = make_sampler(ids, how, seed=5)
    for epoch in range(3):
        assert times(sampler, epoch, 64)[60:].tolist() == [1, 1, 1, 1]
        known = sampler(epoch)[sampler(epoch) < 60]
        if how != "repeat-factors":  # whose draws go on over all items
            assert sorted(known) == sorted(make_sampler(IDS, how, seed=5)(epoch))


@pytest.mark.parametrize("how", SAMPLINGS)
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_have_the_steps_that_they_say(how, shuffle):
    lengths = np.random.default_rng(0).integers(3, 40, 60)
    rows = encoded(lengths, LabelIds(IDS.astype("int32")))
    batches = Batches(
        rows, 7, shuffle=shuffle, seed=6, sampler=make_sampler(rows, how, seed=6, num_classes=3)
    )
    for epoch in range(3):
        labels = [labels for _, labels in batches]
        assert len(labels) == len(batches) == batches.steps
        drawn = np.bincount(IDS[make_sampler(IDS, how, seed=6)(epoch)])
        assert np.bincount(np.concatenate(labels)).tolist() == drawn.tolist()


def test_a_dataset_knows_its_number_of_batches():
    rows = encoded(np.random.default_rng(1).integers(3, 20, 60), LabelIds(IDS.astype("int32")))
    batches = Batches(rows, 11, shuffle=True, sampler=make_sampler(rows, "oversample"))
    dataset = batches.dataset()
    # 150 items, eleven a batch
    assert int(dataset.cardinality()) == 14
    for _ in range(2):
        sizes = [len(labels) for _, labels in dataset]
        assert (len(sizes), sum(sizes)) == (14, 150)


def test_repeat_factors_by_hand():
    # 95 rows have labels, possibly none of them: 0 has the share 70/95, 1 8/95, 2 2/95. With the
    # median 8/95 as threshold, 2 has sqrt(8 / 2) = 2; the rows of 1 and of nothing have 1.
    labels = item_labels(multi_hot(SETS, 3))
    expected = [1.0] * 68 + [2.0] * 2 + [1.0] * 30
    np.testing.assert_allclose(repeat_factors(labels), expected)
    # Threshold 0.5: 1 has sqrt(0.5 * 95 / 8) = 2.437; 2 has sqrt(0.5 * 95 / 2) = 4.873.
    factors = repeat_factors(labels, threshold=0.5, cap=9)
    np.testing.assert_allclose(factors[[0, 60, 68, 70]], [1, 2.4367, 4.8734, 1], atol=1e-4)
    assert repeat_factors(labels, threshold=0.5)[68] == 3  # at most three times
    assert repeat_factors(labels, threshold=0.5, cap=1).tolist() == [1] * 100


def test_repeats_have_the_factor_as_mean_and_a_fixed_sum():
    labels = multi_hot(SETS, 3)
    factors = repeat_factors(item_labels(labels), threshold=0.5)
    sampler = make_sampler(labels, "repeat-factors", threshold=0.5, seed=3)
    read = np.array([times(sampler, epoch, 100) for epoch in range(600)])
    # 60 + 8 * 2.4367 + 2 * 3 + 30 = 115.494: 115 items, the fractions being scaled by 3 / 3.494.
    assert set(read.sum(axis=1)) == {115}
    assert (read >= np.floor(factors)).all()
    assert (read <= np.ceil(factors)).all()
    # Drawn with probability 0.4367 * 3 / 3.494 = 0.375; the bounds are four standard deviations.
    expected = 2 + 3 / 8
    assert np.abs(read[:, 60:68].mean(axis=0) - expected).max() < 4 * np.sqrt(0.375 * 0.625 / 600)


@pytest.mark.parametrize(
    ("factors", "num_items"),
    [
        ([1, 1, 1], 3),
        ([2, 3, 1], 6),
        ([1.9, 1.8], 3),  # 1.7 more would be 2, but no item may be read three times
        ([1.6, 1, 1], 4),  # one item more is nearer than none
        ([1.4, 1, 1], 3),
        ([1.5, 1.5, 2.5], 6),  # 1 + 1 + 2, and 1.5 more, whose nearest even number is 2
    ],
)
def test_the_sum_of_the_factors_is_rounded(factors, num_items):
    plan = RepeatPlan(np.array(factors), seed=8)
    for epoch in range(30):
        read = np.bincount(plan(epoch), minlength=len(factors))
        assert read.sum() == num_items
        assert (read <= np.ceil(factors)).all()


def windows():
    """Rows of 2, 1 and 1 windows; words 0 and 1 are read in the first, 2 in the second."""
    words = np.array([-1, 0, 1, -1] + [-1, -1, 2, -1] + [-1, 0, -2, -1] + [-1, 0, 1, -1])
    tags = TagIds(
        np.array([0, 0, 2, 1, 0, 0]),  # of three, one and two words
        np.array([0, 3, 4, 6]),
        np.array([True, True, False]),
    )
    more = {"row_ends": np.array([0, 2, 3, 4]), "words": words}
    return tags, LabelIds(np.array([5, 3, -100])), more


def test_an_item_has_the_tags_of_its_own_words():
    tags, _, more = windows()
    labels = item_labels(encoded([4] * 4, tags, **more))
    pairs = list(zip(labels.items.tolist(), labels.ids.tolist(), strict=True))
    assert pairs == [(0, 0), (1, 2), (2, 1)]  # the last row has no tags
    assert labels.labelled.tolist() == [True, True, True, False]
    # Without windows: of all words.
    alone = item_labels(tags)
    pairs = list(zip(alone.items.tolist(), alone.ids.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 2), (1, 1)]


def test_words_are_drawn_by_repeat_factors():
    # Tag 0 is in all eight rows, tag 1 in two: sqrt(0.5 / 0.25) = 1.414, 0.828 more of them, so 9.
    flat = np.array([0, 1] * 2 + [0] * 12)
    ends = np.concatenate([[0], np.cumsum([2] * 8)])
    tags = TagIds(flat, ends, np.ones(8, bool))
    sampler = make_sampler(tags, "repeat-factors", threshold=0.5)
    assert {len(sampler(epoch)) for epoch in range(9)} == {9}
    assert {tuple(times(sampler, epoch, 8)[2:]) for epoch in range(9)} == {(1,) * 6}


def test_a_text_in_windows_has_its_label_in_the_first():
    tags, ids, more = windows()
    rows = encoded([4] * 4, {"intent": ids, "slots": tags}, **more)
    labels = item_labels(rows, "intent")
    assert (labels.items.tolist(), labels.ids.tolist()) == ([0, 2], [5, 3])
    assert labels.labelled.tolist() == [True, False, True, False]
    assert np.sort(make_sampler(rows, "balanced", head="intent")(0)).tolist() == [0, 1, 2, 3]


def test_imbalanced_learn_repeats_and_leaves_out():
    imblearn = pytest.importorskip("imblearn")
    ids = np.concatenate([IDS, [-100, -1]])
    over = imblearn.over_sampling.RandomOverSampler(random_state=3)
    indices = make_sampler(ids, over)(0)
    # The same call by hand, on the numbers of the rows.
    expected, _ = over.fit_resample(np.arange(60)[:, None], IDS)
    assert sorted(indices.tolist()) == sorted([*expected[:, 0].tolist(), 60, 61])
    under = make_sampler(IDS, imblearn.under_sampling.RandomUnderSampler(random_state=3))
    assert class_sizes(under, 0) == [3, 3, 3]
    assert sorted(under(4)) == sorted(under(0))


def test_imbalanced_learn_without_a_random_state_takes_the_seed():
    imblearn = pytest.importorskip("imblearn")
    over = imblearn.over_sampling.RandomOverSampler()
    drawn = [sorted(make_sampler(IDS, over, seed=seed)(0)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert over.random_state is None
    assert not hasattr(over, "sample_indices_")


@pytest.mark.parametrize(
    ("where", "name", "message"),
    [
        ("over_sampling", "SMOTE", "SMOTE makes new rows between neighbours"),
        ("over_sampling", "SMOTEN", "SMOTEN makes new rows between neighbours"),
        ("over_sampling", "ADASYN", "ADASYN does not work on the names of rows"),
        ("under_sampling", "TomekLinks", "TomekLinks does not work on the names of rows"),
        ("under_sampling", "ClusterCentroids", "ClusterCentroids does not work on the names"),
    ],
)
def test_what_computes_with_features_is_refused(where, name, message):
    imblearn = pytest.importorskip("imblearn")
    resampler = getattr(getattr(imblearn, where), name)()
    with pytest.raises(ArgumentError, match=message) as raised:
        make_sampler(IDS, resampler)
    assert "smote_features" in str(raised.value)


class Made:
    """A resampler that does what it is told."""

    def __init__(self, change):
        self.change = change

    def fit_resample(self, X, y):  # noqa: N803
        return self.change(X, y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (np.append(X, [["row 99"]], 0), np.append(y, 0)), "rows that do not exist"),
        (lambda X, y: (X, (y + 1) % 3), "gave rows other labels"),
        (lambda X, y: (X, y[:-1]), "made rows that do not exist"),
        (lambda X, y: (X[y != 2], y[y != 2]), "leaves the class 2 without a row"),
    ],
)
def test_a_resampler_that_makes_things_up(change, message):
    with pytest.raises(ArgumentError, match=message):
        make_sampler(IDS, Made(change))


@pytest.mark.parametrize(
    ("how", "settings", "message"),
    [
        ("smote", {}, "sampling is 'smote', expected one of oversample, undersample"),
        (7, {}, "sampling is 7, expected one of"),
        ("oversample", {"ratio": 0.0}, r"ratio is 0.0, expected .* in \(0, 1\]"),
        ("oversample", {"ratio": 1.5}, "ratio is 1.5"),
        ("oversample", {"ratio": float("nan")}, "ratio is nan"),
        ("oversample", {"ratio": "1"}, "ratio is '1', expected a number"),
        ("oversample", {"ratio": 0.05}, "smallest class has 3 items and the largest 50"),
        ("undersample", {"ratio": 0.05}, "a ratio of 0.06 already. Ask for a larger"),
        ("balanced", {"ratio": 0.5}, "sampling balanced has no ratio. It has no settings"),
        ("oversample", {"cap": 2}, "has no cap. It has ratio"),
        (Made(None), {"ratio": 0.5}, "the sampling Made has no ratio"),
        ("repeat-factors", {"threshold": 0}, r"threshold is 0, expected a share .* \(0, 1\]"),
        ("repeat-factors", {"cap": 0.5}, "cap is 0.5, expected a number of times, at least 1"),
        ("repeat-factors", {"cap": float("inf")}, "cap is inf"),
        ("sqrt", {"seed": -1}, "seed is -1, expected a whole number >= 0"),
        ("sqrt", {"num_classes": 5}, "no training row has the class 3, 4: nothing to draw"),
        ("sqrt", {"num_classes": 2}, "a label id is 2, expected 0 to 1"),
    ],
)
def test_bad_settings(how, settings, message):
    with pytest.raises(ArgumentError, match=message):
        make_sampler(IDS, how, **settings)


@pytest.mark.parametrize(
    ("labels", "how", "message"),
    [
        (Numbers(np.array([0.5, 2.0])), "oversample", "not fit the task regression. Train without"),
        (multi_hot(SETS, 3), "balanced", "not fit the task multi-label. Choose repeat-factors"),
        (multi_hot(SETS, 3), Made(None), "the sampling Made does not fit the task multi-label"),
        (windows()[0], "sqrt", "does not fit the task token"),
        (np.array([-1, -100]), "sqrt", "none of the 2 training items has a label"),
        (np.array([0.5]), "sqrt", "type float64, expected one whole number a row"),
        (np.array([[0, 1]]), "sqrt", r"labels of shape \(1, 2\)"),
        (encoded([3, 4], None), "sqrt", "the rows have no labels"),
        (encoded([3], {"a": LabelIds(np.array([0]))}), "sqrt", "head is None, expected one of a"),
    ],
)
def test_bad_labels(labels, how, message):
    with pytest.raises(ArgumentError, match=message):
        make_sampler(labels, how)


def test_a_class_that_no_row_has_is_left_out_where_that_is_allowed():
    ids = np.array([0, 0, 0, 2])
    assert np.bincount(ids[make_sampler(ids, "balanced")(0)]).tolist() == [2, 0, 2]
    assert np.bincount(ids[make_sampler(ids, "oversample")(0)]).tolist() == [3, 0, 3]
    sets = multi_hot([[0], [0, 2]], 4)
    assert repeat_factors(item_labels(sets)).tolist() == pytest.approx(
        [1, np.sqrt(1.5)]  # the median of the shares 1 and 1/2 is 3/4
    )
