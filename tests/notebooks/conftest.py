"""The notebooks, and a machine that is played for them."""

import importlib.util
import os
import subprocess
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def cells_of(path):
    """The source of each cell of a notebook, by the cell's id."""
    nbformat = pytest.importorskip("nbformat")
    return {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}


@pytest.fixture
def machine(monkeypatch):
    """Plays a machine: what is installed on it, what JAX says, and who asked for what."""
    commands = []

    def play(*, libtpu: bool, jax_says: str, without: tuple[str, ...] = ()):
        missing = {*without, *(() if libtpu else ("libtpu",))}

        def find_spec(name):
            return None if name in missing else ModuleSpec(name, None)

        def run(command, **_):
            commands.append(command[1:])
            return SimpleNamespace(stdout=jax_says)

        monkeypatch.setattr(importlib.util, "find_spec", find_spec)
        monkeypatch.setattr(subprocess, "run", run)
        monkeypatch.setattr(os, "environ", {"KERAS_BACKEND": "tensorflow"})
        return commands

    return play
