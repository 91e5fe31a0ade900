"""Trainings that are killed (``kill -9``) at random moments, and gone on with: to the bit?

    python benchmarks/kill_training.py [--kills 30] [--model FOLDER]

One training runs through, twice. Others are killed at random moments, in each of what a training
does (steps, validation, saving, writing its run), and started again with the same command; what
they end with is compared with the first: weights and history bit by bit. A kill that stands in the
results is not made again. Exits with 1 where anything differs.
"""

import argparse
import datetime
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from watched_command import Watch

from tfclf.data.samples import write_sample
from tfclf.models.embedded import embedded_encoder

HERE = Path(__file__).parent
ROWS, BATCH, EPOCHS = 160, 32, 3
KILLED_IN = ("steps", "validation", "saving", "writing")
RECIPE = ("--epochs", str(EPOCHS), "--batch-size", str(BATCH), "--save-every", "0")
PAUSE = 0.002  # seconds between two looks at what a process does


def command(options: argparse.Namespace, folder: Path, run: Path) -> list[str]:
    """Returns the command of a training."""
    own = [sys.executable, HERE / "watched_command.py", folder / "watch"]
    own += ["train", folder / "rows.csv", "--output", run, "--model", options.model]
    return [str(word) for word in (*own, *RECIPE, "--seed", options.seed)]


def train(words: list[str]) -> str:
    """Trains to the end, and returns what was said."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stderr[-2000:]}")
    return done.stderr


def outcome(run: Path) -> dict[str, str]:
    """Returns the hashes of what a training ends with."""
    return {
        name: hashlib.sha256((run / name).read_bytes()).hexdigest()
        for name in ("model.safetensors", "history.json")
    }


def kill(words: list[str], folder: Path, phase: str, generator: random.Random) -> tuple[str, int]:
    """Starts a training and kills it in a phase, a random while after that has begun.

    Returns:
        What it was doing when it was killed, and the steps that it had trained.
    """
    watch = Watch(folder / "watch", anew=True)
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Before writing there is no telling for how long: the others come again and again.
    wanted = 0 if phase == "writing" else generator.randrange(EPOCHS * ROWS * 9 // 10 // BATCH)
    while process.poll() is None and not (watch.phase == phase and watch.steps >= wanted):
        time.sleep(PAUSE)
        if watch.phase == "writing" and phase != "writing":
            break
    time.sleep(generator.uniform(0, 0.1))
    said = watch.phase, watch.steps
    process.send_signal(signal.SIGKILL)
    process.wait()
    return said


def one_cell(options: argparse.Namespace, number: int, folder: Path, through: dict) -> dict:
    """Kills a training two times, has it go on, and compares."""
    generator = random.Random(number)
    run = folder / f"run-{number}"
    words, killed = command(options, folder, run), []
    for place in range(2):
        phase = KILLED_IN[(2 * number + place) % len(KILLED_IN)]
        killed.append(kill(words, folder, phase, generator))
    said = train(words)
    metrics = json.loads((run / "metrics.json").read_text())
    cell = {
        "number": number,
        "killed": killed,
        "goes_on": "Goes on in epoch" in said or "is finished" in said,
        "resumed_from_step": metrics["training"]["resumed_from_step"],
        "equal": outcome(run) == through,
        "left": sorted(path.name for path in folder.glob(f"*run-{number}*") if path != run),
        "date": datetime.date.today().isoformat(),
    }
    shutil.rmtree(run)
    return cell


def write_table(cells: list[dict], twice: bool, file: Path) -> None:
    """Writes what became of the kills, by what was killed."""
    kills = [(phase, cell) for cell in cells for phase, _ in cell["killed"]]
    lines = [
        "# Trainings killed at random moments",
        "",
        f"`python benchmarks/kill_training.py`, {max(cell['date'] for cell in cells)}: MiniLM, "
        f"{ROWS} rows of the sample tickets, {EPOCHS} epochs, batches of {BATCH}, saved after "
        "every step, `kill -9`.",
        "Each training is killed twice and then left to its end; equal means every bit of its "
        "weights and of its history.",
        "",
        f"Two trainings that ran through are equal: {'yes' if twice else 'no'}.",
        "",
        "| killed in | kills | went on | ended equal | left files behind |",
        "|---|---:|---:|---:|---:|",
    ]
    for phase in sorted({phase for phase, _ in kills}) + ["all"]:
        own = [cell for killed, cell in kills if phase in (killed, "all")]
        went, equal = sum(c["goes_on"] for c in own), sum(c["equal"] for c in own)
        left = sum(bool(c["left"]) for c in own)
        lines.append(f"| {phase} | {len(own)} | {went} | {equal} | {left} |")
    file.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Makes the kills that are missing, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--model", default=None)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    options.model = options.model or embedded_encoder()
    file = options.results / "kill_training.jsonl"
    options.results.mkdir(exist_ok=True, parents=True)
    cells = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample("tickets", folder / "rows.csv", ROWS, seed=1)
        runs = [folder / "through", folder / "again"]
        for run in runs:
            train(command(options, folder, run))
        through, again = map(outcome, runs)
        begun = time.monotonic()
        for number in range(len(cells), -(-options.kills // 2)):
            cells.append(one_cell(options, number, folder, through))
            with open(file, "a", encoding="utf-8") as lines:
                lines.write(json.dumps(cells[-1]) + "\n")
            rate = (time.monotonic() - begun) / (number + 1)
            print(number, cells[-1]["killed"], cells[-1]["equal"], f"{rate:.0f} s each", flush=True)
    write_table(cells, through == again, file.with_suffix(".md"))
    if through != again or not all(c["equal"] and c["goes_on"] and not c["left"] for c in cells):
        sys.exit("not equal: see the table")


if __name__ == "__main__":
    main()
