"""A small training as users write it, made of plain values that a disease can change."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.zoo.model import make_model
from tests.zoo.pipeline import encode, make_pipeline, make_tokenizer, write_rows
from tests.zoo.rows import Examples


@dataclass(frozen=True)
class Setting:
    """Everything that a small training is made of; the defaults are a healthy one.

    Attributes:
        encoder: Folder of the pretrained encoder.
        task: Name of the task; pairs of texts are ``"single-label"`` as well.
        train: Rows to train on.
        validation: Rows to validate on.
        rate: Learning rate at its peak.
        max_length: Longest text, in tokens.
    """

    encoder: str
    task: str
    train: Examples
    validation: Examples
    rate: float
    max_length: int
    batch_size: int = 16
    epochs: int = 16
    # The tokenizer and what it gives.
    vocabulary: str = "own"  # of VOCABULARIES
    lower_case: bool = True
    mask: str = "right"  # "none", "ones"
    types: str = "right"  # "none", "zeros"
    alignment: str = "first"  # of a word's tag to its tokens: "words"
    tag_of_padding: int = -100
    tag_of_specials: int = -100
    ids: str = "whole"  # "interpolated"
    padded_to: int | None = None
    # The labels and the weights of rows.
    labels: str = "ids"  # of LABEL_FORMS
    class_weight: Any = None
    sample_weight: str | None = None  # "extreme"
    # The pipeline.
    order: str = "mixed"  # "sorted"
    shuffle: bool = True
    buffer: int | None = None  # rows of the shuffle buffer; None: all
    reshuffle: bool = True
    cache: str | None = None  # "behind the shuffle"
    endless: bool = False
    autotune: bool = False
    batched: bool = True
    labelled: bool = True
    breaks: bool = False
    as_file: bool = False
    # The model.
    loaded: str = "all"  # "nothing", "all but the pooler"
    own_head: bool = False  # a functional model around the encoder, as users build them
    activation: str | None = None  # of the last layer
    units: int | None = None
    label_names: tuple[str, ...] | None = None
    dropout: float | None = None
    dropout_always: bool = False
    frozen: str | None = None  # "encoder", "head", "everything"
    precision: str | None = None
    penalty: float = 0.0  # L2 on the encoder's kernels
    damage: str | None = None  # of DAMAGES
    # How it is trained.
    loss: str | None = None  # of LOSSES; None: the task's
    from_logits: bool = True
    ignored: int | None = -100  # the label id that the loss of a token task leaves out
    optimizer: str = "adamw"  # of OPTIMIZERS
    weight_decay: float = 0.01
    schedule: str = "warm-up"  # "constant", "unclipped"
    warmup_share: float = 0.1
    schedule_share: float = 1.0  # of the plan's steps
    metrics: str | None = None  # of METRICS
    fitted: int = 0  # epochs before anybody looks

    @property
    def steps(self) -> int:
        """Steps of the plan."""
        return self.epochs * -(-len(self.train) // self.batch_size)


@dataclass(frozen=True)
class Training:
    """What a user hands to the doctor."""

    model: keras.Model
    train: Any
    validation: Any
    tokenizer: Any
    epochs: int
    class_weight: Any
    task: str
    history: Any = field(default=None)

    def asked(self) -> dict[str, Any]:
        """Returns the arguments of ``tfclf.diagnose``."""
        return {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if getattr(self, item.name) is not None
        }


def build(setting: Setting, folder: Path) -> Training:
    """Writes the user's program: model, pipelines, compile.

    Args:
        setting: What it is made of.
        folder: An empty folder, for a changed tokenizer or checkpoint.
    """
    keras.utils.set_random_seed(1)
    tokenizer = make_tokenizer(setting, folder)
    if setting.as_file:
        train = write_rows(setting.train, folder / "train.jsonl")
        validation = write_rows(setting.validation, folder / "validation.jsonl")
    else:
        train = make_pipeline(setting, encode(setting, setting.train, tokenizer), training=True)
        validation = make_pipeline(
            setting, encode(setting, setting.validation, tokenizer), training=False
        )
    model = make_model(setting, folder)
    compile_model(model, setting)
    history = fit(model, train, validation, setting) if setting.fitted else None
    return Training(
        model, train, validation, str(tokenizer), setting.epochs, setting.class_weight,
        setting.task, history,
    )  # fmt: skip


def fit(model: keras.Model, train: Any, validation: Any, setting: Setting) -> dict[str, list]:
    """Trains for some epochs and returns their figures."""
    done = model.fit(
        train,
        validation_data=validation,
        epochs=setting.fitted,
        class_weight=setting.class_weight,
        shuffle=False,  # the pipeline does that
        verbose=0,
    )
    return {name: list(values) for name, values in done.history.items()}


def compile_model(model: keras.Model, setting: Setting) -> None:
    """Compiles a model with the loss, the optimizer and the metrics of a setting."""
    loss = setting.loss or TASK_LOSSES[setting.task]
    metrics = METRICS[setting.metrics]() if setting.metrics else []
    model.compile(
        make_optimizer(setting), LOSSES[loss](setting), metrics=metrics, jit_compile=False
    )


TASK_LOSSES = {
    "single-label": "sparse",
    "multi-label": "binary",
    "regression": "squared",
    "token": "token",
}

LOSSES: dict[str, Callable[[Setting], Any]] = {
    "sparse": lambda s: keras.losses.SparseCategoricalCrossentropy(from_logits=s.from_logits),
    "categorical": lambda s: keras.losses.CategoricalCrossentropy(from_logits=s.from_logits),
    "binary": lambda s: keras.losses.BinaryCrossentropy(from_logits=s.from_logits),
    "squared": lambda s: keras.losses.MeanSquaredError(),
    "token": lambda s: keras.losses.SparseCategoricalCrossentropy(
        from_logits=s.from_logits, ignore_class=s.ignored
    ),
    "by name": lambda s: "sparse_categorical_crossentropy",
}

METRICS: dict[str, Callable[[], list]] = {
    "accuracy": lambda: ["accuracy"],
    "threshold of probabilities": lambda: [keras.metrics.BinaryAccuracy()],
    "threshold of logits": lambda: [keras.metrics.BinaryAccuracy(threshold=0.0)],
}


def make_optimizer(setting: Setting) -> keras.optimizers.Optimizer:
    """Makes the optimizer of a setting with its schedule."""
    return OPTIMIZERS[setting.optimizer](SCHEDULES[setting.schedule](setting), setting)


def _adamw(rate: Any, setting: Setting) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.AdamW(rate, weight_decay=setting.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


OPTIMIZERS: dict[str, Callable[[Any, Setting], keras.optimizers.Optimizer]] = {
    "adamw": _adamw,
    "adam": lambda rate, s: keras.optimizers.Adam(rate),
    "sgd": lambda rate, s: keras.optimizers.SGD(rate),
    "adagrad": lambda rate, s: keras.optimizers.Adagrad(rate),
}


@keras.saving.register_keras_serializable("zoo")
class Unclipped(keras.optimizers.schedules.LearningRateSchedule):
    """A line through zero that nobody stops there, as early releases of BERT's Adam had it."""

    def __init__(self, rate: float, steps: int):
        super().__init__()
        self.rate, self.steps = rate, steps

    def __call__(self, step: Any) -> Any:
        return self.rate * (1.0 - keras.ops.cast(step, "float32") / self.steps)

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "steps": self.steps}


def _warm_up(setting: Setting) -> Any:
    steps = max(1, round(setting.schedule_share * setting.steps))
    warmup = max(1, round(setting.warmup_share * setting.steps))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=setting.rate, warmup_steps=warmup
    )


SCHEDULES: dict[str, Callable[[Setting], Any]] = {
    "constant": lambda s: s.rate,
    "warm-up": _warm_up,
    "unclipped": lambda s: Unclipped(s.rate, max(1, round(s.schedule_share * s.steps))),
}


def changed_fields(healthy: Setting, sick: Setting) -> frozenset[str]:
    """Returns the names of what differs between two settings."""
    return frozenset(
        item.name
        for item in fields(Setting)
        if getattr(healthy, item.name) != getattr(sick, item.name)
    )


def with_targets(setting: Setting, change: Callable[[np.ndarray], np.ndarray]) -> Setting:
    """Returns a setting in which the targets of both splits, one for each text, are changed."""
    parts = {}
    for name in ("train", "validation"):
        examples = getattr(setting, name)
        targets = tuple(change(np.array(examples.targets)).tolist())
        parts[name] = replace(examples, targets=targets)
    return replace(setting, **parts)
