"""Multi-label, token and pair regression beside Hugging Face Trainer, on equal terms.

Same rows, encoder, epochs, rate, batch and length on both sides; no class weights and no
validation rows.
The table is resumed cell by cell: a cell that stands in the results is not run again.

    python benchmarks/tasks.py DATA_FOLDER --model FOLDER [--peer-python PYTHON] [--sides peer,ours]

``DATA_FOLDER`` holds ``goemotions/``, ``wnut17/``, ``ud_english_ewt_pos/`` and ``stsb/``, each with
``train.jsonl.gz`` and ``test.jsonl.gz``;
``--peer-python`` is an interpreter that has what ``peers/hf_tasks.py`` names.
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
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CELLS = HERE / "results" / "tasks.jsonl"
TABLE = HERE / "results" / "tasks.md"
SEEDS = (0, 1)
SIDES = ("peer", "ours")
RECIPE = ("--epochs", "3", "--learning-rate", "1e-4", "--batch-size", "32", "--max-length", "128")
PLAIN = ("--class-weights", "none", "--sampling", "none", "--head-start", "random")
DRAWN_WITH = 13  # seed of the draw of rows
TRAINING = ("seconds", "examples_per_second", "peak_memory_bytes")


@dataclass(frozen=True)
class DataSet:
    """A data set and how it is used.

    Attributes:
        task: Name of the task.
        columns: Columns that are kept.
        figures: Figures of the test rows, the one that counts first.
        train_rows: Training rows to draw; None takes all.
        test_rows: Test rows to draw; None takes all.
        options: Options of ``tfclf train`` besides the recipe.
    """

    task: str
    columns: tuple[str, ...]
    figures: tuple[str, ...]
    train_rows: int | None = None
    test_rows: int | None = None
    options: tuple[str, ...] = PLAIN


DATA_SETS = {
    "wnut17": DataSet(
        task="token",
        columns=("tokens", "tags"),
        figures=("f1", "accuracy"),
    ),
    "ud_english_ewt_pos": DataSet(
        task="token",
        columns=("tokens", "tags"),
        figures=("accuracy",),
        train_rows=4000,
    ),
    "stsb": DataSet(
        task="regression",
        columns=("text", "text_b", "label"),
        figures=("spearman", "pearson"),
        train_rows=3000,
        options=("--text-pair", "text_b", "--head-start", "random"),
    ),
    "goemotions": DataSet(
        task="multi-label",
        columns=("text", "labels"),
        figures=("macro_f1", "micro_f1"),
        train_rows=6000,
        test_rows=2000,
    ),
}
SHOWN = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "f1": "entity F1",
    "accuracy": "accuracy",
    "spearman": "Spearman",
    "pearson": "Pearson",
}


def draw(data: Path, name: str, folder: Path) -> dict[str, Path]:
    """Writes the training rows and the test rows, drawn where not all are taken."""
    data_set, paths = DATA_SETS[name], {}
    for split, count in (("train", data_set.train_rows), ("test", data_set.test_rows)):
        with gzip.open(data / name / f"{split}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        if count is not None:
            rows = random.Random(DRAWN_WITH).sample(rows, count)
        paths[split] = folder / f"{name}-{split}.jsonl"
        with open(paths[split], "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({key: row[key] for key in data_set.columns}) + "\n")
    return paths


def run_peer(name: str, paths: dict, options: argparse.Namespace, seed: int) -> dict:
    """Runs Hugging Face Trainer in its own interpreter."""
    command = [options.peer_python, HERE / "peers" / "hf_tasks.py", paths["train"], paths["test"]]
    command += ["--task", DATA_SETS[name].task, "--model", options.model, *RECIPE, "--seed", seed]
    return json.loads(output_of(command).splitlines()[-1])


def run_ours(name: str, paths: dict, options: argparse.Namespace, seed: int) -> dict:
    """Runs ``tfclf train`` as a user does."""
    data_set = DATA_SETS[name]
    run = paths["train"].parent / f"{name}-{seed}"
    command = [sys.executable, "-m", "tfclf", "train", paths["train"], "--output", run]
    command += ["--test", paths["test"], "--task", data_set.task, "--model", options.model]
    command += ["--validation-share", 0, *RECIPE, *data_set.options, "--seed", seed]
    output_of(command)
    metrics = json.loads((run / "metrics.json").read_text())
    return {key: metrics["test"][key] for key in data_set.figures} | {
        key: metrics["training"][key] for key in TRAINING
    }


RUNNERS = dict(zip(SIDES, (run_peer, run_ours), strict=True))


def output_of(command: list) -> str:
    """Runs a command and returns what it prints."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{shlex.join(words)}\n{done.stderr}")
    return done.stdout


