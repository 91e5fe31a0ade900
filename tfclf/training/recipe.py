"""Everything that can be set about a training, in one value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tfclf.training.recipe_checks import AUTO, GAMMA, TAU, check_recipe


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. ``auto`` is settled by ``settle`` and said aloud.

    Attributes:
        epochs: Passes over the rows.
        learning_rate: Highest learning rate.
        batch_size: Rows in a batch.
        max_length: Longest text (tokens).
        loss: One of the task's ``losses``; with several heads each has the first of its own.
        gamma: Focus of the focal losses.
        tau: Strength of the logit adjustment; 1 aims at labels that are equally frequent.
        label_smoothing: Share of the truth that is spread over all labels, in [0, 1).
        class_weights: ``"none"``, a strategy of ``tfclf.imbalance.class_weights``, or one positive
            number a label, in the order of their ids.
        reweight_epoch: Epoch, counted from 1, from which the class weights count; None: the first.
        sampling: ``"none"``: every row once an epoch; or a name of ``tfclf.imbalance.SAMPLINGS``.
        sampling_ratio: Least to largest class that ``"oversample"`` and ``"undersample"`` make.
        token_noise: Share of the tokens of repeated rows that is changed, in [0, 1).
        mixup: Alpha of the mixture of pooled outputs; 0 mixes none.
        head_start: ``"probe"`` starts a new head at a linear probe of the encoder, ``"random"`` at
            random.
        on_collapse: ``"rescue"`` begins a training that collapses again with what its cause asks
            for, ``"stop"`` stops it, ``"warn"`` says it, ``"ignore"`` does not watch.
        decisions: ``"validation"`` chooses thresholds or a logit offset, and a temperature, on the
            validation rows; ``"none"`` takes the most probable label, and 0.5.
        warmup: Share of the steps that warms up, in [0, 1).
        decay: Shape of the decay, one of ``DECAYS``.
        weight_decay: Decoupled decay of kernels and embeddings.
        clip_norm: Largest norm of all gradients together.
        patience: Epochs without a better validation figure before training stops; None never
            stops. The best epoch's weights are kept either way.
        freeze: ``"encoder"``, ``"embeddings"``, or a number of layers from below, with the
            embeddings, that do not train; None trains everything.
        thaw_epoch: Epoch, counted from 1, from which what was frozen trains as well.
        layer_decay: What the learning rate is multiplied by from one layer to the next below.
        head_learning_rate: Highest rate of the head; None takes ``learning_rate``.
        reinit_layers: Layers from above that start anew, with the pooler.
        head_hidden_size: Width of the hidden layer of the head; None for a linear head.
        subwords: Which subwords of a word have its tag, ``"first"`` or ``"all"``.
        precision: What is computed in: ``"float32"``, ``"bfloat16"``, ``"float16"``, or ``"auto"``
            for bfloat16 where processor or accelerator multiply it. Weights stay float32.
        batch_tokens: Most tokens of a training batch, padding counted, besides ``batch_size`` rows.
        gradient_accumulation_steps: Batches whose mean gradient makes one step of the optimizer.
        gradient_checkpointing: Whether the backward pass computes each layer again instead of
            keeping what it needs: less memory, more time.
        jit: Whether XLA compiles the step, ``"on"``, ``"off"``, or ``"auto"`` where it pays.
        steps_per_execution: Steps between two looks of the callbacks; ``"auto"`` is 1, so that
            they look at each.
        seed: Seed of the split, the order, the dropout and the head.
    """

    epochs: int | str = AUTO
    learning_rate: float | str = AUTO
    batch_size: int = 32
    max_length: int = 128
    loss: str = AUTO
    gamma: float = GAMMA
    tau: float = TAU
    label_smoothing: float = 0.0
    class_weights: str | tuple[float, ...] = AUTO
    reweight_epoch: int | None = None
    sampling: str = AUTO
    sampling_ratio: float | None = None
    token_noise: float = 0.0
    mixup: float = 0.0
    head_start: str = AUTO
    on_collapse: str = "rescue"
    decisions: str = AUTO
    deployment_prior: tuple[tuple[str, float], ...] | None = None
    warmup: float = 0.1
    decay: str = "linear"
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    patience: int | None = None
    freeze: str | int | None = None
    thaw_epoch: int | None = None
    layer_decay: float = 1.0
    head_learning_rate: float | None = None
    reinit_layers: int = 0
    head_hidden_size: int | None = None
    subwords: str = "first"
    precision: str = "float32"
    batch_tokens: int | None = None
    gradient_accumulation_steps: int = 1
    gradient_checkpointing: bool = False
    jit: str = AUTO
    steps_per_execution: int | str = AUTO
    seed: int = 0

    def __post_init__(self) -> None:
        check_recipe(self)

    def to_dict(self) -> dict[str, Any]:
        """Returns the recipe as JSON."""
        values = asdict(self)
        if isinstance(self.class_weights, tuple):
            values["class_weights"] = list(self.class_weights)
        if self.deployment_prior is not None:
            values["deployment_prior"] = dict(self.deployment_prior)
        return values
