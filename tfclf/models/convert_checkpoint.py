"""An old checkpoint folder -> a Hugging Face folder that PyTorch's transformers loads as it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from tfclf.data import Tokenizer
from tfclf.data.tokenizer import TOKENIZER_FILES
from tfclf.errors import CheckpointError, ConfigError, TokenizerError
from tfclf.models.bert_model import TFBertModel
from tfclf.models.config import read_json
from tfclf.models.hub import resolve
from tfclf.models.loading import LoadReport
from tfclf.models.pretrained import PretrainedModel
from tfclf.models.sequence_classification import TFBertForSequenceClassification
from tfclf.models.token_classification import TFBertForTokenClassification
from tfclf.models.whole_files import new_folder

# The classes that a config.json may name, with or without TF in front.
CLASSES: dict[str, type[PretrainedModel]] = {
    kind.architecture: kind
    for kind in (TFBertForSequenceClassification, TFBertForTokenClassification, TFBertModel)
}
TOLERANCE = 1e-5  # between the outputs of both folders; the same float32 weights give 0
PROBE = (3, 17)  # rows and tokens that both folders answer to


@dataclass(frozen=True)
class Converted:
    """What a conversion did.

    Attributes:
        folder: The new folder.
        architecture: The class of transformers that loads it.
        report: What became of every tensor of the old one.
        files: Names of the files written.
        largest_difference: Between the outputs of both folders on the probe.
    """

    folder: Path
    architecture: str
    report: LoadReport
    files: tuple[str, ...]
    largest_difference: float


def convert_checkpoint(
    old: str | os.PathLike[str],
    new: str | os.PathLike[str],
    *,
    ignore_config_keys: tuple[str, ...] = (),
) -> Converted:
    """Writes a checkpoint anew, in the files and names of PyTorch's transformers.

    The new folder is read again and held against the old one before it takes its name, so that a
    conversion that went wrong is never there.

    Args:
        old: A folder with any checkpoint that ``from_pretrained`` reads, or the id of one.
        new: A folder that does not exist, or is empty.
        ignore_config_keys: Unknown keys of ``config.json`` that change nothing.

    Raises:
        CheckpointError: Something stands at ``new``, or the weights are damaged, refused,
            incomplete, or answer differently after the conversion.
        ConfigError: ``config.json`` names no class of ours, or asks for what is not supported.
        TokenizerError: The tokenizer is damaged or belongs to another model.
    """
    source = resolve(old)
    with new_folder(new, CheckpointError) as hidden:
        kind = _class_of(source)
        model = kind.from_pretrained(source, ignore_config_keys=ignore_config_keys)
        report = model.load_report
        if report is None or model.config.head_hidden_size is not None:
            raise ConfigError(
                "its head has a hidden layer, which no class of transformers has",
                where=str(source / "config.json"),
                remedy="Load it with tfclf.",
            )
        model.save_pretrained(hidden)
        _convert_tokenizer(source, hidden, model)
        expected = _answers(model)
        del model  # one model at a time in memory
        difference = _difference(expected, _answers(kind.from_pretrained(hidden)), source)
        files = tuple(sorted(path.name for path in hidden.iterdir()))
    return Converted(Path(new), kind.architecture, report, files, difference)


def _class_of(folder: Path) -> type[PretrainedModel]:
    """Returns the class that ``config.json`` names."""
    named = read_json(folder / "config.json").get("architectures")
    names = [str(name) for name in named] if isinstance(named, list) else []
    for name in names:
        if name.removeprefix("TF") in CLASSES:
            return CLASSES[name.removeprefix("TF")]
    raise ConfigError(
        f"architectures is {named!r}, expected one of {', '.join(CLASSES)}",
        where=str(folder / "config.json"),
        remedy='For the encoder alone write "architectures": ["BertModel"] there.',
    )


def _convert_tokenizer(source: Path, target: Path, model: PretrainedModel) -> None:
    """Writes the tokenizer, where there is one, and reads it again."""
    if not any((source / name).is_file() for name in TOKENIZER_FILES):
        return
    tokenizer = Tokenizer(source)
    tokenizer.check_against(model.config)
    tokenizer.save(target)
    if Tokenizer(target).settings() != tokenizer.settings():
        raise TokenizerError(
            "after the conversion the tokenizer is another one",
            where=str(source),
            remedy="Move its files away to convert the weights alone, and copy them yourself.",
        )


def _answers(model: PretrainedModel) -> list[np.ndarray]:
    """Returns the outputs of a model for rows that are the same each time."""
    config, draw = model.config, np.random.default_rng(0)
    shape = (PROBE[0], min(PROBE[1], config.max_position_embeddings))
    ids = draw.integers(0, config.vocab_size, shape)
    kinds = draw.integers(0, config.type_vocab_size, shape)
    lengths = np.linspace(shape[1], 1, shape[0]).astype(int)
    mask = (np.arange(shape[1]) < lengths[:, None]).astype(int)
    outputs = model(ids, attention_mask=mask, token_type_ids=kinds, training=False)
    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    return [keras.ops.convert_to_numpy(part) for part in parts]


def _difference(old: list[np.ndarray], new: list[np.ndarray], source: Path) -> float:
    """Returns the largest difference of outputs.

    Raises:
        CheckpointError: It is larger than rounding, or no number.
    """
    largest = max(float(np.abs(a - b).max()) for a, b in zip(old, new, strict=True))
    if not largest <= TOLERANCE:
        raise CheckpointError(
            f"after the conversion outputs differ by {largest:.1e}, expected {TOLERANCE:.0e} "
            "at most; nothing was left behind",
            where=str(source),
            remedy="Please report it, with the output of tfclf --version.",
        )
    return largest
