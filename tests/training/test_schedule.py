"""The learning rate, step by step."""

import math

import pytest

from tfclf.errors import ArgumentError
from tfclf.training import WarmupDecay


def rates(**settings):
    schedule = WarmupDecay(**settings)
    return [float(schedule(step)) for step in range(settings["total_steps"] + 2)]


def test_linear_by_hand():
    # warm-up 1/2, 2/2; then (6 - step) / 4 of the peak
    expected = [0.5, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    assert rates(peak=1.0, total_steps=6, warmup_steps=2) == pytest.approx(expected)


def test_cosine_by_hand():
    # after the warm-up (1 + cos(pi t)) / 2 with t = 0, 1/4, 1/2, 3/4, 1
    decay = [(1 + math.cos(math.pi * t / 4)) / 2 for t in range(5)]
    expected = [0.5, 1.0, *decay, 0.0]
    assert rates(peak=1.0, total_steps=6, warmup_steps=2, decay="cosine") == pytest.approx(
        expected, abs=1e-7
    )


def test_constant():
    assert rates(peak=0.3, total_steps=3, warmup_steps=0, decay="constant") == pytest.approx(
        [0.3] * 5
    )


def test_no_step_has_rate_zero():
    for total, warmup in ((1, 0), (2, 1), (10, 1), (94, 9)):
        assert min(rates(peak=1e-4, total_steps=total, warmup_steps=warmup)[:total]) > 0


def test_never_negative_beyond_the_end():
    schedule = WarmupDecay(1.0, total_steps=5)
    assert float(schedule(500)) == 0


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"peak": 0, "total_steps": 5}, "learning rate is 0"),
        ({"peak": float("nan"), "total_steps": 5}, "learning rate is nan"),
        ({"peak": 1, "total_steps": 5, "warmup_steps": 5}, "5 warm-up steps of 5"),
        ({"peak": 1, "total_steps": 0}, "0 warm-up steps of 0"),
        ({"peak": 1, "total_steps": 5, "decay": "exp"}, "unknown decay 'exp'"),
    ],
)
def test_bad_values(settings, message):
    with pytest.raises(ArgumentError, match=message):
        WarmupDecay(**settings)
