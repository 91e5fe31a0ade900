"""Thresholds against closed forms, and on rows that are not seen before."""

import json

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import f1_score

from tfclf.errors import ArgumentError
from tfclf.evaluation.thresholds import CANDIDATES, Thresholds, choose_thresholds

# Where p is uniform on [0, 1] and true, F1 at t is (1 - t^2) / (1.5 - t); its slope is 0 where
# t^2 - 3 t + 1 = 0.
UNIFORM = (3 - 5**0.5) / 2


def uniform(rows, labels, seed=0):
    generator = np.random.default_rng(seed)
    p = generator.random((rows, labels))
    return p, generator.random(p.shape) < p


@pytest.mark.parametrize("least, origin", [(8, "own"), (10**6, "common")])
def test_the_closed_form_is_found(least, origin):
    p, truth = uniform(20_000, 2)
    found = choose_thresholds(p, truth, "ab", min_positives=least)
    # F1 is flat there: 0.04 to the side it is less by 0.001, what chance is of 20,000 rows.
    assert found.values == pytest.approx((UNIFORM, UNIFORM), abs=0.04)
    assert found.origins == (origin,) * 2


@pytest.mark.parametrize("shift", [-1.5, 1.5])
def test_logits_moved_to_one_side_move_the_threshold(shift):
    p, truth = uniform(20_000, 2)
    found = choose_thresholds(expit(logit(p) + shift), truth, "ab", min_positives=10**6)
    expected = logit(UNIFORM) + shift
    np.testing.assert_allclose(logit(found.values), expected, atol=0.15)


def test_counted_f1_decides_where_there_are_many_true_rows():
    """By trying every threshold with scikit-learn; of 20,000 rows 10,000 are true, 250 times 40."""
    p, truth = uniform(20_000, 1, seed=5)
    p = p**3  # not calibrated, and no shift makes it so
    best = max(f1_score(truth[:, 0], p[:, 0] > t) for t in CANDIDATES[::4])
    found = choose_thresholds(p, truth, ["a"]).say(p)
    assert f1_score(truth[:, 0], found[:, 0]) > best - 0.002


def test_where_each_comes_from():
    """Seven true rows are too few, eight are not; of none is said that they are none."""
    p, truth = np.random.default_rng(1).random((60, 3)), np.zeros((60, 3), int)
    truth[:7, 0], truth[:8, 2] = 1, 1
    found = choose_thresholds(p, truth, ["tax", "law", "it's"])
    assert found.origins == ("common", "common", "own")
    assert found.reasons[0] == "thresholds of 1 of 3 labels chosen for their F1"
    assert found.reasons[1].endswith("for fewer than 8 true validation rows: 'tax' (7), 'law' (0)")


@pytest.mark.parametrize("truth", [np.zeros((5, 2)), np.full((5, 2), -1), np.zeros((0, 2))])
def test_nothing_to_choose_on(truth):
    found = choose_thresholds(np.full(truth.shape, 0.3), truth, "ab")
    assert (found.values, found.origins) == ((0.5, 0.5), ("default", "default"))
    assert f"no label is true in any of {len(truth)} rows" in found.reasons[0]


def test_neither_order_nor_unknown_rows_matter():
    p, truth = uniform(90, 4)
    p **= [1, 2, 3, 4]
    expected = choose_thresholds(p, truth, "abcd").values
    rows, names = np.random.default_rng(2).permutation(90), [2, 0, 3, 1]
    turned = choose_thresholds(p[rows][:, names], truth[rows][:, names], "cadb").values
    assert turned == tuple(expected[i] for i in names)
    more = np.vstack([p, np.full((3, 4), np.nan)]), np.vstack([truth, np.full((3, 4), -1)])
    assert choose_thresholds(*more, "abcd").values == expected


def few_of_many(generator, shares, gaps, rows):
    """Scores of normal distributions, over-confident and moved to one side for each label."""
    truth = generator.random((rows, len(shares))) < shares
    x = generator.normal(size=truth.shape) + gaps * truth
    moved = 1.5 * np.sin(np.arange(len(shares)))
    return expit(1.5 * (gaps * x - gaps**2 / 2 + logit(shares)) + moved), truth


def test_it_holds_on_fresh_rows():
    """Better there than one half, and than the best threshold of each label on 300 rows."""
    f1 = {"half": [], "best": [], "chosen": []}
    for seed in range(5):
        generator = np.random.default_rng(seed)
        shares = np.geomspace(0.008, 0.2, 13)
        gaps = generator.uniform(1, 3, 13)
        p, truth = few_of_many(generator, shares, gaps, 300)
        fresh, fresh_truth = few_of_many(generator, shares, gaps, 5000)
        hits = np.einsum("rlt,rl->lt", p[..., None] > CANDIDATES, truth)
        counts = (p[..., None] > CANDIDATES).sum(0) + truth.sum(0)[:, None]
        best = CANDIDATES[(hits / np.maximum(counts, 1)).argmax(1)]
        chosen = choose_thresholds(p, truth, list(map(str, range(13))))
        for name, said in (("half", fresh > 0.5), ("best", fresh > best),
                           ("chosen", chosen.say(fresh))):  # fmt: skip
            f1[name].append(f1_score(fresh_truth, said, average="macro", zero_division=0))
    assert np.mean(f1["chosen"]) > max(np.mean(f1["half"]), np.mean(f1["best"])) + 0.005


def test_a_label_is_said_above_its_threshold_only():
    thresholds = Thresholds(("a", "b"), (0.25, 0.75), ("own", "own"))
    said = thresholds.say(np.array([[0.25, 0.8], [0.3, 0.7]]))
    assert said.tolist() == [[False, True], [True, False]]


def test_they_can_be_written_down():
    made = Thresholds(("a", "b"), (0.25, 0.5), ("own", "default"), ("why",))
    assert Thresholds.from_dict(json.loads(json.dumps(made.to_dict()))) == made


@pytest.mark.parametrize(
    "values, origins, message",
    [
        ((0.5,), ("own", "own"), "of 2 labels, got 1 and 2"),
        ((0.5, 1.0), ("own", "own"), "label 'b': the threshold is 1.0"),
        ((0.5, float("nan")), ("own", "own"), "label 'b': the threshold is nan"),
        ((0.5, 0.5), ("own", "mine"), "label 'b': the origin is 'mine', expected one of own, co"),
    ],
)
def test_impossible_thresholds(values, origins, message):
    with pytest.raises(ArgumentError, match=message):
        Thresholds(("a", "b"), values, origins)


def test_what_cannot_be_chosen_on():
    p, truth = uniform(9, 2)
    with pytest.raises(ArgumentError, match="expected probabilities of 3 labels, got 2"):
        choose_thresholds(p, truth, "abc")
    with pytest.raises(ArgumentError, match=r"row 1: expected probabilities in \[0, 1\].*sigmoid"):
        choose_thresholds(p + 1, truth, "ab")
    with pytest.raises(ArgumentError, match="min_positives is 0"):
        choose_thresholds(p, truth, "ab", min_positives=0)
    p[4, 1] = np.nan
    with pytest.raises(ArgumentError, match="row 5: expected finite probabilities"):
        choose_thresholds(p, truth, "ab")
