"""Checkpoint files -> named NumPy arrays, one at a time, without running anything."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
from safetensors import SafetensorError, safe_open

from tfclf.data.small_files import SAFETENSORS_HEADER
from tfclf.errors import CheckpointError
from tfclf.models.checkpoint_names import standard_tf_names, standard_torch_names
from tfclf.models.config import read_json

CONVERT = (
    "Convert it where its libraries are installed: "
    "transformers.BertForSequenceClassification.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)"
)
FETCH_AGAIN = "Fetch it again: it is cut off or damaged."
H5_TIMES, H5_SPARE = 16, 2**20  # the most bytes of arrays for each byte of a file, and beside
FLOATS = ("F64", "F32", "F16", "BF16")

# Formats that are refused, by the file that gives them away.
REFUSED = {
    "pytorch_model.bin": "is a pickle, which can run code when it is read",
    "pytorch_model.bin.index.json": "lists pickles, which can run code when they are read",
    "model.pt": "is a pickle, which can run code when it is read",
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
        stack: What is to be closed; the checkpoint takes it over.

    Raises:
        CheckpointError: Two tensors are the same weight.
    """

    def __init__(
        self,
        path: Path,
        layout: str,
        shapes: dict[str, tuple[int, ...]],
        read: Callable[[str], np.ndarray],
        stack: ExitStack,
    ):
        self.path, self.layout, self._read = path, layout, read
        standard = standard_tf_names if layout == "tf" else standard_torch_names
        self._stored = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        for stored, name in standard(shapes).items():
            if name in self._stored:
                raise CheckpointError(
                    f"{stored} and {self._stored[name]} are the same weight",
                    where=str(path),
                    remedy="Save the model again with one of them.",
                )
            self._stored[name] = stored
            self.shapes[name] = shapes[stored]
        self._stack = stack.pop_all()

    def read(self, name: str) -> np.ndarray:
        """Reads one tensor, as the file has it.

        Raises:
            CheckpointError: The tensor is damaged, or holds no floats.
        """
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
        remedy=f"Give a folder that save_pretrained wrote. Other formats are not read. {CONVERT}",
    )


def _open_safetensors(path: Path) -> Checkpoint:
    return _from_safetensors(path, {}, [path])


def _open_sharded(path: Path) -> Checkpoint:
    return _from_safetensors(path, *_files_of(path))


def _files_of(path: Path) -> tuple[dict[str, str], list[Path]]:
    """Reads an index: the file of each tensor; only names of files beside it are followed."""
    weight_map = read_json(path).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError("the index has no weight_map", where=str(path), remedy=FETCH_AGAIN)
    for name in weight_map.values():
        if not isinstance(name, str) or Path(name).name != name:
            raise CheckpointError(
                f"the index names {name!r}, no file beside it", where=str(path), remedy=FETCH_AGAIN
            )
        if not (path.parent / name).is_file():
            raise CheckpointError(
                f"the index names {name}, which is not there",
                where=str(path),
                remedy="Fetch the missing file.",
            )
    return weight_map, [path.parent / name for name in sorted(set(weight_map.values()))]


def _from_safetensors(path: Path, weight_map: dict[str, str], files: list[Path]) -> Checkpoint:
    """Opens safetensors files, in PyTorch's or TensorFlow's naming."""
    home: dict[str, Any] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    layouts = set()
    with ExitStack() as stack:
        for file in files:
            _check_header(file)
            try:
                handle = stack.enter_context(safe_open(file, framework="np"))
            except (SafetensorError, OSError, ValueError) as error:
                raise CheckpointError(
                    f"no whole safetensors file of {file.stat().st_size} bytes ({error})",
                    where=str(file),
                    remedy=FETCH_AGAIN,
                ) from None
            layouts.add((handle.metadata() or {}).get("format", "pt"))
            for name in handle.keys():
                _give_home(home, name, file, handle)
                shapes[name] = tuple(handle.get_slice(name).get_shape())
        _check_places(path, weight_map, home)
        layout = "tf" if layouts == {"tf"} or any("/" in name for name in shapes) else "torch"
        return Checkpoint(path, layout, shapes, lambda name: _read(*home[name], name), stack)


def _give_home(home: dict[str, Any], name: str, file: Path, handle: Any) -> None:
    """Notes where a tensor is; raises where it is in another file as well."""
    if name in home:
        raise CheckpointError(
            f"{name} is in {home[name][0].name} as well",
            where=str(file),
            remedy="Save the model again: a tensor has one place.",
        )
    home[name] = (file, handle)


