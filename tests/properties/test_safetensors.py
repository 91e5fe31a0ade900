"""A safetensors file with a damaged header is refused, or read as what it says."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from tests.properties.test_label_columns import JSON
from tfclf.errors import CheckpointError
from tfclf.models import open_checkpoint

NAMES = ("classifier.bias", "bert.pooler.dense.bias", "bert.embeddings.LayerNorm.weight")
STATE = {name: np.arange(5 + i, dtype="f4") for i, name in enumerate(NAMES)}
WHOLE = save(STATE)
HEADER = json.loads(WHOLE[8 : 8 + struct.unpack("<Q", WHOLE[:8])[0]])
LENGTH = len(WHOLE) - sum(value.nbytes for value in STATE.values())  # of length and header

EDITS = st.lists(st.tuples(st.integers(0, LENGTH - 1), st.integers(0, 255)), min_size=1, max_size=4)
ENTRIES = st.fixed_dictionaries({
    "dtype": st.sampled_from(["F32", "BF16", "F16", "F64", "I64", "F8_E4M3", "X", ""]) | JSON,
    "shape": st.lists(st.integers(-1, 9) | st.just(2**63), max_size=3) | JSON,
    "data_offsets": st.lists(st.integers(-4, 30) | st.just(2**64), max_size=3) | JSON,
})  # fmt: skip


def read_all(folder, content):
    """Reads every tensor, or fails as checkpoints fail."""
    (folder / "model.safetensors").write_bytes(content)
    try:
        with open_checkpoint(folder) as checkpoint:
            for name, shape in checkpoint.shapes.items():
                assert checkpoint.read(name).shape == shape
    except CheckpointError as error:
        assert error.where and error.remedy


@given(edits=EDITS)
def test_changed_bytes(tmp_path, edits):
    content = bytearray(WHOLE)
    for place, byte in edits:
        content[place] = byte
    read_all(tmp_path, bytes(content))


@given(place=st.integers(0, LENGTH), more=st.binary(max_size=4), fewer=st.integers(0, 9))
def test_bytes_more_or_fewer(tmp_path, place, more, fewer):
    read_all(tmp_path, WHOLE[:place] + more + WHOLE[place + fewer :])


@given(name=st.sampled_from([*NAMES, "__metadata__"]), entry=ENTRIES | JSON)
def test_changed_entries(tmp_path, name, entry):
    header = json.dumps(HEADER | {name: entry}).encode()
    read_all(tmp_path, struct.pack("<Q", len(header)) + header + WHOLE[LENGTH:])


@pytest.mark.parametrize("dtype", ["BF16", "F16"])
@given(shape=st.lists(st.integers(0, 5), max_size=3))
def test_headers_that_are_whole(tmp_path, dtype, shape):
    size = 2 * int(np.prod(shape, dtype=int))
    entry = {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}
    header = json.dumps({"classifier.bias": entry}).encode()
    content = struct.pack("<Q", len(header)) + header + bytes(size)
    (tmp_path / "model.safetensors").write_bytes(content)
    with open_checkpoint(tmp_path) as checkpoint:
        value = checkpoint.read("classifier.bias")
    assert value.shape == tuple(shape) and not value.any()
