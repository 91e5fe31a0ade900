"""Which backend Keras runs on, and whether tfclf can: told before anything is imported."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path

from tfclf.errors import ArgumentError

# Each backend with the packages that it needs, and what installs them.
BACKENDS = {
    "tensorflow": (("tensorflow",), "pip install tensorflow"),
    "jax": (("jax", "jaxlib", "tensorflow"), 'pip install "tfclf[jax]"'),
}
# Backends of Keras that tfclf does not run on, and why.
REFUSED = {
    "torch": "Keras trains with PyTorch's own AdamW there, which has one rate for all layers",
    "openvino": "it does not train",
}


def check_backend(name: str | None = None) -> None:
    """Checks the backend that Keras runs on.

    Args:
        name: The backend, where Keras is imported; None is the one that ``KERAS_BACKEND`` or
            Keras's own settings ask for.

    Raises:
        ArgumentError: tfclf does not run on it, or it is not installed.
    """
    name, where = backend_asked_for() if name is None else (name, None)
    if name not in BACKENDS:
        reason = f": {REFUSED[name]}" if name in REFUSED else ""
        raise ArgumentError(
            f"the backend of Keras is {name!r}, expected {' or '.join(BACKENDS)}{reason}",
            where=where,
            remedy="Set KERAS_BACKEND to one of them before Keras is imported.",
        )
    packages, command = BACKENDS[name]
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise ArgumentError(
            f"the backend of Keras is {name}, and {missing[0]} is not installed",
            where=where,
            remedy=f"Install it: {command}.",
        )


def backend_asked_for() -> tuple[str, str]:
    """Returns the backend that Keras takes, and where that is said.

    Returns:
        Name of the backend; ``KERAS_BACKEND``, Keras's settings file, or Keras itself.
    """
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"], "KERAS_BACKEND"
    file = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"
    try:
        settings = json.loads(file.read_text())
        return str(settings.get("backend", "tensorflow")), str(file)
    except (OSError, ValueError, AttributeError):
        return "tensorflow", "Keras"
