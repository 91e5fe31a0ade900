"""The other side of the tests: answers questions with the real TFBert and TensorFlow Addons.

    .venv-legacy/bin/python tests/legacy/legacy_side FOLDER

Runs in an environment of its own, which has no tfclf. ``FOLDER/questions.json`` lists the questions
in their order; each has a ``name``, a ``kind`` of the table below and settings. Its arrays stand in
``FOLDER/NAME/question.npz``, the answer goes into ``FOLDER/NAME/answer.npz``, a whole file at once.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # compared with a CPU

import addons
import numpy as np
import tfbert
import transformers

KINDS = {
    "bert": tfbert.answer,
    "focal": addons.focal,
    "f1": addons.f1,
    "crf": addons.crf,
}
PACKAGES = ("tensorflow", "tf-keras", "transformers", "safetensors", "tensorflow-addons", "numpy")


def main() -> None:
    """Answers every question."""
    transformers.logging.set_verbosity_error()
    folder = Path(sys.argv[1])
    versions = {"python": sys.version.split()[0]} | {name: version(name) for name in PACKAGES}
    (folder / "versions.json").write_text(json.dumps(versions))
    for question in json.loads((folder / "questions.json").read_text()):
        own = folder / question["name"]
        with np.load(own / "question.npz") as stored:
            arrays = dict(stored)
        answer = KINDS[question["kind"]](question, arrays, own)
        np.savez(own / "part.npz", **answer)
        (own / "part.npz").rename(own / "answer.npz")


if __name__ == "__main__":
    main()
