"""A state in one file: all of it, or an error."""

import signal
import threading

import numpy as np
import pytest

from tfclf.errors import RunError
from tfclf.training.resuming import Interrupted, Snapshot, interrupts
from tfclf.training.resuming.snapshot import pack, unpack

ARRAYS = {
    "scalar": np.array(3, "int64"),
    "empty": np.zeros((0, 4), "float32"),
    "seed": np.array([1, 2**31], "uint32"),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "truth": np.array([True, False]),
}


def packed():
    arrays = {}
    facts = pack({"step": np.int64(4), "none": None, "all": ARRAYS, "two": [1.5, "a"]}, "x", arrays)
    return Snapshot(facts, arrays)


def test_a_state_comes_back_as_it_was(tmp_path):
    packed().write(tmp_path / "state")
    read = Snapshot.read(tmp_path / "state")
    values = unpack(read.facts, read.arrays)
    assert (values["step"], values["none"], values["two"]) == (4, None, [1.5, "a"])
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(values["all"][name], array)
        assert values["all"][name].dtype == array.dtype and values["all"][name].shape == array.shape
    assert Snapshot.read_facts(tmp_path / "state")["step"] == 4
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_changed_bit_anywhere_is_noticed(tmp_path):
    packed().write(tmp_path / "state")
    whole = (tmp_path / "state").read_bytes()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        (tmp_path / "state").write_bytes(damaged)
        with pytest.raises(RunError, match=r"state: the state .* is damaged .*--restart"):
            Snapshot.read(tmp_path / "state")


@pytest.mark.parametrize("content", [b"", b"a", b"{}" * 40])
def test_what_is_no_state(tmp_path, content):
    (tmp_path / "state").write_bytes(content)
    for read in (Snapshot.read, Snapshot.read_facts):
        with pytest.raises(RunError, match="damaged"):
            read(tmp_path / "state")


def test_a_state_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    packed().write(tmp_path / "state")
    before = (tmp_path / "state").read_bytes()
    monkeypatch.setattr("os.replace", lambda *a: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        packed().write(tmp_path / "state")
    assert (tmp_path / "state").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_what_safetensors_says_of_the_system_is_told_as_the_system_does(tmp_path):
    with pytest.raises(FileNotFoundError):
        packed().write(tmp_path / "nowhere" / "state")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_at_once(number):
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as ended, interrupts() as came:
        assert came() is None
        signal.raise_signal(number)
        assert came() == number
        signal.raise_signal(number)
    assert ended.value.number == number
    assert signal.getsignal(number) == before


def test_another_thread_puts_nothing_off():
    seen = []

    def look():
        with interrupts() as came:
            seen.append((signal.getsignal(signal.SIGINT), came()))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [(before, None)]
