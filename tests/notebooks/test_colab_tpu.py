"""What the TPU's notebook does on a TPU, which is played."""

import importlib.metadata
import re
import subprocess
import sys
from configparser import ConfigParser
from types import ModuleType

import pytest

from tests.notebooks.conftest import ROOT, cells_of


@pytest.fixture
def colab_tpu():
    return cells_of(ROOT / "notebooks" / "colab_tpu.ipynb")


def test_it_says_what_was_not_tried(colab_tpu):
    assert "Nothing was tried on a real TPU" in colab_tpu["title"]


@pytest.mark.parametrize(
    ("jax_says", "expected"),
    [pytest.param("tpu\n", "bfloat16", id="tpu"), pytest.param("cpu\n", "float32", id="no-tpu")],
)
def test_the_precision_is_that_of_the_hardware(colab_tpu, machine, jax_says, expected):
    machine(libtpu=True, jax_says=jax_says)
    names: dict = {}
    exec(colab_tpu["hardware"], names)
    assert names["PRECISION"] == expected


def installed(colab_tpu, machine, tpu):
    """What the notebook installs on a machine."""
    commands = machine(libtpu=tpu, jax_says="tpu")
    names = {"TPU": tpu, "SOURCE": "SOURCE", "sys": sys, "subprocess": subprocess}
    exec(colab_tpu["install"], names)
    for command in commands:
        assert command[:3] == ["-m", "pip", "install"]
    return [command[4:] for command in commands]


@pytest.mark.parametrize("tpu", [True, False], ids=["tpu", "no-tpu"])
def test_nothing_is_installed_elsewhere(colab_tpu, machine, tpu):
    assert installed(colab_tpu, machine, tpu) == []


def test_without_a_tpu_colab_installs_tfclf(colab_tpu, machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert installed(colab_tpu, machine, False) == [["tfclf[jax] @ SOURCE"]]


def test_a_tpu_machine_gets_tensorflow_for_the_cpu(colab_tpu, machine, monkeypatch):
    """Nothing else of what setup.cfg asks for, always and for JAX, is missing or other."""
    asked = ConfigParser()
    asked.read(ROOT / "setup.cfg")
    always = asked["options"]["install_requires"].split("\n")[1:]
    extras = {
        f'{one}; extra == "{extra}"'
        for extra, those in asked["options.extras_require"].items()
        for one in filter(None, those.split("\n"))
    }
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: [*always, *extras])
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    first, second = installed(colab_tpu, machine, True)
    assert first == ["--no-deps", "tfclf @ SOURCE"]
    names = {re.split(r"[<>=!~]", one)[0] for one in second}
    expected = {one.split()[0] for one in always} - {"tensorflow"}
    assert names == expected | {"tensorflow-cpu", "jax[tpu]"}
    assert "keras>=3.15" in second
