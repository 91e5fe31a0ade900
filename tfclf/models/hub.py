"""A path or the id of a repository on the Hugging Face hub -> a folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tfclf.data.formats import ARCHIVES
from tfclf.errors import CheckpointError
from tfclf.models.embedded import INSTALL, MINILM, embedded_encoder

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
# A branch, a tag, a commit or refs/pr/1. The hub's client makes a path of it on this machine.
REVISION = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*", re.ASCII)

SMALL_FILES = ("config.json", "tokenizer*.json", "special_tokens_map.json", "vocab.txt")
SAFETENSORS = ("model.safetensors", "model.safetensors.index.json", "model-*.safetensors")
HDF5 = ("tf_model.h5", "tf_model.h5.index.json", "tf_model-*.h5")

LOCAL_WAY = (
    f"Without a network give a folder that save_pretrained wrote, or {MINILM}, a small BERT that "
    f"comes as a package: {INSTALL}."
)


def resolve(path_or_hub_id: str | os.PathLike[str], *, revision: str | None = None) -> Path:
    """Returns the folder of a checkpoint, fetching it from the hub where it is no local one.

    Args:
        path_or_hub_id: A folder, a repository's id such as ``bert-base-uncased``, or ``minilm`` for
            all-MiniLM-L6-v2, a BERT of 22.7 million parameters that comes as a Python package.
        revision: Branch, tag or commit on the hub.

    Raises:
        CheckpointError: The folder does not exist or holds no ``config.json``, the id is none, or
            the hub cannot be reached.
    """
    text = os.fspath(path_or_hub_id)
    if not text.strip():
        raise CheckpointError(
            f"the name of the model is {text!r}, expected a folder or an id of the hub",
            where="model",
            remedy=LOCAL_WAY,
        )
    # os.path, since Path's methods raise over an unknown ~user and over a name that is too long.
    folder = Path(os.path.expanduser(text))
    if text == MINILM and not os.path.exists(folder):
        return embedded_encoder()
    if not os.path.exists(folder):
        folder = _fetch(text, revision)
    if folder.is_file() and folder.name.lower().endswith(ARCHIVES):
        raise CheckpointError(
            "this is an archive, and expected was a folder with a checkpoint",
            where=text,
            remedy="Unpack it, look at what is in it, and give the folder.",
        )
    if folder.is_file():
        raise CheckpointError(
            "expected a folder with a checkpoint, got a file",
            where=text,
            remedy="Give the folder that it lies in.",
        )
    if not (folder / "config.json").is_file():
        raise CheckpointError(
            "no checkpoint: there is no config.json in this folder",
            where=text,
            remedy="Give a folder that save_pretrained wrote.",
        )
    return folder


def _fetch(hub_id: str, revision: str | None) -> Path:
    """Downloads the configuration, the tokenizer and one format of the weights."""
    if HUB_ID.fullmatch(hub_id) is None or ".." in hub_id:
        raise CheckpointError(
            "no such folder, and no id of a repository on the hub",
            where=hub_id,
            remedy=LOCAL_WAY,
        )
    if revision is not None and (REVISION.fullmatch(revision) is None or ".." in revision):
        raise CheckpointError(
            f"the revision {revision!r:.80} is no branch, tag or commit",
            where=hub_id,
            remedy="Give a name such as main, or the forty digits of a commit.",
        )
    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                hub_id, revision=revision, allow_patterns=[*SMALL_FILES, *SAFETENSORS]
            )
        )
        if not any(folder.glob("*.safetensors")):
            snapshot_download(hub_id, revision=revision, allow_patterns=[*SMALL_FILES, *HDF5])
    except Exception as error:  # the hub's client raises those of its HTTP library as well
        lines = [line for line in str(error).splitlines() if line] or [type(error).__name__]
        raise CheckpointError(
            f"no such folder, and the hub could not give it: {' '.join(lines[:2])}",
            where=hub_id,
            remedy=LOCAL_WAY,
        ) from error
    return folder
