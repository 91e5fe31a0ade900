"""The figures of ``tfclf demo``, as a table for the README.

python benchmarks/demo.py
"""

import datetime
import tempfile
from pathlib import Path

from tfclf.runs.demo import TEST_ROWS, TRAIN_ROWS, demonstrate

TABLE = Path(__file__).parent / "results" / "demo.md"


def main() -> None:
    """Runs the demonstration and writes the table."""
    with tempfile.TemporaryDirectory() as folder:
        result = demonstrate(Path(folder) / "demo")
    ours, naive = result.ours, result.naive
    lines = [
        "# The demonstration",
        "",
        f"`python benchmarks/demo.py` on {datetime.date.today()}: {TRAIN_ROWS} training rows, "
        f"{TEST_ROWS} test rows, {result.epochs} epochs each.",
        "",
        "| | support | naive | tfclf |",
        "|---|---:|---:|---:|",
    ]
    for label, row in sorted(ours["per_class"].items(), key=lambda item: -item[1]["support"]):
        f1 = naive["per_class"][label]["f1"]
        lines.append(f"| F1 of {label} | {row['support']} | {f1:.3f} | **{row['f1']:.3f}** |")
    for key, name in (("macro_f1", "macro-F1"), ("accuracy", "accuracy")):
        lines.append(f"| {name} | {TEST_ROWS} | {naive[key]:.3f} | **{ours[key]:.3f}** |")
    predicted = naive["predicted_classes"], ours["predicted_classes"]
    count = len(ours["per_class"])
    lines.append(f"| labels predicted | {count} | {predicted[0]} | {predicted[1]} |")
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
