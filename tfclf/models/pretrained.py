"""What the TFBert classes share: configuration, loading and saving."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import keras

from tfclf.errors import ArgumentError
from tfclf.models.checkpoint_reader import open_checkpoint
from tfclf.models.checkpoint_size import check_size
from tfclf.models.checkpoint_writer import write_model
from tfclf.models.config import BertConfig, as_config, read_json
from tfclf.models.hub import resolve
from tfclf.models.loading import LoadReport, choose_labels, load_weights


class PretrainedModel(keras.Model):
    """Base of the TFBert classes.

    Args:
        config: Sizes and rates; a ``transformers.BertConfig`` or a dict of one is read as well.
    """

    architecture: ClassVar[str]  # the class of transformers that reads what this one writes
    several_heads: ClassVar[bool] = False  # whether the configuration's ``heads`` are the model's
    heads: tuple[str, ...] = ()  # names of the layers that a pretrained encoder does not have
    load_report: LoadReport | None = None
    window_pooling: str = "mean"  # of the logits of a text in several windows, or "max"

    def __init__(self, config: BertConfig | Mapping[str, Any] | Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.config = as_config(config)

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights of every layer; the shape of the input does not matter."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            "name": self.name,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "config": self.config.to_dict(self.architecture),
            "window_pooling": self.window_pooling,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Builds the model that ``get_config`` describes."""
        config = dict(config)
        policy = keras.saving.deserialize_keras_object(config.pop("dtype"))
        pooling = config.pop("window_pooling", cls.window_pooling)
        model = cls(config.pop("config"), dtype=policy, **config)
        model.window_pooling = pooling
        return model

    @classmethod
    def from_pretrained(
        cls,
        path_or_hub_id: str | os.PathLike[str],
        *,
        num_labels: int | None = None,
        id2label: Mapping[int, str] | Sequence[str] | None = None,
        label2id: Mapping[str, int] | None = None,
        new_head: bool = False,
        ignore_mismatched_sizes: bool = False,
        new_pooler: bool = False,
        ignore_config_keys: tuple[str, ...] = (),
        revision: str | None = None,
        dtype: Any = None,
        name: str | None = None,
        **config_changes: Any,
    ) -> Self:
        """Loads a Hugging Face checkpoint, written by PyTorch or by TensorFlow.

        ``model.safetensors``, in PyTorch's names or TensorFlow's, and ``tf_model.h5`` are read,
        each in one file or in several with an index. Every tensor is accounted for in
        ``model.load_report``. A new head starts with kernels of the variance 1 / hidden, whatever
        ``initializer_range`` says.

        Args:
            path_or_hub_id: A folder, or the id of a repository on the Hugging Face hub.
            num_labels: Number of labels; None takes the checkpoint's.
            id2label: Names of the labels by id, or in their order; None takes the checkpoint's.
            label2id: The same, inverted.
            new_head: Whether the head starts at random whatever the checkpoint has.
            ignore_mismatched_sizes: Whether a head of another width is replaced by a new one.
            new_pooler: Whether a checkpoint without a pooler gets a new one.
            ignore_config_keys: Unknown keys of ``config.json`` that change nothing.
            revision: Branch, tag or commit on the hub.
            dtype: Keras dtype or policy, such as ``"mixed_bfloat16"``.
            name: Name of the Keras model.
            **config_changes: Values of ``BertConfig`` to change, such as ``hidden_dropout_prob``.

        Returns:
            The model, with its weights.

        Raises:
            CheckpointError: The folder is none of a checkpoint, a file is damaged or of a refused
                format, a tensor is missing, unexpected or of another shape.
            ConfigError: ``config.json`` asks for something that this port does not do.
            ArgumentError: The arguments about labels contradict each other.
        """
        if "labels" in config_changes:
            raise ArgumentError(
                "labels is no argument of from_pretrained", remedy="Pass id2label=list(labels)."
            )
        folder = resolve(path_or_hub_id, revision=revision)
        values = read_json(folder / "config.json")
        stored = BertConfig.from_dict(
            values, where=str(folder / "config.json"), ignore_keys=ignore_config_keys
        )
        said = stored
        labels = choose_labels(stored, num_labels, id2label, label2id)
        if not cls.several_heads:
            stored = stored.replace(heads=())
        config = stored.replace(labels=labels, **config_changes)
        with open_checkpoint(folder) as checkpoint:  # before the model is built, which takes longer
            check_size(said, checkpoint, folder / "config.json")
            model = cls(config, **({"name": name} if name else {}), dtype=dtype)
            model.load_report = load_weights(
                model,
                checkpoint,
                new_head=new_head,
                replace_head=ignore_mismatched_sizes,
                new_pooler=new_pooler,
                foreign_head=cls._foreign_head(values.get("architectures")),
            )
        return model

    @classmethod
    def _foreign_head(cls, architectures: list[str] | None) -> str | None:
        """Returns the class that a checkpoint's head was trained for, where it is another one's."""
        names = [name.removeprefix("TF") for name in architectures or ()]
        other = [name for name in names if name != cls.architecture and "For" in name]
        return other[0] if other and cls.architecture not in names else None

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Writes ``config.json`` and ``model.safetensors`` for transformers and for ourselves.

        Args:
            folder: Where to; it is made where it does not exist.
        """
        write_model(self, Path(folder))
