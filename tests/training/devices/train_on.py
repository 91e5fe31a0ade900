"""A script for tests: trains the same on several numbers of devices, and prints the curves.

Arguments: folder of an encoder, folder for the runs, numbers of devices, values of the recipe and
of the job as JSON. A process has its devices from its start, so that this is one of its own.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

ROWS = 61  # the last batch is short


def rows(task):
    generator = np.random.default_rng(3)
    names = ["good"] * 36 + ["bad"] * 20 + ["ugly"] * 5
    words = np.array("good bad ugly the film was".split())
    texts = [
        " ".join([*generator.choice(words, generator.integers(1, 14)), name]) for name in names
    ]
    if task == "regression":
        return texts, [1000 + 3.0 * len(text) for text in texts]
    return texts, names


def four_processors():
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        return  # JAX reads XLA_FLAGS
    import tensorflow as tf

    # Each device waits for the others in a thread.
    tf.config.threading.set_inter_op_parallelism_threads(16)
    processor = tf.config.list_physical_devices("CPU")[0]
    four = [tf.config.LogicalDeviceConfiguration()] * 4
    tf.config.set_logical_device_configuration(processor, four)


def interrupt(job, savings):
    """Trains until the training has been saved so often."""
    from tfclf.runs import train
    from tfclf.training.resuming import Snapshot

    write, written = Snapshot.write, []

    def counted(self, path):
        write(self, path)
        written.append(path)
        if len(written) == savings:
            raise KeyboardInterrupt

    Snapshot.write = counted
    try:
        train(job)
    except KeyboardInterrupt:
        return
    finally:
        Snapshot.write = write
    raise AssertionError("the training ran through")


def main(encoder, output, numbers, recipe, settings, interrupted_after=None):
    four_processors()
    from tfclf import Job, Recipe
    from tfclf.errors import TfclfError
    from tfclf.runs import train

    fixed = {
        "epochs": 2, "batch_size": 8, "max_length": 20, "learning_rate": 3e-3, "clip_norm": 0.1,
        "head_start": "random", "decisions": "none", "on_collapse": "warn", "jit": "off",
    }  # fmt: skip
    for number in numbers:
        job = Job(
            rows(settings.get("task")),
            Path(output) / f"run-{number}",
            model=encoder,
            recipe=Recipe(**(fixed | recipe)),
            devices=number,
            save_every=0 if interrupted_after else 1e6,
            **settings,
        )
        try:
            if interrupted_after is not None:
                interrupt(job, interrupted_after)
            classifier = train(job)
        except TfclfError as error:
            print(json.dumps({"error": str(error)}))
            return
        history = Path(job.output) / "history.json"
        told = {
            "history": json.loads(history.read_text()) if classifier.metrics else None,
            "devices": classifier.metrics.get("training", {}).get("devices"),
            "weights": float(sum(np.abs(w).sum() for w in classifier.model.get_weights())),
        }
        print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(json.loads, sys.argv[3:]))
