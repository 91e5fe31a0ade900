"""The whole job: rows in, a run directory out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from tfclf.backend import check_backend
from tfclf.errors import ArgumentError, RunError
from tfclf.models import new_folder
from tfclf.runs.checkup import checkup
from tfclf.runs.classifier import Classifier
from tfclf.runs.decide import decide
from tfclf.runs.fingerprint import check_same_data
from tfclf.runs.job import Job
from tfclf.runs.prepare import Prepared, prepare
from tfclf.runs.run_directory import is_finished
from tfclf.runs.watched_fit import watched_fit
from tfclf.runs.write_run import write_run
from tfclf.training import ProgressDisplay, log_prior, start_heads
from tfclf.training.devices import (
    ONE_DEVICE,
    Devices,
    Processes,
    check_agreement,
    choose_devices,
    find_machine,
    join,
    rows_facts,
)

logger = logging.getLogger("tfclf")

# Arguments that name files: processes may have the same rows and weights under other names.
FILES = {"train", "validation", "test", "model", "augmented"}


def train(job: Job, *, display: ProgressDisplay | None = None) -> Classifier:
    """Trains a classifier and writes its run directory.

    The same arguments again find the finished run and do nothing. Every check of rows, tokenizer
    and checkpoint comes before the first step, and nothing is left behind by a failure.

    Where several processes train together (``tfclf.training.devices.join``), the first of them
    shows the progress and writes the run directory; the others return the model as it trained,
    without figures and decisions.

    Args:
        job: What to do.
        display: Shows the progress; None shows none.

    Returns:
        The classifier, as ``tfclf.load`` gives it.

    Raises:
        TfclfError: The rows, the checkpoint, the devices or the output cannot be used, or processes
            do not train the same.
    """
    check_backend(keras.backend.backend())
    _leave_accelerators_to_jax()
    processes = join()
    with _only_the_first_speaks(processes):
        if _is_finished(job, processes):
            processes.all_do(lambda: processes.is_first and check_same_data(Path(job.output), job))
            logger.info("%s is finished: the same arguments made it.", job.output)
            return Classifier.load(job.output)
        devices = processes.all_do(
            lambda: choose_devices(job.devices, job.recipe.batch_size, find_machine(job.devices))
        )
        _check_mixup(job, devices)
        keras.utils.set_random_seed(job.recipe.seed)
        prepared = processes.all_do(lambda: prepare(job))
        check_agreement(processes, _facts(job, prepared))
        return train_prepared(job, prepared, display=display, devices=devices, processes=processes)


def train_prepared(
    job: Job,
    prepared: Prepared,
    *,
    display: ProgressDisplay | None = None,
    devices: Devices = ONE_DEVICE,
    processes: Processes | None = None,
) -> Classifier:
    """Trains what ``prepare`` gave and writes the run directory.

    Args:
        job: What to do.
        prepared: Rows and model.
        display: Shows the progress; None shows none.
        devices: What to train on.
        processes: The processes that train together; they are parted once they have.
    """
    processes = processes or Processes()
    first = processes.is_first
    with ExitStack() as opened:

        def begin() -> tuple[Path | None, Any]:
            if not first:
                return None, ()
            return opened.enter_context(new_folder(job.output, RunError)), checkup(prepared)

        folder, findings = processes.all_do(begin)
        watched = watched_fit(
            job,
            prepared,
            folder,
            display if first else None,
            started=start(prepared),
            devices=devices,
        )
        processes.leave()
        prepared = watched.prepared  # a rescue changes the recipe
        if folder is None:
            return prepared.classifier
        decisions = decide(prepared)
        try:
            prepared.classifier.metrics = write_run(job, watched, decisions, findings, folder)
        except OSError as error:
            raise RunError(f"cannot be written ({error.strerror})", where=str(job.output)) from None
    return prepared.classifier


def _check_mixup(job: Job, devices: Devices) -> None:
    """Raises where texts would be mixed with those of one device alone."""
    if job.recipe.mixup and devices.number > 1 and keras.backend.backend() == "tensorflow":
        raise ArgumentError(
            f"mixup on {devices.number} devices: TensorFlow mixes the rows of each by themselves",
            where="devices",
            remedy="Pass --devices 1, or set KERAS_BACKEND=jax.",
        )


def _leave_accelerators_to_jax() -> None:
    """Keeps TensorFlow, which only reads batches then, from taking the memory of the GPUs."""
    if keras.backend.backend() == "jax" and find_spec("tensorflow"):
        import tensorflow as tf

        with suppress(RuntimeError):  # it runs already
            tf.config.set_visible_devices([], "GPU")


@contextmanager
def _only_the_first_speaks(processes: Processes) -> Iterator[None]:
    """Keeps the other processes from saying the same; their errors are raised all the same."""
    level = logger.level
    if not processes.is_first:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _is_finished(job: Job, processes: Processes) -> bool:
    """Tells whether the run is finished where the first process writes it."""
    output = Path(job.output)
    here = processes.all_do(lambda: processes.is_first and is_finished(output, job.to_dict()))
    return processes.gather(str(here))[0] == str(True)


def _facts(job: Job, prepared: Prepared) -> dict[str, str]:
    """Returns what processes that train together have to agree on."""
    arguments = {name: value for name, value in job.to_dict().items() if name not in FILES}
    arguments["recipe"] = prepared.recipe.to_dict()
    arguments["config"] = vars(prepared.classifier.model.config)
    # Arguments first: where they differ, so may the rows.
    facts = {name: str(value) for name, value in _flat(arguments).items()}
    for split, rows in prepared.encoded.items():
        facts |= rows_facts(split, rows)
    return facts | {
        f"labels of {plan.head.name}": ", ".join(map(str, plan.labels.names))
        for plan in prepared.plans
    }


def _flat(values: dict[str, Any], under: str = "") -> dict[str, Any]:
    """Returns nested values by their names, such as ``recipe.epochs``."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        inner = isinstance(value, dict) and value
        flat |= _flat(value, f"{under}{name}.") if inner else {f"{under}{name}": value}
    return flat


def start(prepared: Prepared) -> bool:
    """Starts new heads at a linear probe where the recipe has it so; tells whether one does."""
    recipe = prepared.recipe
    if recipe.head_start == "random" or recipe.reinit_layers:
        return False
    begun = time.perf_counter()
    priors = {
        plan.head.name: log_prior(plan, recipe, prepared.drawn(plan))
        for plan in prepared.plans
        if plan.head.task == "single-label"
    }
    training = prepared.encoded["training"]
    started = start_heads(prepared.classifier.model, training, prepared.plans, priors, recipe.seed)
    if started:
        logger.info(
            "The new head starts at a linear probe of the encoder (%.0f s).",
            time.perf_counter() - begun,
        )
    return bool(started)
