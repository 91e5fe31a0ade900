"""A tf.data pipeline whose autotuning makes the end of every pass wait.

Its thread sleeps 10 ms, 20, 40 and so on up to a minute, and whoever closes the pipeline waits
until it wakes up (``RootDataset::Iterator`` joins it). Seen with TensorFlow 2.15 to 2.21: an epoch
of 6.8 s takes 10.2 s.
"""

from __future__ import annotations

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.finding import NOTE, Finding
from tfclf.diagnosis.registry import Symptom

NAME = "autotune-stall"


def look(case: Case) -> Finding | None:
    """Finds datasets whose options leave autotuning on, as it is unless it is switched off."""
    given = [seen for seen in (case.train, case.validation) if seen is not None and seen.autotuned]
    if not given:
        return None
    names = [seen.name for seen in given]
    return Finding(
        NAME,
        NOTE,
        f"options().autotune.enabled of {' and '.join(names)} is not False",
        "the end of every epoch and of fit, evaluate and predict can wait for tf.data's autotuning "
        "thread to wake up: up to as long as the pass ran, 60 s at most",
        "options = tf.data.Options(); options.autotune.enabled = False; "
        + "; ".join(f"{name} = {name}.with_options(options)" for name in names),
    )


SYMPTOM = Symptom(NAME, "Autotuning that makes the end of every pass wait", look)
