"""Our side of ``throughput.py``, each verb in a process of its own; the last line is JSON.

    python benchmarks/throughput_ours.py command [--first-step] -- train TRAIN --output RUN ...
    python benchmarks/throughput_ours.py forward ROWS --model FOLDER --length 32 --precision float32
    python benchmarks/throughput_ours.py ends ROWS --model FOLDER --feed batches|arrays

``command`` runs ``tfclf`` as a user does and tells when its steps ended; ``forward`` predicts rows
of one length; ``ends`` tells how long Keras's calls wait after their last step, fed by our batches,
or by NumPy arrays with Keras's defaults.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from throughput_watch import Watch, print_figures

EPOCHS = 2  # of the fit whose end is looked at
PASSES = 5  # of the forward pass; the first is not counted
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def run_command(options: argparse.Namespace) -> None:
    """Runs the command line and tells when the steps of each call of Keras ended."""
    watch = Watch(options.first_step)
    watch.install()
    sys.argv = ["tfclf", *options.arguments]
    from tfclf.cli.app import main

    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
    print_figures({"calls": watch.calls})


def forward(options: argparse.Namespace) -> None:
    """Predicts rows of one length again and again, as evaluation and prediction do."""
    from tfclf.data import Tokenizer
    from tfclf.evaluation import predict_logits
    from tfclf.models import TFBertForSequenceClassification
    from tfclf.runs import Reading
    from tfclf.runs.classifier import Classifier

    model = TFBertForSequenceClassification.from_pretrained(
        options.model, num_labels=77, new_head=True, dtype=POLICIES[options.precision]
    )
    reading = Reading(options.length)
    rows = Classifier(model, Tokenizer(options.model), reading).encode(rows_of(options.rows))
    if set(rows.lengths) != {options.length}:
        sys.exit(f"rows have {min(rows.lengths)} tokens and more, expected {options.length} each")
    seconds = []
    for _ in range(PASSES):
        begun = time.perf_counter()
        predict_logits(model, rows)
        seconds.append(time.perf_counter() - begun)
    print_figures({"seconds_a_row": statistics.median(seconds[1:]) / len(rows)})


def ends(options: argparse.Namespace) -> None:
    """Trains, evaluates and predicts, and tells how long each call took to return."""
    import numpy as np

    from tfclf.data import Batches
    from tfclf.evaluation import predict_heads
    from tfclf.runs import Job
    from tfclf.runs.recipe_model import recipe_model
    from tfclf.training import Recipe

    recipe = Recipe(epochs=EPOCHS, learning_rate=1e-4, max_length=options.length)
    job = Job(options.rows, "", model=options.model, recipe=recipe, validation_share=0)
    made = recipe_model(job, {"training": rows_of(options.rows)})
    rows, model = made.encode(rows_of(options.rows)), made.classifier.model
    watch = Watch()
    watch.install()
    if options.feed == "batches":
        model.fit(Batches(rows, 32, shuffle=True).dataset(), epochs=EPOCHS, verbose=0)
        model.evaluate(Batches(rows, 32).dataset(), verbose=0)
        model.predict(Batches(rows, 32).dataset(), verbose=0)
    else:
        every = np.arange(len(rows))
        arrays, labels = rows.padded(every, options.length), rows.batch_labels(every, None)
        model.fit(arrays, labels, epochs=EPOCHS, batch_size=32, verbose=0)
        model.evaluate(arrays, labels, batch_size=32, verbose=0)
        model.predict(arrays, batch_size=32, verbose=0)
    calls = {call["kind"]: _took(call) for call in watch.calls}
    if options.feed == "batches":
        last = begun = time.perf_counter()

        def step_ended(rows_done: int) -> None:
            nonlocal last
            last = time.perf_counter()

        predict_heads(model, rows, progress=step_ended)
        now = time.perf_counter()
        calls["predict_heads"] = {"seconds": now - begun, "waited": now - last}
    print_figures({"ends": calls})


def _took(call: dict[str, Any]) -> dict[str, float]:
    return {"seconds": call["returned"], "waited": call["waited"]}


def rows_of(path: Path) -> Any:
    """Reads rows with labels."""
    from tfclf.data import read_rows

    return read_rows(path)


def main() -> None:
    """Runs a verb."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("command")
    verb.add_argument("--first-step", action="store_true")
    verb.add_argument("arguments", nargs="+")
    verb.set_defaults(run=run_command)
    for run in (forward, ends):
        verb = verbs.add_parser(run.__name__)
        verb.add_argument("rows", type=Path)
        verb.add_argument("--model", required=True)
        verb.add_argument("--length", type=int, default=32)
        verb.add_argument("--precision", choices=POLICIES, default="float32")
        verb.add_argument("--feed", choices=("batches", "arrays"), default="batches")
        verb.set_defaults(run=run)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
