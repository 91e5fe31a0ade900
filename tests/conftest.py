"""What many tests need: golden values, tiny checkpoints, the embedded encoder."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")

import json
from pathlib import Path

import numpy as np
import pytest

ORACLE = Path(__file__).parent / "oracle"

# Letters, so that every word of a test has ids; then words and pieces that tests speak of.
VOCABULARY = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
    *"abcdefghijklmnopqrstuvwxyz", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
    "good", "bad", "ugly", "the", "film", "was", ".", "!",
]  # fmt: skip


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
    from tfclf.runs.embedded import embedded_encoder

    return embedded_encoder()
