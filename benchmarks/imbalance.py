"""Losses, weights, samplings and ``auto`` beside Hugging Face Trainer's recipes, on long tails.

Same rows, encoder, epochs, rate, batch and length on all sides. The peer trains on all rows; so do
ours without decisions, while those that choose decisions hold a part of the same rows out.
The table is resumed cell by cell: a cell that stands in the results is not run again.

    python benchmarks/imbalance.py DATA_FOLDER --model FOLDER [--peer-python PYTHON]
        [--only DATA,...] [--sides SIDE,...]

``DATA_FOLDER`` holds the folders that ``long_tails.py`` names, each with ``train.jsonl.gz`` and
``test.jsonl.gz``; ``--peer-python`` is an interpreter that has what ``peers/hf_recipes.py`` names.
"""

import argparse
import datetime
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from long_tails import LONG_TAILS, LongTail, rarest_third

HERE = Path(__file__).parent
CELLS = HERE / "results" / "imbalance.jsonl"
TABLE = HERE / "results" / "imbalance.md"
SUMMARY = HERE / "results" / "imbalance_summary.md"
SEEDS = (0, 1)
RECIPE = ("--epochs", "3", "--learning-rate", "1e-4", "--batch-size", "32", "--max-length", "128")
PEERS = {f"peer {recipe}": ("--recipe", recipe) for recipe in ("default", "weighted", "focal")}
FIGURES = ("macro_f1", "rare_f1", "accuracy", "micro_f1", "expected_calibration_error")
TRAINING = ("seconds", "examples_per_second", "peak_memory_bytes")


def run_peer(tail: LongTail, paths: dict, options: argparse.Namespace, side: str, seed: int):
    """Runs Hugging Face Trainer in its own interpreter."""
    command = [options.peer_python, HERE / "peers" / "hf_recipes.py", paths["train"], paths["test"]]
    command += ["--model", options.model, *RECIPE, *PEERS[side], "--seed", seed]
    return json.loads(output_of(command).splitlines()[-1])


ALONE = ("--head-start", "random", "--decisions", "none", "--validation-share", "0")
PLAIN = {"--class-weights": "none", "--sampling": "none", "--loss": "auto"}

# One thing at a time on a head that starts at random; auto is ``tfclf train`` as it comes. Where a
# data set has several labels a text the loss or the sampling of that task is taken.
SEVERAL = {
    "cross-entropy": "binary-cross-entropy",
    "focal": "binary-focal",
    "class-balanced-focal": "class-balanced-binary-focal",
    "oversample": "repeat-factors",
}
OURS = {
    "cross-entropy": {"--loss": "cross-entropy"},
    "inverse weights": {"--loss": "cross-entropy", "--class-weights": "inverse"},
    "square-root weights": {"--loss": "cross-entropy", "--class-weights": "sqrt_inverse"},
    "effective-number weights": {"--loss": "cross-entropy", "--class-weights": "effective"},
    "focal": {"--loss": "focal"},
    "class-balanced focal": {"--loss": "class-balanced-focal"},
    "LDAM": {"--loss": "ldam"},
    "logit-adjusted": {"--loss": "logit-adjusted"},
    "asymmetric": {"--loss": "asymmetric"},
    "oversampling": {"--loss": "cross-entropy", "--sampling": "oversample"},
    "balanced batches": {"--loss": "cross-entropy", "--sampling": "balanced"},
    "head from a probe": {"--loss": "cross-entropy", "--head-start": "probe"},
    "auto": {},
}
SHOWN = (*PEERS, "cross-entropy", "auto")  # in the summary
ONE_ONLY = ("LDAM", "logit-adjusted", "balanced batches")  # label a text
SEVERAL_ONLY = ("asymmetric",)


def fits(side: str, tail: LongTail) -> bool:
    """Tells whether a side does the task of a data set, and is to be run on it."""
    if tail.sides is not None and side not in tail.sides:
        return False
    return side not in (ONE_ONLY if tail.task == "multi-label" else SEVERAL_ONLY)


