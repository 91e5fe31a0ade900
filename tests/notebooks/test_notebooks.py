"""Every notebook is readable without running, and runs; the machine of its hardware is played."""

import ast
import os
import re
import subprocess
import sys
from importlib import util
from types import ModuleType

import pytest

from tests.notebooks.conftest import NOTEBOOKS, ROOT, cells_of
from tests.notebooks.figures import CHECKS

nbformat = pytest.importorskip("nbformat")

# The TPU's notebook begins with more care than the others, which begin alike.
ALIKE = [path for path in NOTEBOOKS if path.stem != "colab_tpu"]
SHARED = ("hardware-text", "hardware", "install-text", "install", "encoder-text", "encoder")
# Those that the slow tests execute, on TensorFlow; `make notebooks` executes all on both backends.
SHORT = ("migration_from_tfbert", "serving", "text_classification")
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


def code_of(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_each_is_checked_and_told():
    names = {path.stem for path in NOTEBOOKS}
    assert names == set(CHECKS)
    readme = (ROOT / "README.md").read_text()
    assert names == set(re.findall(r"\]\(notebooks/(\w+)\.ipynb\)", readme))


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
        if "install" in ast.unparse(node) and not isinstance(node, ast.FunctionDef)
    ]
    assert calls
    for node in calls:
        assert isinstance(node, ast.If) and "google.colab" in ast.unparse(node.test)


def test_its_code_is_python(notebook):
    for source in code_of(notebook):
        ast.parse(source)


@pytest.mark.parametrize("path", ALIKE, ids=lambda path: path.stem, indirect=True)
def test_each_cell_has_its_text_before_it(notebook):
    """A cell's text has the cell's name, and is right above it."""
    kinds = [(cell.cell_type, cell.id) for cell in notebook.cells]
    assert kinds[0] == ("markdown", "title")
    for (kind, name), above in zip(kinds[1:], kinds[:-1], strict=True):
        if kind == "code":
            assert above == ("markdown", f"{name}-text")


@pytest.mark.parametrize("name", SHARED)
def test_they_begin_alike(name):
    assert len({cells_of(path)[name] for path in ALIKE}) == 1


def test_the_backend_is_chosen_before_keras_is_imported(notebook):
    """No cell up to the one that sets the backend imports what imports Keras."""
    before, _, _ = "\n".join(code_of(notebook)).partition('os.environ["KERAS_BACKEND"]')
    assert before and not re.search(r"^(import|from) (keras|tfclf|tensorflow)", before, re.M)


@pytest.mark.parametrize(
    ("libtpu", "jax_says", "expected"),
    [
        pytest.param(True, "a notice\ntpu\n", (True, "jax"), id="tpu"),
        pytest.param(True, "cpu\n", (False, "tensorflow"), id="libtpu-alone"),
        pytest.param(True, "", (False, "tensorflow"), id="jax-fails"),
        pytest.param(False, "tpu\n", (False, "tensorflow"), id="no-libtpu"),
    ],
)
def test_the_backend_is_that_of_the_hardware(path, machine, libtpu, jax_says, expected):
    hardware = cells_of(path)["hardware"]
    machine(libtpu=libtpu, jax_says=jax_says)
    names: dict = {}
    exec(hardware, names)
    assert (names["TPU"], os.environ["KERAS_BACKEND"]) == expected


def installed(machine, *, tpu, without=("tfclf",)):
    """The commands that the cell of those that begin alike gives on a machine."""
    commands = machine(libtpu=tpu, jax_says="", without=without)
    names = {"TPU": tpu, "sys": sys, "subprocess": subprocess, "find_spec": util.find_spec}
    exec(cells_of(ALIKE[0])["install"], names)
    return commands


def test_nothing_is_installed_elsewhere(machine):
    assert installed(machine, tpu=False) == []


def test_colab_installs_what_is_missing(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    (command,) = installed(machine, tpu=False)
    assert command[:3] == ["-m", "pip", "install"] and command[-1].startswith("tfclf @ git+")


def test_colab_installs_nothing_twice(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert installed(machine, tpu=False, without=()) == []


def test_a_tpu_machine_is_sent_to_its_own_notebook(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    with pytest.raises(SystemExit, match=r"install cell of colab_tpu\.ipynb"):
        installed(machine, tpu=True)


def execution(path, backend):
    slow = backend == "tensorflow" and path.stem in SHORT
    marks = [pytest.mark.slow if slow else pytest.mark.notebooks]
    marks += [pytest.mark.jax] if backend == "jax" else []
    return pytest.param(path, backend, marks=marks, id=f"{path.stem}-{backend}")


EXECUTIONS = [execution(path, backend) for path in NOTEBOOKS for backend in ("tensorflow", "jax")]


@pytest.mark.parametrize(("path", "backend"), EXECUTIONS, indirect=["path"])
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
    assert any(f" on {backend}" in text for text in said.values())
    CHECKS[path.stem](said)


def printed(cell):
    return "".join(one.text for one in cell.outputs if one.output_type == "stream")
