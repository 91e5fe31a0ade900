"""What is read of a mapped file is let go, and read again."""

import mmap
import re
from pathlib import Path

import numpy as np
import pytest

from tfclf.data.arrow_rows import ArrowRows
from tfclf.data.mapped_files import AT_ONCE, in_parts, let_go, map_array, map_file

BYTES = 2**24


@pytest.fixture
def numbers(tmp_path):
    path = tmp_path / "numbers.bin"
    np.arange(BYTES // 4, dtype="int32").tofile(path)
    return path


def resident(path: Path) -> int:
    """Bytes of a file that are in the memory of this process."""
    maps = Path("/proc/self/smaps").read_text()
    found = re.findall(rf"{re.escape(str(path))}.*?\nRss: +(\d+) kB", maps, re.DOTALL)
    return sum(map(int, found)) * 1024


needs_smaps = pytest.mark.skipif(
    not Path("/proc/self/smaps").exists() or not hasattr(mmap, "MADV_DONTNEED"),
    reason="tells nothing of its memory",
)


@needs_smaps
def test_what_was_read_is_let_go_and_read_again(numbers):
    array = map_array(numbers, "int32")
    total = int(array.sum(dtype="int64"))
    assert resident(numbers) == BYTES
    let_go(array[7:9])  # a part belongs to the same file
    assert resident(numbers) == 0
    assert int(array.sum(dtype="int64")) == total == (BYTES // 4) * (BYTES // 4 - 1) // 2


@needs_smaps
def test_parts_are_the_whole_and_little_of_it_at_a_time(numbers, monkeypatch):
    monkeypatch.setattr("tfclf.data.mapped_files.AT_ONCE", 1_000_000)
    array, read = map_array(numbers, "int32"), []
    for part in in_parts(array):
        read.append(part.copy())
        # Each part is let go; the system maps some more around what is read.
        assert resident(numbers) < BYTES / 2
    np.testing.assert_array_equal(np.concatenate(read), array)
    assert len(read) == 5


def test_an_array_in_memory_stays():
    values = np.arange(7)
    let_go(values, None)
    assert [part.tolist() for part in in_parts(values)] == [values.tolist()]
    assert AT_ONCE > 7


@needs_smaps
def test_rows_on_disk_take_no_memory_once_they_were_read(tmp_path):
    import pyarrow as pa

    table = pa.table({"text": [f"text number {i} " * 20 for i in range(50_000)]})
    path = tmp_path / "rows.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=10_000)
    rows = ArrowRows.mapped(path)
    some = rows.select(np.arange(len(rows))[::-1])
    for read in (rows, some, rows.joined(rows)):
        assert len(read[:]["text"]) == len(read)
        assert resident(path) == 0
    assert some[0] == {"text": table["text"][-1].as_py()}


def test_a_file_may_go_while_it_is_mapped(numbers):
    mapping = map_file(numbers)
    numbers.unlink()
    let_go(mapping)
    assert mapping[4:8] == np.int32(1).tobytes()
