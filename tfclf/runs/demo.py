"""The demonstration: our recipe and the naive one, side by side on the same imbalanced rows."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras

from tfclf.data import Batches, write_sample
from tfclf.data.samples import MAX_ROWS
from tfclf.errors import ArgumentError, RunError
from tfclf.evaluation import Scores
from tfclf.models import TFBertForSequenceClassification, resolve
from tfclf.models.embedded import embedded_encoder
from tfclf.runs.classifier import Classifier
from tfclf.runs.job import Job
from tfclf.runs.prepare import Prepared, prepare
from tfclf.runs.train_run import train_prepared
from tfclf.training import ProgressDisplay, Recipe

logger = logging.getLogger("tfclf")

TRAIN_ROWS, TEST_ROWS = 1_200, 600
LEAST_ROWS = 50  # fewer do not have every label
PATIENCE = 2  # epochs: the demonstration is not to wait for what is learnt already
SAMPLE = "tickets"


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration found.

    Attributes:
        classifier: The classifier of our recipe.
        ours: Its figures on the test rows.
        naive: The naive recipe's figures on the same rows.
        epochs: Epochs of both.
    """

    classifier: Classifier
    ours: Scores
    naive: Scores
    epochs: int


def demonstrate(
    folder: Path,
    *,
    rows: int = TRAIN_ROWS,
    test_rows: int = TEST_ROWS,
    model: str | os.PathLike[str] | None = None,
    epochs: int | str = "auto",
    display: ProgressDisplay | None = None,
) -> Demonstration:
    """Makes sample rows, trains both recipes on them and judges both on the same test rows.

    Args:
        folder: Where to leave ``train.csv``, ``test.csv`` and ``run``; it must not exist.
        rows: Training rows.
        test_rows: Test rows, in part with wordings of their own.
        model: Checkpoint; None takes the embedded encoder.
        epochs: Epochs of both recipes.
        display: Shows the progress.

    Raises:
        ArgumentError: There are too few rows.
        RunError: The folder exists, or cannot be made.
    """
    if folder.exists():
        raise RunError(
            "the folder of the demonstration exists already",
            where=str(folder),
            remedy="Remove it, or choose another: tfclf demo --output FOLDER.",
        )
    for name, count in (("rows", rows), ("test_rows", test_rows)):
        if not LEAST_ROWS <= count <= MAX_ROWS:
            raise ArgumentError(f"{name} is {count}, expected {LEAST_ROWS} to {MAX_ROWS}")
    model = resolve(embedded_encoder() if model is None else model)
    job = Job(
        folder / "train.csv",
        folder / "run",
        test=folder / "test.csv",
        model=model,
        recipe=Recipe(epochs=epochs, patience=PATIENCE),
    )
    keras.utils.set_random_seed(job.recipe.seed)
    with _removed_on_error(folder):
        write_sample(SAMPLE, folder / "train.csv", rows, seed=1)
        write_sample(SAMPLE, folder / "test.csv", test_rows, seed=2)
        prepared = prepare(job)
    classifier = train_prepared(job, prepared, display=display)
    epochs = classifier.metrics["training"]["epochs"]
    logger.info("Now the naive recipe, %s epochs as well: %s.", epochs, NAIVE)
    naive = naive_scores(prepared, model, epochs, display)
    return Demonstration(classifier, classifier.metrics["test"], naive, epochs)


@contextmanager
def _removed_on_error(folder: Path) -> Iterator[None]:
    """Makes a folder, which goes again where the work on it fails."""
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise RunError(
            f"cannot be made ({error.strerror})",
            where=str(folder),
            remedy="Choose another: tfclf demo --output FOLDER.",
        ) from None
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


NAIVE = 'compile(optimizer="adam", loss="sparse_categorical_crossentropy") on logits'


def naive_scores(
    prepared: Prepared, folder: Path, epochs: int, display: ProgressDisplay | None = None
) -> Scores:
    """Trains the way that collapses.

    Adam at its default rate, a loss that takes logits for probabilities, no weights.

    Returns:
        The figures on the test rows.
    """
    keras.utils.set_random_seed(prepared.recipe.seed)
    model = TFBertForSequenceClassification.from_pretrained(
        folder, id2label=prepared.plans[0].labels.id2label
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", jit_compile=False)
    batches = Batches(prepared.encoded["training"], prepared.recipe.batch_size, shuffle=True)
    model.fit(
        batches.dataset(),
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[display] if display else [],
    )
    classifier = Classifier(model, prepared.classifier.tokenizer, prepared.classifier.reading)
    return classifier.scores(prepared.rows["test"], classifier.logits(prepared.encoded["test"]))
