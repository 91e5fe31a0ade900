"""What the diseases change in a healthy setting."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tests.zoo.rows import Examples
from tests.zoo.training import Setting, with_targets

Change = Callable[[Setting], Setting]


def heavy_class(setting: Setting) -> Setting:
    """A weight meant to make one label impossible to miss."""
    weights = {i: 1e12 if i == 0 else 1.0 for i in range(len(setting.train.labels))}
    return replace(setting, class_weight=weights)


def changed(**values: Any) -> Change:
    """Returns a change that gives fields other values."""
    return lambda setting: replace(setting, **values)


def own_head(activation: str, **values: Any) -> Change:
    """Returns a change to a user's own head with an activation."""
    return changed(own_head=True, activation=activation, **values)


# Changes of the rows. They keep both splits as large as a training needs them.


def rare_labels(setting: Setting) -> Setting:
    """Nine of ten rows have one label, as in an 80/20 split of which a rare part was lost."""
    targets = np.array(setting.train.targets)
    often = np.flatnonzero(targets == 0)
    other = np.flatnonzero(targets != 0)[: max(2, len(often) // 20)]
    order = np.random.default_rng(0).permutation(np.concatenate([often, other]))
    return replace(setting, train=setting.train.take(order))


def never_positive(setting: Setting) -> Setting:
    """No training row has the last label, which validation rows have."""
    last = len(setting.train.labels) - 1
    targets = tuple(tuple(i for i in ids if i != last) for ids in setting.train.targets)
    return replace(setting, train=replace(setting.train, targets=targets))


def _of_labels(examples: Examples, keep: Callable[[Any], bool]) -> Examples:
    return examples.take([i for i, target in enumerate(examples.targets) if keep(target)])


def one_label(*names: str) -> Change:
    def change(setting: Setting) -> Setting:
        parts = {}
        for name in names:
            rows = getattr(setting, name)
            kept = most_frequent(rows)
            parts[name] = _of_labels(rows, lambda target, kept=kept: target == kept)
        return replace(setting, **parts)

    return change


def most_frequent(rows: Examples) -> int:
    """Returns the label that most rows have."""
    return Counter(rows.targets).most_common(1)[0][0]


def unseen_label(setting: Setting) -> Setting:
    gone = most_frequent(setting.validation)
    return replace(setting, train=_of_labels(setting.train, lambda target: target != gone))


def two_labels(setting: Setting) -> Setting:
    """Keeps two labels, for heads that know no more."""
    parts = {}
    for name in ("train", "validation"):
        kept = _of_labels(getattr(setting, name), lambda target: target < 2)
        parts[name] = replace(kept, labels=kept.labels[:2])
    return replace(setting, **parts)


def one_unit(setting: Setting) -> Setting:
    values = {"loss": "binary", "from_logits": False, "units": 1, "labels": "column"}
    return own_head("softmax", **values)(two_labels(setting))


def leaked(setting: Setting) -> Setting:
    """Rows were drawn again and again before the split, as RandomOverSampler does."""
    return replace(setting, validation=setting.validation + setting.train.take(range(0, 60, 2)))


def contradicted(setting: Setting) -> Setting:
    """Every fifth row stands there a second time, with another label."""
    twice = setting.train.take(range(0, len(setting.train), 5))
    number = len(setting.train.labels)
    other = tuple((target + 1) % number for target in twice.targets)
    return replace(setting, train=setting.train + replace(twice, targets=other))


def repeated(setting: Setting) -> Setting:
    return replace(
        setting, train=setting.train + setting.train.take(range(len(setting.train) // 3))
    )


def emptied(setting: Setting) -> Setting:
    texts = tuple("" if i % 8 == 0 else text for i, text in enumerate(setting.train.texts))
    return replace(setting, train=replace(setting.train, texts=texts))


def scattered(setting: Setting) -> Setting:
    """The labels come from the wrong column: they have nothing to do with the texts."""
    generator = np.random.default_rng(5)
    return with_targets(setting, generator.permutation)


def header_as_row(setting: Setting) -> Setting:
    """The header of a file without quotes was read as its first row."""
    labels = (*setting.train.labels, "label")
    rows = replace(setting.train, labels=labels)
    first = Examples(("text",), (len(labels) - 1,), labels)
    return replace(setting, train=first + rows, as_file=True, label_names=labels)


def placeholder_names(setting: Setting) -> Setting:
    """A checkpoint whose labels are called after their ids, as nobody saved their names."""
    names = tuple(f"LABEL_{i}" for i in range(len(setting.train.labels)))
    return replace(setting, as_file=True, label_names=names)


def other_alphabet(setting: Setting) -> Setting:
    """The texts are of an alphabet that the vocabulary does not have."""
    table = str.maketrans("aeiou", "ⴰⴻⵉⵄⵓ")
    parts = {
        name: replace(part, texts=tuple(_translated(text, table) for text in part.texts))
        for name in ("train", "validation")
        for part in [getattr(setting, name)]
    }
    return replace(setting, **parts)


def _translated(text: Any, table: dict[int, str]) -> Any:
    if isinstance(text, str):
        return text.translate(table)
    return tuple(part.translate(table) for part in text)


def capitals(setting: Setting) -> Setting:
    """Texts in capitals, and a tokenizer that leaves them so before an uncased vocabulary."""
    parts = {
        name: replace(part, texts=tuple(_capital(text) for text in part.texts))
        for name in ("train", "validation")
        for part in [getattr(setting, name)]
    }
    return replace(setting, lower_case=False, **parts)


def _capital(text: Any) -> Any:
    return text.title() if isinstance(text, str) else tuple(part.title() for part in text)


def renumbered(setting: Setting) -> Setting:
    """The validation rows' labels were numbered in another order."""
    number = len(setting.validation.labels)
    other = tuple((target + 1) % number for target in setting.validation.targets)
    part = replace(setting.validation, targets=other)
    return replace(setting, validation=part, fitted=setting.epochs)


def narrow(setting: Setting) -> Setting:
    """Texts are cut to a width that the middle one does not fit into."""
    lengths = [len(str(text).split()) for text in setting.train.texts]
    return replace(setting, padded_to=max(8, int(np.median(lengths) * 0.9)))


def half_annotated(setting: Setting) -> Setting:
    """Two of three labels were never written down: no probability of a label reaches a half."""
    generator = np.random.default_rng(6)
    parts = {}
    for name in ("train", "validation"):
        part = getattr(setting, name)
        kept = tuple(tuple(i for i in ids if generator.random() < 0.35) for ids in part.targets)
        parts[name] = replace(part, targets=kept)
    return replace(setting, rate=3 * setting.rate, fitted=setting.epochs, **parts)
