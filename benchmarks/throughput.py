"""How fast ours trains and predicts beside its peers, and how near to the machine.

Every cell of the table is a process of its own; in a turn ours and the peers take turns, and a
ratio is of one turn. A cell that stands in the results is not run again, so that the command can be
broken off and repeated. Parts:

``train``    whole trainings of 3,000 rows of banking77: seconds, rate, padding, memory, macro-F1
``step``     a step and a forward pass on full batches, and what share they are of the rate at which
             the machine multiplies matrices of these shapes
``start``    from the start of the process to the end of the first step
``compile``  the share of compiling in three epochs of all rows
``ends``     how long ``fit``, ``evaluate`` and ``predict`` wait after their last step

    python benchmarks/throughput.py DATA_FOLDER --model FOLDER [--peer-python PYTHON]
        [--part train,step,start,compile,ends] [--repetitions 3]

``DATA_FOLDER`` holds ``banking77/`` with ``train.jsonl.gz`` and ``test.jsonl.gz``;
``--peer-python`` is an interpreter that has torch, transformers, accelerate, datasets,
scikit-learn, and keras-hub if KerasHub is to be measured.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from throughput_parts import commands, step, training
from throughput_parts.found import Found
from throughput_parts.process import Failed, measure
from throughput_parts.setting import RUNS, Cell, Setting

PARTS: dict[str, Callable[[Setting, int], list[Cell]]] = {
    "train": training.cells,
    "step": step.cells,
    "start": commands.start_cells,
    "compile": commands.compile_cells,
    "ends": commands.ends_cells,
}
SECTIONS = {
    "train": training.lines,
    "start": commands.start_lines,
    "compile": commands.compile_lines,
    "ends": commands.ends_lines,
}
PACKAGES = ("tensorflow", "keras", "torch", "transformers", "accelerate", "keras-hub")
ASK_VERSIONS = """
import importlib.metadata as m, json, sys
found = {d.metadata["Name"].lower(): d.version for d in m.distributions()}
print(json.dumps({name: found[name] for name in sys.argv[1:] if name in found}))
"""


class Results:
    """The cells that were measured.

    Args:
        folder: Where they are kept, a line a cell, and where the table is written.
        rows: Rows of a training; cells of other trainings are not looked at.
    """

    def __init__(self, folder: Path, rows: int):
        folder.mkdir(exist_ok=True, parents=True)
        self.file, self.table, self.rows = (
            folder / "throughput.jsonl",
            folder / "throughput.md",
            rows,
        )

    def read(self, part: str | None = None) -> list[Found]:
        """Returns the cells, of one part or of all."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        cells = [json.loads(line) for line in lines]
        return [
            cell for cell in cells if cell["rows"] == self.rows and part in (None, cell["part"])
        ]

    def has(self, key: Found) -> bool:
        """Tells whether a cell stands there."""
        return any(cell.items() >= key.items() for cell in self.read(key["part"]))

    def add(self, cell: Found) -> None:
        """Adds a cell."""
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(json.dumps(cell) + "\n")


def versions_of(python: str) -> dict[str, str]:
    """Returns the versions of what an interpreter has."""
    command = [python, "-c", ASK_VERSIONS, *PACKAGES]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def machine() -> str:
    """Returns processor, cores and memory."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    name = names[0].partition(":")[2].strip() if names else platform.machine()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB"


def run_part(part: str, setting: Setting, results: Results, versions: dict[str, str]) -> None:
    """Runs the missing cells of a part, turn by turn; who fails does not stop the others."""
    for turn in range(setting.options.repetitions):
        for cell in PARTS[part](setting, turn):
            key = {"part": part, "side": cell.side, "turn": turn, "rows": setting.rows} | cell.about
            if results.has(key):
                continue
            try:
                done = measure(cell.command)
            except Failed as failed:
                print(turn, part, cell.side, "FAILED", failed, file=sys.stderr, flush=True)
                continue
            outside = {"peak_bytes": done.peak_bytes, "load_before": done.load}
            when = {"date": datetime.date.today().isoformat(), "machine": machine()}
            results.add(key | cell.read(done) | outside | when | {"versions": versions})
            shutil.rmtree(setting.folder / RUNS, ignore_errors=True)
            about = " ".join(map(str, cell.about.values()))
            print(turn, part, cell.side, about, f"{done.seconds:.1f} s", flush=True)


def write_table(results: Results, model: str) -> None:
    """Writes the sections of the parts that were measured."""
    cells = results.read()
    machines = " / ".join(sorted({cell["machine"] for cell in cells}))
    versions = {name: version for cell in cells for name, version in cell["versions"].items()}
    loads = [cell["load_before"] for cell in cells]
    lines = [
        "# Throughput beside the peers",
        "",
        f"`python benchmarks/throughput.py DATA --model all-MiniLM-L6-v2`, last cell of "
        f"{max(cell['date'] for cell in cells)}.",
        f"{machines}; Python {platform.python_version()}, "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".",
        f"Median (least-greatest) of {1 + max(cell['turn'] for cell in cells)} turns; a ratio is "
        "of one turn. Every cell is a process of its own; on average over the minute before, "
        f"at most {max(loads):.1f} processes ran.",
    ]
    for part in PARTS:
        found = results.read(part)
        if found:
            own = step.lines(found, step.config_of(model)) if part == "step" else None
            lines += ["", *(own or SECTIONS[part](found))]
    results.table.write_text("\n".join(lines) + "\n")


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--part", default=",".join(PARTS), help="parts, by commas")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--rows", type=int, default=3_000, help="of a training")
    parser.add_argument("--slow-rows", type=int, default=640, help="where every row is padded")
    parser.add_argument("--steps", type=int, default=40, help="of 32 tokens; of 128 a quarter")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    unknown = set(options.part.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"unknown part {', '.join(sorted(unknown))}, expected {', '.join(PARTS)}")
    return options


def main() -> None:
    """Runs the missing cells and writes the table."""
    options = arguments()
    results = Results(options.results, options.rows)
    versions = versions_of(sys.executable) | versions_of(options.peer_python)
    if "keras-hub" not in versions:
        print("KerasHub is not installed for --peer-python: it is left out", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(options, Path(folder), "keras-hub" in versions)
        for part in options.part.split(","):
            run_part(part, setting, results, versions)
            write_table(results, options.model)


if __name__ == "__main__":
    main()
