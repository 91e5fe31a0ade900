"""Hugging Face Trainer on PyTorch for three tasks, on the same rows as ours; prints one JSON line.

Environment: ``pip install torch transformers accelerate datasets scikit-learn scipy seqeval``.

    python benchmarks/peers/hf_tasks.py TRAIN.jsonl TEST.jsonl --task token --model FOLDER --seed 0

Rows of ``multi-label`` have ``text`` and ``labels``, of ``token`` ``tokens`` and ``tags``, of
``regression`` ``text``, ``text_b`` and ``label``.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import transformers
from datasets import Dataset
from scipy.stats import pearsonr, spearmanr
from seqeval.metrics import f1_score as entity_f1_score
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import MultiLabelBinarizer
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_utils import PredictionOutput

IGNORED = -100  # the label id that PyTorch's cross-entropy leaves out


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--task", choices=tuple(TASKS), required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read(path: str) -> list[dict]:
    """Reads JSON lines."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def label_sets(rows: list[dict], encoded: dict, names: list[str]) -> list[list[float]]:
    """Returns one column a label, 1 where the row has it."""
    return [[float(name in row["labels"]) for name in names] for row in rows]


def numbers(rows: list[dict], encoded: dict, names: list[str]) -> list[float]:
    """Returns the numbers to predict."""
    return [float(row["label"]) for row in rows]


def first_pieces(rows: list[dict], encoded: dict, names: list[str]) -> list[list[int]]:
    """Returns the tag of each word at its first piece, and ``IGNORED`` at all other pieces.

    A tag that no training row has is ignored as well.
    """
    tag_ids = {name: i for i, name in enumerate(names)}
    labels = []
    for number, row in enumerate(rows):
        words = encoded.word_ids(number)
        starts = [
            word is not None and word != before
            for before, word in zip([None, *words], words, strict=False)
        ]
        labels.append(
            [
                tag_ids.get(row["tags"][word], IGNORED) if start else IGNORED
                for word, start in zip(words, starts, strict=True)
            ]
        )
    return labels


def judge_label_sets(output: PredictionOutput, rows: list[dict], names: list[str]) -> dict:
    """Labels with a logit above 0; a column for each label in the truth or the predictions."""
    truth = [row["labels"] for row in rows]
    predicted = [
        [name for name, logit in zip(names, logits, strict=True) if logit > 0]
        for logits in output.predictions
    ]
    binarizer = MultiLabelBinarizer().fit(truth + predicted)
    columns = binarizer.transform(truth), binarizer.transform(predicted)
    return {
        f"{average}_f1": f1_score(*columns, average=average, zero_division=0)
        for average in ("macro", "micro")
    }


def judge_numbers(output: PredictionOutput, rows: list[dict], names: list[str]) -> dict:
    """Correlations of ranks and of values."""
    truth, predicted = [row["label"] for row in rows], output.predictions.ravel()
    return {
        "spearman": float(spearmanr(truth, predicted).statistic),
        "pearson": float(pearsonr(truth, predicted).statistic),
    }


def judge_tags(output: PredictionOutput, rows: list[dict], names: list[str]) -> dict:
    """Accuracy of the words that have a label id; of BIO tags also the F1 of whole entities."""
    truth, predicted = [], []
    for labels, logits in zip(output.label_ids, output.predictions, strict=True):
        judged = labels != IGNORED
        truth.append([names[i] for i in labels[judged]])
        predicted.append([names[i] for i in logits[judged].argmax(-1)])
    words = sum(truth, []), sum(predicted, [])
    figures = {"accuracy": accuracy_score(*words), "judged_words": len(words[0])}
    if any(name.startswith("B-") for name in names):
        figures["f1"] = float(entity_f1_score(truth, predicted))
    return figures


@dataclass(frozen=True)
class Task:
    """What distinguishes one task from another.

    Attributes:
        model: Class of the model.
        collator: Class that pads a batch.
        head: Arguments of the model's configuration besides the number of labels.
        columns: Columns of the text, or of the text and its pair.
        names: Names of the labels of a training row.
        labels: From rows, their encoding and all names to label ids.
        judge: From logits, rows and all names to figures.
    """

    model: type
    collator: type
    head: dict
    columns: tuple[str, ...]
    names: Callable
    labels: Callable
    judge: Callable


TASKS = {
    "multi-label": Task(
        model=AutoModelForSequenceClassification,
        collator=DataCollatorWithPadding,
        head={"problem_type": "multi_label_classification"},
        columns=("text",),
        names=lambda row: row["labels"],
        labels=label_sets,
        judge=judge_label_sets,
    ),
    "token": Task(
        model=AutoModelForTokenClassification,
        collator=DataCollatorForTokenClassification,
        head={},
        columns=("tokens",),
        names=lambda row: row["tags"],
        labels=first_pieces,
        judge=judge_tags,
    ),
    "regression": Task(
        model=AutoModelForSequenceClassification,
        collator=DataCollatorWithPadding,
        head={"problem_type": "regression"},
        columns=("text", "text_b"),
        names=lambda row: ["value"],  # one name, so one output
        labels=numbers,
        judge=judge_numbers,
    ),
}


def training_arguments(options: argparse.Namespace, num_rows: int) -> TrainingArguments:
    """AdamW with weight decay, a tenth of the steps to warm up, linear decay."""
    steps = options.epochs * -(-num_rows // options.batch_size)
    return TrainingArguments(
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
    )


def main() -> None:
    """Trains, predicts the test rows, prints the figures."""
    options = arguments()
    task = TASKS[options.task]
    train, test = read(options.train), read(options.test)
    names = sorted({name for row in train for name in task.names(row)})
    tokenizer = AutoTokenizer.from_pretrained(options.model)

    def encode(rows: list[dict]) -> Dataset:
        encoded = tokenizer(
            *([row[column] for row in rows] for column in task.columns),
            is_split_into_words=options.task == "token",
            truncation=True,
            max_length=options.max_length,
        )
        return Dataset.from_dict({**encoded, "labels": task.labels(rows, encoded, names)})

    transformers.set_seed(options.seed)  # before the model, whose head is random
    model = task.model.from_pretrained(options.model, num_labels=len(names), **task.head)
    trainer = Trainer(
        model=model,
        args=training_arguments(options, len(train)),
        train_dataset=encode(train),
        data_collator=task.collator(tokenizer),
    )
    started = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - started
    figures = task.judge(trainer.predict(encode(test)), test, names)
    figures |= {
        "seconds": seconds,
        "examples_per_second": len(train) * options.epochs / seconds,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
