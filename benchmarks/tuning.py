"""A study of twelve trials on sms_spam, killed on its way: is what it recommends better?

    python benchmarks/tuning.py DATA_FOLDER [--model FOLDER] [--rows 1000] [--kills 2]

``tfclf tune`` is killed (``kill -9``) as often as is asked for, each time in another trial, and
started again with the same command until it ends. Then the recipe that it recommends (one flag,
``--recipe``), that of its best trial, and the one that nobody tuned train on the same rows with
three seeds each, and are judged on the test rows, which the study has not seen. Cells that stand in
the results are not trained again, and a study that was begun in ``--work`` goes on.

``DATA_FOLDER`` holds ``sms_spam/`` with ``train.jsonl.gz`` and ``test.jsonl.gz``.
"""

import argparse
import datetime
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import quality

from tfclf.models.embedded import embedded_encoder

HERE = Path(__file__).parent
TRIALS, SEEDS = 12, (0, 1, 2)
# Short trainings, compared on as many rows as tell recipes apart that are all good.
STUDY = ("--trials", str(TRIALS), "--search", "epochs=1..4", "--validation-share", "0.4")
SIDES = ("as given", "best trial", "recommended")  # the first with all its own epochs


def tfclf(*words: object) -> list[str]:
    """Returns a command of ours."""
    return [sys.executable, "-m", "tfclf", *map(str, words)]


def study(options: argparse.Namespace, train: Path, work: Path) -> dict:
    """Runs the study, killing it as often as is asked for; returns how it went."""
    command = tfclf("tune", train, "--output", work / "study", "--model", options.model)
    command += STUDY
    # It is killed soon after these trials have begun.
    kill_in = [1 + round((k + 1) * TRIALS / (options.kills + 1)) for k in range(options.kills)]
    killed, begun, seen = [], time.monotonic(), []
    while True:
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            print(line, end="")
            found = re.match(rf"Trial (\d+) of {TRIALS}:", line)
            if found:
                number = int(found[1])
                seen.append(number)
                if kill_in and number >= kill_in[0]:
                    kill_in.pop(0)
                    killed.append(number)
                    threading.Timer(12.0, process.send_signal, [signal.SIGKILL]).start()
        status = process.wait()
        if status not in (0, -signal.SIGKILL):
            sys.exit(f"status {status}")
        if status == 0:
            break
    return {"killed_in": killed, "begun": seen, "seconds": time.monotonic() - begun}


def judged(options: argparse.Namespace, train: Path, test: Path, seed: int, recipe: str) -> dict:
    """Trains with a recipe, and returns the figures on the test rows."""
    with tempfile.TemporaryDirectory() as folder:
        command = tfclf("train", train, "--output", f"{folder}/run", "--model", options.model)
        command += ["--test", str(test), "--seed", str(seed), "--quiet", "--json"]
        command += ["--recipe", recipe] if recipe else []
        metrics = json.loads(subprocess.check_output(command, text=True))
    return {"macro_f1": metrics["test"]["macro_f1"], "accuracy": metrics["test"]["accuracy"]}


def recipes(tuned: dict, work: Path) -> dict[str, str]:
    """Returns what each side gives to ``--recipe``."""
    best = work / "best"
    best.mkdir(exist_ok=True)
    own = tuned["arguments"]["recipe"] | tuned["best"]["settings"]
    (best / "tuning.json").write_text(json.dumps({"recipe": own}))
    return {"as given": "", "best trial": str(best), "recommended": str(work / "study")}


def write_table(cells: dict, file: Path, rows: int) -> None:
    """Writes what the study found, how it was killed, and the sides on the test rows."""
    tuned, went = cells["tuned"], cells["went"]
    early = sum(trial["state"] != "complete" for trial in tuned["trials"])
    killed, begun = ((", ".join(map(str, went[name]))) for name in ("killed_in", "begun"))
    lines = [
        "# Tuning on sms_spam",
        "",
        f"`python benchmarks/tuning.py DATA`, {cells['date']}: {rows:,} training rows, MiniLM, "
        f"`tfclf tune {' '.join(STUDY)}`; {early} trials ended early. Killed by `kill -9` in "
        f"trials {killed}, and gone on with by the same command; trials begun, in order: {begun}.",
        "",
        f"{tuned['verdict']}.",
        "",
        "On the test rows, which the study has not seen, each with three seeds:",
        "",
        "| recipe | macro-F1 | accuracy |",
        "|---|---|---|",
    ]
    for side in SIDES:
        found = [cells[f"{side} {seed}"] for seed in SEEDS]
        told = []
        for name in ("macro_f1", "accuracy"):
            values = [one[name] for one in found]
            mean = statistics.mean(values)
            told.append(f"{mean:.4f} ({min(values):.4f}-{max(values):.4f})")
        lines.append(f"| {side} | {' | '.join(told)} |")
    lines += ["", "| setting | share of the variance |", "|---|---:|"]
    lines += [f"| {name} | {share:.2f} |" for name, share in tuned["importances"].items()]
    file.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Runs the study and the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default=None)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "tfclf-tuning")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    options.model = options.model or str(embedded_encoder())
    options.work.mkdir(exist_ok=True, parents=True)
    file = options.work / "cells.json"
    cells = json.loads(file.read_text()) if file.exists() else {}
    quality.ROWS["sms_spam"] = options.rows
    train, test = quality.draw(options.data, "sms_spam", options.work)
    if "tuned" not in cells:
        cells["went"] = study(options, train, options.work)
        cells["tuned"] = json.loads((options.work / "study" / "tuning.json").read_text())
        cells["date"] = datetime.date.today().isoformat()
        file.write_text(json.dumps(cells))
    sides = recipes(cells["tuned"], options.work)
    same = "recommended" if not cells["tuned"]["better"] else None
    for seed in SEEDS:
        for side, recipe in sides.items():
            cell = f"{side} {seed}"
            if cell in cells:
                continue
            # What is recommended may be the recipe as it was given.
            cells[cell] = (
                cells[f"as given {seed}"]
                if side == same
                else judged(options, train, test, seed, recipe)
            )
            print(cell, cells[cell])
            file.write_text(json.dumps(cells))
    options.results.mkdir(exist_ok=True, parents=True)
    write_table(cells, options.results / "tuning.md", options.rows)
    shutil.copy(options.work / "study" / "tuning.png", options.work / "tuning.png")
    print((options.results / "tuning.md").read_text())


if __name__ == "__main__":
    main()
