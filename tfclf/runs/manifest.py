"""What every file of a folder held when it was written, and whether it still does.

``manifest.json`` names each file with its size and its sha256. It is written last, while the folder
is still hidden, and guards against accidents: a copy that was cut, a disk that failed, a file of
another run. Whoever can write the folder can write the manifest as well: it is no signature.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tfclf.errors import RunError, TfclfError
from tfclf.models import write_json
from tfclf.runs.run_directory import FACTS, HISTORY, read_json, what_is_damaged

logger = logging.getLogger("tfclf")

MANIFEST = "manifest.json"
FORMAT = 1  # of manifest.json
OWN_WORDS = ("README.md",)  # files that people write in, which no manifest names
DECIDING = (".json", ".safetensors", ".txt")  # files of a run that its answers hang on
SHOWN = 12  # digits of a checksum in a message
NAMED = 6  # files in a message
REMEDY = (
    f"Copy the whole folder again, or {{again}} again. What was changed on purpose is taken as it "
    f"is once {MANIFEST} is removed."
)


def write_manifest(folder: Path) -> None:
    """Writes down the size and the sha256 of every file of a folder, at any depth.

    Args:
        folder: The folder, with all that it will have. What is in it is read as a stream: hashing
            costs about a second a gigabyte.
    """
    files = {
        path.relative_to(folder).as_posix(): file_facts(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (MANIFEST, *OWN_WORDS)
    }
    write_json(folder / MANIFEST, {"format": FORMAT, "files": files})


def check_run(folder: Path) -> None:
    """Checks the files of a run that its answers hang on.

    These are configuration, weights, tokenizer, facts and figures. Pictures, report, history and
    model card may be changed or left behind, and files that the manifest does not name may lie
    there. An edited ``config.json`` is damage: what it says was not trained. Where there is no
    manifest, as in runs of before, nothing is checked, and that is said once.

    Args:
        folder: Run directory.

    Raises:
        RunError: A file is missing, cut or damaged.
    """
    check_manifest(folder, only=hangs_on)


def hangs_on(name: str) -> bool:
    """Tells whether the answers of a run hang on one of its files.

    Example:
    >>> hangs_on("vocab.txt"), hangs_on("history.json"), hangs_on("logs/events.json")
    (True, False, False)
    >>> hangs_on("report.html"), hangs_on("learning_curves.png")
    (False, False)
    """
    return name.endswith(DECIDING) and name != HISTORY and "/" not in name


def check_manifest(
    folder: str | os.PathLike[str], *, only: Callable[[str], bool] | None = None
) -> None:
    """Checks the files of a run or of an exported folder against its manifest.

    Args:
        folder: The folder.
        only: Tells of a file's name whether it is looked at; None looks at all.

    Raises:
        RunError: A file is missing, cut or damaged; each is named with what was expected and what
            came.
    """
    place = Path(folder)
    if not (place / MANIFEST).is_file():
        _say_unchecked(place)
        return
    with what_is_damaged(place, MANIFEST):
        files: Mapping[str, Any] = read_json(place, MANIFEST)["files"]
        named = [(str(name), dict(expected)) for name, expected in files.items()]
        wrong = list(_wrong(place, [each for each in named if only is None or only(each[0])]))
    if wrong:
        more = f"; and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
        kind = "run" if (place / FACTS).exists() else "folder"
        raise RunError(
            f"the {kind} is damaged: {'; '.join(wrong[:NAMED])}{more}",
            where=str(place),
            remedy=REMEDY.format(again="train" if kind == "run" else "write it"),
        )


def _wrong(folder: Path, files: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Says what is wrong with each file, sizes first: they cost nothing."""
    whole = []
    for name, expected in files:
        if os.path.isabs(name) or ".." in Path(name).parts:
            yield f"{MANIFEST} names {name}, which is no file within"
            continue
        path = folder / name
        try:
            size = path.stat().st_size
        except OSError:
            yield f"{name} is missing, expected {expected['bytes']:,} bytes"
            continue
        if size != expected["bytes"]:
            yield f"{name} has {size:,} bytes, expected {expected['bytes']:,}"
        else:
            whole.append((name, path, expected["sha256"]))
    for name, path, expected in whole:
        found = sha256_of(path)
        if found != expected:
            yield f"{name} has the sha256 {found[:SHOWN]}, expected {expected[:SHOWN]}"


def file_facts(path: Path, error: type[TfclfError] = RunError) -> dict[str, Any]:
    """Returns the size (bytes) and the sha256 of a file.

    Raises:
        TfclfError: It cannot be read.
    """
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path, error)}


def sha256_of(path: Path, error: type[TfclfError] = RunError) -> str:
    """Returns the sha256 of a file, read as a stream.

    Raises:
        TfclfError: It cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as failure:
        raise error(f"cannot be read ({failure.strerror})", where=str(path)) from None


@lru_cache
def _say_unchecked(folder: Path) -> None:
    """Says of a folder, once, that nothing can be checked."""
    logger.info("%s has no %s: its files are taken as they are.", folder, MANIFEST)