def _check_places(path: Path, weight_map: dict[str, str], home: dict[str, Any]) -> None:
    """Raises where a tensor is not in the file that the index says."""
    for name, place in weight_map.items():
        # TensorFlow's index has the name of the model in front, its files do not.
        held = home.get(name) or home.get(name.partition("/")[2])
        if held is None or held[0].name != place:
            raise CheckpointError(
                f"the index places {name} in {place}, which does not have it",
                where=str(path),
                remedy="Fetch the index and its files again: they do not belong together.",
            )


def _check_header(path: Path) -> None:
    """Raises where the header of a safetensors file is larger than that of any model."""
    with open(path, "rb") as file:
        start = file.read(8)
    (length,) = struct.unpack("<Q", start) if len(start) == 8 else (0,)
    most, usual = SAFETENSORS_HEADER
    if most < length <= path.stat().st_size:  # a longer one than the file is damage of its own
        raise CheckpointError(
            f"its header has {length:,} bytes, expected {most:,} at most ({usual})",
            where=str(path),
            remedy="This is no file of a model: fetch it again.",
        )


def _read(path: Path, handle: Any, name: str) -> np.ndarray:
    """Reads a tensor of floats from an open safetensors file."""
    kind = handle.get_slice(name).get_dtype()
    if kind not in FLOATS:
        raise CheckpointError(
            f"{name} holds {kind}, expected one of {', '.join(FLOATS)}",
            where=str(path),
            remedy="Give the checkpoint from before its weights were quantised.",
        )
    return _read_bfloat16(path, name) if kind == "BF16" else handle.get_tensor(name)


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
    return _from_h5(path, {}, [path])


def _open_sharded_h5(path: Path) -> Checkpoint:
    return _from_h5(path, *_files_of(path))


def _from_h5(path: Path, weight_map: dict[str, str], files: list[Path]) -> Checkpoint:
    """Opens what Hugging Face's TF classes wrote; nothing outside the files is followed."""
    home: dict[str, Any] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    with ExitStack() as stack:
        for place in files:
            with _h5_errors(place):
                file = stack.enter_context(h5py.File(place, "r"))
                for name, shape in _arrays(place, file).items():
                    _give_home(home, name, place, file)
                    shapes[name] = shape
        _check_places(path, weight_map, home)

        def read(name: str) -> np.ndarray:
            place, file = home[name]
            with _h5_errors(place):
                return file[name][()]

        return Checkpoint(path, "tf", shapes, read, stack)


def _arrays(path: Path, file: h5py.File) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of the arrays of a file.

    Raises:
        CheckpointError: One holds no floats or lies elsewhere, or they claim more than fits there.
    """
    items: dict[str, Any] = {}
    file.visititems(items.__setitem__)  # follows hard links only
    shapes, claimed = {}, 0
    for name, item in items.items():
        if isinstance(item, h5py.Dataset):
            outside = item.external or item.is_virtual
            if item.dtype.kind != "f" or item.shape is None or outside:
                raise CheckpointError(
                    f"{name} is no array of floats in this file",
                    where=str(path),
                    remedy="Give the file that save_pretrained wrote.",
                )
            shapes[name] = item.shape
            claimed += math.prod(item.shape) * item.dtype.itemsize
    # A compressed or empty array claims any size; weights do not compress.
    size = path.stat().st_size
    if claimed > H5_TIMES * size + H5_SPARE:
        raise CheckpointError(
            f"the file of {size:,} bytes claims arrays of {claimed:,} bytes",
            where=str(path),
            remedy="Give the file that save_pretrained wrote.",
        )
    return shapes


@contextmanager
def _h5_errors(path: Path) -> Iterator[None]:
    """Turns what h5py raises over a damaged file into an error with a remedy."""
    try:
        yield
    except CheckpointError:
        raise
    except (OSError, RuntimeError, LookupError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"no whole HDF5 file of {path.stat().st_size} bytes ({error})",
            where=str(path),
            remedy=FETCH_AGAIN,
        ) from None


OPENERS: dict[str, Callable[[Path], Checkpoint]] = {
    "model.safetensors": _open_safetensors,
    "model.safetensors.index.json": _open_sharded,
    "tf_model.h5": _open_h5,
    "tf_model.h5.index.json": _open_sharded_h5,
}
