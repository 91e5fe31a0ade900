"""What every verb owes whoever types it: help at once, versions, completion, silence, colours."""

import json
import os
import pty
import subprocess
import sys

import pytest

from tests.cli.test_cli import trained, write  # noqa: F401 - trained is a fixture

VERBS = (
    "train", "evaluate", "predict", "export", "convert", "doctor", "tune", "lr-find", "augment",
    "sample", "demo",
)  # fmt: skip
TFCLF = "import sys; sys.argv[0] = 'tfclf'; from tfclf.cli.app import main; main()"
# What no help and no version may wait for.
HEAVY = ("tensorflow", "keras", "numpy", "transformers", "tokenizers", "datasets", "h5py", "pandas")


def start(program, *arguments, **environment):
    """Runs Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], env={**os.environ, **environment},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_help_and_versions_import_nothing_heavy():
    program = f"""
import sys
from tfclf.cli.app import main
for arguments in (["--help"], ["--version"], *([verb, "--help"] for verb in {VERBS})):
    sys.argv = ["tfclf", *arguments]
    try:
        main()
    except SystemExit as stop:
        assert not stop.code, arguments
print("heavy:", *[name for name in {HEAVY} if name in sys.modules])
"""
    done = start(program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy:"


def test_every_verb_has_an_example(tfclf):
    for verb in VERBS:
        status, out, _ = tfclf(verb, "--help")
        assert (status, f"tfclf {verb} " in out) == (0, True)
    status, out, _ = tfclf("--help")
    assert status == 0 and "tfclf train tickets.csv --output run" in out
    assert all(f"│ {verb} " in out for verb in VERBS)


def test_versions(tfclf, monkeypatch):
    import keras

    import tfclf as package

    monkeypatch.setenv("KERAS_BACKEND", "jax")
    status, out, _ = tfclf("--version")
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == f"tfclf {package.__version__}"
    assert f"keras {keras.__version__}" in lines and lines[-1] == "backend jax (by KERAS_BACKEND)"
    told = [line.split()[0] for line in lines]
    assert told == [
        "tfclf", "python", "keras", "tensorflow", "transformers", "tokenizers", "datasets", "numpy",
        "jax", "backend",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words, expected", [("tfclf con", "convert"), ("tfclf train --ep", "--epochs")]
)
def test_completion(words, expected):
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = start(TFCLF, _TFCLF_COMPLETE="complete_bash", **asked)
    assert done.stdout.split() == [expected], done.stderr


def through_a_terminal(*arguments, **environment):
    """Returns what a terminal is sent on standard error."""
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", TFCLF, *arguments], check=False, timeout=300, stderr=theirs,
        stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm-256color", **environment},
    )  # fmt: skip
    os.close(theirs)
    told = b""
    try:
        while part := os.read(ours, 4096):
            told += part
    except OSError:  # how Linux ends it
        pass
    os.close(ours)
    return told.decode()


def test_errors_are_in_colour_on_a_terminal_only():
    plain = start(TFCLF, "sample", "songs")
    assert plain.returncode == 1 and "\x1b" not in plain.stderr + plain.stdout
    assert plain.stderr.startswith("error: ")
    assert "\x1b[1;31merror: " in through_a_terminal("sample", "songs", NO_COLOR="")
    told = through_a_terminal("sample", "songs", NO_COLOR="1")
    assert "error: " in told and "\x1b[1;31m" not in told and "\x1b[31m" not in told
    usage = start(TFCLF, "sing")
    assert usage.returncode == 2 and "\x1b" not in usage.stderr


def told_in(caplog):
    return [record.levelname for record in caplog.records if record.name == "tfclf"]


def test_a_quiet_training(tfclf, tiny_encoder, tmp_path, caplog):
    rows = write(tmp_path / "rows.csv")
    caplog.set_level("INFO", logger="tfclf")
    arguments = (
        "train", rows, "--output", tmp_path / "run", "--model", tiny_encoder, "--epochs", 1,
        "--learning-rate", "1e-3", "--max-length", 19,
    )  # fmt: skip
    status, out, err = tfclf(*arguments, "--quiet")
    assert (status, out, err) == (0, "", "")
    assert "INFO" not in told_in(caplog)
    status, out, _ = tfclf(*arguments, "--json", "-q")  # finished; the figures are the answer
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert (status, json.loads(out)) == (0, metrics)


def test_quiet_answers(tfclf, trained, tmp_path, caplog):  # noqa: F811
    rows = write(tmp_path / "rows.csv", 12)
    caplog.set_level("INFO", logger="tfclf")
    status, out, err = tfclf("evaluate", trained, rows, "--json", "--quiet")
    assert (status, json.loads(out)["rows"], err) == (0, 12, "")
    status, out, err = tfclf("predict", trained, rows, "--quiet")
    assert (status, len(out.splitlines()), err) == (0, 12, "")
    assert "INFO" not in told_in(caplog)
    status, out, err = tfclf("predict", trained, tmp_path / "none.csv", "--quiet")
    assert (status, "no such file" in err) == (1, True)


def test_a_quiet_export(tfclf, trained, tmp_path):  # noqa: F811
    status, out, err = tfclf("export", trained, tmp_path / "served", "--format", "keras", "-q")
    assert (status, out, err) == (0, "", "")
    assert any((tmp_path / "served").iterdir())
