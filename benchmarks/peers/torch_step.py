"""PyTorch's BERT: a training step and a forward pass on full batches; prints one JSON line.

``BertForSequenceClassification`` of transformers with dropout, AdamW and gradients clipped by
their global norm, as Trainer takes a step. Environment: ``pip install torch transformers``.

    python benchmarks/peers/torch_step.py --model FOLDER --length 32 [--precision bfloat16]
"""

import argparse
import contextlib
import json
import statistics
import time
from collections.abc import Callable

import torch
from transformers import AutoModelForSequenceClassification

CLASSES = 77
WARM = 3  # steps that are not counted


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    return parser.parse_args()


def times(step: Callable[[], object], count: int) -> list[float]:
    """Returns the seconds of each of some steps after the first few."""
    taken = []
    for _ in range(WARM + count):
        begun = time.perf_counter()
        step()
        taken.append(time.perf_counter() - begun)
    return taken[WARM:]


def main() -> None:
    """Times both and prints the medians."""
    options = arguments()
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(options.model, num_labels=CLASSES)
    shape = (options.batch_size, options.length)
    inputs = {
        "input_ids": torch.randint(1000, model.config.vocab_size, shape),
        "attention_mask": torch.ones(shape, dtype=torch.long),
        "labels": torch.randint(CLASSES, shape[:1]),
    }
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01, fused=True)
    half = options.precision == "bfloat16"

    def precision() -> contextlib.AbstractContextManager:
        return torch.autocast("cpu", torch.bfloat16) if half else contextlib.nullcontext()

    def train() -> None:
        with precision():
            loss = model(**inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def predict() -> None:
        with torch.inference_mode(), precision():
            model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])

    model.train()
    trained = times(train, options.steps)
    model.eval()
    predicted = times(predict, options.steps)
    figures = {
        "step_seconds": statistics.median(trained),
        "seconds_a_row": statistics.median(predicted) / options.batch_size,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
