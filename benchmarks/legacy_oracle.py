"""Ours beside the last TFBert and TensorFlow Addons: the largest difference of each kind.

    make .venv-legacy/stamp
    python benchmarks/legacy_oracle.py

Runs ``tests/legacy``, in which both sides compute the same random configurations, the other side in
its own environment, and writes what those tests compared as a table. Minutes on two cores.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).parent / "results" / "legacy_oracle.md"
OURS = ("tensorflow", "keras", "numpy")


def differences() -> dict:
    """Runs the tests and returns their differences by kind, and the versions of the other side."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "differences.json"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "legacy", "tests/legacy"]
        environment = os.environ | {"TFCLF_LEGACY_DIFFERENCES": str(path)}
        status = subprocess.run(command, cwd=ROOT, env=environment).returncode
        if status or not path.exists():
            raise SystemExit("expected tests that pass and are not skipped: see above")
        return json.loads(path.read_text())


def table(found: dict) -> str:
    """Returns the text of the table."""
    theirs = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    ours = ", ".join(f"{name} {version(name)}" for name in OURS)
    counts = {row["kind"]: row["count"] for row in found["rows"]}
    lines = [
        "# Beside the last TFBert and TensorFlow Addons",
        "",
        f"`python benchmarks/legacy_oracle.py`, {datetime.date.today()}: {counts['logits']} random "
        "configurations with a head",
        f"and {counts['last hidden state'] - counts['logits']} without, in which all sizes differ "
        "pairwise; one seed each. A difference is absolute where",
        "theirs is below 1 and relative above.",
        "",
        "| compared | how often | largest difference | allowed |",
        "|---|---:|---:|---:|",
    ]
    for row in found["rows"]:
        largest = f"{row['largest']:.1e}" if row["largest"] else "0"
        within = f"{row['within']:.0e}" if row["within"] else "0"
        lines.append(f"| {row['kind']} | {row['count']} | {largest} | {within} |")
    lines += ["", f"Theirs: {theirs}.", "", f"Ours: python {sys.version.split()[0]}, {ours}.", ""]
    return "\n".join(lines)


def main() -> None:
    """Writes and prints the table."""
    text = table(differences())
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
