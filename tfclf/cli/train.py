"""``tfclf train``."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

ROWS = "Rows"
MODEL = "Model and recipe"
TEXTS = "What is done to each text"


def train(
    train: Annotated[
        str, Argument(help=".csv, .tsv, .jsonl or .parquet, each also .gz; - is stdin.")
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
    task: Annotated[str, Option(help="single-label.", rich_help_panel=ROWS)] = "single-label",
    text: Annotated[str, Option(help="Column of the text.", rich_help_panel=ROWS)] = "text",
    label: Annotated[
        str | None,
        Option(help="Column of the label; the task's own by default.", rich_help_panel=ROWS),
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
        str, Option(help="auto, cross-entropy or focal.", rich_help_panel=MODEL)
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
    seed: Annotated[int, Option(help="Seed.", rich_help_panel=MODEL)] = 0,
    log_to: Annotated[
        str | None, Option(help="tensorboard or wandb.", rich_help_panel=MODEL)
    ] = None,
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
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.cli.show import show_run
    from tfclf.cli.values import number_or_auto, replacements
    from tfclf.data import Columns, TextRules
    from tfclf.runs import DEFAULT_MODEL, Job
    from tfclf.runs import train as run
    from tfclf.tasks import find_task
    from tfclf.training import ProgressDisplay, Recipe

    job = Job(
        train=train,
        output=output,
        validation=validation,
        validation_share=validation_share,
        test=test,
        task=task,
        columns=Columns(text, label or find_task(task).label_column, quotes),
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
            seed=seed,
        ),
        rules=TextRules(
            unicode=normalize,
            contractions=expand_contractions,
            replacements=replacements(replace),
            whitespace=collapse_whitespace,
        ),
        empty_text=empty_text,
        new_head=new_head,
        log_to=log_to,
    )
    show_run(run(job, display=ProgressDisplay()), output)
