"""Macro-F1 of our plain cross-entropy beside Hugging Face Trainer's, on equal terms.

Same rows, encoder, epochs, rate, batch and length on both sides; no class weights and no
validation rows.
The table is resumed cell by cell: a cell that stands in the results is not run again.

    python benchmarks/quality.py DATA_FOLDER --model FOLDER [--peer-python PYTHON]

``DATA_FOLDER`` holds ``sms_spam/`` and ``banking77/``, each with ``train.jsonl.gz`` and
``test.jsonl.gz``;
``--peer-python`` is an interpreter that has torch, transformers, accelerate and datasets.
"""

import argparse
import datetime
import gzip
import json
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CELLS = HERE / "results" / "quality.jsonl"
TABLE = HERE / "results" / "quality.md"
ROWS = {"sms_spam": 2500, "banking77": 3000}
SEEDS = (0, 1, 2)
SIDES = ("peer", "ours")
RECIPE = ("--epochs", "3", "--learning-rate", "1e-4", "--batch-size", "32", "--max-length", "128")
PLAIN = ("--loss", "cross-entropy", "--class-weights", "none", "--sampling", "none")
PLAIN += ("--head-start", "random", "--decisions", "none")
SHUFFLED_WITH = 13  # seed of the draw of the training rows


def draw(data: Path, name: str, folder: Path) -> tuple[Path, Path]:
    """Writes the training rows, shuffled and cut, and the test rows."""
    paths = []
    for split in ("train", "test"):
        with gzip.open(data / name / f"{split}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        if split == "train":
            random.Random(SHUFFLED_WITH).shuffle(rows)
            rows = rows[: ROWS[name]]
        path = folder / f"{name}-{split}.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({"text": row["text"], "label": row["label"]}) + "\n")
        paths.append(path)
    return paths[0], paths[1]


def run_peer(train: Path, test: Path, options: argparse.Namespace, seed: int) -> dict:
    """Runs Hugging Face Trainer in its own interpreter."""
    script = HERE / "peers" / "hf_recipes.py"
    command = [options.peer_python, script, train, test, "--model", options.model]
    command += [*RECIPE, "--seed", seed]
    return json.loads(output_of(command).splitlines()[-1])


def run_ours(train: Path, test: Path, options: argparse.Namespace, seed: int) -> dict:
    """Runs ``tfclf train`` as a user does."""
    run = train.parent / f"{train.stem}-{seed}"
    command = [sys.executable, "-m", "tfclf", "train", train, "--output", run, "--test", test]
    command += ["--model", options.model, "--validation-share", 0, *RECIPE, *PLAIN, "--seed", seed]
    output_of(command)
    metrics = json.loads((run / "metrics.json").read_text())
    figures = {key: metrics["test"][key] for key in ("macro_f1", "accuracy", "predicted_classes")}
    return figures | {
        key: metrics["training"][key]
        for key in ("seconds", "examples_per_second", "peak_memory_bytes")
    }


def output_of(command: list) -> str:
    """Runs a command and returns what it prints."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{shlex.join(words)}\n{done.stderr}")
    return done.stdout


def write_table(cells: list[dict]) -> None:
    """Writes means and spreads over the seeds."""
    lines = [
        "# Plain cross-entropy beside Hugging Face Trainer",
        "",
        f"`python benchmarks/quality.py DATA --model all-MiniLM-L6-v2`, `{' '.join(RECIPE)}`;",
        f"last cell of {max(cell['date'] for cell in cells)}. Mean of the seeds (least-greatest).",
        "",
        "| data | rows | side | seeds | macro-F1 | accuracy | labels predicted |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, rows in ROWS.items():
        for side in SIDES:
            some = [cell for cell in cells if (cell["data"], cell["side"]) == (name, side)]
            if some:
                shown = [
                    spread([cell[key] for cell in some], digits)
                    for key, digits in (
                        ("macro_f1", 3),
                        ("accuracy", 3),
                        ("predicted_classes", 0),
                    )
                ]
                lines.append(f"| {name} | {rows} | {side} | {len(some)} | {' | '.join(shown)} |")
    TABLE.write_text("\n".join(lines) + "\n")


def spread(values: list[float], digits: int) -> str:
    """Returns mean, least and greatest."""
    return (
        f"{statistics.mean(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"
    )


def main() -> None:
    """Runs the missing cells and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--peer-python", default=sys.executable)
    options = parser.parse_args()
    CELLS.parent.mkdir(exist_ok=True)
    cells = [json.loads(line) for line in CELLS.read_text().splitlines()] if CELLS.exists() else []
    done = {(cell["data"], cell["side"], cell["seed"]) for cell in cells}
    with tempfile.TemporaryDirectory() as folder:
        for name in ROWS:
            train, test = draw(options.data, name, Path(folder))
            for seed in SEEDS:
                for side, runner in zip(SIDES, (run_peer, run_ours), strict=True):
                    if (name, side, seed) in done:
                        continue
                    cell = {"data": name, "side": side, "seed": seed}
                    cell |= runner(train, test, options, seed)
                    cell["date"] = datetime.date.today().isoformat()
                    cells.append(cell)
                    with open(CELLS, "a") as file:
                        file.write(json.dumps(cell) + "\n")
                    print(name, side, seed, round(cell["macro_f1"], 4), flush=True)
    write_table(cells)


if __name__ == "__main__":
    main()
