"""Hugging Face Trainer on PyTorch: what a training takes; prints one JSON line.

Environment: ``pip install torch transformers accelerate datasets scikit-learn``.

    python benchmarks/peers/hf_throughput.py TRAIN.jsonl TEST.jsonl --model FOLDER
        [--pad longest|max_length] [--group] [--precision bfloat16] [--first-step]

``--group`` draws batches of like lengths; ``--pad max_length`` pads each row to ``--max-length``
when it is tokenized, as most tutorials do. Test rows are predicted from short to long.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from datasets import Dataset
from sklearn.metrics import f1_score
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

sys.path.insert(0, str(Path(__file__).parents[1]))
from throughput_watch import end_at_first_step

TEST_BATCH = 64


class Clock(TrainerCallback):
    """Times the steps.

    Args:
        first_step: Whether the process ends where the first step does.
    """

    def __init__(self, first_step: bool):
        self.first_step, self.seconds, self.begun = first_step, [], 0.0

    def on_step_begin(self, *args, **kwargs):
        """Starts the clock."""
        self.begun = time.perf_counter()

    def on_step_end(self, *args, **kwargs):
        """Stops the clock."""
        self.seconds.append(time.perf_counter() - self.begun)
        if self.first_step:
            end_at_first_step()


class CountingCollator(DataCollatorWithPadding):
    """Pads, and counts the tokens of the batches with and without padding."""

    useful = padded = 0

    def __call__(self, features):
        """Returns a padded batch."""
        batch = super().__call__(features)
        self.useful += int(batch["attention_mask"].sum())
        self.padded += batch["attention_mask"].numel()
        return batch


def read(path: str) -> list[dict]:
    """Reads JSON lines with the keys ``text`` and ``label``."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def training_arguments(options: argparse.Namespace, rows: int) -> TrainingArguments:
    """Returns what Trainer is told; all else is as it comes."""
    steps = options.epochs * -(-rows // options.batch_size)
    return TrainingArguments(
        tempfile.mkdtemp(),
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=TEST_BATCH,
        learning_rate=options.learning_rate,
        weight_decay=0.01,
        warmup_steps=steps // 10,
        bf16=options.precision == "bfloat16",
        train_sampling_strategy="group_by_length" if options.group else "random",
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
        seed=options.seed,
    )


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test", nargs="?", help="left out: nothing is predicted")
    parser.add_argument("--model", required=True)
    parser.add_argument("--pad", choices=("longest", "max_length"), default="longest")
    parser.add_argument("--group", action="store_true")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--first-step", action="store_true")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Trains, predicts the test rows, prints the figures."""
    options = arguments()
    train = read(options.train)
    names = sorted({row["label"] for row in train})
    ids = {name: i for i, name in enumerate(names)}
    tokenizer = AutoTokenizer.from_pretrained(options.model)

    def encode(rows: list[dict]) -> Dataset:
        encoded = tokenizer(
            [row["text"] for row in rows],
            truncation=True,
            max_length=options.max_length,
            padding="max_length" if options.pad == "max_length" else False,
        )
        return Dataset.from_dict({**encoded, "labels": [ids.get(row["label"], -1) for row in rows]})

    transformers.set_seed(options.seed)  # before the model, whose head is random
    model = AutoModelForSequenceClassification.from_pretrained(
        options.model, num_labels=len(names), problem_type="single_label_classification"
    )
    clock, collator = Clock(options.first_step), CountingCollator(tokenizer)
    trainer = Trainer(
        model=model,
        args=training_arguments(options, len(train)),
        train_dataset=encode(train),
        data_collator=collator,
        callbacks=[clock],
    )
    begun = time.perf_counter()
    trainer.train()
    figures = {
        "seconds": time.perf_counter() - begun,
        "compile_seconds": max(0.0, clock.seconds[0] - statistics.median(clock.seconds[1:])),
        "padding_share": 1 - collator.useful / collator.padded,
    }
    if options.test:
        test = [row for row in read(options.test) if row["label"] in ids]
        test.sort(key=lambda row: len(row["text"]))
        logits = trainer.predict(encode(test)).predictions
        predicted = [names[i] for i in np.argmax(logits, -1)]
        truth = [row["label"] for row in test]
        figures["macro_f1"] = f1_score(truth, predicted, average="macro", zero_division=0)
        figures["predicted_classes"] = len(set(predicted))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
