"""What compiling takes, from the times of steps."""

import time

import pytest

from tfclf.training.step_timer import StepTimer


def timed(monkeypatch, timer, seconds):
    """Has a timer see steps of so many seconds each, in one epoch."""
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    timer.on_epoch_begin(0)
    for step, took in enumerate(seconds):
        timer.on_train_batch_begin(step)
        now += took
        timer.on_train_batch_end(step)
    return timer


def test_the_first_step_compiles(monkeypatch):
    timer = timed(monkeypatch, StepTimer(), [5.0, 1.0, 2.0, 3.0])
    assert timer.steps == 4
    assert timer.compile_seconds == pytest.approx(5 - 2)  # beyond the median of the others


def test_the_first_step_of_each_shape_compiles(monkeypatch):
    short, long = (2, 10), (2, 30)
    timer = StepTimer(lambda epoch: [short, long, short, long, short])
    timed(monkeypatch, timer, [4.0, 9.0, 1.0, 3.0, 1.0])
    assert timer.compile_seconds == pytest.approx((4 - 1) + (9 - 3))


def test_a_shape_that_comes_once_is_judged_by_its_tokens(monkeypatch):
    timer = StepTimer(lambda epoch: [(2, 10), (2, 10), (1, 10)])
    timed(monkeypatch, timer, [4.0, 1.0, 2.0])
    assert timer.compile_seconds == pytest.approx((4 - 1) + (2 - 0.5))


def test_one_step_says_nothing(monkeypatch):
    assert timed(monkeypatch, StepTimer(), [4.0]).compile_seconds == 0