def run_ours(tail: LongTail, paths: dict, options: argparse.Namespace, side: str, seed: int):
    """Runs ``tfclf train`` as a user does."""
    run = paths["train"].parent / f"{side}-{seed}"
    command = [sys.executable, "-m", "tfclf", "train", paths["train"], "--output", run]
    command += ["--test", paths["test"], "--task", tail.task, "--model", options.model]
    command += [*RECIPE, *tail.options, "--seed", seed]
    if side != "auto":
        settings = dict(zip(ALONE[::2], ALONE[1::2], strict=True)) | PLAIN | OURS[side]
        if tail.task == "multi-label":
            settings = {key: SEVERAL.get(value, value) for key, value in settings.items()}
        command += [word for pair in settings.items() for word in pair]
    output_of(command)
    metrics = json.loads((run / "metrics.json").read_text())
    test = metrics["test"]
    figures = {key: test[key] for key in (*FIGURES, "predicted_classes") if key in test}
    figures |= {key: metrics["training"][key] for key in TRAINING}
    return figures | {"f1": {name: row["f1"] for name, row in test["per_class"].items()}}


RUNNERS = {side: run_peer for side in PEERS} | {side: run_ours for side in OURS}


def run_cell(name: str, paths: dict, side: str, seed: int, options: argparse.Namespace) -> None:
    """Runs a cell and writes it to the results."""
    tail = LONG_TAILS[name]
    cell = {"data": name, "side": side, "seed": seed}
    cell |= RUNNERS[side](tail, paths, options, side, seed)
    f1 = cell.pop("f1")
    rare = rarest_third(paths["train"], tail.label)
    cell["rare_f1"] = statistics.mean(f1.get(label, 0.0) for label in rare)
    cell["date"] = datetime.date.today().isoformat()
    with open(CELLS, "a") as file:
        file.write(json.dumps(cell) + "\n")
    shown = " ".join(f"{key} {cell[key]:.3f}" for key in FIGURES if key in cell)
    print(name, side, seed, shown, f"{cell['seconds']:.0f} s", flush=True)


def write_tables() -> None:
    """Writes means and spreads over the seeds: of every side, and of those that matter most."""
    cells = [json.loads(line) for line in CELLS.read_text().splitlines()]
    heading = [
        "# Losses, weights, samplings and auto beside Hugging Face Trainer, on long tails",
        "",
        f"`python benchmarks/imbalance.py DATA --model all-MiniLM-L6-v2`, `{' '.join(RECIPE)}`;",
        f"last cell of {max(cell['date'] for cell in cells)}. Mean of the seeds (least-greatest).",
        "",
        "| data | side | seeds | macro-F1 | F1 of the rarest third | accuracy or micro-F1 | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    for path, sides in ((TABLE, RUNNERS), (SUMMARY, SHOWN)):
        lines = [
            line_of(name, side, some)
            for name in LONG_TAILS
            for side in sides
            if (some := [cell for cell in cells if (cell["data"], cell["side"]) == (name, side)])
        ]
        path.write_text("\n".join([*heading, *lines]) + "\n")


def line_of(name: str, side: str, cells: list[dict]) -> str:
    """Returns the line of a side."""
    right = "accuracy" if "accuracy" in cells[0] else "micro_f1"
    keys = ("macro_f1", "rare_f1", right, "expected_calibration_error")
    shown = " | ".join(spread([cell[key] for cell in cells]) for key in keys)
    return f"| {name} | {side} | {len(cells)} | {shown} |"


def spread(values: list[float]) -> str:
    """Returns mean, least and greatest."""
    return f"{statistics.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})"


def output_of(command: list) -> str:
    """Runs a command and returns what it prints."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{shlex.join(words)}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Runs the missing cells and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--only", default=",".join(LONG_TAILS), help="data sets, by commas")
    parser.add_argument("--sides", default=",".join(RUNNERS), help="sides, by commas")
    options = parser.parse_args()
    CELLS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        drawn = {
            name: LONG_TAILS[name].write(options.data, Path(folder) / name)
            for name in options.only.split(",")
        }
        for seed in SEEDS:  # every data set once, before any twice
            for name, paths in drawn.items():
                for side in options.sides.split(","):
                    if fits(side, LONG_TAILS[name]) and (name, side, seed) not in done():
                        run_cell(name, paths, side, seed, options)
    write_tables()


def done() -> set:
    """Returns the cells that stand in the results."""
    lines = CELLS.read_text().splitlines() if CELLS.exists() else []
    cells = [json.loads(line) for line in lines]
    return {(cell["data"], cell["side"], cell["seed"]) for cell in cells}


if __name__ == "__main__":
    main()
