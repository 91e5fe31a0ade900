"""A model -> a Hugging Face folder that PyTorch's transformers loads as it is."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from keras import ops
from safetensors.numpy import save_file

from tfclf.models.loading import named_weights

if TYPE_CHECKING:
    from tfclf.models.pretrained import PretrainedModel


def write_model(model: PretrainedModel, folder: Path) -> None:
    """Writes ``model.safetensors`` in PyTorch's naming and ``config.json``, each in one step.

    Args:
        model: The model.
        folder: Where to; it is made where it does not exist.
    """
    tensors = {}
    for names, variable in named_weights(model).values():
        value = ops.convert_to_numpy(ops.cast(variable, "float32"))
        tensors[names.torch] = np.ascontiguousarray(value.T if names.transposed else value)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(
        folder / "model.safetensors",
        lambda path: save_file(tensors, path, metadata={"format": "pt"}),
    )
    text = json.dumps(model.config.to_dict(model.architecture), indent=2, ensure_ascii=False)
    replace_file(folder / "config.json", lambda path: path.write_text(text + "\n", "utf-8"))


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file beside its place, then moves it there, so that nobody reads half of it.

    Args:
        path: The file's place.
        write: Writes the content to the path that it is given.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Returns the process's mask of file permissions, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
