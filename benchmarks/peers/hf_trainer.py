"""Hugging Face Trainer on PyTorch, single-label, on the same rows as ours; prints one JSON line.

Environment: ``pip install torch transformers accelerate datasets scikit-learn``.

    python benchmarks/peers/hf_trainer.py TRAIN.jsonl TEST.jsonl --model FOLDER --seed 0
"""

import argparse
import json
import resource
import tempfile
import time

import numpy as np
import torch
import transformers
from datasets import Dataset
from sklearn.metrics import accuracy_score, f1_score
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--model", required=True)
    parser.add_argument("--recipe", choices=("default", "weighted", "focal"), default="default")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--padding", choices=("longest", "max_length"), default="longest")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read(path: str) -> list[dict]:
    """Reads JSON lines with the keys ``text`` and ``label``."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class WeightedTrainer(Trainer):
    """Trainer with the two recipes for imbalance that its users write by hand."""

    def __init__(self, *args, recipe: str, weights: torch.Tensor, **kwargs):
        super().__init__(*args, **kwargs)
        self.recipe, self.weights = recipe, weights

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        """Default: the model's own loss. Weighted: inverse frequency. Focal: gamma 2."""
        if self.recipe == "default":
            return super().compute_loss(model, inputs, return_outputs, **kwargs)
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        cross_entropy = torch.nn.functional.cross_entropy
        if self.recipe == "weighted":
            loss = cross_entropy(outputs.logits, labels, weight=self.weights)
        else:
            each = cross_entropy(outputs.logits, labels, reduction="none")
            loss = ((1 - torch.exp(-each)) ** 2 * each).mean()
        return (loss, outputs) if return_outputs else loss


def main() -> None:
    """Trains, predicts the test rows, prints the figures."""
    options = arguments()
    train, test = read(options.train), read(options.test)
    labels = sorted({row["label"] for row in train})
    label_ids = {label: i for i, label in enumerate(labels)}
    tokenizer = AutoTokenizer.from_pretrained(options.model)

    def encode(rows: list[dict]) -> Dataset:
        padding = "max_length" if options.padding == "max_length" else False
        encoded = tokenizer(
            [row["text"] for row in rows],
            truncation=True,
            max_length=options.max_length,
            padding=padding,
        )
        return Dataset.from_dict(
            {**encoded, "labels": [label_ids.get(row["label"], -100) for row in rows]}
        )

    counts = np.bincount([label_ids[row["label"]] for row in train])
    weights = torch.tensor(counts.sum() / (len(counts) * counts), dtype=torch.float32)
    steps = options.epochs * -(-len(train) // options.batch_size)
    trainer = WeightedTrainer(
        recipe=options.recipe,
        weights=weights / weights.mean(),
        model=AutoModelForSequenceClassification.from_pretrained(
            options.model, num_labels=len(labels)
        ),
        args=TrainingArguments(
            tempfile.mkdtemp(),
            num_train_epochs=options.epochs,
            per_device_train_batch_size=options.batch_size,
            per_device_eval_batch_size=128,
            learning_rate=options.learning_rate,
            weight_decay=0.01,
            warmup_steps=int(0.1 * steps),
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
            seed=options.seed,
        ),
        train_dataset=encode(train),
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    started = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - started
    truth = np.array([label_ids.get(row["label"], -100) for row in test])
    predicted = trainer.predict(encode(test)).predictions.argmax(-1)
    print(
        json.dumps(
            {
                "macro_f1": f1_score(truth, predicted, average="macro", zero_division=0),
                "accuracy": accuracy_score(truth, predicted),
                "predicted_classes": len(set(predicted.tolist())),
                "seconds": seconds,
                "examples_per_second": len(train) * options.epochs / seconds,
                "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            }
        )
    )


if __name__ == "__main__":
    main()
