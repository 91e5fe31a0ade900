"""Labels of shuffled batches, where lengths tell something about labels."""

import logging

import numpy as np
import pytest

from tests.data.test_batches import encoded
from tfclf.data import Batches, EncodedRows, MultiHot, Numbers
from tfclf.data.label_mixing import LEAST_MIXING, label_mixing

BATCH = 32


def entropy(ids):
    shares = np.bincount(ids)[np.unique(ids)] / len(ids)
    return -(shares * np.log2(shares)).sum()


def mean_entropy(parts, ids):
    return np.mean([entropy(ids[part]) for part in parts if len(part) == BATCH])


def of_ours(rows, **settings):
    batches = Batches(rows, BATCH, shuffle=True, seed=1, **settings)
    parts = [batch.indices for epoch in range(2) for batch in batches.plan(epoch)]
    return mean_entropy(parts, rows.labels.ids), batches


def of_random(rows):
    order = np.random.default_rng(2).permutation(len(rows))
    return mean_entropy(np.split(order, range(BATCH, len(order), BATCH)), rows.labels.ids)


def of_grouping(rows):
    """Shuffled, then sorted by length within fifty batches: what Hugging Face's trainer does."""
    order = np.random.default_rng(2).permutation(len(rows))
    mega = np.split(order, range(50 * BATCH, len(order), 50 * BATCH))
    order = np.concatenate([part[np.argsort(rows.lengths[part], kind="stable")] for part in mega])
    return mean_entropy(np.split(order, range(BATCH, len(order), BATCH)), rows.labels.ids)


def of_sorting(rows):
    order = np.argsort(rows.lengths, kind="stable")
    return mean_entropy(np.split(order, range(BATCH, len(order), BATCH)), rows.labels.ids)


def sorted_rows(spread, labels=20, each=150):
    """Rows in the order of their labels, whose mean length grows with the label."""
    ids = np.repeat(np.arange(labels, dtype="int32"), each)
    noise = np.random.default_rng(5).normal(0, spread, len(ids))
    return encoded(np.clip(10 + 2 * ids + noise, 3, 128).astype(int), ids)


def test_lengths_that_say_little_about_the_label():
    """As in real texts: batches of similar lengths are nearly as mixed as random ones."""
    rows = sorted_rows(spread=25)
    ours, _ = of_ours(rows)
    assert ours > 0.93 * of_random(rows)
    assert of_sorting(rows) < 0.9 * ours  # the order of the file stands in rows of one length


def test_a_length_of_its_own_for_each_label():
    """Grouping by length gives batches of one label; ours pay padding to stay mixed."""
    rows = sorted_rows(spread=0)
    random, grouping = of_random(rows), of_grouping(rows)
    ours, batches = of_ours(rows)
    assert grouping < 0.35 * random
    assert ours > LEAST_MIXING * random
    assert 1 < len(batches.buckets) < 20


@pytest.mark.parametrize("batch_tokens", [None, 640])
def test_two_labels_of_two_lengths(batch_tokens, caplog):
    ids = np.repeat(np.arange(2, dtype="int32"), 400)
    rows = encoded(np.where(ids == 0, 8, 40), ids)
    with caplog.at_level(logging.INFO, logger="tfclf"):
        batches = Batches(rows, BATCH, shuffle=True, batch_tokens=batch_tokens)
    assert batches.buckets.tolist() == [40]
    assert "1 buckets of lengths instead of 2" in caplog.text
    for batch in batches.plan(0):
        assert len(np.unique(ids[batch.indices])) == 2


def test_the_order_of_validation_is_left_alone():
    ids = np.repeat(np.arange(2, dtype="int32"), 400)
    rows = encoded(np.where(ids == 0, 8, 40), ids)
    assert Batches(rows, BATCH).buckets.tolist() == [8, 40]
    assert Batches(rows, BATCH, shuffle=True, buckets=[8, 40]).buckets.tolist() == [8, 40]


def test_labels_of_the_rows_that_are_read():
    """A sampler that reads one label alone leaves nothing to mix."""
    ids = np.repeat(np.arange(2, dtype="int32"), 400)
    rows = encoded(np.where(ids == 0, 8, 40), ids)
    batches = Batches(rows, BATCH, shuffle=True, sampler=lambda epoch: np.arange(400))
    assert batches.buckets.tolist() == [8, 40]


def test_the_head_that_is_mixed_least_decides():
    count = 800
    lengths = np.repeat([8, 40], count // 2)
    half = np.repeat([0, 1], count // 2).astype("int32")
    plain = encoded(lengths, np.tile([0, 1], count // 2).astype("int32"))
    several = MultiHot(half, np.arange(count + 1), np.ones(count, bool), 2)
    number = Numbers(half.astype("float64"))
    for labels, expected in (
        ({"kind": plain.labels, "value": number}, [8, 40]),
        ({"kind": plain.labels, "topics": several}, [40]),
    ):
        rows = EncodedRows(plain.tokens, plain.offsets, labels, 0, 40, 0, 0, 0)
        assert Batches(rows, BATCH, shuffle=True).buckets.tolist() == expected


def test_the_figure():
    ids = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    pairs = [np.array([i, i + 1]) for i in range(0, 8, 2)]
    assert label_mixing(pairs, np.arange(8), ids) == 0
    assert label_mixing([np.arange(8)], np.arange(8), ids) == pytest.approx(1)
    # Rows of one label alone: nothing could be mixed better.
    assert label_mixing(pairs, np.arange(8), np.zeros(8, int)) == 1
    many = np.random.default_rng(0).integers(0, 5, 4000)
    parts = np.split(np.arange(4000), range(20, 4000, 20))
    assert label_mixing(parts, np.arange(4000), many) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_random_batches_are_random_whatever_the_seed(seed):
    """Labels in the order of the file, lengths that say nothing: nothing is to be mixed better."""
    ids = np.repeat(np.arange(40, dtype="int32"), 50)
    rows = encoded(np.random.default_rng(9).integers(3, 40, len(ids)), ids)
    items = np.random.default_rng(seed).permutation(len(ids))
    parts = np.split(np.arange(len(ids)), range(BATCH, len(ids), BATCH))
    found = label_mixing(parts, np.arange(len(ids)), ids[items])
    assert found == pytest.approx(1, abs=0.03)
    free = Batches(rows, BATCH).buckets.tolist()
    assert Batches(rows, BATCH, shuffle=True, seed=seed).buckets.tolist() == free
