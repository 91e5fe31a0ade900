"""The options of ``tfclf train``, in the panels of its help."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

ROWS = "Rows"
MODEL = "Model and recipe"
TRAINED = "What trains, and how fast"
TEXTS = "What is done to each text"
IMBALANCE = "Rare labels"
SPEED = "Speed, devices and safety"

Train = Annotated[
    str, Argument(help=".csv, .tsv, .jsonl, .parquet or .conll, each also .gz; - is stdin.")
]
Output = Annotated[str, Option(help="Run directory to make.")]
Validation = Annotated[
    str | None,
    Option(help="Validation rows; else some training rows are held out.", rich_help_panel=ROWS),
]
ValidationShare = Annotated[
    float, Option(help="Share to hold out; 0 trains without validation.", rich_help_panel=ROWS)
]
Test = Annotated[str | None, Option(help="Test rows, judged at the end.", rich_help_panel=ROWS)]
Task = Annotated[
    str,
    Option(help="single-label, multi-label, regression or token.", rich_help_panel=ROWS),
]
Head = Annotated[
    list[str] | None,
    Option(
        help="NAME=TASK:COLUMN, also with *WEIGHT; once for each of several tasks.",
        rich_help_panel=ROWS,
    ),
]
Text = Annotated[str, Option(help="Column of the text.", rich_help_panel=ROWS)]
TextPair = Annotated[
    str | None, Option(help="Column of the second text of pairs.", rich_help_panel=ROWS)
]
Tokens = Annotated[
    str | None,
    Option(help="Column of the words; a number in .conll.", rich_help_panel=ROWS),
]
Label = Annotated[
    str | None,
    Option(help="Column of the label; label, labels or tags by default.", rich_help_panel=ROWS),
]
Weight = Annotated[
    str | None,
    Option(help="Column of what each training row counts for.", rich_help_panel=ROWS),
]
Separator = Annotated[
    str, Option(help="Between labels of a list in .csv and .tsv.", rich_help_panel=ROWS)
]
TagScheme = Annotated[
    str,
    Option(help="auto, bio, iob1, iobes, or none (parts of speech).", rich_help_panel=ROWS),
]
BrokenTags = Annotated[
    str,
    Option(help="An I- without its B-: repair or refuse.", rich_help_panel=ROWS),
]
ConvertTags = Annotated[str | None, Option(help="bio, iob1 or iobes.", rich_help_panel=ROWS)]
Quotes = Annotated[
    bool, Option(help='Fields of .csv and .tsv may be in "quotes".', rich_help_panel=ROWS)
]
EmptyText = Annotated[str, Option(help="Rows without text: keep or drop.", rich_help_panel=ROWS)]
Model = Annotated[
    str | None,
    Option(help="Folder, hub id (bert-base-uncased by default), or minilm.", rich_help_panel=MODEL),
]
NewHead = Annotated[
    bool, Option("--new-head", help="Replace the checkpoint's head.", rich_help_panel=MODEL)
]
Epochs = Annotated[str, Option(help="Number or auto.", rich_help_panel=MODEL)]
LearningRate = Annotated[str, Option(help="Highest rate, or auto.", rich_help_panel=MODEL)]
Warmup = Annotated[
    float, Option(help="Share of the steps that warms up, in [0, 1).", rich_help_panel=MODEL)
]
RecipeFrom = Annotated[
    str | None,
    Option(
        help="Folder of tfclf tune, or a run, whose recipe is taken; other options go before it.",
        rich_help_panel=MODEL,
    ),
]
BatchSize = Annotated[int, Option(help="Rows in a batch.", rich_help_panel=MODEL)]
MaxLength = Annotated[int, Option(help="Longest text (tokens).", rich_help_panel=MODEL)]
Loss = Annotated[
    str,
    Option(
        help="auto; cross-entropy, focal, class-balanced-focal, logit-adjusted, ldam; "
        "binary-cross-entropy, binary-focal, class-balanced-binary-focal, asymmetric; "
        "mean-squared-error.",
        rich_help_panel=IMBALANCE,
    ),
]
Gamma = Annotated[float, Option(help="Focus of the focal losses.", rich_help_panel=IMBALANCE)]
Tau = Annotated[float, Option(help="Strength of the logit adjustment.", rich_help_panel=IMBALANCE)]
LabelSmoothing = Annotated[
    float, Option(help="Share of the truth spread over all labels.", rich_help_panel=IMBALANCE)
]
ClassWeights = Annotated[
    str,
    Option(
        help="auto, none, inverse, sqrt_inverse, effective, or numbers: 0.5,1,4.",
        rich_help_panel=IMBALANCE,
    ),
]
ReweightEpoch = Annotated[
    int | None,
    Option(help="Epoch from which the class weights count.", rich_help_panel=IMBALANCE),
]
Sampling = Annotated[
    str,
    Option(
        help="auto, none, oversample, undersample, balanced, sqrt or repeat-factors.",
        rich_help_panel=IMBALANCE,
    ),
]
SamplingRatio = Annotated[
    float | None,
    Option(help="Least to largest class to sample to.", rich_help_panel=IMBALANCE),
]
TokenNoise = Annotated[
    float,
    Option(help="Share of the tokens of repeated rows to change.", rich_help_panel=IMBALANCE),
]
Mixup = Annotated[
    float, Option(help="Alpha of the mixture of pooled outputs.", rich_help_panel=IMBALANCE)
]
Augmented = Annotated[
    str | None,
    Option(help="Review file of tfclf augment: accepted rows.", rich_help_panel=IMBALANCE),
]
OnCollapse = Annotated[
    str,
    Option(
        help="What becomes of a training that collapses: rescue (begin again, repaired), stop, "
        "warn or ignore."
    ),
]
HeadStart = Annotated[
    str,
    Option(help="auto, probe (of the frozen encoder) or random.", rich_help_panel=IMBALANCE),
]
Decisions = Annotated[
    str,
    Option(
        help="auto, validation (thresholds, offset, temperature) or none.",
        rich_help_panel=IMBALANCE,
    ),
]
DeploymentPrior = Annotated[
    str | None,
    Option(
        help="Shares of the labels where it will be used: ham=0.9,spam=0.1.",
        rich_help_panel=IMBALANCE,
    ),
]
Decay = Annotated[str, Option(help="linear, cosine or constant.", rich_help_panel=MODEL)]
Patience = Annotated[
    int | None,
    Option(help="Stop after so many epochs that were no better.", rich_help_panel=MODEL),
]
MlpHead = Annotated[
    int | None,
    Option(help="Hidden layer of so many units in the head.", rich_help_panel=MODEL),
]
Decoding = Annotated[
    str,
    Option(help="argmax, or viterbi: no tags that break the scheme.", rich_help_panel=MODEL),
]
Subwords = Annotated[
    str, Option(help="Which subwords have the tag: first or all.", rich_help_panel=MODEL)
]
Seed = Annotated[int, Option(help="Seed.", rich_help_panel=MODEL)]
LogTo = Annotated[str | None, Option(help="tensorboard or wandb.", rich_help_panel=MODEL)]
Freeze = Annotated[
    str | None,
    Option(help="encoder, embeddings, or a number of layers.", rich_help_panel=TRAINED),
]
ThawEpoch = Annotated[
    int | None,
    Option(help="Epoch from which all of it trains.", rich_help_panel=TRAINED),
]
LayerDecay = Annotated[
    float,
    Option(help="Of the rate, from layer to layer downwards.", rich_help_panel=TRAINED),
]
HeadRate = Annotated[
    float | None, Option(help="Highest rate of the head.", rich_help_panel=TRAINED)
]
ReinitLayers = Annotated[
    int, Option(help="Layers from above that start anew.", rich_help_panel=TRAINED)
]
LongText = Annotated[
    str,
    Option(
        help="What is read of longer texts: head, tail, head+tail or windows.",
        rich_help_panel=TEXTS,
    ),
]
WindowStride = Annotated[
    int | None,
    Option(help="Tokens from one window to the next.", rich_help_panel=TEXTS),
]
WindowPooling = Annotated[
    str, Option(help="mean or max of the windows' logits.", rich_help_panel=TEXTS)
]
MaxWindows = Annotated[int, Option(help="Most windows of a text.", rich_help_panel=TEXTS)]
Normalize = Annotated[str | None, Option(help="NFC, NFD, NFKC or NFKD.", rich_help_panel=TEXTS)]
ExpandContractions = Annotated[
    bool, Option("--expand-contractions", help="won't -> will not.", rich_help_panel=TEXTS)
]
CollapseWhitespace = Annotated[
    bool, Option("--collapse-whitespace", help="Runs of it -> a space.", rich_help_panel=TEXTS)
]
Replace = Annotated[
    list[str] | None, Option(help="OLD=NEW; may be repeated.", rich_help_panel=TEXTS)
]
Precision = Annotated[
    str,
    Option(
        help="float32, bfloat16, float16, or auto: bfloat16 where the hardware has it.",
        rich_help_panel=SPEED,
    ),
]
BatchTokens = Annotated[
    int | None,
    Option(help="Most tokens of a batch, padding counted.", rich_help_panel=SPEED),
]
GradientAccumulationSteps = Annotated[
    int, Option(help="Batches whose mean gradient makes a step.", rich_help_panel=SPEED)
]
GradientCheckpointing = Annotated[
    bool,
    Option(
        "--gradient-checkpointing",
        help="Compute layers again instead of keeping them: less memory, more time.",
        rich_help_panel=SPEED,
    ),
]
Jit = Annotated[
    str,
    Option(help="Compile by XLA: auto (where it pays), on or off.", rich_help_panel=SPEED),
]
StepsPerExecution = Annotated[
    str,
    Option(help="Steps between two looks of the callbacks; auto: 1.", rich_help_panel=SPEED),
]
Devices = Annotated[
    str,
    Option(
        help="How many train together; auto: all accelerators whose number divides the batch; "
        "one CPU.",
        rich_help_panel=SPEED,
    ),
]

SaveEvery = Annotated[
    float,
    Option(
        help="Seconds between two savings of what an interrupted training goes on from; rarer "
        "where they would cost more than 2 % of the time.",
        rich_help_panel=SPEED,
    ),
]
Restart = Annotated[
    bool, Option("--restart", help="Begin an unfinished training again.", rich_help_panel=SPEED)
]

# Options that go into the recipe under their own names, as they are.
OF_THE_RECIPE = (
    "batch_size",
    "max_length",
    "loss",
    "gamma",
    "tau",
    "label_smoothing",
    "reweight_epoch",
    "sampling",
    "sampling_ratio",
    "token_noise",
    "mixup",
    "head_start",
    "on_collapse",
    "decisions",
    "warmup",
    "decay",
    "patience",
    "thaw_epoch",
    "layer_decay",
    "reinit_layers",
    "subwords",
    "precision",
    "batch_tokens",
    "gradient_accumulation_steps",
    "gradient_checkpointing",
    "jit",
    "seed",
)
