"""KerasHub's ``BertTextClassifier``: what a training or a step takes; prints one JSON line.

Environment: ``pip install tensorflow keras-hub scikit-learn safetensors``.

    python benchmarks/peers/kerashub_throughput.py TRAIN.jsonl [TEST.jsonl] --model FOLDER
        [--precision bfloat16] [--encoded]

Its preprocessor pads each text to ``--max-length``; whether XLA compiles is left to Keras.
``--encoded`` tokenizes before ``fit`` and keeps tf.data's autotune thread away, so that the steps
are the model's own.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # read at the import

import keras
import keras_hub
import numpy as np
import tensorflow as tf
from sklearn.metrics import f1_score

sys.path.insert(0, str(Path(__file__).parents[1]))
from throughput_watch import Watch, print_figures, step_seconds

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def read(path: str) -> list[dict]:
    """Reads JSON lines with the keys ``text`` and ``label``."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def classifier(options: argparse.Namespace, num_classes: int, steps: int) -> keras.Model:
    """Returns the compiled classifier with its preprocessor."""
    tokenizer = keras_hub.tokenizers.BertTokenizer.from_preset(options.model)
    model = keras_hub.models.BertTextClassifier(
        keras_hub.models.BertBackbone.from_preset(options.model),
        num_classes=num_classes,
        preprocessor=keras_hub.models.BertTextClassifierPreprocessor(
            tokenizer, sequence_length=options.max_length
        ),
        dropout=0.1,
    )
    rate = keras.optimizers.schedules.PolynomialDecay(options.learning_rate, steps, 0.0)
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=0.01, global_clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[],
    )
    return model


def encoded(rows: tf.data.Dataset, model: keras.Model) -> tf.data.Dataset:
    """Returns rows that are tokenized already, and takes the preprocessor from the model."""
    kept = rows.map(model.preprocessor).cache()
    for _ in kept:
        pass
    model.preprocessor = None
    settings = tf.data.Options()
    settings.autotune.enabled = False
    return kept.with_options(settings)


def padding_share(texts: list[str], model: keras.Model) -> float:
    """Returns the share of padding among all tokens, in [0, 1)."""
    return 1 - float(np.mean(model.preprocessor(texts)["padding_mask"]))


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test", nargs="?", help="left out: nothing is predicted")
    parser.add_argument("--model", required=True)
    parser.add_argument("--precision", choices=POLICIES, default="float32")
    parser.add_argument("--encoded", action="store_true")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Trains, predicts the test rows, prints the figures."""
    options = arguments()
    keras.config.set_dtype_policy(POLICIES[options.precision])
    keras.utils.set_random_seed(options.seed)
    train = read(options.train)
    texts = [row["text"] for row in train]
    names = sorted({row["label"] for row in train})
    ids = {name: i for i, name in enumerate(names)}
    steps = -(-len(train) // options.batch_size)
    model = classifier(options, len(names), steps * options.epochs)
    rows = tf.data.Dataset.from_tensor_slices((texts, [ids[row["label"]] for row in train]))
    rows = rows.shuffle(len(train), seed=options.seed).batch(options.batch_size)
    share = padding_share(texts, model)
    if options.encoded:
        rows = encoded(rows, model)
    watch = Watch()
    watch.install()
    model.fit(rows, epochs=options.epochs, verbose=0)
    call = watch.calls[0]
    first, later = call["ends"][0][1], step_seconds(call, warm_steps=1)
    figures = {
        "seconds": call["returned"],
        "waited": call["waited"],
        "compile_seconds": max(0.0, first - statistics.median(later)),
        "step_seconds": statistics.median(later),
        "padding_share": share,
    }
    if options.test:
        test = [row for row in read(options.test) if row["label"] in ids]
        logits = model.predict([row["text"] for row in test], batch_size=64, verbose=0)
        predicted = [names[i] for i in np.argmax(logits, -1)]
        truth = [row["label"] for row in test]
        figures["macro_f1"] = f1_score(truth, predicted, average="macro", zero_division=0)
    print_figures(figures)


if __name__ == "__main__":
    main()
