"""Our logits beside PyTorch's, on real texts of mixed lengths through the embedded encoder.

    python benchmarks/parity.py DATA_FOLDER [--texts 256]

Draws texts from every ``train.jsonl.gz`` below the folder, short and long, gives both models one
folder (the encoder with a random head), and prints the largest difference between their logits, and
between ours with and without more padding. Needs torch.
"""

import argparse
import datetime
import gzip
import json
import tempfile
from pathlib import Path

import keras
import numpy as np
import torch
import transformers

from tfclf import TFBertForSequenceClassification
from tfclf.data import Tokenizer
from tfclf.models.embedded import embedded_encoder

TABLE = Path(__file__).parent / "results" / "parity.md"
LABELS = 7
FRAME = 2  # [CLS] and [SEP]


def draw(data: Path, count: int) -> list[str]:
    """Returns texts of every length there is: one of each hundredth of the lengths in turn."""
    texts = set()
    for path in sorted(data.glob("*/train.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts |= {json.loads(line).get("text", "") for line in lines}
    ordered = sorted(texts, key=lambda text: (len(text), text))
    longest = ordered[-count // 8 :]
    return [
        ordered[i] for i in np.linspace(0, len(ordered) - 1, count - len(longest), dtype=int)
    ] + longest


def main() -> None:
    """Prints the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=256)
    options = parser.parse_args()
    texts = draw(options.data, options.texts)
    keras.utils.set_random_seed(0)
    encoder = embedded_encoder()
    ours = TFBertForSequenceClassification.from_pretrained(encoder, num_labels=LABELS)
    kernel = np.random.default_rng(0).normal(0, 0.3, ours.classifier.kernel.shape)
    ours.classifier.kernel.assign(kernel)  # a head whose logits are far from 0
    with tempfile.TemporaryDirectory() as folder:
        ours.save_pretrained(folder)
        theirs = transformers.BertForSequenceClassification.from_pretrained(folder).eval()
    tokenizer, reference = Tokenizer(encoder), transformers.AutoTokenizer.from_pretrained(encoder)
    limit = ours.config.max_position_embeddings
    between, padded, lengths = [], [], []
    for start in range(0, len(texts), 16):
        part = texts[start : start + 16]
        encoded = reference(
            part, padding=True, truncation=True, max_length=limit, return_tensors="np"
        )
        ids, mask = encoded["input_ids"], encoded["attention_mask"]
        for row, text_ids in zip(ids, tokenizer.encode(part), strict=True):
            if row[1:][: min(len(text_ids), limit - FRAME)].tolist() != text_ids[: limit - FRAME]:
                raise SystemExit("the tokenizers disagree")
        logits = np.array(ours({"input_ids": ids, "attention_mask": mask}))
        with torch.no_grad():
            expected = theirs(torch.tensor(ids), torch.tensor(mask)).logits.numpy()
        more = ((0, 0), (0, min(37, limit - ids.shape[1])))
        longer = ours({"input_ids": np.pad(ids, more), "attention_mask": np.pad(mask, more)})
        between.append(np.abs(logits - expected).max())
        padded.append(np.abs(logits - np.array(longer)).max())
        lengths += mask.sum(-1).tolist()
    text = (
        "# Logits beside PyTorch's\n\n"
        f"`python benchmarks/parity.py DATA`, {datetime.date.today()}: {len(texts)} real texts of "
        f"{min(lengths)} to {max(lengths)} tokens\nthrough all-MiniLM-L6-v2 and a random head of "
        f"{LABELS} labels. Largest difference to PyTorch {max(between):.1e},\n"
        f"by padding a batch further {max(padded):.1e}.\n"
    )
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
