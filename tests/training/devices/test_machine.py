"""What there is to train on, and what Keras 3 cannot train on."""

import keras
import pytest

from tfclf.errors import ArgumentError
from tfclf.training.devices import find_machine, machine

TWO_WORKERS = '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "worker"}}'

tensorflow_alone = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="what TensorFlow cannot do"
)


def test_there_is_a_device():
    found = find_machine()
    assert len(found.names) >= 1
    assert (found.num_processes, found.process_id) == (1, 0)


@tensorflow_alone
def test_several_workers_are_refused(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", TWO_WORKERS)
    with pytest.raises(ArgumentError, match="names 2 workers.*MultiWorkerMirrored.*=jax"):
        find_machine()


def test_one_worker_is_this_host():
    machine.refuse_workers('{"cluster": {"worker": ["a:1"]}}')


@pytest.mark.parametrize("config", ["{", "[]", '{"cluster": 3}'], ids=["cut", "list", "number"])
def test_a_broken_setting_is_told(config):
    with pytest.raises(ArgumentError, match="TF_CONFIG: is .*expected JSON"):
        machine.refuse_workers(config)


@tensorflow_alone
def test_a_tpu_is_refused(monkeypatch, tmp_path):
    device = tmp_path / "accel0"
    monkeypatch.setattr(machine, "TPU_FILES", (str(device),))
    monkeypatch.setenv("TPU_ACCELERATOR_TYPE", "v5litepod-1")
    assert find_machine().kind == "CPU"  # the variable alone is no TPU
    device.touch()
    with pytest.raises(ArgumentError, match="no TPUStrategy.*KERAS_BACKEND=jax"):
        find_machine()
    assert find_machine(1).kind == "CPU"  # whoever asks for one device gets the processor
