"""Quality of float32 and bfloat16: the same rows, recipe and seeds, one data set beside another.

bfloat16 is as good as float32 where the means differ by no more than the seeds of one of them do.
The table is resumed cell by cell: a cell that stands in the results is not run again.

    python benchmarks/precision.py DATA_FOLDER --model FOLDER
        [--only DATA,...] [--precisions PRECISION,...] [--rows N]

``DATA_FOLDER`` holds the folders that ``DATA`` names, each with ``train.jsonl.gz`` and
``test.jsonl.gz``.
"""

import argparse
import datetime
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path

from imbalance import output_of, spread
from long_tails import DRAWN_WITH, read, stratified

HERE = Path(__file__).parent
CELLS = HERE / "results" / "precision.jsonl"
TABLE = HERE / "results" / "precision.md"
DATA = ("banking77", "sms_spam")
PRECISIONS = ("float32", "bfloat16")
SEEDS = (0, 1, 2)
ROWS, TEST_ROWS = 3_000, 2_500
RECIPE = ("--epochs", "3", "--batch-size", "32", "--max-length", "128")
KEYS = ("data", "precision", "seed", "rows")
FIGURES = ("macro_f1", "accuracy", "expected_calibration_error")


def draw(data: Path, name: str, rows: int, folder: Path) -> dict[str, Path]:
    """Writes training rows in which each label keeps its share, and test rows, both shuffled."""
    folder.mkdir(parents=True)
    paths = {}
    for split, size in (("train", rows), ("test", TEST_ROWS)):
        drawn = read(data / name / f"{split}.jsonl.gz")
        drawn = stratified(drawn, size) if split == "train" and size < len(drawn) else drawn
        random.Random(DRAWN_WITH).shuffle(drawn)
        kept = ({key: row[key] for key in ("text", "label")} for row in drawn[:size])
        paths[split] = folder / f"{split}.jsonl"
        paths[split].write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
    return paths


def run_cell(paths: dict[str, Path], model: str, precision: str, seed: int) -> dict:
    """Runs ``tfclf train`` as a user does, and returns the figures of the test rows."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [sys.executable, "-m", "tfclf", "train", paths["train"], "--output", run]
        command += ["--test", paths["test"], "--model", model, *RECIPE]
        output_of([*command, "--precision", precision, "--seed", seed])
        metrics = json.loads((run / "metrics.json").read_text())
    training = metrics["training"]
    if training["precision"] != precision:
        sys.exit(f"asked for {precision}, trained in {training['precision']}")
    figures = {key: metrics["test"][key] for key in FIGURES}
    return figures | {"rescues": len(training["rescues"]), "seconds": training["seconds"]}


def read_cells() -> dict[tuple, dict]:
    """Returns the cells that stand in the results, by what was run."""
    lines = CELLS.read_text().splitlines() if CELLS.exists() else []
    cells = [json.loads(line) for line in lines]
    return {tuple(cell[key] for key in KEYS): cell for cell in cells}


def write_table() -> None:
    """Writes mean and spread of each precision, and by how much their means differ."""
    cells = list(read_cells().values())
    lines = [
        "# float32 and bfloat16: quality over seeds",
        "",
        f"`python benchmarks/precision.py DATA --model all-MiniLM-L6-v2`, `{' '.join(RECIPE)}`;",
        f"last cell of {max(cell['date'] for cell in cells)}. "
        "On the test rows: mean of the seeds (least-greatest).",
        "",
        "| data | training rows | precision | seeds | macro-F1 | accuracy | ECE | differs by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, rows in sorted({(cell["data"], cell["rows"]) for cell in cells}):
        base = None
        for precision in PRECISIONS:
            some = [c for c in cells if (c["data"], c["rows"], c["precision"])
                    == (name, rows, precision)]  # fmt: skip
            if not some:
                continue
            mean = statistics.mean(cell["macro_f1"] for cell in some)
            apart = "" if base is None else f"{mean - base:+.3f}"
            base = mean if base is None else base
            shown = " | ".join(spread([cell[key] for cell in some]) for key in FIGURES)
            lines.append(f"| {name} | {rows:,} | {precision} | {len(some)} | {shown} | {apart} |")
    TABLE.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Runs the missing cells and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--only", default=",".join(DATA), help="data sets, by commas")
    parser.add_argument("--precisions", default=",".join(PRECISIONS), help="by commas")
    parser.add_argument("--rows", type=int, default=ROWS, help="training rows of each data set")
    options = parser.parse_args()
    CELLS.parent.mkdir(exist_ok=True)
    names = options.only.split(",")
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: draw(options.data, name, options.rows, Path(folder) / name)
                 for name in names}  # fmt: skip
        for seed in SEEDS:  # every data set and precision once, before any twice
            for name in names:
                for precision in options.precisions.split(","):
                    key = (name, precision, seed, options.rows)
                    if key in read_cells():
                        continue
                    found = run_cell(paths[name], options.model, precision, seed)
                    date = datetime.date.today().isoformat()
                    cell = dict(zip(KEYS, key, strict=True)) | found | {"date": date}
                    with open(CELLS, "a") as file:
                        file.write(json.dumps(cell) + "\n")
                    print(*key, f"{found['macro_f1']:.3f} {found['seconds']:.0f} s", flush=True)
    write_table()


if __name__ == "__main__":
    main()
