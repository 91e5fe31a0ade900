"""The command line in a test's own process."""

import io
import logging
import sys

import pytest

from tfclf.cli import app as module
from tfclf.cli.app import main


@pytest.fixture(autouse=True)
def process(monkeypatch):
    """The command line sets up its process; a test keeps its own."""
    monkeypatch.setattr(module, "prepare_process", lambda: None)
    level = logging.getLogger("tfclf").level
    yield
    logging.getLogger("tfclf").setLevel(level)  # which --quiet raises


@pytest.fixture
def tfclf(monkeypatch, capsys):
    def run(*arguments, stdin=None):
        monkeypatch.setattr(sys, "argv", ["tfclf", *map(str, arguments)])
        if stdin is not None:
            buffer = io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin.encode())))
            monkeypatch.setattr(sys, "stdin", buffer)
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = stop.code or 0
        out, err = capsys.readouterr()
        return status, out, err

    return run
