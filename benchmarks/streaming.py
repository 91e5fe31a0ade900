"""A million short rows through reading, tokenizing and batching: memory and speed.

    python benchmarks/streaming.py [--rows 1000000]

Writes sample rows to a file, reads, tokenizes and batches them as ``tfclf train`` does, then times
training steps of the embedded encoder on batches of the same rows in the same run. Prints one JSON
line and writes a table.
"""

import argparse
import datetime
import json
import random
import tempfile
import threading
import time
from pathlib import Path

import keras
import numpy as np

from tfclf import TFBertForSequenceClassification
from tfclf.data import Batches, LabelMap, Tokenizer, encode_rows, read_rows
from tfclf.data.samples import tickets
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models.embedded import embedded_encoder
from tfclf.training import adamw

TABLE = Path(__file__).parent / "results" / "streaming.md"
BATCH = 32
STEPS = 20  # training steps a repetition
REPETITIONS = 3


class Memory(threading.Thread):
    """Watches the resident memory of this process: anonymous pages, and mapped files."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak = {"anonymous": 0, "mapped": 0}
        self.start()

    def run(self):
        """Looks twenty times a second."""
        while True:
            status = dict(
                line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
            )
            for name, key in (("anonymous", "RssAnon"), ("mapped", "RssFile")):
                size = int(status[key].split()[0]) * 1024
                self.peak[name] = max(self.peak[name], size)
            time.sleep(0.05)


def write(path: Path, count: int) -> None:
    """Writes short rows: sample sentences with a number, so that they differ."""
    rows = tickets(5_000, seed=3)
    generator = random.Random(4)
    with open(path, "w", encoding="utf-8") as file:
        file.write("text,label\n")
        for i in range(count):
            row = rows[generator.randrange(len(rows))]
            text = row["text"].replace('"', '""')
            file.write(f'"{text} {i}",{row["label"]}\n')


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    figures: dict[str, float] = {"rows": options.rows}
    encoder = embedded_encoder()
    model = TFBertForSequenceClassification.from_pretrained(encoder, num_labels=3)
    model.compile(adamw(1e-5), SparseCategoricalCrossentropy(), jit_compile=False)
    tokenizer = Tokenizer(encoder)
    memory = Memory()
    time.sleep(0.2)
    figures["before_mib"] = memory.peak["anonymous"] / 2**20
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write(path, options.rows)
        figures["file_mib"] = path.stat().st_size / 2**20
        started = time.perf_counter()
        rows = read_rows(path)
        figures["read_rows_per_second"] = options.rows / (time.perf_counter() - started)
        labels = LabelMap.from_rows(rows)
        started = time.perf_counter()
        encoded = encode_rows(rows, tokenizer, 128, labels=labels.ids(rows))
        figures["tokenize_rows_per_second"] = options.rows / (time.perf_counter() - started)
        figures["tokens"] = len(encoded.tokens)
        batches = Batches(encoded, BATCH, shuffle=True)
        figures["padding_share"] = batches.padding_share()
        stage, training = [], []
        for _ in range(REPETITIONS):
            count, started = 0, time.perf_counter()
            for _, batch_labels in batches.dataset():
                count += len(batch_labels)
            stage.append(count / (time.perf_counter() - started))
            figures.setdefault("data_mib", memory.peak["anonymous"] / 2**20)
            some = batches.dataset().take(STEPS + 1)
            started = 0.0
            for inputs, batch_labels in some:
                model.train_on_batch(inputs, batch_labels)
                started = started or time.perf_counter()
            training.append(STEPS * BATCH / (time.perf_counter() - started))
        figures["with_training_mib"] = memory.peak["anonymous"] / 2**20
        figures["mapped_mib"] = memory.peak["mapped"] / 2**20
    figures["batch_stage_rows_per_second"] = float(np.median(stage))
    figures["training_rows_per_second"] = float(np.median(training))
    figures["ratio"] = figures["batch_stage_rows_per_second"] / figures["training_rows_per_second"]
    figures["backend"] = keras.backend.backend()
    print(json.dumps(figures))
    write_table(figures)


def write_table(figures: dict[str, float]) -> None:
    """Writes the figures, dated."""
    lines = [
        "# A million rows through reading, tokenizing and batching",
        "",
        f"`python benchmarks/streaming.py --rows {figures['rows']}` on {datetime.date.today()}.",
        "Memory is anonymous pages; mapped pages are files that the system may drop at any time.",
        "",
        "| figure | value |",
        "|---|---|",
    ]
    lines += [
        f"| {name} | {value if isinstance(value, str) else format(value, ',.2f')} |"
        for name, value in figures.items()
    ]
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
