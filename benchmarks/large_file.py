"""A training on a file of 5,000,000 rows beside one of 50,000: does memory hold?

    python benchmarks/large_file.py [--rows 5000000] [--few 50000] [--model FOLDER]

``tfclf train`` reads each file, trains 100 steps and is then asked to end (SIGTERM), which it does
when it has saved. Memory is watched from outside, ten times a second: what the process has for
itself, and with the pages of files that are mapped into it, which the system may drop at any time.
A file that stands in the results is not trained on again.
"""

import argparse
import datetime
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from streaming import write
from watched_command import Watch

from tfclf.models.embedded import embedded_encoder

HERE = Path(__file__).parent
STEPS, PAUSE = 100, 0.1
# The start is judged on the validation rows: of five millions a tenth would take an hour.
RECIPE = (
    "--epochs",
    "1",
    "--batch-size",
    "32",
    "--max-length",
    "64",
    "--validation-share",
    "0.001",
)
MOST = 1.3  # of the memory with few rows
KINDS = {"own": ("RssAnon", "RssShmem"), "with mapped files": ("VmRSS",)}
TERMINATED = 143


def memory_of(process: subprocess.Popen) -> dict[str, int]:
    """Returns the resident memory of a process by its kinds (bytes)."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    return {
        kind: sum(int(status.get(key, "0").split()[0]) * 1024 for key in keys)
        for kind, keys in KINDS.items()
    }


def train(rows: int, folder: Path, model: str) -> dict:
    """Trains 100 steps, and returns what they and all before them took."""
    write(folder / "rows.csv", rows)
    watch = Watch(folder / "watch", anew=True)
    command = [sys.executable, HERE / "watched_command.py", folder / "watch", "train"]
    command += [folder / "rows.csv", "--output", folder / "run", "--model", model, *RECIPE]
    peak, begun, first = dict.fromkeys(KINDS, 0), time.monotonic(), 0.0
    with open(folder / "said", "w+") as said:
        process = subprocess.Popen(list(map(str, command)), stderr=said)
        asked = False
        while process.poll() is None:
            for kind, size in memory_of(process).items():
                peak[kind] = max(peak[kind], size)
            if watch.steps and not first:
                first = time.monotonic() - begun
            if watch.steps >= STEPS and not asked:
                process.send_signal(signal.SIGTERM)
                asked = True
            time.sleep(PAUSE)
        if process.returncode != TERMINATED:
            said.seek(0)
            sys.exit(f"status {process.returncode}\n{said.read()[-2000:]}")
    return {
        "rows": rows,
        "file_bytes": (folder / "rows.csv").stat().st_size,
        "steps": watch.steps,
        "to_first_step": first,
        "state_kept": (folder / "run.partial" / "state.safetensors").exists(),
        "peak": peak,
        "date": datetime.date.today().isoformat(),
    }


def write_table(cells: list[dict], file: Path) -> bool:
    """Writes the memory with each file, and returns whether it holds."""
    few, many = sorted(cells, key=lambda cell: cell["rows"])
    ratios = {kind: many["peak"][kind] / few["peak"][kind] for kind in KINDS}
    lines = [
        "# Memory with a large file",
        "",
        f"`python benchmarks/large_file.py`, {many['date']}: MiniLM, {' '.join(RECIPE)}; "
        f"ended by SIGTERM after {STEPS} steps.",
        "",
        "| rows | file (MiB) | steps | to the first step (s) | own memory (MiB) | with mapped "
        "files (MiB) | state kept |",
        "|---:|---:|---:|---:|---:|---:|---|",
    ]
    for cell in (few, many):
        sizes = " | ".join(f"{cell['peak'][kind] / 2**20:,.0f}" for kind in KINDS)
        kept = "yes" if cell["state_kept"] else "no"
        lines.append(
            f"| {cell['rows']:,} | {cell['file_bytes'] / 2**20:,.0f} | {cell['steps']} "
            f"| {cell['to_first_step']:.0f} | {sizes} | {kept} |"
        )
    lines += [
        "",
        *(f"Ratio, {kind}: {ratio:.2f} (goal: {MOST})." for kind, ratio in ratios.items()),
    ]
    file.write_text("\n".join(lines) + "\n")
    return ratios["own"] <= MOST


def main() -> None:
    """Trains on the files that are missing, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--few", type=int, default=50_000)
    parser.add_argument("--model", default=None)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    options.results.mkdir(exist_ok=True, parents=True)
    file = options.results / "large_file.jsonl"
    cells = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    for rows in (options.few, options.rows):
        if any(cell["rows"] == rows for cell in cells):
            continue
        with tempfile.TemporaryDirectory() as folder:
            model = str(options.model or embedded_encoder())
            cells.append(train(rows, Path(folder), model))
        with open(file, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(cells[-1]) + "\n")
        print(cells[-1], flush=True)
    wanted = [cell for cell in cells if cell["rows"] in (options.few, options.rows)]
    if not write_table(wanted, file.with_suffix(".md")):
        sys.exit("memory grows with the file: see the table")


if __name__ == "__main__":
    main()
