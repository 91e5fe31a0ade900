"""What a verb imports before it does anything: every second of it is waited for each time."""

import subprocess
import sys

# Installed beside us they take from half a second to several, and no verb needs them to begin.
HEAVY = ("torch", "sklearn", "matplotlib", "pandas", "datasets")


def run(program, *arguments):
    """Runs Python code in a process of its own and returns the words that it prints."""
    found = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def test_no_verb_imports_anything_heavy(tiny_encoder):
    """One process for all of them: what the first has imported, the second would not show."""
    program = f"""
import sys
from tfclf.cli.console import load_tensorflow, prepare_process
prepare_process()
load_tensorflow()
import tfclf.cli.show, tfclf.cli.show_diagnosis
import tfclf.runs, tfclf.runs.bulk.predict_file, tfclf.runs.doctor, tfclf.runs.doctor_run
from tfclf.data import Tokenizer
Tokenizer(sys.argv[1])
print("tensorflow" in sys.modules, "keras" in sys.modules, "tokenizers" in sys.modules)
print(*[name for name in {HEAVY} if name in sys.modules])
"""
    assert run(program, tiny_encoder) == ["True"] * 3


def test_what_keras_was_not_shown_is_there_afterwards():
    program = """
import gc, sys
from tfclf.cli.console import OFFERED_BY_KERAS, load_tensorflow
load_tensorflow()
print(gc.isenabled(), *[name for name in OFFERED_BY_KERAS if name in sys.modules])
import matplotlib, pandas, sklearn
print(*[name for name in OFFERED_BY_KERAS if name in sys.modules])
"""
    assert run(program) == ["True", "matplotlib", "pandas", "sklearn"]


def test_what_was_imported_before_is_shown_to_keras():
    """Whoever calls a verb from Python may have it already."""
    program = """
import sys
import pandas
from tfclf.cli.console import load_tensorflow
load_tensorflow()
from keras.src.trainers.data_adapters import array_slicing
print(sys.modules["pandas"] is pandas, array_slicing.pandas is pandas)
"""
    assert run(program) == ["True", "True"]
