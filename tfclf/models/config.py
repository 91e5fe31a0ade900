"""Every key of a BERT ``config.json``: honoured, without effect here, or refused by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfclf.data.small_files import read_json_object
from tfclf.errors import ConfigError
from tfclf.models.activations import ACTIVATIONS
from tfclf.models.head_config import HeadConfig, read_heads

# Keys that this port cannot honour, each with the only value under which nothing is lost.
REFUSED_UNLESS: dict[str, Any] = {
    "model_type": "bert",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "is_encoder_decoder": False,
    "add_cross_attention": False,
    "pruned_heads": {},
    "quantization_config": None,
    "adapters": None,
    "compression_config": None,
}

# Keys that change no logit of an encoder: bookkeeping, text generation, memory, what is returned.
WITHOUT_EFFECT = frozenset(
    """
    _attn_implementation _attn_implementation_autoset _attn_implementation_internal _commit_hash
    _name_or_path _output_attentions architectures attn_implementation auto_map bad_words_ids
    begin_suppress_tokens bos_token_id chunk_size_feed_forward cross_attention_hidden_size
    decoder_start_token_id directionality diversity_penalty do_lower_case do_sample dtype
    early_stopping encoder_no_repeat_ngram_size eos_token_id eos_token_ids experts_implementation
    exponential_decay_length_penalty finetuning_task forced_bos_token_id forced_eos_token_id
    gradient_checkpointing language length_penalty max_length min_length model_max_length name
    no_repeat_ngram_size num_beam_groups num_beams num_return_sequences output_attentions
    output_hidden_states output_past output_scores pooler_fc_size pooler_num_attention_heads
    pooler_num_fc_layers pooler_size_per_head pooler_type prefix remove_invalid_values
    repetition_penalty return_dict return_dict_in_generate sep_token_id suppress_tokens
    task_specific_params temperature tf_legacy_loss tie_encoder_decoder tie_word_embeddings
    tokenizer_class top_k top_p torch_dtype torchscript transformers_version typical_p
    use_bfloat16 use_cache xla_device
    """.split()
)

PROBLEM_TYPES = (
    "single_label_classification",
    "multi_label_classification",
    "regression",
)

LABEL_KEYS = ("id2label", "label2id", "num_labels", "_num_labels")


@dataclasses.dataclass(frozen=True)
class BertConfig:
    """The sizes and rates of a BERT model, in the terms of Hugging Face's ``BertConfig``.

    Args:
        vocab_size: Rows of the word embeddings (tokens).
        hidden_size: Width of the encoder; a multiple of ``num_attention_heads``.
        num_hidden_layers: Number of encoder layers.
        num_attention_heads: Number of attention heads in each layer.
        intermediate_size: Width of the feed-forward layer.
        hidden_act: Name of the feed-forward activation, one of ``ACTIVATIONS``.
        hidden_dropout_prob: Dropout rate of embeddings and layer outputs, in [0, 1).
        attention_probs_dropout_prob: Dropout rate of attention weights, in [0, 1).
        classifier_dropout: Dropout rate before the head; None takes ``hidden_dropout_prob``.
        max_position_embeddings: Longest sequence (tokens).
        type_vocab_size: Number of token types.
        initializer_range: Standard deviation of new kernels and embeddings.
        layer_norm_eps: Epsilon of every layer normalisation.
        pad_token_id: Id of the padding token.
        labels: Label names in the order of their ids.
        problem_type: One of ``PROBLEM_TYPES``, or None where it is not declared.
        head_hidden_size: Width of the hidden layer of the head; None for a linear head, the only
            one that transformers has.
        heads: The heads of a model that does several tasks.

    Raises:
        ConfigError: A value is of the wrong type or out of range.

    Example:
    >>> BertConfig(hidden_size=20, num_attention_heads=5).head_size
    4
    """

    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    classifier_dropout: float | None = None
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    pad_token_id: int | None = 0
    labels: tuple[str, ...] = ("LABEL_0", "LABEL_1")
    problem_type: str | None = None
    head_hidden_size: int | None = None
    heads: tuple[HeadConfig, ...] = ()

    def __post_init__(self) -> None:
        if self.head_hidden_size is not None:
            _check(
                "head_hidden_size", self.head_hidden_size, "a whole number of at least 1", _is_size
            )
            _check_most("head_hidden_size", self.head_hidden_size, SIZES["hidden_size"])
        for name, most in SIZES.items():
            _check(name, getattr(self, name), "a whole number of at least 1", _is_size)
            _check_most(name, getattr(self, name), most)
        for name in RATES:
            _check(name, getattr(self, name), "a rate in [0, 1)", _is_rate)
        _check("classifier_dropout", self.head_dropout, "a rate in [0, 1) or null", _is_rate)
        for name in SCALES:
            _check(name, getattr(self, name), "a positive number", _is_scale)
        if self.pad_token_id is not None:
            _check("pad_token_id", self.pad_token_id, "an id of at least 0 or null", _is_id)
        _check(
            "hidden_act",
            self.hidden_act,
            f"one of {', '.join(ACTIVATIONS)}",
            lambda value: isinstance(value, str) and value in ACTIVATIONS,
        )
        if self.problem_type not in (None, *PROBLEM_TYPES):
            _check("problem_type", self.problem_type, f"one of {', '.join(PROBLEM_TYPES)}", _never)
        if self.hidden_size % self.num_attention_heads:
            raise ConfigError(
                f"hidden_size {self.hidden_size} is not a multiple of "
                f"num_attention_heads {self.num_attention_heads}"
            )
        if not self.labels or len(set(self.labels)) != len(self.labels):
            raise ConfigError(
                f"expected at least one label and no name twice, got {list(self.labels)[:10]}"
            )
        _check("heads", self.heads, "a sequence of HeadConfig", _are_heads)
        object.__setattr__(self, "heads", tuple(self.heads))
        names = [head.name for head in self.heads]
        if len(set(names)) != len(names):
            raise ConfigError(f"two heads have one name: {names}")

    @property
    def head_size(self) -> int:
        """Width of one attention head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def num_labels(self) -> int:
        """Number of labels, the width of the head."""
        return len(self.labels)

    @property
    def head_dropout(self) -> float:
        """Dropout rate before the head."""
        rate = self.classifier_dropout
        return self.hidden_dropout_prob if rate is None else rate

    def replace(self, **changes: Any) -> BertConfig:
        """Returns a copy with some values changed; an unknown name is an error."""
        known = {field.name for field in dataclasses.fields(self)}
        for name in changes.keys() - known:
            raise ConfigError(
                f"unknown configuration value {name!r}",
                remedy=f"Known are {', '.join(sorted(known))}.",
            )
        return dataclasses.replace(self, **changes)

    def to_dict(self, architecture: str = "BertModel") -> dict[str, Any]:
        """Returns the content of a Hugging Face ``config.json``."""
        values = dataclasses.asdict(self)
        labels = values.pop("labels")
        values["id2label"] = {str(i): label for i, label in enumerate(labels)}
        values["label2id"] = {label: i for i, label in enumerate(labels)}
        for key in ("problem_type", "head_hidden_size"):
            if values[key] is None:
                del values[key]
        heads = {head.name: {"task": head.task, "labels": list(head.labels)} for head in self.heads}
        values["heads"] = heads
        if not heads:
            del values["heads"]
        values |= {
            "architectures": [architecture],
            "model_type": "bert",
            "position_embedding_type": "absolute",
        }
        return dict(sorted(values.items()))

    @classmethod
    def from_dict(
        cls,
        values: Mapping[str, Any],
        *,
        where: str = "config.json",
        ignore_keys: tuple[str, ...] = (),
    ) -> BertConfig:
        """Reads the content of a ``config.json``.

        Args:
            values: Its keys and values.
            where: Its name, for messages.
            ignore_keys: Unknown keys that the caller knows to change nothing.

        Raises:
            ConfigError: A key is unknown, or asks for something that this port does not do.
        """
        own = {field.name for field in dataclasses.fields(cls)} - {"labels", "heads"}
        for key, only in REFUSED_UNLESS.items():
            value = values.get(key, only)
            if value != only and value:
                raise ConfigError(
                    f"{key} is {value!r}, and only {only!r} is supported",
                    where=where,
                    remedy="tfclf holds BERT encoders for classification.",
                )
        known = (
            own | {*LABEL_KEYS, "heads"} | REFUSED_UNLESS.keys() | WITHOUT_EFFECT | set(ignore_keys)
        )
        unknown = sorted(values.keys() - known)
        if unknown:
            raise ConfigError(
                f"unknown key {', '.join(map(repr, unknown))}: it may change the numbers",
                where=where,
                remedy=f"If it changes nothing, pass ignore_config_keys={tuple(unknown)!r}.",
            )
        kept = {
            key: values[key]
            for key in own & values.keys()
            if values[key] is not None or key in ("classifier_dropout", "pad_token_id")
        }
        try:
            architectures = values.get("architectures") or []
            _check("architectures", architectures, "a list of class names", _is_list_of_names)
            return cls(labels=_labels(values), heads=read_heads(values.get("heads")), **kept)
        except ConfigError as error:
            remedy = error.remedy or "Fetch the file again, or correct it."
            raise ConfigError(error.what, where=where, remedy=remedy) from None


