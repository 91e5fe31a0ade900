"""Offsets for macro-F1: planted faults, laws, and what may not be lost."""

import json

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tfclf.errors import ArgumentError
from tfclf.evaluation import offsets
from tfclf.evaluation.offsets import Offset, choose_offset

PRIOR = np.geomspace(1, 0.02, 6) / np.geomspace(1, 0.02, 6).sum()


def drawn(rows, seed=0, prior=PRIOR, gap=1.8):
    """Logits that are the true log-posteriors, up to a constant a row, and the classes."""
    generator = np.random.default_rng(seed)
    ids = generator.choice(len(prior), rows, p=prior)
    x = generator.normal(size=(rows, len(prior))) + gap * np.eye(len(prior))[ids]
    return gap * x + np.log(prior), ids


@pytest.mark.parametrize("planted", [-1.0, 1.0])
def test_a_prior_too_little_or_too_much_is_seen(planted):
    """The tau that undoes it, or a bit more of it: macro-F1 is best between 0 and 1."""
    logits, ids = drawn(500)
    found = choose_offset(logits + planted * np.log(PRIOR), ids, np.log(PRIOR))
    assert np.sign(found.tau) == planted
    fresh, truth = drawn(5000, seed=1)
    fresh = fresh + planted * np.log(PRIOR)
    before, after = fresh.argmax(-1), found.apply(fresh).argmax(-1)
    gain = [f1_score(truth, said, average="macro") for said in (before, after)]
    assert gain[1] > gain[0] + 0.02
    assert (after == truth).mean() > (before == truth).mean() - 0.02


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_the_offset_is_in_the_unit_of_the_logits(scale):
    """A strength of calibrated logits: T tau (mean - log_prior), and T grows with the scale."""
    logits, ids = drawn(900)
    logits = logits + np.log(PRIOR)
    one, other = (choose_offset(x, ids, np.log(PRIOR)) for x in (logits, scale * logits))
    assert one.tau == other.tau > 0
    # Up to what the prior of log T holds it back.
    np.testing.assert_allclose(other.values, scale * np.array(one.values), rtol=0.1)
    ratio = np.array(one.values) / (np.log(PRIOR).mean() - np.log(PRIOR))
    np.testing.assert_allclose(ratio, ratio[0])
    assert sum(one.values) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("allowed", [0.0, 0.01, 0.05, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_no_more_accuracy_is_given_up_than_allowed(allowed, seed):
    logits, ids = drawn(150, seed, gap=1.0)
    found = choose_offset(logits, ids, np.log(PRIOR), max_accuracy_loss=allowed)
    before, after = ((x.argmax(-1) == ids).mean() for x in (logits, found.apply(logits)))
    assert after >= before - allowed - 1e-12


def test_with_nothing_to_gain_there_is_none():
    """All are right already: no tau is better, and 0 is the nearest to 0."""
    ids = np.arange(60) % 4
    found = choose_offset(9.0 * np.eye(4)[ids], ids, np.log([0.4, 0.3, 0.2, 0.1]))
    assert (found.tau, found.values, found.rows) == (0, (0,) * 4, 60)
    assert found.reason == "no offset: none is better on 60 validation rows by more than chance"


@pytest.mark.parametrize("rows", [12, 60])
def test_what_is_preferred_stands_where_none_is_better(rows):
    """Too few rows, or all right whatever the offset: exactly the offset that was preferred."""
    ids, prior = np.arange(rows) % 4, np.log([0.4, 0.3, 0.2, 0.1])
    found = choose_offset(9.0 * np.eye(4)[ids], ids, prior, prefer=0.37)
    np.testing.assert_allclose(found.values, 0.37 * (prior.mean() - prior), rtol=1e-9)
    assert found.reason.startswith("offset of tau 0.") and " kept: " in found.reason


def test_what_is_preferred_gives_way_to_what_is_better():
    logits, ids = drawn(500)
    found = choose_offset(logits, ids, np.log(PRIOR), prefer=-1.5)
    assert found.tau > -0.6 and "chosen on 500 validation rows" in found.reason


def test_neither_order_nor_names_nor_unlabelled_rows_matter():
    logits, ids = drawn(300)
    logits = logits + np.log(PRIOR)
    expected = choose_offset(logits, ids, np.log(PRIOR))
    rows, names = np.random.default_rng(2).permutation(300), np.array([3, 0, 5, 1, 4, 2])
    turned = choose_offset(
        np.vstack([logits[rows][:, names], np.full((2, 6), np.nan)]),
        np.append(np.argsort(names)[ids[rows]], [-1, -1]),
        np.log(PRIOR[names]) + 7,  # a prior of any sum
    )
    assert turned.tau == expected.tau != 0
    np.testing.assert_allclose(turned.values, np.array(expected.values)[names], rtol=1e-3)


def test_the_influences_of_rows_sum_to_zero():
    """All rows twice as heavy change no F1 (Euler, for what is homogeneous of degree 0)."""
    logits, ids = drawn(80)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    trial = offsets._trial(logits, ids, p)
    assert trial.influence.sum() == pytest.approx(0, abs=1e-12)
    assert np.abs(trial.influence).max() > 1e-4
    assert trial.counted_f1 == pytest.approx(f1_score(
        ids, logits.argmax(-1), labels=np.unique(ids), average="macro", zero_division=0
    ))  # fmt: skip


def test_missing_classes_are_said():
    logits, ids = drawn(300)
    logits, ids = (logits + np.log(PRIOR))[ids != 5], ids[ids != 5]
    found = choose_offset(logits, ids, np.log(PRIOR))
    assert found.tau > 0
    assert "macro-F1 over the 5 of 6 classes that they have 0." in found.reason
    assert f"tau {found.tau:g} chosen on {len(ids)} validation rows" in found.reason


@pytest.mark.parametrize(
    "ids, prior, reason",
    [
        ([], [0.5, 0.5], "no validation rows with a label"),
        ([0, 1] * 14 + [-1] * 9, [0.9, 0.1], "28 validation rows with a label, fewer than 30"),
        ([1] * 31, [0.9, 0.1], "all 31 validation rows have the same label"),
        ([0, 1] * 20, [0.5, 0.5], "all classes are equally frequent in training"),
    ],
)
def test_nothing_to_choose_on(ids, prior, reason):
    found = choose_offset(np.ones((len(ids), 2)), np.array(ids, int), np.log(prior))
    assert (found.tau, found.values) == (0, (0, 0))
    assert found.reason.startswith("no offset: ") and reason in found.reason


def test_it_can_be_written_down():
    made = Offset((0.5, -0.5), 0.3, 200, "why")
    assert Offset.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    with pytest.raises(ArgumentError, match="expected finite numbers"):
        Offset((0.5, float("nan")))


def test_what_cannot_be_chosen_on():
    logits, ids = drawn(40)
    with pytest.raises(ArgumentError, match=r"a prior of 6 classes, got shape \(5,\)"):
        choose_offset(logits, ids, np.zeros(5))
    with pytest.raises(ArgumentError, match="class 2 is not finite.*without a training row"):
        choose_offset(logits, ids, np.array([0, 0, -np.inf, 0, 0, 0]))
    with pytest.raises(ArgumentError, match="max_accuracy_loss is -0.1"):
        choose_offset(logits, ids, np.zeros(6), max_accuracy_loss=-0.1)
    with pytest.raises(ArgumentError, match="prefer is nan"):
        choose_offset(logits, ids, np.zeros(6), prefer=float("nan"))
    with pytest.raises(ArgumentError, match="row 3: expected finite logits"):
        choose_offset(np.where(np.arange(40)[:, None] == 2, np.inf, logits), ids, np.zeros(6))


def test_what_is_preferred_stands_against_any_doubt():
    """With so many standard errors to be beaten by, only the accuracy speaks against it."""
    generator = np.random.default_rng(2)
    ids = np.repeat([0, 1, 2], [120, 40, 20])
    logits = 2.0 * np.eye(3)[ids] + generator.normal(size=(180, 3))
    prior = np.log([120, 40, 20])
    for prefer in (0.0, 0.2):
        offset = choose_offset(logits, ids, prior, prefer=prefer, errors=1e9, max_accuracy_loss=1.0)
        np.testing.assert_allclose(offset.values, -prefer * (prior - prior.mean()), atol=1e-12)
