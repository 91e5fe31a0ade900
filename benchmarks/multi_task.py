"""Two tasks on one encoder beside each of them on an encoder of its own, on our sample rows.

Same rows, epochs, rate, batch and encoder. A model of one task is trained on the rows that have its
labels. The table is resumed cell by cell.

    python benchmarks/multi_task.py --model FOLDER
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

HERE = Path(__file__).parent
CELLS = HERE / "results" / "multi_task.jsonl"
TABLE = HERE / "results" / "multi_task.md"
SEEDS = (0, 1)
RECIPE = ("--epochs", "10", "--learning-rate", "3e-4", "--batch-size", "32", "--max-length", "64")
PLAIN = ("--class-weights", "none", "--head-start", "random", "--validation-share", "0")
HEADS = {"intent": ("single-label", "macro_f1"), "tags": ("token", "f1")}
SPLITS = {"train": ("1000", "1"), "test": ("400", "2")}  # rows and seed of the sample
SIDES = ("both", *HEADS)


def run(*words: object) -> None:
    """Runs a command of ours."""
    command = [sys.executable, "-m", "tfclf", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{shlex.join(command)}\n{done.stderr}")


def write_rows(folder: Path) -> None:
    """Writes the sample, and for each task the rows that have its labels."""
    for split, (rows, seed) in SPLITS.items():
        path = folder / f"{split}-both.jsonl"
        run("sample", "two-tasks", "--rows", rows, "--seed", seed, "--output", path)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for head in HEADS:
            with open(folder / f"{split}-{head}.jsonl", "w", encoding="utf-8") as file:
                file.writelines(
                    json.dumps(row) + "\n" for row in lines if row.get(head) is not None
                )


def train(side: str, seed: int, folder: Path, model: str) -> dict[str, float]:
    """Trains both tasks or one, and returns the figure of each on the test rows."""
    if side == "both":
        options = [f"--head={head}={task}:{head}" for head, (task, _) in HEADS.items()]
    else:
        options = ["--task", HEADS[side][0], "--label", side, "--tokens", "tokens"]
        options += ["--loss", "cross-entropy"]
    output = folder / f"run-{side}-{seed}"
    files = (folder / f"train-{side}.jsonl", "--test", folder / f"test-{side}.jsonl")
    recipe = (*RECIPE, *PLAIN, "--seed", seed)
    run("train", *files, "--output", output, "--model", model, *options, *recipe)
    test = json.loads((output / "metrics.json").read_text())["test"]
    tasks = test["tasks"] if side == "both" else {side: test}
    return {head: scores[HEADS[head][1]] for head, scores in tasks.items()}


def write_table(cells: list[dict]) -> None:
    """Writes means and spreads over the seeds."""
    lines = [
        "# Two tasks on one encoder beside one task each",
        "",
        f"`python benchmarks/multi_task.py --model all-MiniLM-L6-v2`, `{' '.join(RECIPE)}`;",
        f"last cell of {max(cell['date'] for cell in cells)}. Mean of the seeds (least-greatest).",
        "",
        "| task | figure | alone | seeds | together | seeds |",
        "|---|---|---|---|---|---|",
    ]
    for head, (_, figure) in HEADS.items():
        shown = []
        for side in (head, "both"):
            values = [cell["figures"][head] for cell in cells if cell["side"] == side]
            spread = f"({min(values):.3f}-{max(values):.3f})"
            shown.append(f"{statistics.mean(values):.3f} {spread} | {len(values)}")
        lines.append(f"| {head} | {figure} | {' | '.join(shown)} |")
    TABLE.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Runs the missing cells and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    options = parser.parse_args()
    cells = [json.loads(line) for line in CELLS.read_text().splitlines()] if CELLS.exists() else []
    done = {(cell["side"], cell["seed"]) for cell in cells}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder)
        for seed in SEEDS:
            for side in SIDES:
                if (side, seed) not in done:
                    figures = train(side, seed, folder, options.model)
                    cell = {"side": side, "seed": seed, "figures": figures}
                    cell["date"] = datetime.date.today().isoformat()
                    cells.append(cell)
                    with open(CELLS, "a") as file:
                        file.write(json.dumps(cell) + "\n")
                    print(side, seed, figures, flush=True)
    write_table(cells)


if __name__ == "__main__":
    main()
