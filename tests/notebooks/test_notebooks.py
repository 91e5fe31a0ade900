"""Every notebook is readable without running, and runs; what it does on a TPU is played."""

import ast
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
from configparser import ConfigParser
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

nbformat = pytest.importorskip("nbformat")

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BADGE = re.compile(
    r'<a href="https://colab\.research\.google\.com/github/[\w-]+/[\w-]+/blob/main/(\S+)">'
    r'<img src="https://colab\.research\.google\.com/assets/colab-badge\.svg"'
)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


@pytest.fixture
def colab_tpu():
    """The code of each cell of the TPU's notebook, by the cell's id."""
    notebook = nbformat.read(ROOT / "notebooks" / "colab_tpu.ipynb", as_version=4)
    return {cell.id: cell.source for cell in notebook.cells}


def code_of(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_it_is_of_format_4(notebook):
    assert notebook.nbformat == 4
    nbformat.validate(notebook)


def test_it_keeps_nothing_of_a_machine(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None, cell.id
    assert notebook.metadata.kernelspec.name == "python3"
    assert not re.search(r"/(home|root|tmp|work|Users|content)/", nbformat.writes(notebook))


def test_it_opens_with_a_badge_of_its_own(path, notebook):
    (place,) = BADGE.findall(notebook.cells[0].source)
    assert place == f"notebooks/{path.name}"


def test_it_installs_in_colab_alone(notebook):
    (cell,) = [source for source in code_of(notebook) if '"install"' in source]
    calls = [
        node
        for node in ast.parse(cell).body
        if "install(" in ast.unparse(node) and not isinstance(node, ast.FunctionDef)
    ]
    assert calls
    for node in calls:
        assert isinstance(node, ast.If) and "google.colab" in ast.unparse(node.test)


def test_its_code_is_python(notebook):
    for source in code_of(notebook):
        ast.parse(source)


def test_it_says_what_was_not_tried(colab_tpu):
    assert "Nothing was tried on a real TPU" in colab_tpu["title"]


@pytest.fixture
def machine(monkeypatch):
    """Plays a machine: what is installed on it, what JAX says, and who asked for what."""
    commands = []

    def play(*, libtpu: bool, jax_says: str):
        def find_spec(name):
            return None if name == "libtpu" and not libtpu else ModuleSpec(name, None)

        def run(command, **_):
            commands.append(command[1:])
            return SimpleNamespace(stdout=jax_says)

        monkeypatch.setattr(importlib.util, "find_spec", find_spec)
        monkeypatch.setattr(subprocess, "run", run)
        monkeypatch.setattr(os, "environ", {"KERAS_BACKEND": "tensorflow"})
        return commands

    return play


@pytest.mark.parametrize(
    ("libtpu", "jax_says", "expected"),
    [
        pytest.param(True, "a notice\ntpu\n", (True, "bfloat16", "jax"), id="tpu"),
        pytest.param(True, "cpu\n", (False, "float32", "tensorflow"), id="libtpu-alone"),
        pytest.param(True, "", (False, "float32", "tensorflow"), id="jax-fails"),
        pytest.param(False, "tpu\n", (False, "float32", "tensorflow"), id="no-libtpu"),
    ],
)
def test_the_backend_is_that_of_the_hardware(colab_tpu, machine, libtpu, jax_says, expected):
    machine(libtpu=libtpu, jax_says=jax_says)
    names: dict = {}
    exec(colab_tpu["hardware"], names)
    assert (names["TPU"], names["PRECISION"], os.environ["KERAS_BACKEND"]) == expected


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


# What calls everything a question: F1 of 2 * 0.9 / 1.9 for one label of three, 0 for the others.
CONSTANT_ANSWER = 2 * 0.9 / 1.9 / 3


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", pytest.param("jax", marks=pytest.mark.jax)])
def test_it_runs(path, notebook, backend, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    environment = os.environ | {
        "KERAS_BACKEND": backend,
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hub"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "TMPDIR": str(tmp_path),
    }
    place = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=1_800, resources=place).execute(env=environment)
    said = {cell.id: printed(cell) for cell in notebook.cells if cell.cell_type == "code"}
    assert f" on {backend}; " in said["rows"]
    macro_f1 = float(re.search(r"macro-F1 (\S+),", said["figures"])[1])
    assert macro_f1 > CONSTANT_ANSWER + 0.1
    served, run = re.search(r"served: (\[.*\]); the run: (\[.*\])", said["export"]).groups()
    assert served == run
    assert float(re.search(r"difference of a score: (\S+);", said["export"])[1]) < 1e-5


def printed(cell):
    return "".join(one.text for one in cell.outputs if one.output_type == "stream")
