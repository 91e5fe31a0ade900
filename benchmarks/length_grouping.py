"""Batches of like lengths beside random ones: macro-F1 where rows are sorted by label, and not.

Batches of one length must not be batches of one label because of it. Sides: ours; ours with random
batches; ours in bfloat16; Hugging Face Trainer with random batches and with its own grouping. All
on the same rows, with plain cross-entropy and no validation rows. A cell that stands in the results
is not run again.

    python benchmarks/length_grouping.py DATA_FOLDER --model FOLDER [--peer-python PYTHON]

``DATA_FOLDER`` holds ``banking77/`` with ``train.jsonl.gz`` and ``test.jsonl.gz``;
``--peer-python`` is an interpreter that has what ``peers/hf_throughput.py`` names.
"""

import argparse
import datetime
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from throughput_parts.found import column, of_side, table
from throughput_parts.process import measure
from throughput_parts.setting import BFLOAT16, DATA, LIKE_PEERS, RATE, TRAINER, read_rows

HERE = Path(__file__).parent
SEEDS = (0, 1)
MOST_TOKENS = 64  # random batches of ours are all as long as the longest row
SHUFFLED_WITH = 13  # seed of the order of the shuffled rows
EPOCHS = {"sorted by label, as it comes": 1, "shuffled": 2}
ROWS = {"sorted by label, as it comes": 3_200, "shuffled": 3_000}
PEERS = {"Trainer, random batches": (), "Trainer, its grouping": ("--group",)}
OURS = {
    "ours": (["-m", "tfclf"], ()),
    "ours, random batches": ([HERE / "random_batches.py"], ()),
    "ours, bfloat16": (["-m", "tfclf"], BFLOAT16),
}


def draw(data: Path, order: str, rows: int | None, folder: Path) -> tuple[Path, Path]:
    """Writes the training rows and the test rows that have one of their labels."""
    train, test = (read_rows(data / DATA / f"{split}.jsonl.gz") for split in ("train", "test"))
    if order == "shuffled":
        random.Random(SHUFFLED_WITH).shuffle(train)
    train = train[: rows or ROWS[order]]
    labels = {row["label"] for row in train}
    paths = []
    for split, some in (
        ("train", train),
        ("test", [row for row in test if row["label"] in labels]),
    ):
        paths.append(folder / f"{split}.jsonl")
        kept = ({key: row[key] for key in ("text", "label")} for row in some)
        paths[-1].write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
    return paths[0], paths[1]


def run(side: str, options: argparse.Namespace, order: str, seed: int) -> dict[str, Any]:
    """Trains a side and returns its figures on the test rows."""
    recipe = (*RATE, "--max-length", MOST_TOKENS, "--epochs", EPOCHS[order], "--seed", seed)
    with tempfile.TemporaryDirectory() as name:
        train, test = draw(options.data, order, options.rows, Path(name))
        if side in PEERS:
            command = [options.peer_python, TRAINER, train, test, *PEERS[side]]
            found = measure([*command, "--model", options.model, *recipe]).figures
            padding = found["padding_share"]
        else:
            code, settings = OURS[side]
            out = Path(name) / "run"
            command = [sys.executable, *code, "train", train, "--output", out, "--test", test]
            measure([*command, "--model", options.model, *recipe, *LIKE_PEERS, *settings])
            metrics = json.loads((out / "metrics.json").read_text())
            found, padding = metrics["test"], metrics["training"]["padding_share"]
    kept = {key: found[key] for key in ("macro_f1", "predicted_classes")}
    return kept | {"padding_share": padding}


def read_cells(file: Path, rows: int | None) -> list[dict]:
    """Returns the cells that stand in the results."""
    lines = file.read_text().splitlines() if file.exists() else []
    cells = [json.loads(line) for line in lines]
    return [cell for cell in cells if cell["rows"] == rows]


def write_table(cells: list[dict], file: Path) -> None:
    """Writes macro-F1 of each side and order."""
    lines = [
        "# Batches of like lengths beside random batches",
        "",
        f"`python benchmarks/length_grouping.py DATA --model all-MiniLM-L6-v2`, {DATA}, "
        f"`{' '.join(RATE)} --max-length {MOST_TOKENS}`;",
        f"last cell of {max(cell['date'] for cell in cells)}. Median of the seeds "
        "(least-greatest), on the test rows of the labels that were trained on.",
        "",
    ]
    shown = []
    for order, rows in ROWS.items():
        for side in (*OURS, *PEERS):
            own = of_side([c | {"turn": c["seed"]} for c in cells], side, order=order)
            if own:
                count = next(iter(own.values()))["rows"] or rows
                figures = (column(own, "macro_f1", 3), column(own, "predicted_classes", 0))
                padding = column(own, "padding_share", 0, 100)
                shown.append([order, f"{count:,}", f"{EPOCHS[order]}", side, *figures, padding])
    head = ["order of the rows", "rows", "epochs", "side", "macro-F1", "labels predicted"]
    file.write_text("\n".join([*lines, *table([*head, "padding (%)"], shown)]) + "\n")


def main() -> None:
    """Runs the missing cells and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--rows", type=int, help="fewer, for a trial")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    options.results.mkdir(exist_ok=True, parents=True)
    file = options.results / "length_grouping.jsonl"
    for seed in SEEDS:
        for order in ROWS:
            for side in (*OURS, *PEERS):
                key = {"order": order, "side": side, "seed": seed, "rows": options.rows}
                if any(cell.items() >= key.items() for cell in read_cells(file, options.rows)):
                    continue
                found = run(side, options, order, seed)
                with open(file, "a", encoding="utf-8") as cells:
                    date = datetime.date.today().isoformat()
                    cells.write(json.dumps(key | found | {"date": date}) + "\n")
                print(seed, order, side, f"{found['macro_f1']:.3f}", flush=True)
    write_table(read_cells(file, options.rows), file.with_suffix(".md"))


if __name__ == "__main__":
    main()
