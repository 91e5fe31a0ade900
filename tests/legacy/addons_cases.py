"""Random labels and scores for TensorFlow Addons: focal loss, F1, best tags."""

from __future__ import annotations

import numpy as np

from tests.legacy.oracle import Question

GAMMAS = (0.0, 0.5, 1.0, 2.0, 3.5, 5.0)
SEEDS = range(30)


def focal_question(seed: int) -> Question:
    """Draws multi-hot labels, logits or probabilities, alpha and gamma.

    Theirs adds 1e-7 to a probability before the logarithm, ours does not: near 0 they differ by
    more than rounding, so probabilities stay away from there.
    """
    generator = np.random.default_rng(seed)
    shape = (int(generator.integers(2, 24)), int(generator.integers(2, 17)))
    labels = (generator.random(shape) < generator.uniform(0.05, 0.6)).astype("float32")
    from_logits = seed % 4 > 0
    drawn = generator.normal(0, 3, shape) if from_logits else generator.uniform(0.05, 0.95, shape)
    predictions = drawn.astype("float32")
    settings = {
        "alpha": round(generator.uniform(0.05, 0.95), 3),
        "gamma": GAMMAS[seed % len(GAMMAS)],
        "from_logits": from_logits,
    }
    return Question(
        f"focal-seed{seed}", "focal", settings, {"labels": labels, "predictions": predictions}
    )


def f1_question(seed: int) -> Question:
    """Draws skewed labels: one each in even seeds, any number in odd ones.

    Few rows, so that some classes occur neither in the labels nor in the predictions.
    """
    generator = np.random.default_rng(seed)
    rows, classes = int(generator.integers(5, 90)), int(generator.integers(2, 12))
    scores = generator.random((rows, classes)).astype("float32")
    scores[:, 0] += 0.5  # what a collapsing model favours
    if seed % 2:
        labels = generator.random((rows, classes)) < generator.uniform(0.05, 0.5)
        return Question(
            f"f1-seed{seed}", "f1", {"threshold": 0.75}, {"labels": labels, "scores": scores}
        )
    share = 0.5 ** np.arange(classes)
    labels = np.eye(classes, dtype=bool)[generator.choice(classes, rows, p=share / share.sum())]
    return Question(
        f"f1-seed{seed}", "f1", {"threshold": None}, {"labels": labels, "scores": scores}
    )


def crf_question(seed: int) -> Question:
    """Draws scores of ragged sentences and of the succession of tags."""
    generator = np.random.default_rng(seed)
    batch, words, tags = generator.choice(np.arange(2, 14), 3, replace=False)
    arrays = {
        "potentials": generator.normal(0, 2, (batch, words, tags)).astype("float32"),
        "transitions": generator.normal(0, 2, (tags, tags)).astype("float32"),
        "lengths": generator.integers(1, words + 1, batch, "int32"),
    }
    return Question(f"crf-seed{seed}", "crf", {}, arrays)


FOCAL = [focal_question(seed) for seed in SEEDS]
F1 = [f1_question(seed) for seed in SEEDS]
CRF = [crf_question(seed) for seed in SEEDS]
