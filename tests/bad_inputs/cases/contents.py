"""What stands in the files of the tables."""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

HEADER = "text,label\n"
ROWS = "".join(f"the film was {c},good\nugly {c},bad\n" for c in "abcdefgh")  # lines 2 to 17
TABLE = HEADER + ROWS
OBJECTS = [
    {"text": f"film {c}", "label": label} for c in "abcdefgh" for label in ("good", "bad")
]  # lines 1 to 16
TEXTS = [f"film {c}" for c in "abcdefghijklmnop"]
LABELS = ["good", "bad"] * 8


def json_lines(*rows: object) -> str:
    """Returns one JSON object a line."""
    return "".join(json.dumps(row) + "\n" for row in rows)


JSON_LINES = json_lines(*OBJECTS)


def packed(content: str | bytes) -> bytes:
    """Returns a gzip file."""
    return gzip.compress(content.encode() if isinstance(content, str) else content)


def zipped(content: str) -> bytes:
    """Returns a zip archive with one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("rows.csv", content)
    return file.getvalue()


def parquet_bytes(columns: dict[str, object] | pa.Table) -> bytes:
    """Returns a Parquet file."""
    file = io.BytesIO()
    parquet.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), file)
    return file.getvalue()


def link(target: str) -> Callable[[Path], None]:
    """Returns what makes a symbolic link."""
    return lambda path: os.symlink(target, path)


def folder(path: Path) -> None:
    """Makes an empty folder."""
    path.mkdir()


def pipe(path: Path) -> None:
    """Makes a pipe that nobody writes to."""
    os.mkfifo(path)
