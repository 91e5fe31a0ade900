"""A classifier and some texts -> how fast it answers on this machine."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

import keras
import numpy as np

from tfclf.data import Rows
from tfclf.runs.classifier import Classifier
from tfclf.runs.report.facts import Speed
from tfclf.training.hardware import CPU_FACTS

TOGETHER = 64  # texts at once
SHARE = 0.05  # of the seconds of a training that may be spent on measuring
MOST, LEAST = 2.0, 0.5  # seconds of measuring


def seconds_after(training: float) -> float:
    """Returns how long may be measured after a training of so many seconds; 0 after a short one.

    Example:
    >>> seconds_after(3.0), seconds_after(20.0), seconds_after(3_600.0)
    (0.0, 1.0, 2.0)
    """
    allowed = min(SHARE * training, MOST)
    return allowed if allowed >= LEAST else 0.0


def measure_speed(classifier: Classifier, rows: Rows, seconds: float) -> Speed | None:
    """Measures ``predict``, from texts to answers: one text at once, and 64.

    Args:
        classifier: The classifier.
        rows: Rows whose texts are taken, spread evenly.
        seconds: How long to measure, in all about; none below 64 rows, or for 0 seconds.
    """
    if not seconds or len(rows) < TOGETHER:
        return None
    some = rows.select(np.linspace(0, len(rows) - 1, TOGETHER).astype(int))
    texts = [text for part in some.parts() for text in part[some.kinds[0]]]
    pairs = None
    if "text_pair" in some.kinds:
        pairs = [text for part in some.parts() for text in part["text_pair"]]

    def answer(start: int, number: int) -> None:
        end = start + number
        classifier.predict(texts[start:end], None if pairs is None else pairs[start:end])

    answer(0, 1)  # whatever is made or compiled only once
    answer(0, TOGETHER)
    places = cycle(range(TOGETHER))
    single = _times(lambda: answer(next(places), 1), seconds / 2)
    many = _times(lambda: answer(0, TOGETHER), seconds / 2)
    median, slow = np.quantile(single, (0.5, 0.95)).tolist()
    return Speed(machine(), median, slow, TOGETHER / float(np.median(many)))


def machine() -> str:
    """Returns the kind of processor or accelerator, and nothing else of this machine."""
    if keras.backend.backend() == "jax":
        import jax

        kinds = {device.device_kind for device in jax.local_devices() if device.platform != "cpu"}
    else:
        import tensorflow as tf

        details = tf.config.experimental.get_device_details
        gpus = tf.config.get_visible_devices("GPU")
        kinds = {details(gpu).get("device_name", "GPU") for gpu in gpus}
    return ", ".join(sorted(kinds)) or _processor()


def _processor() -> str:
    if CPU_FACTS.is_file():
        for line in CPU_FACTS.read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _times(call: Callable[[], Any], seconds: float) -> list[float]:
    """Returns how long calls take (seconds), of as many as there is time for, at least three."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times
