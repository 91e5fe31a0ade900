"""``tfclf train``."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

ROWS = "Rows"
MODEL = "Model and recipe"
TRAINED = "What trains, and how fast"
TEXTS = "What is done to each text"


def train(
    train: Annotated[
        str, Argument(help=".csv, .tsv, .jsonl, .parquet or .conll, each also .gz; - is stdin.")
    ],
    output: Annotated[str, Option(help="Run directory to make.")],
    validation: Annotated[
        str | None,
        Option(help="Validation rows; else some training rows are held out.", rich_help_panel=ROWS),
    ] = None,
    validation_share: Annotated[
        float, Option(help="Share to hold out; 0 trains without validation.", rich_help_panel=ROWS)
    ] = 0.1,
    test: Annotated[
        str | None, Option(help="Test rows, judged at the end.", rich_help_panel=ROWS)
    ] = None,
    task: Annotated[
        str,
        Option(help="single-label, multi-label, regression or token.", rich_help_panel=ROWS),
    ] = "single-label",
    head: Annotated[
        list[str] | None,
        Option(
            help="NAME=TASK:COLUMN, also with *WEIGHT; once for each of several tasks.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    text: Annotated[str, Option(help="Column of the text.", rich_help_panel=ROWS)] = "text",
    text_pair: Annotated[
        str | None, Option(help="Column of the second text of pairs.", rich_help_panel=ROWS)
    ] = None,
    tokens: Annotated[
        str | None,
        Option(help="Column of the words; a number in .conll.", rich_help_panel=ROWS),
    ] = None,
    label: Annotated[
        str | None,
        Option(help="Column of the label; label, labels or tags by default.", rich_help_panel=ROWS),
    ] = None,
    separator: Annotated[
        str, Option(help="Between labels of a list in .csv and .tsv.", rich_help_panel=ROWS)
    ] = "|",
    tag_scheme: Annotated[
        str,
        Option(help="auto, bio, iob1, iobes, or none (parts of speech).", rich_help_panel=ROWS),
    ] = "auto",
    broken_tags: Annotated[
        str,
        Option(help="An I- without its B-: repair or refuse.", rich_help_panel=ROWS),
    ] = "repair",
    convert_tags: Annotated[
        str | None, Option(help="bio, iob1 or iobes.", rich_help_panel=ROWS)
    ] = None,
    quotes: Annotated[
        bool, Option(help='Fields of .csv and .tsv may be in "quotes".', rich_help_panel=ROWS)
    ] = True,
    empty_text: Annotated[
        str, Option(help="Rows without text: keep or drop.", rich_help_panel=ROWS)
    ] = "keep",
    model: Annotated[
        str | None,
        Option(help="Folder or hub id; bert-base-uncased by default.", rich_help_panel=MODEL),
    ] = None,
    new_head: Annotated[
        bool, Option("--new-head", help="Replace the checkpoint's head.", rich_help_panel=MODEL)
    ] = False,
    epochs: Annotated[str, Option(help="Number or auto.", rich_help_panel=MODEL)] = "auto",
    learning_rate: Annotated[
        str, Option(help="Highest rate, or auto.", rich_help_panel=MODEL)
    ] = "auto",
    batch_size: Annotated[int, Option(help="Rows in a batch.", rich_help_panel=MODEL)] = 32,
    max_length: Annotated[int, Option(help="Longest text (tokens).", rich_help_panel=MODEL)] = 128,
    loss: Annotated[
        str,
        Option(
            help="auto, cross-entropy, focal, binary-cross-entropy, binary-focal or "
            "mean-squared-error.",
            rich_help_panel=MODEL,
        ),
    ] = "auto",
    class_weights: Annotated[
        str, Option(help="auto, none, inverse, sqrt_inverse or effective.", rich_help_panel=MODEL)
    ] = "auto",
    sampling: Annotated[str, Option(help="auto or none.", rich_help_panel=MODEL)] = "auto",
    decay: Annotated[
        str, Option(help="linear, cosine or constant.", rich_help_panel=MODEL)
    ] = "linear",
    patience: Annotated[
        int | None,
        Option(help="Stop after so many epochs that were no better.", rich_help_panel=MODEL),
    ] = None,
    mlp_head: Annotated[
        int | None,
        Option(help="Hidden layer of so many units in the head.", rich_help_panel=MODEL),
    ] = None,
    decoding: Annotated[
        str,
        Option(help="argmax, or viterbi: no tags that break the scheme.", rich_help_panel=MODEL),
    ] = "argmax",
    subwords: Annotated[
        str, Option(help="Which subwords have the tag: first or all.", rich_help_panel=MODEL)
    ] = "first",
    seed: Annotated[int, Option(help="Seed.", rich_help_panel=MODEL)] = 0,
    log_to: Annotated[
        str | None, Option(help="tensorboard or wandb.", rich_help_panel=MODEL)
    ] = None,
    freeze: Annotated[
        str | None,
        Option(help="encoder, embeddings, or a number of layers.", rich_help_panel=TRAINED),
    ] = None,
    thaw_epoch: Annotated[
        int | None,
        Option(help="Epoch from which all of it trains.", rich_help_panel=TRAINED),
    ] = None,
    layer_decay: Annotated[
        float,
        Option(help="Of the rate, from layer to layer downwards.", rich_help_panel=TRAINED),
    ] = 1.0,
    head_rate: Annotated[
        float | None, Option(help="Highest rate of the head.", rich_help_panel=TRAINED)
    ] = None,
    reinit_layers: Annotated[
        int, Option(help="Layers from above that start anew.", rich_help_panel=TRAINED)
    ] = 0,
    long_text: Annotated[
        str,
        Option(
            help="What is read of longer texts: head, tail, head+tail or windows.",
            rich_help_panel=TEXTS,
        ),
    ] = "head",
    window_stride: Annotated[
        int | None,
        Option(help="Tokens from one window to the next.", rich_help_panel=TEXTS),
    ] = None,
    window_pooling: Annotated[
        str, Option(help="mean or max of the windows' logits.", rich_help_panel=TEXTS)
    ] = "mean",
    max_windows: Annotated[int, Option(help="Most windows of a text.", rich_help_panel=TEXTS)] = 16,
    normalize: Annotated[
        str | None, Option(help="NFC, NFD, NFKC or NFKD.", rich_help_panel=TEXTS)
    ] = None,
    expand_contractions: Annotated[
        bool, Option("--expand-contractions", help="won't -> will not.", rich_help_panel=TEXTS)
    ] = False,
    collapse_whitespace: Annotated[
        bool, Option("--collapse-whitespace", help="Runs of it -> a space.", rich_help_panel=TEXTS)
    ] = False,
    replace: Annotated[
        list[str] | None, Option(help="OLD=NEW; may be repeated.", rich_help_panel=TEXTS)
    ] = None,
) -> None:
    """Train a classifier on a file and leave a run directory.

    tfclf train tickets.csv --output run --test test.csv

    tfclf train pairs.jsonl --output run --task regression --text-pair text_b

    tfclf train news.conll --output run --task token --label 4
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.cli.show import show_run
    from tfclf.cli.values import number_or_auto, replacements, whole_or_text
    from tfclf.data import Columns, LongText, TagRules, TextRules
    from tfclf.runs import DEFAULT_MODEL, Job
    from tfclf.runs import train as run
    from tfclf.tasks import read_head
    from tfclf.training import ProgressDisplay, Recipe

    job = Job(
        train=train,
        output=output,
        validation=validation,
        validation_share=validation_share,
        test=test,
        task=task,
        heads=tuple(read_head(one) for one in head or ()),
        columns=Columns(text, label, quotes, text_pair, tokens, separator),
        tag_rules=TagRules(tag_scheme, broken_tags, convert_tags),
        decoding=decoding,
        model=model or DEFAULT_MODEL,
        recipe=Recipe(
            epochs=number_or_auto("epochs", epochs, int),
            learning_rate=number_or_auto("learning rate", learning_rate, float),
            batch_size=batch_size,
            max_length=max_length,
            loss=loss,
            class_weights=class_weights,
            sampling=sampling,
            decay=decay,
            patience=patience,
            freeze=whole_or_text(freeze),
            thaw_epoch=thaw_epoch,
            layer_decay=layer_decay,
            head_learning_rate=head_rate,
            reinit_layers=reinit_layers,
            head_hidden_size=mlp_head,
            subwords=subwords,
            seed=seed,
        ),
        rules=TextRules(
            unicode=normalize,
            contractions=expand_contractions,
            replacements=replacements(replace),
            whitespace=collapse_whitespace,
        ),
        long_text=LongText(long_text, window_stride, window_pooling, max_windows),
        empty_text=empty_text,
        new_head=new_head,
        log_to=log_to,
    )
    show_run(run(job, display=ProgressDisplay()), output)