# The most of each size: ten times that of the largest encoder there is, or more. The product of
# sizes is held against the checkpoint, in ``checkpoint_size``.
SIZES = {
    "vocab_size": 10_000_000,
    "hidden_size": 65_536,
    "num_hidden_layers": 1_000,
    "num_attention_heads": 4_096,
    "intermediate_size": 1_000_000,
    "max_position_embeddings": 10_000_000,
    "type_vocab_size": 1_000_000,
}
MOST_LABELS = 1_000_000
RATES = ("hidden_dropout_prob", "attention_probs_dropout_prob")
SCALES = ("initializer_range", "layer_norm_eps")


def as_config(config: Any) -> BertConfig:
    """Reads a configuration in any of the forms that users hold."""
    if isinstance(config, BertConfig):
        return config
    if hasattr(config, "to_dict"):
        config = config.to_dict()
    return BertConfig.from_dict(config, where="config")


def default_labels(num_labels: int) -> tuple[str, ...]:
    """Returns Hugging Face's placeholder names."""
    return tuple(f"LABEL_{i}" for i in range(num_labels))


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object of bounded size."""
    return read_json_object(path, ConfigError)


def check_config(folder: Path) -> BertConfig:
    """Reads the ``config.json`` of a folder.

    Raises:
        ConfigError: It is damaged, or asks for something that this port does not do.
    """
    path = folder / "config.json"
    return BertConfig.from_dict(read_json(path), where=str(path))


def _labels(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Reads the label names from ``id2label``, else their number from ``num_labels``."""
    id2label = values.get("id2label")
    count = values.get("num_labels", values.get("_num_labels"))
    if count is not None:
        _check("num_labels", count, "a whole number of at least 1", _is_size)
        _check_most("num_labels", count, MOST_LABELS)
    if id2label is None:
        return default_labels(2 if count is None else count)
    if not isinstance(id2label, Mapping):
        raise ConfigError(f"id2label is no mapping from id to label: {id2label!r}")
    by_id = {str(i): str(label) for i, label in id2label.items()}
    if by_id.keys() != {str(i) for i in range(len(id2label))}:
        raise ConfigError(
            f"id2label has the ids {list(id2label)[:10]}, expected 0 to {len(id2label) - 1}"
        )
    if count is not None and count != len(by_id):
        raise ConfigError(
            f"num_labels is {count}, but id2label names {len(by_id)} labels",
            remedy="Correct one of them in the file.",
        )
    return tuple(by_id[str(i)] for i in range(len(by_id)))


def _check(name: str, value: Any, expected: str, holds: Any) -> None:
    """Raises where a value is not what the model can be built with."""
    if not holds(value):
        raise ConfigError(f"{name} is {value!r}, expected {expected}")


def _check_most(name: str, value: int, most: int) -> None:
    """Raises where a size is beyond every model, before anything of that size is made."""
    if value > most:
        raise ConfigError(f"{name} is {value:,}, expected {most:,} at most")


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_rate(value: Any) -> bool:
    return _is_number(value) and 0 <= value < 1


def _is_scale(value: Any) -> bool:
    return _is_number(value) and 0 < value < float("inf")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)


def _are_heads(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, HeadConfig) for one in value)


def _never(value: Any) -> bool:
    return False
