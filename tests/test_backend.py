"""The backend that Keras is asked to run on, told before TensorFlow or JAX is imported."""

import json

import keras
import pytest

from tfclf import backend as module
from tfclf.backend import check_backend
from tfclf.errors import ArgumentError


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """No settings of Keras but those of the test."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return tmp_path


@pytest.fixture
def installed(monkeypatch):
    """Takes packages away, all but those given."""

    def only(*packages):
        monkeypatch.setattr(module, "find_spec", lambda name: name if name in packages else None)

    return only


def test_tensorflow_is_the_default(installed):
    installed("tensorflow")
    check_backend()


def test_jax(monkeypatch, installed):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    installed("tensorflow", "jax", "jaxlib")
    check_backend()


def test_a_backend_that_is_not_installed(monkeypatch, installed):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    installed("tensorflow")
    with pytest.raises(
        ArgumentError, match="KERAS_BACKEND: the backend of Keras is jax, and jax"
    ) as e:
        check_backend()
    assert str(e.value).endswith('is not installed. Install it: pip install "tfclf[jax]".')


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("theano", "the backend of Keras is 'theano', expected tensorflow or jax. Set"),
        ("torch", "expected tensorflow or jax: Keras trains with PyTorch's own AdamW there"),
    ],
    ids=["unknown", "torch"],
)
def test_backends_that_tfclf_does_not_run_on(monkeypatch, name, message):
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(ArgumentError, match=message):
        check_backend()


def test_a_training_asks_of_the_backend_that_keras_has(monkeypatch):
    """Without the command line nobody has looked before Keras was imported."""
    import tfclf

    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ArgumentError, match="^the backend of Keras is 'torch', expected"):
        tfclf.train(tfclf.Job((["a"], ["b"]), "run"))


def test_the_settings_of_keras_are_read(home, installed):
    (home / "keras.json").write_text(json.dumps({"backend": "jax"}))
    installed("tensorflow")
    with pytest.raises(ArgumentError, match=r"keras\.json: the backend of Keras is jax"):
        check_backend()
    (home / "keras.json").write_text("{")
    check_backend()
