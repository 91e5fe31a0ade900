"""From a CSV file to macro-F1 on a test file: the lines that a user writes, ours and the peers'.

    python benchmarks/lines.py [--model FOLDER] [--peer-python PYTHON]

The programs stand in ``peers/csv_to_macro_f1/``. Lines are counted, blank ones and comments left
out. Those that can run here do, on rows of ``tfclf sample tickets``, with a local encoder in the
place of bert-base: ours, and Hugging Face's in an interpreter that has torch, transformers,
accelerate and datasets. KerasHub's preset comes from a network. ktrain asks for the TensorFlow
classes of transformers, which version 5 has no more.
"""

import argparse
import datetime
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
from pathlib import Path

from tfclf.data.samples import write_sample
from tfclf.models.embedded import embedded_encoder

HERE = Path(__file__).parent
PROGRAMS = HERE / "peers" / "csv_to_macro_f1"
ROWS, TEST_ROWS = 600, 300
BERT = re.compile(r"(google-bert/)?bert-base-uncased")
OURS = "nothing of these"
LEFT_OUT = (
    "a validation split and the best epoch",
    "rare labels",
    "figures of each label",
    "calibration",
    "label names in the saved model",
    "going on after an interruption",
)
# What each program would have to write more lines for, by its place in the list above.
WITHOUT = {
    "tfclf_command.sh": (),
    "tfclf_python.py": (),
    "hf_trainer.py": LEFT_OUT,
    "keras_hub.py": LEFT_OUT,
    "with_ktrain.py": tuple(one for one in LEFT_OUT if "label names" not in one),
}
NAMES = {
    "tfclf_command.sh": "tfclf, command line",
    "tfclf_python.py": "tfclf, Python",
    "hf_trainer.py": "Hugging Face Trainer",
    "keras_hub.py": "KerasHub",
    "with_ktrain.py": "ktrain",
}


def lines_of(program: Path) -> int:
    """Counts the lines of a program that have code on them."""
    text = program.read_text()
    if program.suffix != ".py":
        return sum(bool(line.strip()) and not line.startswith("#") for line in text.splitlines())
    empty = (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len(
        {
            line
            for token in tokens
            if token.type not in (*empty, tokenize.ENDMARKER)
            for line in range(token.start[0], token.end[0] + 1)
        }
    )


def run(program: Path, options: argparse.Namespace, folder: Path) -> str:
    """Runs a program in a folder of rows, and returns the macro-F1 that it ends with."""
    own = folder / program.stem
    own.mkdir()
    for name in ("train.csv", "test.csv"):
        shutil.copy(folder / name, own)
    ours = program.name.startswith("tfclf")
    python = sys.executable if ours else options.peer_python
    if program.suffix == ".py":
        text = BERT.sub(options.model, program.read_text())
        text = text.replace('Job("train.csv"', f'Job(model="{options.model}", train="train.csv"')
        text = text.replace('train.csv", "run"', 'train.csv", output="run"')
        command = [python, "-c", text]
    else:
        words = program.read_text().split()
        command = [python, "-m", *words, "--model", options.model, "--json", "--quiet"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home")}
    environment["PYTHONPATH"] = str(HERE.parent) if ours else ""
    done = subprocess.run(command, cwd=own, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program.name}: {done.stderr[-2000:]}")
    found = re.search(r'"test":.*?"macro_f1": ([\d.]+)', done.stdout, re.DOTALL)
    return f"{float(found[1] if found else done.stdout.split()[-1]):.3f}"


def main() -> None:
    """Counts the programs, runs those that can, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    options.model = options.model or str(embedded_encoder())
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample("tickets", folder / "train.csv", ROWS, seed=1)
        write_sample("tickets", folder / "test.csv", TEST_ROWS, seed=2)
        for file, without in WITHOUT.items():
            program = PROGRAMS / file
            runs = file.startswith(("tfclf", "hf"))
            figure = run(program, options, folder) if runs else "not run"
            said = "; ".join(without) or OURS
            rows.append(f"| {NAMES[file]} | {lines_of(program)} | {said} | {figure} |")
            print(rows[-1], flush=True)
    lines = [
        "# Lines from a CSV file to macro-F1 on a test file",
        "",
        f"`python benchmarks/lines.py`, {datetime.date.today().isoformat()}: the programs of "
        "`benchmarks/peers/csv_to_macro_f1`; macro-F1 on "
        f"{TEST_ROWS} of `tfclf sample tickets` after {ROWS} others, with MiniLM. The peers train "
        "three epochs at 5e-5, as their guides have it; ours choose for themselves.",
        "",
        "| program | lines | what it leaves out | macro-F1 |",
        "|---|---:|---|---:|",
        *rows,
    ]
    options.results.mkdir(exist_ok=True, parents=True)
    (options.results / "lines.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
