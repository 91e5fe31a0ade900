"""The house: who may import whom, and how large a room may grow."""

import ast
import re
from pathlib import Path

import pytest

import tfclf

ROOT = Path(tfclf.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# From top to bottom: a room imports only from rooms above it.
ROOMS = [
    "terminal", "errors", "backend", "versions", "tasks", "data", "imbalance", "models", "losses",
    "metrics", "training", "evaluation", "diagnosis", "export", "runs", "tuning", "estimators",
    "cli", "__main__",
]  # fmt: skip

# The same within the room of exports.
EXPORT_ROOMS = [
    "flat", "tokenizer", "rules", "reading", "answering", "serving", "proving", "formats",
]  # fmt: skip


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported_rooms(path: Path):
    """The rooms that a file imports at run time, anywhere in it."""
    tree = ast.parse(path.read_text())
    for_types = {
        node
        for guard in ast.walk(tree)
        if isinstance(guard, ast.If) and "TYPE_CHECKING" in ast.unparse(guard.test)
        for node in ast.walk(guard)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            if node.module == "tfclf":
                names = [f"tfclf.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("tfclf.") and node not in for_types:
                yield name.split(".")[1]


def test_every_room_is_in_the_order():
    rooms = {room_of(path) for path in FILES} - {"__init__"}
    assert rooms == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_rooms_above(path):
    if path == ROOT / "__init__.py":
        return
    own = ROOMS.index(room_of(path))
    for room in imported_rooms(path):
        if room in ROOMS:  # `from tfclf import __version__` names no room
            assert ROOMS.index(room) <= own, f"{room} is below {ROOMS[own]}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_in_the_head(path):
    text = path.read_text()
    assert text.count("\n") <= 400
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a file says what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert lines <= 60, f"{node.name} has {lines} lines"
        if isinstance(node, ast.ImportFrom):
            assert node.names[0].name != "*", "no star imports"


def test_the_rooms_of_exports_are_in_order():
    for path in (ROOT / "export").rglob("*/*.py"):
        own = EXPORT_ROOMS.index(path.parent.name)
        for room in re.findall(r"tfclf\.export\.(\w+)", path.read_text()):
            assert EXPORT_ROOMS.index(room) <= own, f"{path.name}: {room}"


def test_no_room_of_odds_and_ends():
    names = {path.stem for path in FILES}
    assert not names & {"utils", "helpers", "common", "misc"}
