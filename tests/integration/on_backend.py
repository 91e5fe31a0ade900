"""What a test has done in a process of its own, where Keras runs on another backend.

The request is JSON on standard input, the answer JSON in the last line of standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def on_backend(backend: str, function: str, **arguments: Any) -> Any:
    """Calls a function of this file where Keras runs on a backend: JSON in, JSON out."""
    code = f"from tests.integration.on_backend import answer; answer({function!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(arguments, default=str),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": backend},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def answer(function: str) -> None:
    """Answers a request."""
    print("\n" + json.dumps(globals()[function](**json.load(sys.stdin))))


def command_lines(commands: list[list[str]]) -> list[tuple[int, str, str]]:
    """Runs commands of tfclf one after the other; returns the status, stdout and stderr of each."""
    from tfclf.cli.app import main

    done = []
    for command in commands:
        out, err, status = StringIO(), StringIO(), 0
        sys.argv = ["tfclf", *command]
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as stop:
                status = stop.code or 0
        done.append((status, out.getvalue(), err.getvalue()))
    return done


def losses_of_steps(model: str, steps: int, settings: dict[str, Any]) -> list[float]:
    """Trains some steps of a recipe, each on another batch; returns the loss of each.

    Args:
        model: Folder of an encoder without dropout.
        steps: Number of steps.
        settings: Of the recipe.
    """
    import keras
    import numpy as np

    from tfclf.losses import SparseCategoricalFocalCrossentropy
    from tfclf.models import TFBertForSequenceClassification
    from tfclf.training import Recipe, freeze
    from tfclf.training.fit import optimizer_of_recipe

    keras.utils.set_random_seed(1)
    classifier = TFBertForSequenceClassification.from_pretrained(model, num_labels=3)
    generator = np.random.default_rng(3)
    start = generator.normal(0, 0.1, classifier.classifier.kernel.shape)
    classifier.classifier.kernel.assign(start.astype("float32"))
    recipe = Recipe(epochs=1, **settings)
    freeze(classifier, recipe.freeze)
    optimizer = optimizer_of_recipe(classifier, recipe, steps)
    classifier.compile(optimizer, SparseCategoricalFocalCrossentropy(), jit_compile=False)
    losses = []
    for _ in range(steps):
        ids = generator.integers(5, classifier.config.vocab_size, (7, 11)).astype("int32")
        classifier.reset_metrics()
        losses.append(float(classifier.train_on_batch(ids, generator.integers(0, 3, 7))))
    return losses
