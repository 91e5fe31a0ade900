"""What many tests need: golden values, tiny checkpoints, the embedded encoder."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

GRAPHS = "an export is a TensorFlow graph; tfclf export starts a process with TensorFlow for it"
UNKNOWN_SHAPES = "on JAX every array has a known shape"
OVER_WHAT_TRAINS = "on JAX an optimizer is over what trains, and made anew at the thaw"
IN_PROCESS = "replaces a part of the export, which is made in another process"
LOGITS_BEHIND = "Keras looks for the logits behind a softmax on TensorFlow alone"

# Tests of what only TensorFlow does, by the beginning of their ids: why they are left out on JAX.
TENSORFLOW_ONLY = {
    "tests/export/": GRAPHS,
    "tests/integration/test_jax.py": "compares with TensorFlow in the process of the tests",
    "tests/metrics/test_entity_f1.py::test_in_a_graph_of_unknown_shape": UNKNOWN_SHAPES,
    "tests/models/test_windows.py::test_in_a_graph_of_unknown_sizes": UNKNOWN_SHAPES,
    "tests/training/test_thaw.py::test_the_optimizer_has_slots_for_all": OVER_WHAT_TRAINS,
    "tests/training/test_thaw.py::test_an_optimizer_built_": OVER_WHAT_TRAINS,
    "tests/training/test_optimizer.py::test_multipliers_of_one_change_no_bit[train_in_a_graph]": (
        "a graph of TensorFlow"
    ),
    "tests/diagnosis/test_pulse.py::test_it_is_traced": "a graph of TensorFlow",
    "tests/diagnosis/test_weight_symptoms.py::test_a_mask_that_float16": "looks into the graph",
    "tests/diagnosis/test_input_probes.py::test_a_model_of_one_width_that_masks": UNKNOWN_SHAPES,
    "tests/diagnosis/test_model_evidence.py::test_keras_finds_logits_behind_an": LOGITS_BEHIND,
    "tests/diagnosis/test_output_symptoms.py::test_probabilities_that_keras_rep": LOGITS_BEHIND,
    "tests/diagnosis/test_output_symptoms.py::test_a_softmax_over_one_unit": LOGITS_BEHIND,
    "tests/diagnosis/test_output_symptoms.py::test_sigmoids_under_a_loss_of_one": LOGITS_BEHIND,
    "tests/runs/test_export.py::test_the_proof_goes_by_the_rows": IN_PROCESS,
    "tests/runs/test_export.py::test_a_difference_leaves_nothing": IN_PROCESS,
    "tests/runs/test_export.py::test_another_format_gets_the_servable": IN_PROCESS,
    "tests/evaluation/test_predict.py::test_one_graph_for_all_shapes": UNKNOWN_SHAPES,
}
# And of what only JAX does.
JAX_ONLY = {
    "tests/evaluation/test_predict.py::test_other_rows_compile_nothing_on_jax": (
        "on TensorFlow one graph reads batches of any shape"
    ),
}
BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
OF_ANOTHER_BACKEND = JAX_ONLY if BACKEND == "tensorflow" else TENSORFLOW_ONLY

ORACLE = Path(__file__).parent / "oracle"

# Letters, so that every word of a test has ids; then words and pieces that tests speak of.
VOCABULARY = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
    *"abcdefghijklmnopqrstuvwxyz", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
    "good", "bad", "ugly", "the", "film", "was", ".", "!",
]  # fmt: skip


def pytest_collection_modifyitems(items) -> None:
    """Skips what the backend that Keras runs on does not do, and what needs one that is missing."""
    without_jax = find_spec("jax") is None
    for item in items:
        if without_jax and item.get_closest_marker("jax"):
            item.add_marker(pytest.mark.skip(reason="JAX is not installed"))
        for beginning, reason in OF_ANOTHER_BACKEND.items():
            if item.nodeid.startswith(beginning):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def oracle() -> Path:
    return ORACLE


@pytest.fixture(scope="session")
def golden() -> dict[str, np.ndarray]:
    with np.load(ORACLE / "tiny_sequence.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def golden_inputs(golden) -> dict[str, np.ndarray]:
    return {name: golden[name] for name in ("input_ids", "attention_mask", "token_type_ids")}


@pytest.fixture(scope="session")
def tiny_config():
    """All sizes differ pairwise, so that a swapped axis cannot pass."""
    from tfclf.models import BertConfig

    return BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=17,
        max_position_embeddings=41,
        type_vocab_size=2,
        labels=("bad", "good", "ugly"),
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def write_tokenizer(folder: Path, **settings) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True} | settings
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory, tiny_config) -> Path:
    """A pretrained encoder without a head, with its tokenizer."""
    from tfclf.models import TFBertModel

    folder = tmp_path_factory.mktemp("tiny-encoder")
    # A wide spread of weights: random features that a head and some steps can tell words by.
    config = tiny_config.replace(num_hidden_layers=1)
    randomised(TFBertModel(config), scale=0.3).save_pretrained(folder)
    write_tokenizer(folder)
    return folder


def randomised(model, seed: int = 5, scale: float = 0.15):
    """Weights far from their initial values, so that a missing bias shows."""
    generator = np.random.default_rng(seed)
    for variable in model.weights:
        if "seed_generator" not in variable.path:
            centre = 1.0 if variable.name == "gamma" else 0.0
            variable.assign(centre + scale * generator.standard_normal(variable.shape))
    return model


@pytest.fixture(scope="session")
def encoder() -> Path:
    """The embedded pretrained encoder."""
    from tfclf.models.embedded import embedded_encoder

    return embedded_encoder()
