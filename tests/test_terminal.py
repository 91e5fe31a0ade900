"""Nothing of a row, a label or a file name reaches the terminal as a command."""

import io
import json
import logging
import os
import subprocess
import sys

import pytest
from rich.table import Table
from rich.text import Text

from tfclf.errors import DataError, TfclfError
from tfclf.evaluation import score_table
from tfclf.terminal import COMMANDS, console, json_text, printable

# What each would do: clear the screen, name the window, ask for the cursor (which answers as if it
# were typed), ring, overwrite the line, the same in one byte of C1, turn the text around.
EVIL = [
    "\x1b[2J",
    "\x1b]0;owned\x07",
    "\x1b[6n",
    "\x07",
    "a\rb",
    "\x9b31m",
    "\x7f\x08",
    "\u202eabc",
]


@pytest.mark.parametrize("text", EVIL)
def test_commands_are_spelt_out(text):
    shown = printable(text)
    assert not COMMANDS.search(shown)
    # Spelt as JSON and Python spell them.
    assert json.loads(f'"{shown}"') == text
    assert printable(shown) == shown


def test_text_is_left_as_it_is():
    text = "caf\u00e9 \u4e2d\u6587 \U0001f468\u200d\U0001f469 a\tb\nc \\x1b"
    assert printable(text) == text


def test_half_a_character_of_a_file_name():
    """os.fsdecode makes them of bytes that are no UTF-8; printing one would raise."""
    name = os.fsdecode(b"a\xff.csv")
    printable(name).encode("utf-8")
    assert printable(name) == "a\\udcff.csv"


def test_errors():
    error = DataError("no column '\x1b[2J'", where="\x1b]0;a\x07.csv", remedy="Cut \x9b1m it.")
    assert str(error) == ("\\u001b]0;a\\u0007.csv: no column '\\u001b[2J'. Cut \\u009b1m it.")
    assert error.where == "\x1b]0;a\x07.csv"  # programs get the name as it is
    assert str(TfclfError("one\ntwo")) == "one\ntwo."


def shown(renderable, **options):
    stream = io.StringIO()
    console(file=stream, width=100, **options).print(renderable)
    return stream.getvalue()


@pytest.mark.parametrize("text", EVIL)
def test_tables(text):
    table = Table(title=Text(text))
    table.add_column(Text(text))
    table.add_row(Text(text), style="bold")
    assert not COMMANDS.search(shown(table))


def test_styles_of_ours_remain():
    found = shown(Text("label", style="bold red"), force_terminal=True, color_system="standard")
    assert found == "\x1b[1;31mlabel\x1b[0m\n"  # ECMA-48: bold, red, none
    found = shown(Text("\x1b[2J", style="bold"), force_terminal=True, color_system="standard")
    assert found == "\x1b[1m\\u001b[2J\x1b[0m\n"


@pytest.mark.parametrize("label", [*EVIL, "[red]x[/red]", "[/]", "a\\[b]", "\\"])
def test_labels_in_the_table_of_figures(label):
    row = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 3}
    table = score_table({"per_class": {label: row}, "macro_f1": 1.0}, "test")
    found = shown(table)
    assert not COMMANDS.search(found)
    assert printable(label) in found


def test_json():
    values = {"label": "a\x9b\u202e\x1b\x7f", "other": "caf\u00e9"}
    text = json_text(values, indent=2)
    assert json.loads(text) == values
    assert not COMMANDS.search(text) and "caf\u00e9" in text


def test_logs_of_the_command_line(capsys):
    from tfclf.cli.console import _Handler

    for level in (logging.INFO, logging.WARNING):
        record = logging.LogRecord("tfclf", level, "", 1, "%s: gone", ("\x1b[2J.csv",), None)
        _Handler().emit(record)
    found = capsys.readouterr().err
    assert found == "\\u001b[2J.csv: gone\nwarning: \\u001b[2J.csv: gone\n"


def test_the_command_line(tmp_path):
    """A header of somebody else's file in an error, from end to end."""
    path = tmp_path / "rows\x1b[31m.csv"
    path.write_text("\x1b]0;owned\x07,label\na,b\n")
    command = [sys.executable, "-m", "tfclf", "doctor", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "\\u001b[31m.csv" in done.stderr and "no column 'text'" in done.stderr
    assert not COMMANDS.search(done.stdout + done.stderr)
