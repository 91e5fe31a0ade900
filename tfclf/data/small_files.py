"""Small files of checkpoints and runs -> values: bounded before they are read, and unambiguous.

A configuration or a tokenizer is somebody else's input. How large each file may be stands in one
table, and JSON is taken only where every reader of it would understand the same.
"""

from __future__ import annotations

import fnmatch
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tfclf.errors import TfclfError

MIB = 2**20
# The most that a file may have (bytes), by the pattern of its name, and what such files have.
LIMITS: dict[str, tuple[int, str]] = {
    "config.json": (16 * MIB, "100,000 labels take 8 MiB"),
    "tokenizer.json": (64 * MIB, "a million tokens take 40 MiB"),
    "tokenizer_config.json": (16 * MIB, "10,000 added tokens take 2 MiB"),
    "special_tokens_map.json": (MIB, "a dozen tokens take 1 KiB"),
    "added_tokens.json": (16 * MIB, "100,000 tokens take 3 MiB"),
    "vocab.txt": (32 * MIB, "a million words take 10 MiB"),
    "*.index.json": (16 * MIB, "10,000 tensors take 1 MiB"),
    "manifest.json": (16 * MIB, "10,000 files take 2 MiB"),
    "*.json": (256 * MIB, "the facts of a run with 100,000 labels take 50 MiB"),
}
SAFETENSORS_HEADER = (16 * MIB, "10,000 tensors take 2 MiB")
MOST_DIGITS = 64  # of a whole number; transformers writes 31 where a length has no end


class UnfitJson(ValueError):
    """JSON that is none, or that readers understand in different ways."""


def check_file_size(path: Path, error: type[TfclfError]) -> None:
    """Raises where a file is larger than its kind ever is, before it is read.

    Args:
        path: The file; its name says what kind it is of.
        error: What is raised.

    Raises:
        TfclfError: It is too large; the message says how large it is and may be.
    """
    size = path.stat().st_size
    most, usual = next(
        limit for pattern, limit in LIMITS.items() if fnmatch.fnmatch(path.name, pattern)
    )
    if size > most:
        raise error(
            f"has {size:,} bytes, expected {most:,} at most ({usual})",
            where=str(path),
            remedy="This is another file: fetch it again.",
        )


def parse_json(text: str) -> Any:
    """Reads JSON.

    Raises:
        UnfitJson: It is damaged or too deep, a key stands twice in an object, of which readers take
            the first or the last, or a whole number has more digits than any setting.

    Example:
    >>> parse_json('{"labels": 3, "labels": 4}')
    Traceback (most recent call last):
    tfclf.data.small_files.UnfitJson: the key 'labels' stands twice in an object
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_whole_number)
    except RecursionError:
        raise UnfitJson("it is nested too deep") from None


def read_json_object(path: Path, error: type[TfclfError]) -> dict[str, Any]:
    """Reads a file with one JSON object.

    Args:
        path: The file.
        error: What is raised.

    Raises:
        TfclfError: It is too large, damaged, ambiguous, or no object.
    """
    check_file_size(path, error)
    try:
        values = parse_json(path.read_text("utf-8"))
    except ValueError as failure:  # not UTF-8, no JSON, or unfit
        raise error(
            f"not valid JSON in UTF-8 ({failure})", where=str(path), remedy="Fetch it again."
        ) from None
    if not isinstance(values, dict):
        raise error(
            f"expected a JSON object, got {type(values).__name__}",
            where=str(path),
            remedy="Fetch it again.",
        )
    return values


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Makes an object of its pairs, where no key stands twice."""
    values = dict(pairs)
    if len(values) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise UnfitJson(f"the key {twice!r:.60} stands twice in an object")
    return values


def _whole_number(digits: str) -> int:
    """Reads a whole number; Python's own limit is 4,300 digits."""
    if len(digits) > MOST_DIGITS:
        raise UnfitJson(f"a whole number has {len(digits):,} digits, expected {MOST_DIGITS}")
    return int(digits)
