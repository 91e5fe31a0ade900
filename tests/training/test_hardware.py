"""What is found out of the machine."""

import types

import pytest

from tfclf.training import hardware
from tfclf.training.hardware import Hardware, cpu_flags, find_hardware


def test_the_features_of_a_cpu(tmp_path):
    facts = tmp_path / "cpuinfo"
    assert cpu_flags(facts) == set()  # macOS and Windows have no such file
    facts.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16\n\nprocessor\t: 1\n")
    assert cpu_flags(facts) == {"fpu", "avx2", "avx512_bf16"}
    facts.write_text("processor\t: 0\nFeatures\t: fp asimd bf16\n")  # as Linux has it on Arm
    assert cpu_flags(facts) == {"fp", "asimd", "bf16"}
    facts.write_text("processor\t: 0\n")
    assert cpu_flags(facts) == set()


def device(kind):
    return types.SimpleNamespace(device_type=kind)


# Devices as TensorFlow lists them, with the details of the GPUs.
OF_TENSORFLOW = {
    "CPU": (["CPU"], [], Hardware("CPU", flags=frozenset({"avx2"}))),
    "two GPUs": (
        ["CPU", "GPU", "GPU"],
        [{"compute_capability": (8, 0)}, {"compute_capability": (7, 5)}],
        Hardware("GPU", (7, 5)),
    ),
    "Apple's GPU": (["CPU", "GPU"], [{"device_name": "METAL"}], Hardware("GPU")),
    "TPU": (["CPU", "TPU"], [], Hardware("TPU")),
    "something else": (["CPU", "NPU"], [], Hardware("unknown")),
}


@pytest.mark.parametrize("name", OF_TENSORFLOW)
def test_the_devices_of_tensorflow(name, monkeypatch):
    kinds, details, expected = OF_TENSORFLOW[name]
    tf = pytest.importorskip("tensorflow")
    rest = iter(details)
    monkeypatch.setattr(
        tf.config,
        "list_physical_devices",
        lambda kind=None: [device(one) for one in kinds if kind in (None, one)],
    )
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda one: next(rest))
    monkeypatch.setattr(hardware, "cpu_flags", lambda: frozenset({"avx2"}))
    monkeypatch.setattr(hardware.keras.backend, "backend", lambda: "tensorflow")
    assert find_hardware() == expected


OF_JAX = {
    "CPU": ("cpu", [None], Hardware("CPU", flags=frozenset({"avx2"}), compiles=True)),
    "two GPUs": ("gpu", ["9.0", "8.6"], Hardware("GPU", (8, 6), compiles=True)),
    "AMD's GPU": ("gpu", ["gfx90a"], Hardware("GPU", compiles=True)),
    "TPU": ("tpu", [None], Hardware("TPU", compiles=True)),
    "something else": ("METAL", [None], Hardware("unknown", compiles=True)),
}


@pytest.mark.parametrize("name", OF_JAX)
def test_the_devices_of_jax(name, monkeypatch):
    platform, capabilities, expected = OF_JAX[name]
    jax = pytest.importorskip("jax")
    devices = [
        types.SimpleNamespace(platform=platform)
        if one is None
        else types.SimpleNamespace(platform=platform, compute_capability=one)
        for one in capabilities
    ]
    monkeypatch.setattr(jax, "local_devices", lambda: devices)
    monkeypatch.setattr(hardware, "cpu_flags", lambda: frozenset({"avx2"}))
    monkeypatch.setattr(hardware.keras.backend, "backend", lambda: "jax")
    assert find_hardware() == expected


def test_nothing_is_known_of_other_backends(monkeypatch):
    monkeypatch.setattr(hardware.keras.backend, "backend", lambda: "torch")
    assert find_hardware() == Hardware("unknown")


def test_this_machine_is_something():
    assert find_hardware().kind in ("CPU", "GPU", "TPU", "unknown")
