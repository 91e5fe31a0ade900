"""The tokenizer and the tf.data pipeline of a small training, as users write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.zoo.rows import Examples

if TYPE_CHECKING:
    from tests.zoo.training import Setting

SPECIAL = 5  # [PAD], [UNK], [CLS], [SEP], [MASK] keep their ids where a vocabulary is changed


def make_tokenizer(setting: Setting, folder: Path) -> Path:
    """Returns the folder of the tokenizer: the encoder's, or a changed copy."""
    if setting.vocabulary == "own" and setting.lower_case:
        return Path(setting.encoder)
    from transformers import AutoTokenizer

    vocabulary = AutoTokenizer.from_pretrained(setting.encoder).get_vocab()
    tokens = [token for token, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
    tokens = VOCABULARIES[setting.vocabulary](tokens)
    copy = folder / "tokenizer"
    copy.mkdir()
    (copy / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": setting.lower_case}
    (copy / "tokenizer_config.json").write_text(json.dumps(settings))
    return copy


def _shuffled(tokens: list[str]) -> list[str]:
    """Returns the tokens in an order of their own, the special ones in their places."""
    special = [i for i, token in enumerate(tokens) if token.startswith("[") and len(token) > 1]
    others = np.setdiff1d(np.arange(len(tokens)), special)
    order = np.arange(len(tokens))
    order[others] = np.random.default_rng(4).permutation(others)
    return [tokens[i] for i in order]


def _without_common(tokens: list[str]) -> list[str]:
    """Returns the vocabulary of another domain: most words and pieces are others."""
    generator = np.random.default_rng(4)
    return [
        token if token.startswith("[") or generator.random() < 0.3 else f"[other{i}]"
        for i, token in enumerate(tokens)
    ]


VOCABULARIES: dict[str, Callable[[list[str]], list[str]]] = {
    "own": list,
    "shuffled": _shuffled,
    "too large": lambda tokens: [*tokens, *(f"more{i}" for i in range(len(tokens)))],
    "of another domain": _without_common,
}


def encode(setting: Setting, examples: Examples, folder: Path) -> tuple[dict, np.ndarray]:
    """Turns rows into ids and targets.

    Returns:
        Arrays (rows, seq) by their names, and the targets: (rows,), (rows, labels) or (rows, seq).
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = [list(text) if isinstance(text, tuple) else text for text in examples.texts]
    width = setting.padded_to
    encoded = tokenizer(
        [text[0] for text in texts] if _is_pair(setting, examples) else texts,
        [text[1] for text in texts] if _is_pair(setting, examples) else None,
        is_split_into_words=setting.task == "token",
        truncation=True,
        max_length=min(setting.max_length, width or setting.max_length),
        padding="max_length" if width else True,
        return_tensors="np",
        return_token_type_ids=True,
        return_attention_mask=True,
    )
    inputs = {name: np.asarray(encoded[name], "int32") for name in INPUTS}
    if setting.task == "token":
        words = [encoded.word_ids(row) for row in range(len(texts))]
        targets = _tags(setting, examples, words, inputs["attention_mask"])
    else:
        targets = _targets(setting, examples)
    if setting.mask == "ones":
        inputs["attention_mask"] = np.ones_like(inputs["attention_mask"])
    if setting.types == "zeros":
        inputs["token_type_ids"] = np.zeros_like(inputs["token_type_ids"])
    if setting.mask == "none":
        del inputs["attention_mask"]
    if setting.types == "none":
        del inputs["token_type_ids"]
    return inputs, LABEL_FORMS[setting.labels](targets, examples.labels)


INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def _is_pair(setting: Setting, examples: Examples) -> bool:
    return setting.task != "token" and isinstance(examples.texts[0], tuple)


def _targets(setting: Setting, examples: Examples) -> np.ndarray:
    """Returns ids, multi-hot labels or numbers."""
    if setting.task == "multi-label":
        hot = np.zeros((len(examples), len(examples.labels)), "float32")
        for row, ids in enumerate(examples.targets):
            hot[row, list(ids)] = 1
        return hot
    return np.array(examples.targets, "float32" if setting.task == "regression" else "int32")


def _tags(
    setting: Setting, examples: Examples, words: list[list[int | None]], mask: np.ndarray
) -> np.ndarray:
    """Returns an id for each token: that of its word where it is the first of it, else -100."""
    tags = np.full(mask.shape, setting.tag_of_specials, "int32")
    tags[mask == 0] = setting.tag_of_padding
    for row, (of_tokens, given) in enumerate(zip(words, examples.targets, strict=True)):
        if setting.alignment == "words":  # as if every word were one token
            size = min(len(given), int(mask[row].sum()) - 2)
            tags[row, 1 : 1 + size] = given[:size]
            continue
        before = None
        for position, word in enumerate(of_tokens):
            if word is not None:
                tags[row, position] = given[word] if word != before else -100
            before = word
    return tags


LABEL_FORMS: dict[str, Callable[[np.ndarray, tuple[str, ...]], np.ndarray]] = {
    "ids": lambda targets, names: targets,
    "from one": lambda targets, names: targets + 1,
    "minus one": lambda targets, names: np.where(targets == 0, -1, targets),
    "one-hot": lambda targets, names: np.eye(len(names), dtype="float32")[targets],
    "strings": lambda targets, names: np.array(names)[targets],
    "thousands": lambda targets, names: 1000 * targets + 5000,
    "column": lambda targets, names: targets[:, None].astype("float32"),
}


def make_pipeline(setting: Setting, encoded: tuple[dict, np.ndarray], *, training: bool) -> Any:
    """Makes the tf.data pipeline of encoded rows."""
    import tensorflow as tf

    inputs, targets = encoded
    if setting.order == "sorted" and training:
        order = np.argsort(_label_of(targets), kind="stable")
        inputs, targets = {name: value[order] for name, value in inputs.items()}, targets[order]
    if setting.ids == "interpolated" and training:
        inputs = inputs | {"input_ids": _interpolated(inputs["input_ids"], targets)}
    parts: tuple[Any, ...] = (inputs, targets)
    if setting.sample_weight and training:
        parts = (*parts, np.where(_label_of(targets) == 0, 1e6, 1.0).astype("float32"))
    dataset = tf.data.Dataset.from_tensor_slices(parts if setting.labelled else inputs)
    if setting.breaks and training:
        dataset = dataset.enumerate().map(_broken_at(len(targets) // 2))
    if setting.shuffle and training:
        size = setting.buffer or len(targets)
        dataset = dataset.shuffle(size, seed=1, reshuffle_each_iteration=setting.reshuffle)
    if setting.cache and training:
        dataset = dataset.cache()
    if setting.endless and training:
        dataset = dataset.repeat()
    options = tf.data.Options()
    options.autotune.enabled = setting.autotune
    dataset = dataset.with_options(options)
    return dataset.batch(setting.batch_size) if setting.batched else dataset


def _label_of(targets: np.ndarray) -> np.ndarray:
    """Returns a number for each row that orders them by their labels."""
    return targets.argmax(-1) if targets.ndim > 1 else np.unique(targets, return_inverse=True)[1]


def _interpolated(ids: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Returns ids of which every other row lies between two rows, as SMOTE on ids makes them."""
    made = ids.astype("float32")
    for row in range(0, len(ids) - 2, 2):
        made[row] += 0.37 * (made[row + 2] - made[row])
    return made


def _broken_at(row: int) -> Callable[..., Any]:
    """Returns a map of numbered rows that cannot read one of them."""
    import tensorflow as tf

    def check(number: Any, parts: Any) -> Any:
        fine = tf.debugging.assert_none_equal(
            number, tf.cast(row, number.dtype), message="no record"
        )
        with tf.control_dependencies([fine]):
            return tf.nest.map_structure(tf.identity, parts)

    return check


def write_rows(examples: Examples, path: Path) -> Path:
    """Writes rows with one label each as JSON lines."""
    rows = (
        {"text": text, "label": examples.labels[target]}
        for text, target in zip(examples.texts, examples.targets, strict=True)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
