"""How the files of a folder are damaged: each returns what does it to a copy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Change = Callable[[Path], object]
GONE = object()  # a key that is taken away


def without(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def holding(name: str, content: str | bytes) -> Change:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def cut(name: str, length: int) -> Change:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:length])


def a_folder(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def replaced(name: str, old: str, new: str) -> Change:
    return lambda folder: (folder / name).write_text((folder / name).read_text().replace(old, new))


def edited(name: str, **values: Any) -> Change:
    """Changes values of a JSON object."""

    def change(folder: Path) -> None:
        found = json.loads((folder / name).read_text()) | values
        kept = {key: value for key, value in found.items() if value is not GONE}
        (folder / name).write_text(json.dumps(kept))

    return change


def with_tensors(make: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> Change:
    """Changes the tensors of model.safetensors."""

    def change(folder: Path) -> None:
        from safetensors.numpy import load_file, save_file

        save_file(make(load_file(folder / "model.safetensors")), folder / "model.safetensors")

    return change
