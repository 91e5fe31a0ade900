"""Files that are mapped into memory: what has been read of them is let go again.

A page of a mapped file that was read stays in the memory of the process until the system wants it
for others. Where a training reads a file of gigabytes, what watches the process (a container, a
queue of a cluster) takes that for memory that it needs.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator

import numpy as np

AT_ONCE = 2**22  # values that are read together


def map_file(path: str | os.PathLike[str]) -> mmap.mmap:
    """Maps a file for reading; it may be removed while it is read."""
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def map_array(path: str | os.PathLike[str], dtype: str) -> np.ndarray:
    """Maps a file that is not empty as a flat array."""
    return np.memmap(path, dtype, "r")


def let_go(*mapped: np.ndarray | mmap.mmap | None) -> None:
    """Lets the pages of mappings go; whoever reads them again finds them again.

    Args:
        mapped: Mappings, and arrays of ``map_array`` or parts of them; others stay as they are.
    """
    advice = getattr(mmap, "MADV_DONTNEED", None)  # not everywhere
    for one in mapped:
        mapping = one if isinstance(one, mmap.mmap) else getattr(one, "_mmap", None)
        if mapping is not None and advice is not None:
            mapping.madvise(advice)


def in_parts(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yields an array part by part, in order; what was read of a mapped one is let go."""
    for begin in range(0, len(values), AT_ONCE):
        yield values[begin : begin + AT_ONCE]
        let_go(values)
