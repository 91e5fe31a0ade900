"""Three recipes for imbalance with Hugging Face Trainer on PyTorch; prints one JSON line.

The model's own loss; inverse class weights; focal loss with gamma 2. Single-label and multi-label,
on the same rows as ours.
Environment: ``pip install torch transformers accelerate datasets scikit-learn``.

    python benchmarks/peers/hf_recipes.py TRAIN.jsonl TEST.jsonl --model FOLDER --recipe weighted
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
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

RECIPES = ("default", "weighted", "focal")
BINS = 15  # of the calibration error
MOST_WEIGHT = 50.0  # of the positives of a rare label among several
GAMMA = 2.0


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--model", required=True)
    parser.add_argument("--recipe", choices=RECIPES, default="default")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read(path: str) -> list[dict]:
    """Reads JSON lines with the keys ``text`` and ``label`` or ``labels``."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class RecipeTrainer(Trainer):
    """Trainer with the recipes that its users write by hand."""

    def __init__(self, *args, recipe: str, weights: torch.Tensor, **kwargs):
        super().__init__(*args, **kwargs)
        self.recipe, self.weights = recipe, weights

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        """Returns the loss of a batch."""
        if self.recipe == "default":
            return super().compute_loss(model, inputs, return_outputs, **kwargs)
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        several = labels.ndim == 2
        functions = torch.nn.functional
        if not several and self.recipe == "weighted":
            loss = functions.cross_entropy(outputs.logits, labels, weight=self.weights)
            return (loss, outputs) if return_outputs else loss
        if several:
            each = functions.binary_cross_entropy_with_logits(
                outputs.logits, labels, reduction="none"
            )
        else:
            each = functions.cross_entropy(outputs.logits, labels, reduction="none")
        if self.recipe == "focal":
            each = (1 - torch.exp(-each)) ** GAMMA * each
        else:
            each = each * (1 + labels * (self.weights.clamp(max=MOST_WEIGHT) - 1))
        return (each.mean(), outputs) if return_outputs else each.mean()


def calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """Returns the expected calibration error over bins of equal width."""
    bin_of = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bin_of, confidence - correct, BINS)).sum() / len(confidence))


def judge_one(logits: np.ndarray, truth: list[str], names: list[str]) -> dict:
    """Figures of one label each."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    confidence = (shifted / shifted.sum(-1, keepdims=True)).max(-1)
    predicted = [names[i] for i in logits.argmax(-1)]
    correct = np.array([a == b for a, b in zip(predicted, truth, strict=True)])
    f1 = precision_recall_fscore_support(truth, predicted, labels=names, zero_division=0)[2]
    return {
        "macro_f1": f1_score(truth, predicted, average="macro", zero_division=0),
        "accuracy": accuracy_score(truth, predicted),
        "predicted_classes": len(set(predicted)),
        "expected_calibration_error": calibration_error(confidence, correct),
        "f1": dict(zip(names, f1.tolist(), strict=True)),
    }


def judge_several(logits: np.ndarray, truth: np.ndarray, names: list[str]) -> dict:
    """Figures of several labels, those with a logit above 0."""
    predicted, probability = logits > 0, 1 / (1 + np.exp(-logits.astype("float64")))
    here = truth.any(0) | predicted.any(0)
    f1 = f1_score(truth, predicted, average=None, zero_division=0)
    confidence = np.where(predicted, probability, 1 - probability)
    return {
        "macro_f1": float(f1[here].mean()),
        "micro_f1": f1_score(truth, predicted, average="micro", zero_division=0),
        "predicted_classes": int(predicted.any(0).sum()),
        "expected_calibration_error": calibration_error(
            confidence.ravel(), (predicted == truth).ravel()
        ),
        "f1": dict(zip(names, f1.tolist(), strict=True)),
    }


def main() -> None:
    """Trains, predicts the test rows, prints the figures."""
    options = arguments()
    train, test = read(options.train), read(options.test)
    several = "labels" in train[0]
    own = [row["labels"] if several else [row["label"]] for row in train]
    names = sorted({name for labels in own for name in labels})
    ids = {name: i for i, name in enumerate(names)}
    tokenizer = AutoTokenizer.from_pretrained(options.model)

    def hot(rows: list[dict]) -> list[list[float]]:
        return [[float(name in row["labels"]) for name in names] for row in rows]

    def encode(rows: list[dict]) -> Dataset:
        encoded = tokenizer(
            [row["text"] for row in rows], truncation=True, max_length=options.max_length
        )
        labels = hot(rows) if several else [ids.get(row["label"], -100) for row in rows]
        return Dataset.from_dict({**encoded, "labels": labels})

    counts = np.bincount([ids[name] for labels in own for name in labels])
    weights = torch.tensor(len(train) / (len(counts) * counts), dtype=torch.float32)
    steps = options.epochs * -(-len(train) // options.batch_size)
    transformers.set_seed(options.seed)  # before the model, whose head is random
    kind = "multi_label_classification" if several else "single_label_classification"
    trainer = RecipeTrainer(
        recipe=options.recipe,
        weights=weights / weights.mean(),
        model=AutoModelForSequenceClassification.from_pretrained(
            options.model, num_labels=len(names), problem_type=kind
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
    # In the order of their lengths a batch has little padding; the logits do not change.
    test.sort(key=lambda row: len(row["text"]))
    logits = trainer.predict(encode(test)).predictions
    figures = (
        judge_several(logits, np.array(hot(test), bool), names)
        if several
        else judge_one(logits, [row["label"] for row in test], names)
    )
    figures |= {
        "seconds": seconds,
        "examples_per_second": len(train) * options.epochs / seconds,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
