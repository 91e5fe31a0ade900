"""``tfclf train``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from typer import Context, echo

from tfclf.cli import train_options as options
from tfclf.cli.answers import AsJson, Quiet
from tfclf.terminal import json_text

if TYPE_CHECKING:
    from tfclf.runs import Classifier, Job


def train(
    context: Context,
    train: options.Train,
    output: options.Output,
    validation: options.Validation = None,
    validation_share: options.ValidationShare = 0.1,
    test: options.Test = None,
    task: options.Task = "single-label",
    head: options.Head = None,
    text: options.Text = "text",
    text_pair: options.TextPair = None,
    tokens: options.Tokens = None,
    label: options.Label = None,
    separator: options.Separator = "|",
    weight: options.Weight = None,
    tag_scheme: options.TagScheme = "auto",
    broken_tags: options.BrokenTags = "repair",
    convert_tags: options.ConvertTags = None,
    quotes: options.Quotes = True,
    empty_text: options.EmptyText = "keep",
    model: options.Model = None,
    new_head: options.NewHead = False,
    epochs: options.Epochs = "auto",
    learning_rate: options.LearningRate = "auto",
    warmup: options.Warmup = 0.1,
    recipe: options.RecipeFrom = None,
    batch_size: options.BatchSize = 32,
    max_length: options.MaxLength = 128,
    loss: options.Loss = "auto",
    gamma: options.Gamma = 2.0,
    tau: options.Tau = 1.0,
    label_smoothing: options.LabelSmoothing = 0.0,
    class_weights: options.ClassWeights = "auto",
    reweight_epoch: options.ReweightEpoch = None,
    sampling: options.Sampling = "auto",
    sampling_ratio: options.SamplingRatio = None,
    token_noise: options.TokenNoise = 0.0,
    mixup: options.Mixup = 0.0,
    augmented: options.Augmented = None,
    head_start: options.HeadStart = "auto",
    on_collapse: options.OnCollapse = "rescue",
    decisions: options.Decisions = "auto",
    deployment_prior: options.DeploymentPrior = None,
    decay: options.Decay = "linear",
    patience: options.Patience = None,
    mlp_head: options.MlpHead = None,
    decoding: options.Decoding = "argmax",
    subwords: options.Subwords = "first",
    seed: options.Seed = 0,
    log_to: options.LogTo = None,
    freeze: options.Freeze = None,
    thaw_epoch: options.ThawEpoch = None,
    layer_decay: options.LayerDecay = 1.0,
    head_rate: options.HeadRate = None,
    reinit_layers: options.ReinitLayers = 0,
    long_text: options.LongText = "head",
    window_stride: options.WindowStride = None,
    window_pooling: options.WindowPooling = "mean",
    max_windows: options.MaxWindows = 16,
    normalize: options.Normalize = None,
    expand_contractions: options.ExpandContractions = False,
    collapse_whitespace: options.CollapseWhitespace = False,
    replace: options.Replace = None,
    precision: options.Precision = "float32",
    batch_tokens: options.BatchTokens = None,
    gradient_accumulation_steps: options.GradientAccumulationSteps = 1,
    gradient_checkpointing: options.GradientCheckpointing = False,
    jit: options.Jit = "auto",
    steps_per_execution: options.StepsPerExecution = "auto",
    devices: options.Devices = "auto",
    save_every: options.SaveEvery = 60.0,
    restart: options.Restart = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a classifier on a file and leave a run directory.

    Interrupted in any way, the same command goes on where it was.

    tfclf train tickets.csv --output run --test test.csv

    tfclf train tickets.csv --output run --recipe study

    tfclf train pairs.jsonl --output run --task regression --text-pair text_b

    tfclf train news.conll --output run --task token --label 4
    """
    given = dict(locals())
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.cli.train_job import asked_for, job_of

    _answer(_trained(job_of(given, asked_for(context)), quiet), output, as_json, quiet)


def _trained(job: Job, quiet: bool) -> Classifier:
    """Trains."""
    from tfclf.runs import train
    from tfclf.training import ProgressDisplay

    with interruptible():
        return train(job, display=None if quiet else ProgressDisplay())


@contextmanager
def interruptible() -> Iterator[None]:
    """Says where a training was interrupted, which Typer would take for an abort."""
    from tfclf.cli.console import fail
    from tfclf.training.resuming import Interrupted

    try:
        yield
    except Interrupted as error:
        fail(str(error), 128 + error.number)


def _answer(trained: Classifier, output: str, as_json: bool, quiet: bool) -> None:
    """Prints what the run reached, in the form that was asked for."""
    from tfclf.cli.show import show_run

    if as_json and trained.metrics:  # another process of the same training has none
        echo(json_text(trained.metrics, indent=2))
    elif not (quiet or as_json):
        show_run(trained, output)
