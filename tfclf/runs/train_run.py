"""The whole job: rows in, a run directory out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import keras

from tfclf.backend import check_backend
from tfclf.errors import ArgumentError
from tfclf.runs.alone import told
from tfclf.runs.checkup import checkup
from tfclf.runs.classifier import Classifier
from tfclf.runs.decide import decide
from tfclf.runs.fingerprint import check_same_data
from tfclf.runs.job import Job
from tfclf.runs.prepare import Prepared, prepare
from tfclf.runs.run_directory import flat, is_finished
from tfclf.runs.unfinished import Unfinished
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


def train(
    job: Job,
    *,
    display: ProgressDisplay | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Classifier:
    """Trains a classifier and writes its run directory.

    The same arguments again find the finished run and do nothing, or go on with an unfinished one:
    its end is the same, to the bit, as if it had run through. Every check of rows, tokenizer and
    checkpoint comes before the first step, and nothing is left behind by a failure, but what was
    trained.

    Where several processes train together (``tfclf.training.devices.join``), the first of them
    shows the progress and writes the run directory; the others return the model as it trained,
    without figures and decisions.

    Args:
        job: What to do.
        display: Shows the progress; None shows none.
        callbacks: Keras callbacks of yours. Nothing of them is saved where a training is
            interrupted, and where it collapses they see it begin again.

    Returns:
        The classifier, as ``tfclf.load`` gives it.

    Raises:
        TfclfError: The rows, the checkpoint, the devices or the output cannot be used, or processes
            do not train the same, or an unfinished training stands there that is made of
            something else.
        Interrupted: SIGINT or SIGTERM came; what was trained is saved.
    """
    check_backend(keras.backend.backend())
    _leave_accelerators_to_jax()
    processes = join()
    with _only_the_first_speaks(processes):
        if _is_finished(job, processes):
            processes.all_do(lambda: processes.is_first and check_same_data(Path(job.output), job))
            logger.info("%s is finished: the same arguments made it.", job.output)
            processes.all_do(lambda: processes.is_first and Unfinished.clear(job.output))
            return Classifier.load(job.output)
        devices = processes.all_do(
            lambda: choose_devices(job.devices, job.recipe.batch_size, find_machine(job.devices))
        )
        _check_mixup(job, devices)
        with _unfinished(job, processes) as unfinished:
            processes.all_do(lambda: unfinished and unfinished.check({"arguments": job.to_dict()}))
            keras.utils.set_random_seed(job.recipe.seed)
            prepared = processes.all_do(lambda: prepare(job))
            facts = _facts(job, prepared)
            check_agreement(processes, facts)
            facts |= {"devices that train": str(devices.number)}
            made_of = {"made from": facts, "checkpoint": dict(prepared.checkpoint["files"])}
            processes.all_do(lambda: unfinished and unfinished.check(made_of))
            return _train(job, prepared, display, devices, processes, unfinished, callbacks)


def train_prepared(
    job: Job, prepared: Prepared, *, display: ProgressDisplay | None = None
) -> Classifier:
    """Trains what ``prepare`` gave on one device, and writes the run directory.

    Args:
        job: What to do.
        prepared: Rows and model.
        display: Shows the progress; None shows none.
    """
    processes = Processes()
    with _unfinished(job, processes) as unfinished:
        return _train(job, prepared, display, ONE_DEVICE, processes, unfinished)


def _train(
    job: Job,
    prepared: Prepared,
    display: ProgressDisplay | None,
    devices: Devices,
    processes: Processes,
    unfinished: Unfinished | None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Classifier:
    """Trains, and writes the run where this process is to."""
    findings = processes.all_do(lambda: checkup(prepared) if unfinished else ())
    watched = watched_fit(
        job,
        prepared,
        unfinished,
        display if unfinished else None,
        started=start(prepared),
        devices=devices,
        # The others would have to go on from the same moment.
        saves=processes.number == 1,
        callbacks=callbacks,
    )
    processes.leave()
    prepared = watched.prepared  # a rescue changes the recipe
    if unfinished is None:
        return prepared.classifier
    decisions = decide(prepared)
    with told(job.output):
        metrics = write_run(job, watched, decisions, findings, unfinished.whole)
    unfinished.finish()
    prepared.classifier.metrics = metrics
    return prepared.classifier


@contextmanager
def _unfinished(job: Job, processes: Processes) -> Iterator[Unfinished | None]:
    """Gives the folder that the first process writes; the others have none."""
    with ExitStack() as opened:

        def begin() -> Unfinished | None:
            if not processes.is_first:
                return None
            return opened.enter_context(Unfinished(job.output, restart=job.restart))

        yield processes.all_do(begin)


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
    facts = {name: str(value) for name, value in flat(arguments).items()}
    for split, rows in prepared.encoded.items():
        facts |= rows_facts(split, rows)
    return facts | {
        f"labels of {plan.head.name}": ", ".join(map(str, plan.labels.names))
        for plan in prepared.plans
    }


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
