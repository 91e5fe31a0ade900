"""Rows of an Arrow table, against Python lists and against datasets."""

import numpy as np
import pyarrow as pa
import pytest

from tfclf.data.arrow_rows import ArrowRows

SCHEMA = pa.schema([("text", pa.string()), ("position", pa.int64())])
TEXTS = ["a", "", "c\n", "d", "\u00e9", "f", "g"]
WORDS = [["a"], [], ["b", "c"], ["d"], ["e", "", "f"], ["g"], ["h"]]
POSITIONS = [2, 3, 4, 6, 7, 8, 11]


def write(path, sizes):
    """A stream file whose record batches have some sizes, 0 among them."""
    schema = pa.schema(
        {"text": pa.string(), "words": pa.list_(pa.string()), "position": pa.int64()}
    )
    begin = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for size in sizes:
            some = slice(begin, begin + size)
            columns = [TEXTS[some], WORDS[some], POSITIONS[some]]
            arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            begin += size
    return path


@pytest.fixture(params=[[7], [3, 0, 2, 2], [0, 1, 6, 0]], ids=["one", "several", "empty-ones"])
def path(request, tmp_path):
    return write(tmp_path / "rows.arrow", request.param)


@pytest.fixture
def theirs(path):
    """The same as ``datasets`` reads it."""
    import datasets

    return datasets.Dataset.from_file(str(path))


def check(ours, theirs):
    assert len(ours) == len(theirs)
    assert ours.column_names == theirs.column_names
    for name in theirs.column_names:
        assert ours[name] == list(theirs[name])
    for row in range(-len(theirs), len(theirs)):
        assert ours[row] == theirs[row]
    for part in (slice(0, 3), slice(2, 5), slice(5, 99), slice(-2, None), slice(3, 3)):
        assert ours[part] == theirs[part]


def test_against_datasets(path, theirs):
    check(ArrowRows.mapped(path), theirs)


@pytest.mark.parametrize(
    "indices",
    [
        pytest.param([6, 0, 3], id="some"),
        pytest.param([5, 5, 1, 5], id="repeated"),
        pytest.param([6, 5, 4, 3, 2, 1, 0], id="backwards"),
        pytest.param([], id="none"),
    ],
)
def test_selected_against_datasets(path, theirs, indices):
    indices = np.array(indices, int)
    check(ArrowRows.mapped(path).select(indices), theirs.select(indices))


def test_selected_twice(path, theirs):
    """The second selection counts among the rows of the first."""
    first, second = np.array([6, 0, 3, 2]), np.array([3, 3, 0])
    check(ArrowRows.mapped(path).select(first).select(second), theirs.select([2, 2, 6]))


@pytest.mark.parametrize("own", [None, [4, 1]], ids=["all", "some"])
@pytest.mark.parametrize("their", [None, [0]], ids=["all", "one"])
def test_joined(path, own, their):
    whole = ArrowRows.mapped(path)
    rows = whole if own is None else whole.select(np.array(own))
    more = whole if their is None else whole.select(np.array(their))
    joined = rows.joined(more)
    assert joined["text"] == rows["text"] + more["text"]
    assert joined[-1] == more[-1]


def test_the_file_may_be_removed(path):
    rows = ArrowRows.mapped(path)
    path.unlink()
    assert rows.select(np.array([4, 2]))["text"] == ["\u00e9", "c\n"]


def batches(sizes):
    """Batches of the rows 0, 1, 2, ... as columns."""
    begin = 0
    for size in sizes:
        numbers = range(begin, begin + size)
        yield [pa.array([f"row {n}" for n in numbers], pa.string()), pa.array(numbers, pa.int64())]
        begin += size


@pytest.mark.parametrize("sizes", [[3], [0], [2, 1, 4], [0, 5]], ids=str)
def test_written(sizes):
    rows = ArrowRows.written(batches(sizes), SCHEMA)
    assert rows["position"] == list(range(sum(sizes)))
    assert rows["text"] == [f"row {n}" for n in range(sum(sizes))]


def test_one_batch_is_not_written_to_disk_and_more_leave_nothing_there(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ArrowRows.written(batches([2, 3]), SCHEMA)
    assert not list(tmp_path.iterdir())

    def broken():
        yield from batches([2, 3])
        raise ValueError("a bad row")

    with pytest.raises(ValueError, match="a bad row"):
        ArrowRows.written(broken(), SCHEMA)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("tempfile.mkstemp", None)
    assert len(ArrowRows.written(batches([2]), SCHEMA)) == 2


@pytest.mark.parametrize("row", [7, -8], ids=["behind", "before"])
def test_no_such_row(path, row):
    with pytest.raises(IndexError):
        ArrowRows.mapped(path)[row]
    with pytest.raises(IndexError):
        ArrowRows.mapped(path).select(np.array([row]))
