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


def test_steps_that_run_together_are_one_look(monkeypatch):
    """Five batches, two at once: Keras tells the last one as the sixth."""
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    timer = StepTimer(lambda epoch: [(2, 10), (2, 30), (2, 30), (2, 10), (2, 20)])
    timer.on_epoch_begin(0)
    for first, last, took in ((0, 1, 9.0), (2, 3, 4.0), (4, 5, 3.0)):
        timer.on_train_batch_begin(first)
        now += took
        timer.on_train_batch_end(last)
    # Twice 80 tokens, so that the first 9 s are 5 beyond the 4 s of the second; 40 tokens are 2 s.
    assert timer.compile_seconds == pytest.approx((9 - 4) + (3 - 2))


def test_one_step_says_nothing(monkeypatch):
    assert timed(monkeypatch, StepTimer(), [4.0]).compile_seconds == 0