def run_cell(name: str, paths: dict, side: str, seed: int, options: argparse.Namespace) -> dict:
    """Runs a cell and adds it to the results."""
    cell = {"data": name, "side": side, "seed": seed}
    for split, path in paths.items():
        cell[f"{split}_rows"] = len(path.read_text(encoding="utf-8").splitlines())
    cell |= RUNNERS[side](name, paths, options, seed)
    cell["date"] = datetime.date.today().isoformat()
    with open(CELLS, "a") as file:
        file.write(json.dumps(cell) + "\n")
    first = DATA_SETS[name].figures[0]
    print(name, side, seed, first, round(cell[first], 4), f"{cell['seconds']:.0f} s", flush=True)
    return cell


def write_table(cells: list[dict]) -> None:
    """Writes means and spreads over the seeds."""
    lines = [
        "# Multi-label, token and pair regression beside Hugging Face Trainer",
        "",
        f"`python benchmarks/tasks.py DATA --model all-MiniLM-L6-v2`, `{' '.join(RECIPE)}`;",
        f"last cell of {max(cell['date'] for cell in cells)}. Mean of the seeds (least-greatest).",
        "",
        "| data | task | rows | test rows | side | seeds | figure | mean | besides |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, data_set in DATA_SETS.items():
        for side in SIDES:
            some = [cell for cell in cells if (cell["data"], cell["side"]) == (name, side)]
            if not some:
                continue
            means = [spread([cell[key] for cell in some]) for key in data_set.figures]
            first, *others = [SHOWN[key] for key in data_set.figures]
            besides = ", ".join(map(" ".join, zip(others, means[1:], strict=True)))
            rows = f"{some[0]['train_rows']} | {some[0]['test_rows']}"
            lines.append(
                f"| {name} | {data_set.task} | {rows} | {side} | {len(some)} | {first} "
                f"| {means[0]} | {besides} |"
            )
    TABLE.write_text("\n".join(lines) + "\n")


def spread(values: list[float]) -> str:
    """Returns mean, least and greatest."""
    return f"{statistics.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})"


def main() -> None:
    """Runs the missing cells and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--sides", default=",".join(SIDES), help="one of them, or both")
    options = parser.parse_args()
    sides = options.sides.split(",")
    if not set(sides) <= set(SIDES):
        parser.error(f"--sides is {options.sides}, expected some of {','.join(SIDES)}")
    CELLS.parent.mkdir(exist_ok=True)
    cells = [json.loads(line) for line in CELLS.read_text().splitlines()] if CELLS.exists() else []
    done = {(cell["data"], cell["side"], cell["seed"]) for cell in cells}
    with tempfile.TemporaryDirectory() as folder:
        drawn = {name: draw(options.data, name, Path(folder)) for name in DATA_SETS}
        for seed in SEEDS:  # every data set once, before any twice
            for name, paths in drawn.items():
                for side in sides:
                    if (name, side, seed) not in done:
                        run_cell(name, paths, side, seed, options)
    write_table([json.loads(line) for line in CELLS.read_text().splitlines()])


if __name__ == "__main__":
    main()
