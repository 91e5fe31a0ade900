"""Checkpoint files -> named NumPy arrays, one at a time, without running anything."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
from safetensors import SafetensorError, safe_open

from tfclf.errors import CheckpointError
from tfclf.models.checkpoint_names import standard_tf_names, standard_torch_names
from tfclf.models.config import read_json

CONVERT = (
    "Convert it where its libraries are installed: "
    "transformers.BertForSequenceClassification.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)"
)

# Formats that are refused, by the file that gives them away.
REFUSED = {
    "pytorch_model.bin": "is a pickle, which can run code when it is read",
    "pytorch_model.bin.index.json": "lists pickles, which can run code when they are read",
    "model.pt": "is a pickle, which can run code when it is read",
    "tf_model.h5.index.json": "lists several HDF5 files, which is not supported",
    "flax_model.msgpack": "is a Flax checkpoint, which is not supported",
    "bert_model.ckpt.index": "is a TensorFlow 1 checkpoint, which is not supported",
    "saved_model.pb": "is a SavedModel, which has no weights by name",
}


class Checkpoint:
    """Named tensors of a checkpoint, under the names of the table in ``checkpoint_names``.

    Args:
        path: The file, or the index of several.
        layout: ``"torch"`` or ``"tf"``: whose names, and which way round kernels are.
        shapes: Shape of each tensor by its name in the file.
        read: Reads the tensor of a name.
        stack: What is to be closed.
    """

    def __init__(
        self,
        path: Path,
        layout: str,
        shapes: dict[str, tuple[int, ...]],
        read: Callable[[str], np.ndarray],
        stack: ExitStack,
    ):
        self.path, self.layout, self._read, self._stack = path, layout, read, stack
        standard = standard_tf_names if layout == "tf" else standard_torch_names
        self._stored = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        for stored, name in standard(shapes).items():
            if name in self._stored:
                raise CheckpointError(
                    f"{stored} and {self._stored[name]} are the same weight", where=str(path)
                )
            self._stored[name] = stored
            self.shapes[name] = shapes[stored]

    def read(self, name: str) -> np.ndarray:
        """Reads one tensor, as the file has it."""
        return self._read(self._stored[name])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()


def open_checkpoint(folder: Path) -> Checkpoint:
    """Opens the weights in a folder.

    Args:
        folder: A Hugging Face model folder.

    Returns:
        A context manager over the tensors.

    Raises:
        CheckpointError: There are no weights, they are damaged, or of a refused format.
    """
    for name, opener in OPENERS.items():
        if (folder / name).is_file():
            return opener(folder / name)
    for name, reason in REFUSED.items():
        if (folder / name).exists():
            raise CheckpointError(f"this file {reason}", where=str(folder / name), remedy=CONVERT)
    raise CheckpointError(
        f"no weights: expected one of {', '.join(OPENERS)}, "
        f"got {sorted(path.name for path in folder.iterdir())[:12]}",
        where=str(folder),
    )


def _open_safetensors(path: Path) -> Checkpoint:
    return _from_safetensors(path, [path])


def _open_sharded(path: Path) -> Checkpoint:
    """Opens the files that an index names; only names of files beside it are followed."""
    weight_map = read_json(path).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError("the index has no weight_map", where=str(path))
    names = sorted(set(weight_map.values()))
    for name in names:
        if not isinstance(name, str) or Path(name).name != name:
            raise CheckpointError(f"the index names {name!r}, no file beside it", where=str(path))
        if not (path.parent / name).is_file():
            raise CheckpointError(
                f"the index names {name}, which is not there",
                where=str(path),
                remedy="Fetch the missing file.",
            )
    checkpoint = _from_safetensors(path, [path.parent / name for name in names])
    absent = weight_map.keys() - set(checkpoint._stored.values())
    if absent:
        raise CheckpointError(
            f"the index names {sorted(absent)[:4]}, which no file has", where=str(path)
        )
    return checkpoint


def _from_safetensors(path: Path, files: list[Path]) -> Checkpoint:
    """Opens safetensors files, in PyTorch's or TensorFlow's naming."""
    stack = ExitStack()
    home: dict[str, Any] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    layouts = set()
    for file in files:
        try:
            handle = stack.enter_context(safe_open(file, framework="np"))
        except (SafetensorError, OSError, ValueError) as error:
            stack.close()
            raise CheckpointError(
                f"no whole safetensors file of {file.stat().st_size} bytes ({error})",
                where=str(file),
                remedy="Fetch it again: it is cut off or damaged.",
            ) from None
        layouts.add((handle.metadata() or {}).get("format", "pt"))
        for name in handle.keys():
            home[name] = (file, handle)
            shapes[name] = tuple(handle.get_slice(name).get_shape())
    layout = "tf" if layouts == {"tf"} or any("/" in name for name in shapes) else "torch"

    def read(name: str) -> np.ndarray:
        file, handle = home[name]
        if handle.get_slice(name).get_dtype() == "BF16":
            return _read_bfloat16(file, name)
        return handle.get_tensor(name)

    return Checkpoint(path, layout, shapes, read, stack)


def _read_bfloat16(path: Path, name: str) -> np.ndarray:
    """Reads a bfloat16 tensor, which NumPy has no type for, as float32.

    The layout is that of the safetensors format: eight bytes of header length (little endian), a
    JSON header with ``data_offsets`` for each tensor, then the data. A bfloat16 is the upper half
    of a float32.
    """
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        entry = json.loads(file.read(length))[name]
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        halves = np.frombuffer(file.read(end - begin), "<u2")
    return (halves.astype("<u4") << 16).view("<f4").reshape(entry["shape"])


def _open_h5(path: Path) -> Checkpoint:
    """Opens what Hugging Face's TF classes wrote; links out of the file are not followed."""
    stack = ExitStack()
    try:
        file = stack.enter_context(h5py.File(path, "r"))
        shapes: dict[str, tuple[int, ...]] = {}

        def collect(name: str, item: Any) -> None:  # visititems follows hard links only
            if isinstance(item, h5py.Dataset):
                if item.dtype.kind != "f" or item.external:
                    raise CheckpointError(f"{name} is no array of floats", where=str(path))
                shapes[name] = item.shape

        file.visititems(collect)
    except (OSError, RuntimeError) as error:
        stack.close()
        raise CheckpointError(
            f"no whole HDF5 file of {path.stat().st_size} bytes ({error})",
            where=str(path),
            remedy="Fetch it again: it is cut off or damaged.",
        ) from None
    return Checkpoint(path, "tf", shapes, lambda name: file[name][()], stack)


OPENERS: dict[str, Callable[[Path], Checkpoint]] = {
    "model.safetensors": _open_safetensors,
    "model.safetensors.index.json": _open_sharded,
    "tf_model.h5": _open_h5,
}
