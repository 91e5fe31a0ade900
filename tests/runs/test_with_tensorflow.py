"""What a process of TensorFlow is asked, says, raises and dies of."""

import pytest

from tfclf.errors import ExportError, RunError
from tfclf.runs import with_tensorflow as module
from tfclf.runs.with_tensorflow import with_tensorflow


def test_its_keras_runs_on_tensorflow_whatever_ours_does(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert with_tensorflow("os:getenv", {"key": "KERAS_BACKEND"}) == "tensorflow"


def test_what_it_raises_is_raised_here(tmp_path):
    arguments = {"run": str(tmp_path), "folder": "x", "format": "onnx", "given": None}
    with pytest.raises(RunError, match="this folder holds no run") as error:
        with_tensorflow("tfclf.runs.export:export_texts", arguments)
    assert error.value.where == str(tmp_path)


def test_what_it_dies_of_is_said():
    with pytest.raises(ExportError, match="(?s)ended with status 1 and said: .*'nowhere'"):
        with_tensorflow("nowhere:function", {})


def test_without_tensorflow(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match="not installed. Install it: pip install tensorflow"):
        with_tensorflow("os:getenv", {"key": "KERAS_BACKEND"})
